//! The driver of commands that have no sockets: what they change is not shown live, or tells nobody anything.

use crate::{AnySocketId, Broadcaster};
use antiphon_domain::DomainEvent;

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct NullBroadcaster;

impl Broadcaster for NullBroadcaster {
    fn broadcast(&self, _: &DomainEvent, _: Option<AnySocketId>) {}
}
