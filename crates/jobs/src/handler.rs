//! Who knows what to do: handlers, by the kind of the job.

use antiphon_store::Job;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It may work later: the job waits and is tried again, as often as it may be.
    #[error("{0}")]
    Retry(String),
    /// It may work, but not before so long: somebody said so, or a circuit is open.
    #[error("{reason}")]
    RetryAfter {
        /// How long.
        pause: Duration,
        /// Why.
        reason: String,
    },
    /// Trying again cannot help: the job is dead at once.
    #[error("{0}")]
    Hopeless(String),
}

/// Does jobs of one kind, one at a time. What it says in an error is stored and shown to the operator: no secrets.
#[async_trait::async_trait]
pub trait Handler: Send + Sync {
    /// Does what the job says. It may have been done before, wholly or in part. Dropped at any await when the run takes longer than
    /// [`Handler::timeout`], when its lease is lost, and at the end of a stop; it must not block its thread.
    async fn run(&self, job: &Job) -> Result<(), JobError>;

    /// The longest run.
    fn timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// Does jobs of one kind, several at a time, in their order.
#[async_trait::async_trait]
pub trait BatchHandler: Send + Sync {
    /// Does what the jobs say, and answers for each of them, in the same order. After a failure in a lane, the jobs behind it in
    /// that lane must not be done either: they are answered as failed too. Otherwise as [`Handler::run`].
    async fn run(&self, jobs: &[Job]) -> Vec<Result<(), JobError>>;

    /// The longest run of a batch.
    fn timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// The handlers of jobs that are run one by one.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<String, Arc<dyn Handler>>);

impl Registry {
    /// The same with one handler more.
    #[must_use]
    pub fn with(mut self, kind: &str, handler: Arc<dyn Handler>) -> Self {
        self.0.insert(kind.to_owned(), handler);
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, kind: &str) -> Option<&Arc<dyn Handler>> {
        self.0.get(kind)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What a runner does.
#[derive(Clone)]
pub enum Work {
    /// Each job by itself.
    Each(Registry),
    /// All jobs of one kind that are due, up to so many at a time, whole lanes among them.
    Together {
        /// The kind.
        kind: String,
        /// The most jobs of one batch.
        most: u32,
        /// Who does them.
        handler: Arc<dyn BatchHandler>,
    },
}

impl Work {
    pub(crate) fn kinds(&self) -> Vec<String> {
        match self {
            Self::Each(registry) => registry.0.keys().cloned().collect(),
            Self::Together { kind, .. } => vec![kind.clone()],
        }
    }

    pub(crate) fn timeout(&self, jobs: &[Job]) -> Duration {
        match self {
            Self::Each(registry) => jobs
                .first()
                .and_then(|job| registry.get(&job.kind))
                .map_or(Duration::ZERO, |handler| handler.timeout()),
            Self::Together { handler, .. } => handler.timeout(),
        }
    }

    /// Runs the jobs of one unit.
    pub(crate) async fn run(&self, jobs: &[Job]) -> Vec<Result<(), JobError>> {
        match self {
            Self::Each(registry) => {
                let mut results = Vec::with_capacity(jobs.len());
                for job in jobs {
                    results.push(match registry.get(&job.kind) {
                        Some(handler) => handler.run(job).await,
                        None => Err(JobError::Retry("no handler knows this kind".to_owned())),
                    });
                }
                results
            }
            Self::Together { handler, .. } => handler.run(jobs).await,
        }
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Work").field(&self.kinds()).finish()
    }
}
