//! A job for the writer: what it does inside the transaction, and how its caller hears of it after the commit.

use super::Lost;
use crate::failure::store_error;
use antiphon_store::{AfterCommit, StoreError};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// A job of any result type.
pub(super) trait Job: Send {
    /// Runs it, inside a savepoint.
    fn run(self: Box<Self>, connection: &Connection) -> Ran;
    /// Gives it up unrun; the answer is then given with the reason.
    fn refuse(self: Box<Self>) -> Answer;
}

/// A job that ran and whose answer waits for the commit.
pub(super) struct Ran {
    /// Whether its savepoint is to be kept, and if not, why.
    pub(super) result: Result<(), Lost>,
    pub(super) answer: Answer,
}

/// Tells the caller, once the fate of the transaction is known.
pub(super) type Answer = Box<dyn FnOnce(Result<(), Lost>)>;

/// A job, who else hears of it, and where its caller waits.
pub(super) struct Task<T, F> {
    pub(super) job: F,
    pub(super) after_commit: AfterCommit<T>,
    pub(super) sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
{
    fn run(self: Box<Self>, connection: &Connection) -> Ran {
        let Self {
            job,
            after_commit,
            sender,
        } = *self;
        match catch_unwind(AssertUnwindSafe(|| job(connection))) {
            Ok(Ok(value)) => Ran {
                result: Ok(()),
                answer: Box::new(move |commit| {
                    if commit.is_ok()
                        && catch_unwind(AssertUnwindSafe(|| after_commit(&value))).is_err()
                    {
                        tracing::error!("what follows a commit panicked; the write itself is done");
                    }
                    // A caller that has left loses only its answer: what it asked for is done.
                    drop(sender.send(commit.map(|()| value).map_err(|lost| lost.as_store_error())));
                }),
            },
            Ok(Err(error)) => {
                let reason = Lost::new(&error);
                Ran::failed(sender, reason, store_error(error))
            }
            Err(_panic) => Ran::failed(
                sender,
                Lost::panicked(),
                StoreError::internal("a write panicked and was undone"),
            ),
        }
    }

    fn refuse(self: Box<Self>) -> Answer {
        Box::new(move |commit| {
            let error = commit
                .err()
                .map_or(StoreError::Unavailable, |lost| lost.as_store_error());
            drop(self.sender.send(Err(error)));
        })
    }
}

impl Ran {
    /// A job that failed by itself: its answer does not depend on the commit.
    fn failed<T: Send + 'static>(
        sender: oneshot::Sender<Result<T, StoreError>>,
        reason: Lost,
        error: StoreError,
    ) -> Self {
        Self {
            result: Err(reason),
            answer: Box::new(move |_commit| drop(sender.send(Err(error)))),
        }
    }
}
