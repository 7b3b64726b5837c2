//! The use cases' shared ground: the ports they stand on.

use crate::password::Passwords;
use crate::random::Random;
use crate::watch::Watch;
use antiphon_broadcast::{Broadcaster, SocketId};
use antiphon_domain::{Clock, DomainEvent};
use antiphon_store::{AfterCommit, Store};
use std::sync::Arc;

/// What the application core stands on; the composition root chooses the drivers.
#[derive(Clone)]
pub struct Ports {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Who is told.
    pub broadcaster: Arc<dyn Broadcaster>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

/// The application core. Cheap to clone; every use case is a method, in the file of its name.
#[derive(Debug, Clone)]
pub struct Chat {
    pub(crate) ports: Ports,
    pub(crate) watch: Arc<Watch>,
    pub(crate) passwords: Arc<Passwords>,
}

impl Chat {
    /// The core on these ports.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            watch: Arc::default(),
            passwords: Arc::default(),
        }
    }

    /// Whether a write would be stored now: passes through the store's writer.
    pub async fn check_store(&self) -> Result<(), crate::ChatError> {
        Ok(self.ports.store.check().await?)
    }

    /// What the store calls after a commit, on its own thread: `events` says what there is to tell of the outcome, if anything.
    ///
    /// Announced from there, events go out in the order of their commits, and a message is announced although the connection
    /// that brought it is gone.
    pub(crate) fn announce<T, E: IntoIterator<Item = DomainEvent>>(
        &self,
        except: Option<SocketId>,
        events: impl FnOnce(&T) -> E + Send + 'static,
    ) -> AfterCommit<T> {
        let (watch, broadcaster) = (Arc::clone(&self.watch), Arc::clone(&self.ports.broadcaster));
        Box::new(move |outcome| {
            for event in events(outcome) {
                watch.wake(event.update().conversation.id);
                broadcaster.broadcast(&event, except);
            }
        })
    }
}
