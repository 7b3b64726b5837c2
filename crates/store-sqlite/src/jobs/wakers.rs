//! Who is woken when there is something to do.

use antiphon_store::JobWaker;
use parking_lot::Mutex;
use std::sync::{Arc, Weak};

/// The wakers of this process; each is forgotten when its last other owner is gone.
#[derive(Default)]
pub(crate) struct Wakers(Mutex<Vec<Weak<dyn Fn() + Send + Sync>>>);

impl Wakers {
    pub(crate) fn add(&self, waker: &JobWaker) {
        let mut wakers = self.0.lock();
        wakers.retain(|known| known.strong_count() > 0);
        wakers.push(Arc::downgrade(waker));
    }

    pub(crate) fn wake(&self) {
        // Called without the lock, so that a waker may do what it likes.
        let wakers: Vec<_> = self.0.lock().iter().filter_map(Weak::upgrade).collect();
        for wake in wakers {
            wake();
        }
    }
}

impl std::fmt::Debug for Wakers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wakers").finish_non_exhaustive()
    }
}
