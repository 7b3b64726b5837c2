//! The embedded driver: straight into this process's hub.

use crate::{AnySocketId, Broadcaster, note_dropped};
use antiphon_domain::DomainEvent;
use antiphon_protocol::ChannelName;
use antiphon_realtime::{App, Hub, Publication, Published};
use antiphon_wire::{FileLinks, agent_user, channel_events};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Publishes to the sockets of this process.
pub struct LocalBroadcaster {
    hub: Hub,
    app: Arc<App>,
    links: FileLinks,
    dropped: AtomicU64,
}

impl LocalBroadcaster {
    /// Publishes under the installation's own app; `links` makes the addresses of files.
    pub fn new(hub: Hub, app: Arc<App>, links: FileLinks) -> Self {
        Self {
            hub,
            app,
            links,
            dropped: AtomicU64::new(0),
        }
    }
}

impl Broadcaster for LocalBroadcaster {
    fn broadcast(&self, event: &DomainEvent, except: Option<AnySocketId>) {
        if let DomainEvent::AgentShutOut(id) = event {
            self.hub.terminate_user(&self.app.id, &agent_user(*id));
        }
        for event in channel_events(event, &self.links) {
            let channel = ChannelName::parse(&event.channel)
                .expect("our channels are named by words and integers");
            let publication = Publication {
                channels: &[channel],
                event: event.event,
                data: &event.data,
                except: except
                    .filter(|_| event.to_others)
                    .and_then(AnySocketId::own),
                once: None,
            };
            if self.hub.publish(&self.app, publication) == Published::Overloaded {
                note_dropped(&self.dropped, "the sockets are too far behind");
            }
        }
    }
}

impl std::fmt::Debug for LocalBroadcaster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalBroadcaster").finish_non_exhaustive()
    }
}
