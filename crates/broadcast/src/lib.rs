//! Telling connected people what is already on disk.
//!
//! A [`Broadcaster`] is called after the commit and never before it. It may lose an event (a process can die between the
//! commit and the call): the conversation in the store is the truth, and every client recovers with `after_seq`.
#![warn(missing_docs)]

mod local;
mod null;
mod reverb;

pub use antiphon_protocol::SocketId;
pub use antiphon_wire::INBOX_CHANNEL;
pub use local::LocalBroadcaster;
pub use null::NullBroadcaster;
pub use reverb::{ReverbBroadcaster, ReverbEndpoint, ReverbUnusable, check_reverb};

use antiphon_domain::DomainEvent;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where events go. Drivers: [`LocalBroadcaster`] (this process's own sockets), [`ReverbBroadcaster`] (a Reverb-compatible server),
/// [`NullBroadcaster`] (nobody).
pub trait Broadcaster: Send + Sync {
    /// Sends an event to everybody who listens; the socket that caused it is left out where the event says so
    /// ([`antiphon_wire::ChannelEvent::to_others`]). Never blocks and never fails to its caller; events of one conversation arrive in the order of the calls.
    fn broadcast(&self, event: &DomainEvent, except: Option<SocketId>);
}

/// Counts an event that nobody will get, and logs the first, second, fourth … of them: an overload must not fill the log too.
fn note_dropped(dropped: &AtomicU64, why: &str) {
    let dropped = dropped.fetch_add(1, Ordering::Relaxed) + 1;
    if dropped.is_power_of_two() {
        tracing::warn!(
            dropped,
            why,
            "events were not broadcast: clients will fetch what they missed"
        );
    }
}
