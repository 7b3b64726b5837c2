//! The one thread that writes, by group commit.
//!
//! It takes everything that waits (at most [`MAX_BATCH`]), runs each job in a savepoint of its own inside one transaction,
//! commits once, and only then answers. While one commit waits for the disk the next batch gathers, so there is no artificial
//! delay, and `synchronous=FULL` costs one fsync for many writes.
//!
//! Invariants: an answer with a value means that the value is on disk. A job that errs or panics undoes only itself. A commit
//! that fails is answered to every job of its batch. A full disk is answered and the writer carries on; any other I/O error
//! ends it, because what a failed fsync left on disk is unknown. See [`Writer::failed`].

mod job;

use crate::connection::BUSY_TIMEOUT;
use crate::failure::{Severity, severity};
use crate::queue::{Queue, Taken};
use antiphon_store::{AfterCommit, StoreError};
use job::{Answer, Job, Task};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The most jobs of one transaction: bounds how long the first one waits for the others.
const MAX_BATCH: usize = 256;
/// Without a write for so long, the writer moves the log into the database file.
const IDLE: Duration = Duration::from_millis(500);
/// After so many writes, the next idle moment refreshes the planner's statistics.
const WRITES_PER_OPTIMIZE: usize = 10_000;

/// Why a whole transaction is gone.
#[derive(Debug, Clone)]
struct Lost {
    severity: Severity,
    message: Arc<str>,
}

impl Lost {
    fn new(error: &rusqlite::Error) -> Self {
        Self {
            severity: severity(error),
            message: error.to_string().into(),
        }
    }

    fn panicked() -> Self {
        Self {
            severity: Severity::Statement,
            message: "a write panicked".into(),
        }
    }

    fn as_store_error(&self) -> StoreError {
        match self.severity {
            Severity::Full => StoreError::Full,
            Severity::Busy => StoreError::Unavailable,
            Severity::Statement | Severity::Fatal => StoreError::internal(self.message.as_ref()),
        }
    }
}

impl From<rusqlite::Error> for Lost {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(&error)
    }
}

/// The handle to the writer thread.
pub(crate) struct Writer {
    queue: Arc<Queue<Box<dyn Job>>>,
    failed: watch::Receiver<Option<Arc<str>>>,
    empty_log: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread that owns `connection`. At most `queue` jobs wait.
    pub(crate) fn start(connection: Connection, queue: usize) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(queue));
        let (failed_sender, failed) = watch::channel(None);
        // What a process that was killed has erased may be in the log that it left.
        let empty_log = Arc::new(AtomicBool::new(true));
        let worker = Worker {
            connection,
            queue: Arc::clone(&queue),
            failed: failed_sender,
            empty_log: Arc::clone(&empty_log),
            unoptimized_writes: 0,
            full: false,
        };
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || worker.run())?;
        Ok(Self {
            queue,
            failed,
            empty_log,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// A job that erases something sets this: the log, where it still stands, is then emptied in the next idle moment.
    pub(crate) fn empty_log(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.empty_log)
    }

    /// Runs a job in a transaction and answers after the commit. A full queue and an ended writer answer `Unavailable` at once.
    ///
    /// Dropping the future does not take the job back: once it is queued it runs.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run_then(Box::new(|_outcome| {}), job).await
    }

    /// As [`Writer::run`]; between the commit and the answer this thread calls `after_commit`, also for a caller that has left.
    pub(crate) async fn run_then<T: Send + 'static>(
        &self,
        after_commit: AfterCommit<T>,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.queue
            .push(Box::new(Task {
                job,
                after_commit,
                sender,
            }))
            .map_err(|_refused| StoreError::Unavailable)?;
        receiver.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Waits until an I/O error has ended the writer, and says which. Never returns while writes are possible, nor after an
    /// orderly close. Cancellation-safe.
    pub(crate) async fn failed(&self) -> Arc<str> {
        let mut failed = self.failed.clone();
        loop {
            if let Some(reason) = failed.borrow_and_update().as_ref() {
                return Arc::clone(reason);
            }
            if failed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Refuses new jobs, finishes the queued ones, and ends the thread. Blocks until it is done; a second call does nothing.
    pub(crate) fn close(&self) {
        self.queue.close();
        if let Some(thread) = self.thread.lock().take() {
            // Jobs cannot panic the thread; should it have died all the same, `Worker`'s drop has told everybody.
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("failed", &*self.failed.borrow())
            .finish_non_exhaustive()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the thread owns.
struct Worker {
    connection: Connection,
    queue: Arc<Queue<Box<dyn Job>>>,
    failed: watch::Sender<Option<Arc<str>>>,
    /// Whether the log holds what was erased.
    empty_log: Arc<AtomicBool>,
    unoptimized_writes: usize,
    /// Whether the last commit found the disk full, so that the log tells of it once.
    full: bool,
}

impl Worker {
    fn run(mut self) {
        let mut tidy = false;
        loop {
            match self.queue.take_batch(MAX_BATCH, (!tidy).then_some(IDLE)) {
                Taken::Items(batch) => {
                    tidy = false;
                    self.unoptimized_writes = self.unoptimized_writes.saturating_add(batch.len());
                    if let Err(lost) = self.commit_all(batch) {
                        tracing::error!(reason = %lost.message, "the database failed: no more writes are taken");
                        self.failed.send_replace(Some(lost.message));
                        return;
                    }
                }
                Taken::Idle => {
                    let emptied = self.put_log_in_place();
                    if self.unoptimized_writes >= WRITES_PER_OPTIMIZE {
                        self.optimize();
                    }
                    tidy = emptied;
                }
                Taken::Closed => {
                    self.optimize();
                    self.checkpoint("TRUNCATE");
                    return;
                }
            }
        }
    }

    /// Commits every job, in as few transactions as the database lets it. Errs when the database cannot be trusted any
    /// more; the jobs that are left then are dropped, which answers `Unavailable`.
    fn commit_all(&mut self, mut jobs: VecDeque<Box<dyn Job>>) -> Result<(), Lost> {
        while !jobs.is_empty() {
            let mut answers = Vec::with_capacity(jobs.len());
            let outcome = self.transact(&mut jobs, &mut answers);
            if outcome.is_err() && !self.connection.is_autocommit() {
                // Should this fail as well, the next BEGIN says so and its jobs are refused: nothing is kept by mistake.
                drop(self.execute("ROLLBACK"));
            }
            for answer in answers {
                answer(outcome.clone());
            }
            match outcome {
                Ok(()) if self.full => {
                    tracing::info!("there is space on the disk again: writes are taken");
                    self.full = false;
                }
                Ok(()) => {}
                Err(lost) => self.report(lost)?,
            }
        }
        Ok(())
    }

    /// Logs a lost transaction, and hands back the kind that ends the writer.
    fn report(&mut self, lost: Lost) -> Result<(), Lost> {
        match lost.severity {
            Severity::Fatal => return Err(lost),
            Severity::Full if self.full => {}
            Severity::Full => {
                tracing::error!("the disk is full: writes are refused until there is space");
                self.full = true;
            }
            Severity::Busy => tracing::warn!(
                "another process held the database for too long: writes were refused"
            ),
            Severity::Statement => {
                tracing::error!(reason = %lost.message, "a transaction failed: its writes were refused");
            }
        }
        Ok(())
    }

    /// Runs jobs from the front in one transaction, until all have run or the transaction is lost.
    fn transact(
        &self,
        jobs: &mut VecDeque<Box<dyn Job>>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), Lost> {
        if let Err(error) = self.execute("BEGIN IMMEDIATE") {
            // No job is to blame, and each has waited for the busy timeout already: all are refused.
            answers.extend(jobs.drain(..).map(|job| job.refuse()));
            return Err(error.into());
        }
        while let Some(job) = jobs.pop_front() {
            self.execute("SAVEPOINT job")?;
            let ran = job.run(&self.connection);
            answers.push(ran.answer);
            let Err(reason) = ran.result else {
                self.execute("RELEASE job")?;
                continue;
            };
            // SQLite ends the whole transaction by itself on some errors (a full disk is one), and with it what the jobs
            // before this one wrote.
            if self.connection.is_autocommit() || reason.severity == Severity::Fatal {
                return Err(reason);
            }
            self.execute("ROLLBACK TO job")?;
            self.execute("RELEASE job")?;
        }
        self.execute("COMMIT")?;
        Ok(())
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }

    /// Moves the log into the database file as far as readers let it. Failing is harmless: the log stays.
    /// Moves the log into the file, and empties it if it has to be. Answers whether that is done: while somebody reads what stands in it,
    /// it is tried again after a pause, and never waited for.
    fn put_log_in_place(&self) -> bool {
        if !self.empty_log.load(Ordering::Relaxed) {
            self.checkpoint("PASSIVE");
            return true;
        }
        let impatient = self.connection.busy_timeout(Duration::ZERO);
        let emptied = impatient.is_ok() && self.checkpoint("TRUNCATE");
        let patient = self.connection.busy_timeout(BUSY_TIMEOUT);
        if emptied && patient.is_ok() {
            self.empty_log.store(false, Ordering::Relaxed);
        }
        emptied
    }

    /// Answers whether all of it was done.
    fn checkpoint(&self, mode: &str) -> bool {
        let busy =
            self.connection
                .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
                    row.get::<_, bool>(0)
                });
        match busy {
            Ok(busy) => !busy,
            Err(error) => {
                tracing::debug!(%error, "checkpoint put off");
                false
            }
        }
    }

    /// Refreshes the planner's statistics. Failing is harmless: the old ones stay.
    fn optimize(&mut self) {
        self.unoptimized_writes = 0;
        if let Err(error) = self.connection.execute_batch("PRAGMA optimize") {
            tracing::debug!(%error, "optimize put off");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.failed
                .send_replace(Some("the writer thread panicked".into()));
        }
        // Whoever still waits is told by its dropped channel.
        drop(self.queue.abandon());
    }
}

#[cfg(test)]
mod tests;
