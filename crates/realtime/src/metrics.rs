//! What the engine counts, for those who watch it.
//!
//! Each shard counts on its own, for each application: only its thread writes there, with plain additions, and no two shards share a
//! cache line. Whoever asks gets the sums, which are close to one moment but not of one moment.

use crate::app::App;
use crate::app_table::AppState;
use crate::hub::Hub;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What one application did since the start of the process, on this node.
#[derive(Debug, Clone)]
pub struct AppMetrics {
    /// The application.
    pub app: Arc<App>,
    /// WebSockets that are open now.
    pub connections: u64,
    /// Subscriptions that there are now.
    pub subscriptions: u64,
    /// Messages that clients sent, pings and pongs of the WebSocket itself aside.
    pub messages_received: u64,
    /// Messages that went to clients, or wait for them.
    pub messages_sent: u64,
    /// Bytes that came over open WebSockets.
    pub received_bytes: u64,
    /// Bytes that went to WebSockets, or wait for them.
    pub sent_bytes: u64,
    /// Connections that were ended or refused, by reason.
    pub drops: [(DropReason, u64); DropReason::ALL.len()],
    /// Events of backends that were refused because the shards had too much to deliver.
    pub overload_refusals: u64,
    /// Events of clients that were refused, for any reason.
    pub client_event_refusals: u64,
}

/// Why the server ended a connection, or did not let it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// More was waiting for it than may.
    SlowConsumer,
    /// The node, the application or the address has as many connections as it may have.
    ConnectionLimit,
    /// It sent more messages per second than it may.
    MessageRate,
    /// It did not answer a ping.
    PongTimeout,
    /// Nobody vouched for it in time.
    AuthorizationTimeout,
}

impl DropReason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SlowConsumer,
        Self::ConnectionLimit,
        Self::MessageRate,
        Self::PongTimeout,
        Self::AuthorizationTimeout,
    ];

    /// The reason in one word, as a label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SlowConsumer => "slow_consumer",
            Self::ConnectionLimit => "connection_limit",
            Self::MessageRate => "message_rate",
            Self::PongTimeout => "pong_timeout",
            Self::AuthorizationTimeout => "authorization_timeout",
        }
    }
}

/// A number that one thread changes and any thread reads.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// For the owning thread only: there is no need for an atomic addition, which would cost more.
    pub(crate) fn add(&self, n: usize) {
        let sum = self.get().wrapping_add(n as u64);
        self.0.store(sum, Ordering::Relaxed);
    }

    /// For the owning thread only.
    pub(crate) fn subtract(&self, n: usize) {
        let rest = self.get().wrapping_sub(n as u64);
        self.0.store(rest, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one shard counts for one application. As large as two cache lines, which processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Counts {
    pub(crate) subscriptions: Count,
    pub(crate) messages_received: Count,
    pub(crate) messages_sent: Count,
    pub(crate) received_bytes: Count,
    pub(crate) sent_bytes: Count,
    pub(crate) client_event_refusals: Count,
    drops: [Count; DropReason::ALL.len()],
}

impl Counts {
    pub(crate) fn dropped(&self, reason: DropReason) {
        self.drops[reason as usize].add(1);
    }
}

impl Hub {
    /// What each application on the list did, in the order of the list.
    pub fn app_metrics(&self) -> Vec<AppMetrics> {
        let listed = self.0.apps.listed().into_iter();
        listed
            .map(|index| self.0.apps.state(index).metrics())
            .collect()
    }

    /// How many shards send events to many subscribers in one system call, with io_uring.
    pub fn batching_shards(&self) -> usize {
        self.0.batching_shards.load(Ordering::Relaxed)
    }

    /// How long there has been this hub, which is as long as the process serves.
    pub fn uptime(&self) -> Duration {
        Duration::from_millis(self.0.clock.elapsed_ms())
    }

    /// Bytes of published events that the shards have not brought to all subscribers yet.
    pub fn waiting_bytes(&self) -> usize {
        let inboxes = self.0.inboxes.iter();
        inboxes.map(|inbox| inbox.waiting_bytes()).sum()
    }
}

impl AppState {
    fn metrics(&self) -> AppMetrics {
        AppMetrics {
            app: Arc::clone(&self.app()),
            connections: self.connection_count() as u64,
            subscriptions: self.sum(|counts| &counts.subscriptions),
            messages_received: self.sum(|counts| &counts.messages_received),
            messages_sent: self.sum(|counts| &counts.messages_sent),
            received_bytes: self.sum(|counts| &counts.received_bytes),
            sent_bytes: self.sum(|counts| &counts.sent_bytes),
            drops: DropReason::ALL.map(|reason| {
                let count = self.sum(|counts| &counts.drops[reason as usize]);
                (reason, count)
            }),
            overload_refusals: self.overload_refusals(),
            client_event_refusals: self.sum(|counts| &counts.client_event_refusals),
        }
    }

    fn sum(&self, count: impl Fn(&Counts) -> &Count) -> u64 {
        let of_shards = self.counts.iter().map(|counts| count(counts).get());
        of_shards.fold(0, u64::wrapping_add)
    }
}
