//! Telling connected people what is on disk.
//!
//! A [`Broadcaster`] that reaches its people in this process is called after the commit, and never before it. One that reaches them
//! through another server makes jobs instead, inside the event's own transaction, so that no crash loses one; [`RemoteBroadcaster`]
//! is also who does them. Either way a broadcast is a hint: the conversation in the store is the truth, an event may come twice, and
//! every client recovers with `after_seq`.
#![warn(missing_docs)]

mod account_webhooks;
mod api;
mod breaker;
mod local;
mod log;
mod null;
mod outgoing;
mod presence;
mod remote;
mod several;
mod web_push;

pub use account_webhooks::{
    AccountWebhooks, WEBHOOK_ATTEMPTS, WEBHOOK_JOBS, WEBHOOK_QUEUE, webhook_body,
};
pub use antiphon_protocol::AnySocketId;
pub use antiphon_protocol::account_webhook::event_id as webhook_event_id;
pub use antiphon_wire::{AGENTS_CHANNEL, INBOX_CHANNEL};
pub use api::{ApiEndpoint, ApiError, check_api};
pub use local::LocalBroadcaster;
pub use log::LogBroadcaster;
pub use null::NullBroadcaster;
pub use presence::{LocalPresence, Presence, PresenceError, Presences, RemotePresence};
pub use remote::{BACKOFF, MAX_JOBS, PUSHER_JOBS, REVERB_JOBS, RemoteBroadcaster};
pub use several::Broadcasters;
pub use web_push::{PUSH_JOBS, PUSH_QUEUE, WebPush};

use antiphon_domain::{DomainEvent, Timestamp};
use antiphon_jobs::NewJob;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where events go. Drivers: [`LocalBroadcaster`] (this process's own sockets), [`RemoteBroadcaster`] (a Reverb-compatible server, or
/// Pusher), [`LogBroadcaster`] (the log), [`NullBroadcaster`] (nobody), [`AccountWebhooks`] (other programs),
/// [`WebPush`] (browsers without an open inbox), [`Broadcasters`] (several of them).
pub trait Broadcaster: Send + Sync {
    /// Sends an event to everybody who listens; the socket that caused it is left out where the event says so
    /// ([`antiphon_wire::ChannelEvent::to_others`]). Never blocks and never fails to its caller; events of one conversation arrive in the order of the calls.
    fn broadcast(&self, event: &DomainEvent, except: Option<AnySocketId>);

    /// Whether [`Broadcaster::jobs`] is worth a call: for those who reach people in this process only, it is not.
    fn makes_jobs(&self) -> bool {
        false
    }

    /// The jobs that send the event elsewhere. They belong into the transaction of what happened, and arrive in its order.
    fn jobs(
        &self,
        _event: &DomainEvent,
        _except: Option<AnySocketId>,
        _at: Timestamp,
    ) -> Vec<NewJob> {
        Vec::new()
    }
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
