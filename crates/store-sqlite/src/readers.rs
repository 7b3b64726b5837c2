//! The threads that read: read-only connections behind one bounded queue.
//!
//! A read begins its transaction when it runs, so it sees every write that was answered before it was asked for. Reads never
//! wait for the writer, nor it for them.

use crate::failure::store_error;
use crate::queue::{Queue, Taken};
use antiphon_store::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The handle to the reader threads.
pub(crate) struct Readers {
    queue: Arc<Queue<Job>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Readers {
    /// Starts one thread for each connection. At most `queue` jobs wait.
    pub(crate) fn start(connections: Vec<Connection>, queue: usize) -> std::io::Result<Self> {
        let readers = Self {
            queue: Arc::new(Queue::new(queue)),
            threads: Mutex::default(),
        };
        for connection in connections {
            let queue = Arc::clone(&readers.queue);
            let thread = std::thread::Builder::new()
                .name("sqlite-reader".to_owned())
                .spawn(move || serve(&connection, &queue))?;
            readers.threads.lock().push(thread);
        }
        Ok(readers)
    }

    /// Runs a job on one of the connections. A full queue answers `Unavailable` at once; a job whose caller has left by then
    /// is not run.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if sender.is_closed() {
                return;
            }
            let outcome = match catch_unwind(AssertUnwindSafe(|| job(connection))) {
                Ok(outcome) => outcome.map_err(store_error),
                Err(_panic) => Err(StoreError::internal("a read panicked")),
            };
            drop(sender.send(outcome));
        });
        self.queue
            .push(job)
            .map_err(|_refused| StoreError::Unavailable)?;
        receiver.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Refuses new jobs, finishes the queued ones, and ends the threads. Blocks until it is done; a second call does nothing.
    pub(crate) fn close(&self) {
        self.queue.close();
        for thread in self.threads.lock().drain(..) {
            // A job cannot panic its thread, and there is nobody to tell.
            drop(thread.join());
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Readers")
            .field("n_threads", &self.threads.lock().len())
            .finish_non_exhaustive()
    }
}

fn serve(connection: &Connection, queue: &Queue<Job>) {
    while let Taken::Items(job) = queue.take() {
        job(connection);
    }
}
