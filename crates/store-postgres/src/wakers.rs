//! Who is woken when there is something to do, or something new.

use antiphon_store::{ChangeWaker, ChangedElsewhere, JobWaker};
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

type JobWakers = Vec<Weak<dyn Fn() + Send + Sync>>;
type ChangeWakers = Vec<Weak<dyn Fn(ChangedElsewhere) + Send + Sync>>;

/// The wakers of this process; each is forgotten when its last other owner is gone.
#[derive(Default)]
pub(crate) struct Wakers {
    jobs: Mutex<JobWakers>,
    changes: Mutex<ChangeWakers>,
}

impl Wakers {
    pub(crate) fn add_for_jobs(&self, waker: &JobWaker) {
        let mut wakers = self.jobs.lock();
        wakers.retain(|known| known.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
    }

    pub(crate) fn add_for_changes(&self, waker: &ChangeWaker) {
        let mut wakers = self.changes.lock();
        wakers.retain(|known| known.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
    }

    pub(crate) fn jobs(&self) {
        // Called without the lock, so that a waker may do what it likes.
        let wakers: Vec<_> = self.jobs.lock().iter().filter_map(Weak::upgrade).collect();
        for wake in wakers {
            wake();
        }
    }

    pub(crate) fn changed(&self, changed: ChangedElsewhere) {
        let wakers: Vec<_> = self
            .changes
            .lock()
            .iter()
            .filter_map(Weak::upgrade)
            .collect();
        for wake in wakers {
            wake(changed);
        }
    }
}

impl std::fmt::Debug for Wakers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wakers").finish_non_exhaustive()
    }
}
