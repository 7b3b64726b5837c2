//! What follows from a write: jobs and an audit entry inside its transaction, and who hears of it after the commit.

use crate::{NewAuditEntry, NewJob};

/// Hears what became of a write at the moment it is on disk: in the order of the commits, before the caller has its answer, and
/// also when the caller has left. Not called for a write that failed. Runs on the store's own thread, so it must be short.
pub type AfterCommit<T> = Box<dyn FnOnce(&T) + Send>;

/// Says which jobs follow from an outcome. Called inside the transaction, so the jobs are there if and only if the write is; a
/// panic undoes both. Runs on the store's own thread, so it must be short.
pub type JobsOf<T> = Box<dyn FnOnce(&T) -> Vec<NewJob> + Send>;

/// Says what the audit log is told of an outcome; nothing if nothing was done. Called inside the transaction, as [`JobsOf`] is.
pub type AuditOf<T> = Box<dyn FnOnce(&T) -> Option<NewAuditEntry> + Send>;

/// What follows from a write.
pub struct FollowUp<T> {
    /// The jobs.
    pub jobs: JobsOf<T>,
    /// The audit entry.
    pub audit: AuditOf<T>,
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

    /// Only an entry of the audit log.
    pub fn audit(audit: impl FnOnce(&T) -> Option<NewAuditEntry> + Send + 'static) -> Self {
        nothing().and_audit(audit)
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

    /// The same with this entry of the audit log, in the place of another.
    #[must_use]
    pub fn and_audit(
        self,
        audit: impl FnOnce(&T) -> Option<NewAuditEntry> + Send + 'static,
    ) -> Self {
        Self {
            audit: Box::new(audit),
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
        audit: Box::new(|_outcome| None),
        after_commit: Box::new(|_outcome| {}),
    }
}
