//! The jobs that make people's data be gone: files of what was erased, words in an index, and what websites keep for some time only.

use super::{FILES_BACK_LATER, FILES_BACK_SOON};
use antiphon_chat::{
    Chat, ChatError, REMOVE_FILES_JOBS, RETENTION_JOBS, RETENTION_TIME, RemoveFilesError,
    SCRUB_JOBS, SCRUB_TIME,
};
use antiphon_jobs::{Handler, Job, JobError, Registry};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often what is over is looked for: days count, so an hour is soon enough.
const RETENTION_EVERY: Duration = Duration::from_secs(3600);
/// A store of files that did not answer once is asked again after so long.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The same registry with these jobs.
pub(super) fn add(registry: Registry, chat: &Chat) -> Registry {
    registry
        .with(REMOVE_FILES_JOBS, Arc::new(RemoveFiles(chat.clone())))
        .with(SCRUB_JOBS, Arc::new(Scrub(chat.clone())))
        .with(RETENTION_JOBS, Arc::new(ApplyRetention(chat.clone())))
}

/// Removes files that no message names any more.
struct RemoveFiles(Chat);

#[async_trait::async_trait]
impl Handler for RemoveFiles {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let removed = self.0.remove_files(&job.payload).await;
        removed.map_err(|error| match error {
            error @ (RemoveFilesError::Payload(_) | RemoveFilesError::Key) => {
                JobError::Hopeless(error.to_string())
            }
            // Whatever it is, it may be over later, and these files must go.
            RemoveFilesError::Chat(error) => JobError::RetryAfter {
                pause: match job.attempts {
                    0 | 1 => AT_ONCE,
                    2 => FILES_BACK_SOON,
                    _ => FILES_BACK_LATER,
                },
                reason: reason(error),
            },
        })
    }
}

/// Takes what was erased out of where it may still stand.
struct Scrub(Chat);

#[async_trait::async_trait]
impl Handler for Scrub {
    async fn run(&self, _job: &Job) -> Result<(), JobError> {
        let scrubbed = self.0.scrub().await;
        scrubbed.map_err(|error| JobError::Retry(reason(error)))
    }

    fn timeout(&self) -> Duration {
        SCRUB_TIME
    }
}

/// Erases what is older than its website keeps it.
struct ApplyRetention(Chat);

#[async_trait::async_trait]
impl Handler for ApplyRetention {
    async fn run(&self, _job: &Job) -> Result<(), JobError> {
        match self.0.apply_retention().await {
            Ok(counts) => {
                if counts != antiphon_store::ExpiredCounts::default() {
                    tracing::info!(
                        conversations = counts.conversations,
                        visitors = counts.visitors,
                        page_views = counts.page_views,
                        "what is older than its website keeps it was erased"
                    );
                }
                Ok(())
            }
            Err(error) => Err(JobError::Retry(reason(error))),
        }
    }

    fn timeout(&self) -> Duration {
        RETENTION_TIME
    }
}

fn reason(error: ChatError) -> String {
    match error {
        ChatError::Internal(cause) => cause.to_string(),
        error => error.to_string(),
    }
}

/// Asks for a run of retention at the start and every hour, until the stop. Several processes that ask are no more than one.
pub(super) async fn keep_retention(chat: Chat, stop: CancellationToken) {
    let mut ticks = interval(RETENTION_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = chat.request_retention().await {
            tracing::warn!(%error, "what is over could not be asked for");
        }
    }
}
