//! The use cases' shared ground: the ports they stand on.

use crate::password::Passwords;
use crate::random::Random;
use crate::watch::Watch;
use antiphon_broadcast::{Broadcaster, SocketId};
use antiphon_domain::{Clock, DomainEvent};
use antiphon_store::Store;
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

    /// Tells what is on disk: to those who wait for an answer here, and to those who listen on a socket.
    pub(crate) fn announce(&self, event: &DomainEvent, except: Option<SocketId>) {
        self.watch.wake(event.update().conversation.id);
        self.ports.broadcaster.broadcast(event, except);
    }
}
