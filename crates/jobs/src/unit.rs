//! One run: of a job, or of a batch, from its claim to what is reported of it.

use crate::backoff::{Backoff, Chance};
use crate::handler::{JobError, Work};
use crate::outcome::{Observer, Outcome};
use crate::panics::caught;
use antiphon_domain::{Clock, Timestamp};
use antiphon_store::{AfterFailure, Failed, Job, Jobs, Lease, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a report is tried that the store does not take, and how long it waits in between. A job whose report is lost runs
/// again after its lease, which is allowed, but not wanted.
const REPORT_ATTEMPTS: u32 = 5;
const REPORT_PAUSE: Duration = Duration::from_millis(200);

/// What all runs of a runner share.
pub(crate) struct Shared {
    pub(crate) jobs: Arc<dyn Jobs>,
    pub(crate) work: Work,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Chance,
    pub(crate) backoff: Backoff,
    pub(crate) observer: Arc<dyn Observer>,
}

impl Shared {
    /// Runs the jobs, whose leases these are, and reports each. From the moment it says that it reports, the handler is through.
    pub(crate) async fn run(&self, jobs: Vec<Job>, leases: Vec<Lease>, reports: &AtomicBool) {
        let results = self.results(&jobs).await;
        reports.store(true, Ordering::Release);
        for ((job, lease), result) in jobs.iter().zip(leases).zip(results) {
            match result {
                Ok(()) => self.report_done(job, lease).await,
                Err(error) => self.report_failed(job, lease, error).await,
            }
        }
    }

    async fn results(&self, jobs: &[Job]) -> Vec<Result<(), JobError>> {
        let timeout = self.work.timeout(jobs);
        let all_failed = |reason: &str| {
            let failed = || Err(JobError::Retry(reason.to_owned()));
            jobs.iter().map(|_| failed()).collect()
        };
        match tokio::time::timeout(timeout, caught(self.work.run(jobs))).await {
            Ok(Ok(mut results)) => {
                let missing = || Err(JobError::Retry("the handler gave no answer".to_owned()));
                results.resize_with(jobs.len(), missing);
                results
            }
            Ok(Err(panic)) => {
                for job in jobs {
                    self.observer.panicked(&job.kind);
                }
                all_failed(&format!("the handler panicked: {panic}"))
            }
            Err(_elapsed) => all_failed(&format!(
                "it took longer than {} s and was stopped",
                timeout.as_secs_f32()
            )),
        }
    }

    async fn report_done(&self, job: &Job, lease: Lease) {
        let outcome = match self.report(|| self.jobs.complete(lease.clone())).await {
            Some(true) => Outcome::Done,
            Some(false) => {
                tracing::warn!(job.id = %job.id, job.kind, "a job was done after its lease had been lost: it may be done twice");
                Outcome::Lost
            }
            None => Outcome::Lost,
        };
        self.observer.ended(&job.kind, outcome);
    }

    async fn report_failed(&self, job: &Job, lease: Lease, error: JobError) {
        let now = self.clock.now();
        let then = match &error {
            JobError::Retry(_) => {
                AfterFailure::Retry(self.backoff.retry_at(now, job.attempts, &self.chance))
            }
            JobError::RetryAfter { pause, .. } => AfterFailure::Retry(later(now, *pause)),
            JobError::Hopeless(_) => AfterFailure::Bury,
        };
        let reason = error.to_string();
        let failed = self
            .report(|| self.jobs.fail(lease.clone(), reason.clone(), then, now))
            .await;
        let outcome = match failed {
            Some(Failed::Waits) => {
                tracing::debug!(job.id = %job.id, job.kind, attempts = job.attempts, reason, "a job failed and will be tried again");
                Outcome::Retried
            }
            Some(Failed::Dead) => {
                tracing::error!(job.id = %job.id, job.kind, attempts = job.attempts, reason, "a job failed for the last time: see `antiphon jobs:list --dead`");
                Outcome::Dead
            }
            Some(Failed::LeaseLost) | None => Outcome::Lost,
        };
        self.observer.ended(&job.kind, outcome);
    }

    /// Tells the store, again if it is overloaded. `None`: it did not take it, which is logged.
    async fn report<T, F>(&self, tell: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut told = tell().await;
        for _ in 1..REPORT_ATTEMPTS {
            if told.is_ok() {
                break;
            }
            tokio::time::sleep(REPORT_PAUSE).await;
            told = tell().await;
        }
        told.inspect_err(|error| {
            tracing::error!(%error, "what became of a job could not be stored: it runs again after its lease");
        })
        .ok()
    }
}

/// So much later.
pub(crate) fn later(now: Timestamp, pause: Duration) -> Timestamp {
    let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_add(micros))
}
