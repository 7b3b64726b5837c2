//! Jobs: work that follows from a write and is done later, at least once.
//!
//! A job is a row. It is enqueued by itself, or inside the transaction of another write ([`FollowUp`](crate::FollowUp)), so
//! that it is there if and only if the write is. A worker claims it for a while (the lease); while the lease lasts nobody else
//! gets it, and when the worker dies the lease ends by itself and the job is due again. No transaction is open while a job runs.
//!
//! A job that was done is gone. One that failed too often is dead: it stays, is listed, and can be retried.

use crate::StoreError;
use antiphon_domain::Timestamp;
use std::fmt;
use std::sync::Arc;

/// The largest payload, in bytes: two events of the largest size that a broadcaster sends, with room. What is larger belongs into a
/// row or a file of its own, which the payload names.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// How much of an error's text is kept, in characters.
pub const MAX_ERROR: usize = 2_000;
/// The most jobs of one claim; a larger limit is taken for this one.
pub const MAX_CLAIM: u32 = 256;

/// A job's id. Grows in the order of the commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The queue: workers may be told to serve some only.
    pub queue: String,
    /// Which handler knows what to do.
    pub kind: String,
    /// What the handler is told, as JSON. At most [`MAX_PAYLOAD`]; more is a fault of the caller's, and an error that undoes the
    /// whole write. No secrets: it is listed.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it is tried before it is dead; at least once.
    pub max_attempts: u32,
    /// While a job of this queue with the same key is neither done nor dead, another one is not made. For work that is the same
    /// however often it is asked for, such as a thumbnail of one file.
    pub dedupe_key: Option<String>,
    /// Jobs of one lane are done one after the other in the order of their ids, each only when those before it are done or dead.
    /// For what must keep its order, such as the events of one conversation.
    pub lane: Option<String>,
    /// Now.
    pub at: Timestamp,
}

impl NewJob {
    /// The queue of everything that names no other.
    pub const DEFAULT_QUEUE: &str = "default";
    /// How often a job is tried unless it says otherwise; with the runner's pauses, for about an hour and a half.
    pub const DEFAULT_ATTEMPTS: u32 = 10;

    /// A job of the default queue that is due at once.
    pub fn new(kind: impl Into<String>, payload: impl Into<String>, at: Timestamp) -> Self {
        Self {
            queue: Self::DEFAULT_QUEUE.to_owned(),
            kind: kind.into(),
            payload: payload.into(),
            run_at: at,
            max_attempts: Self::DEFAULT_ATTEMPTS,
            dedupe_key: None,
            lane: None,
            at,
        }
    }
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// See [`NewJob::queue`].
    pub queue: String,
    /// See [`NewJob::kind`].
    pub kind: String,
    /// See [`NewJob::payload`].
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it was begun; the current run is counted.
    pub attempts: u32,
    /// See [`NewJob::max_attempts`].
    pub max_attempts: u32,
    /// The lease: who runs it, and until when nobody else does.
    pub locked: Option<(String, Timestamp)>,
    /// Why the last run failed.
    pub last_error: Option<String>,
    /// See [`NewJob::dedupe_key`].
    pub dedupe_key: Option<String>,
    /// See [`NewJob::lane`].
    pub lane: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub died_at: Option<Timestamp>,
}

/// The right to run a job. Worth nothing once it has ended and another claim was made: what its holder reports then is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job.
    pub id: JobId,
    /// Which of its runs.
    pub attempt: u32,
    /// The worker's name.
    pub worker: Arc<str>,
}

/// Which jobs a worker takes.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The worker's name; no two processes share one.
    pub worker: Arc<str>,
    /// The kinds it can run; others are left alone.
    pub kinds: Arc<[String]>,
    /// The queues it serves; `None` is all.
    pub queues: Option<Arc<[String]>>,
    /// At most so many, up to [`MAX_CLAIM`].
    pub limit: u32,
    /// Take the jobs behind the first of a lane along with it: the worker runs them one after the other. Else only the first.
    pub whole_lanes: bool,
    /// Now.
    pub at: Timestamp,
    /// The end of the lease.
    pub until: Timestamp,
    /// No job of these kinds is ever put off, or leased, beyond this. One that is was stored by a clock that was ahead and has been set
    /// right since: it is due at once, and its lease is over. `None`: there is no such bound.
    pub horizon: Option<Timestamp>,
}

/// What a claim brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The jobs, those that waited longest first; of one lane in order.
    pub jobs: Vec<Job>,
    /// The jobs that were found dead: their last run ended without a word, with its worker.
    pub buried: Vec<Job>,
    /// When the next of these kinds and queues is due, if one is in sight: a retry, or the end of a lease. In the past when the
    /// limit was reached.
    pub next_at: Option<Timestamp>,
}

/// What becomes of a job whose run failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again, not before this; unless that was its last attempt, then it is dead.
    Retry(Timestamp),
    /// It is dead at once: trying again cannot help.
    Bury,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It will be tried again.
    Waits,
    /// It is dead.
    Dead,
    /// The lease had ended and somebody else has the job, or it is gone: nothing changed.
    LeaseLost,
}

/// Which jobs to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobFilter {
    /// Those that wait or run.
    Live,
    /// Those that were given up.
    Dead,
    /// All.
    All,
}

/// Which dead jobs to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// This one.
    One(JobId),
    /// All of them.
    All,
}

/// How much there is to do in one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLength {
    /// The queue.
    pub queue: String,
    /// Jobs that wait or run.
    pub live: i64,
    /// Jobs that were given up.
    pub dead: i64,
    /// Since when the job that is due for longest, and that nobody runs, is due. `None`: nothing is due.
    pub oldest_due: Option<Timestamp>,
}

/// Is called after a commit that made or freed jobs, on the store's own thread: it must only wake somebody.
pub type JobWaker = Arc<dyn Fn() + Send + Sync>;

/// Use cases on jobs.
#[async_trait::async_trait]
pub trait Jobs: Send + Sync {
    /// Enqueues a job by itself. `None`: there is one with its `dedupe_key` already.
    async fn enqueue(&self, new: NewJob) -> Result<Option<JobId>, StoreError>;
    /// Takes due jobs for the worker. A job whose lease has ended is due again; if that was its last attempt, it is dead.
    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError>;
    /// Moves the end of these leases. Answers those that still hold.
    async fn renew(&self, leases: Vec<Lease>, until: Timestamp) -> Result<Vec<Lease>, StoreError>;
    /// The job is done and gone. `false`: the lease was lost, so somebody else may run it again.
    async fn complete(&self, lease: Lease) -> Result<bool, StoreError>;
    /// The job's run failed.
    async fn fail(
        &self,
        lease: Lease,
        error: String,
        then: AfterFailure,
        at: Timestamp,
    ) -> Result<Failed, StoreError>;
    /// Gives jobs back as if they had not been begun: they are due again, and the attempt does not count.
    async fn release(&self, leases: Vec<Lease>) -> Result<(), StoreError>;
    /// Jobs with a larger id than `after`, oldest first, at most 200.
    async fn list_jobs(
        &self,
        filter: JobFilter,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;
    /// Makes dead jobs due at once, with all their attempts before them; the last error stays. Answers how many. One whose
    /// `dedupe_key` a live job has stays dead.
    async fn retry_jobs(&self, which: Retry, at: Timestamp) -> Result<u64, StoreError>;
    /// Gives up the live jobs of a kind that were made before this and that nobody runs: they are dead, with this error. For a kind
    /// that nobody will run any more. Answers how many.
    async fn bury_jobs(
        &self,
        kind: String,
        made_before: Timestamp,
        error: String,
        at: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Forgets jobs that died before this. Answers how many.
    async fn prune_jobs(&self, died_before: Timestamp) -> Result<u64, StoreError>;
    /// How much there is to do, by queue, in the order of their names.
    async fn queue_lengths(&self, at: Timestamp) -> Result<Vec<QueueLength>, StoreError>;
    /// Has the waker called after each commit of this store that made or freed a job, until the waker's last other owner is gone.
    /// A driver that hears of other processes has it called for their jobs, too.
    fn wake_on_jobs(&self, waker: &JobWaker);
}
