//! A job for the writer: what it does inside the transaction, and how its caller hears of it after the commit.

use super::Tx;
use crate::audit::write_down;
use crate::failure::{Error, Result};
use crate::jobs::enqueue;
use crate::wakers::Wakers;
use antiphon_store::{FollowUp, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use tokio::sync::oneshot;

/// A job of any result type. One that is dropped unrun answers its caller that the store is unavailable.
pub(crate) trait Job: Send {
    /// Runs it, inside a savepoint.
    fn run<'a>(self: Box<Self>, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = Ran> + 'a>>;
}

/// Tells and answers, after the commit.
pub(crate) type Committed = Box<dyn FnOnce(&Wakers)>;

/// What became of a job.
pub(crate) enum Ran {
    /// Its answer waits for the commit.
    Done(Committed),
    /// It is to be undone; its answer depends on nothing else.
    Failed {
        error: Error,
        answer: Box<dyn FnOnce(Error)>,
    },
}

/// A job, what follows from it, and where its caller waits.
pub(crate) struct Task<T, F> {
    pub(crate) job: F,
    pub(crate) follow_up: FollowUp<T>,
    pub(crate) answer: oneshot::Sender<std::result::Result<T, StoreError>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send + 'static,
    F: AsyncFnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    fn run<'a>(self: Box<Self>, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = Ran> + 'a>> {
        Box::pin(async move {
            let Self {
                job,
                follow_up:
                    FollowUp {
                        jobs,
                        audit,
                        after_commit,
                    },
                answer,
            } = *self;
            let work = async {
                let value = job(tx).await?;
                let follow = || (jobs(&value), audit(&value));
                let (new, entry) =
                    catch_unwind(AssertUnwindSafe(follow)).map_err(|_panic| Error::Panicked)?;
                let has_jobs = !enqueue(tx, &new).await?.is_empty();
                if let Some(entry) = entry {
                    write_down(tx.db, &entry).await?;
                }
                Ok((value, has_jobs))
            };
            match work.await {
                Ok((value, has_jobs)) => Ran::Done(Box::new(move |wakers| {
                    if has_jobs {
                        wakers.jobs();
                    }
                    if catch_unwind(AssertUnwindSafe(|| after_commit(&value))).is_err() {
                        tracing::error!("what follows a commit panicked; the write itself is done");
                    }
                    // A caller that has left loses only its answer: what it asked for is done.
                    drop(answer.send(Ok(value)));
                })),
                Err(error) => Ran::Failed {
                    error,
                    answer: Box::new(move |error| {
                        drop(answer.send(Err(error.into_store_error())));
                    }),
                },
            }
        })
    }
}
