//! What follows from a write: jobs inside its transaction, and who hears of it after the commit.

use crate::NewJob;

/// Hears what became of a write at the moment it is on disk: in the order of the commits, before the caller has its answer, and
/// also when the caller has left. Not called for a write that failed. Runs on the store's own thread, so it must be short.
pub type AfterCommit<T> = Box<dyn FnOnce(&T) + Send>;

/// Says which jobs follow from an outcome. Called inside the transaction, so the jobs are there if and only if the write is; a
/// panic undoes both. Runs on the store's own thread, so it must be short.
pub type JobsOf<T> = Box<dyn FnOnce(&T) -> Vec<NewJob> + Send>;

/// What follows from a write.
pub struct FollowUp<T> {
    /// The jobs.
    pub jobs: JobsOf<T>,
    /// Who hears of it.
    pub after_commit: AfterCommit<T>,
}

impl<T> FollowUp<T> {
    /// Only somebody who hears of it.
    pub fn told(after_commit: impl FnOnce(&T) + Send + 'static) -> Self {
        Self {
            after_commit: Box::new(after_commit),
            ..nothing()
        }
    }

    /// Only jobs.
    pub fn jobs(jobs: impl FnOnce(&T) -> Vec<NewJob> + Send + 'static) -> Self {
        Self {
            jobs: Box::new(jobs),
            ..nothing()
        }
    }

    /// The same, and further jobs.
    #[must_use]
    pub fn and_jobs(self, more: impl FnOnce(&T) -> Vec<NewJob> + Send + 'static) -> Self
    where
        T: 'static,
    {
        let jobs = self.jobs;
        Self {
            jobs: Box::new(move |outcome| {
                let mut all = jobs(outcome);
                all.extend(more(outcome));
                all
            }),
            ..self
        }
    }
}

impl<T> std::fmt::Debug for FollowUp<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowUp").finish_non_exhaustive()
    }
}

/// For a write from which nothing follows.
pub fn nothing<T>() -> FollowUp<T> {
    FollowUp {
        jobs: Box::new(|_outcome| Vec::new()),
        after_commit: Box::new(|_outcome| {}),
    }
}
