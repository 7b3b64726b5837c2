//! The driver that writes a line for each event and tells nobody: for development, as Laravel has it.

use crate::{AnySocketId, Broadcaster};
use antiphon_domain::DomainEvent;
use antiphon_wire::{FileLinks, channel_events};

/// Logs which event would have gone where. What people wrote is no business of a log, so only its size is in it.
#[derive(Debug, Clone)]
pub struct LogBroadcaster {
    links: FileLinks,
}

impl LogBroadcaster {
    /// `links` makes the addresses of files, which count towards the size.
    pub fn new(links: FileLinks) -> Self {
        Self { links }
    }
}

impl Broadcaster for LogBroadcaster {
    fn broadcast(&self, event: &DomainEvent, _: Option<AnySocketId>) {
        for event in channel_events(event, &self.links) {
            tracing::info!(
                channel = event.channel,
                event = event.event,
                bytes = event.data.len(),
                "broadcast"
            );
        }
    }
}
