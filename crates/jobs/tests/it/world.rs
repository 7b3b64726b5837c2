//! A clock that goes with the paused time of the runtime, handlers that tell what they do, and runners on them.

use crate::memory::MemoryJobs;
use antiphon_domain::{Clock, Timestamp};
use antiphon_jobs::{
    Chance, Handler, Job, JobError, Jobs, NewJob, Observer, Options, Outcome, Registry, Runner,
    Work,
};
use antiphon_store::JobFilter;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Time that stands still unless the runtime moves it.
#[derive(Debug)]
pub(crate) struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_000_000_000 + i64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

/// No chance at all: every pause is what it says.
pub(crate) fn no_chance() -> Chance {
    Arc::new(|| 0.5)
}

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Counted(pub(crate) Mutex<BTreeMap<&'static str, u64>>);

impl Observer for Counted {
    fn ended(&self, _: &str, outcome: Outcome) {
        *self.0.lock().entry(outcome.as_str()).or_default() += 1;
    }
    fn panicked(&self, _: &str) {
        *self.0.lock().entry("panicked").or_default() += 1;
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<MemoryJobs>,
    pub(crate) clock: Arc<RuntimeClock>,
    pub(crate) counted: Arc<Counted>,
    started: Instant,
}

/// A runner that was started.
pub(crate) struct Started {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Started {
    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) {
        self.task.await.unwrap();
        drop(self.stop);
    }

    /// As a process that dies: nothing is reported, nothing given back.
    pub(crate) fn kill(&self) {
        self.task.abort();
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let started = Instant::now();
        Self {
            store: Arc::default(),
            clock: Arc::new(RuntimeClock(started)),
            counted: Arc::default(),
            started,
        }
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn job(&self) -> NewJob {
        NewJob::new("test", "{}", self.clock.now())
    }

    pub(crate) async fn enqueue(&self) {
        self.store.enqueue(self.job()).await.unwrap().unwrap();
    }

    pub(crate) async fn all(&self) -> Vec<Job> {
        self.store
            .list_jobs(JobFilter::All, None, 200)
            .await
            .unwrap()
    }

    /// Waits until there is no job left.
    pub(crate) async fn until_empty(&self) {
        while !self.all().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn count(&self, outcome: &str) -> u64 {
        self.counted.0.lock().get(outcome).copied().unwrap_or(0)
    }

    /// Starts a runner of `test` jobs.
    pub(crate) fn start(&self, handler: impl Handler + 'static) -> Started {
        self.start_with(Options::new("one"), handler)
    }

    pub(crate) fn start_with(&self, options: Options, handler: impl Handler + 'static) -> Started {
        let registry = Registry::default().with("test", Arc::new(handler));
        self.start_work(options, Work::Each(registry))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test waits for what it spawned"
    )]
    pub(crate) fn start_work(&self, options: Options, work: Work) -> Started {
        let store: Arc<MemoryJobs> = Arc::clone(&self.store);
        let clock: Arc<RuntimeClock> = Arc::clone(&self.clock);
        let counted: Arc<Counted> = Arc::clone(&self.counted);
        let runner = Runner::new(store, work, options, clock, no_chance(), counted);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(runner.run(async move {
            let _stopped = stopped.await;
        }));
        Started { stop, task }
    }
}

/// A handler of one function.
pub(crate) struct Does<F>(pub(crate) F);

#[async_trait::async_trait]
impl<F, Fut> Handler for Does<F>
where
    F: Fn(Job) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), JobError>> + Send,
{
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        (self.0)(job.clone()).await
    }

    fn timeout(&self) -> Duration {
        Duration::from_secs(3600)
    }
}
