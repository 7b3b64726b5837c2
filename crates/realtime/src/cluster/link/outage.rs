//! Losing the log, and finding it again.
//!
//! For a moment everything just waits. After that the node is *alone*: its clients get its events at once, under an epoch of its own, and
//! what they got waits in the outbox. When the log is back, reading goes on where it stopped; what this node has published meanwhile
//! is appended, for the others, and known here by its number. Until all of that has come back, the histories keep the order in which this
//! node has delivered: who resumes by the log's order would get what it has again, or miss what was behind it. So nobody misses
//! anything and nothing comes twice, unless the log itself has lost something: then those who can are told to fetch their state anew.

use super::hearing::Trim;
use super::{Link, Tasks, serial_of};
use crate::broker::{BrokerError, LogState};
use crate::cluster::record::{self, Record};
use crate::cluster::view::Source;
use crate::history;
use crate::registry::ShardSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long events wait for a log that does not answer before they are delivered without it. A restart of Redis on the same machine,
/// or a connection that was cut, is over by then.
const PATIENCE_MS: u64 = 1_500;
/// How long a node that is alone keeps what the others had. They are most likely as alone as this one, and their clients still there.
const LEASE_MS: u64 = 30_000;
/// Between two attempts to reach the log: the first wait, and the longest.
const BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(2);

impl Link {
    /// The log did not do what it was asked to. Whether it has done it will be seen.
    pub(super) fn has_lost_log(&mut self, error: &BrokerError, tasks: &mut Tasks) {
        if self.is_connected {
            tracing::warn!(%error, "the cluster's log is out of reach");
        }
        self.failure = Some(error.clone());
        self.look_at_log_again(tasks);
        self.backoff = BACKOFF;
        self.endure(self.now_ms());
    }

    /// Opens the log again before anything else.
    pub(super) fn look_at_log_again(&mut self, tasks: &mut Tasks) {
        self.is_connected = false;
        self.backoff = Duration::ZERO;
        tasks.reading = None;
        tasks.appending = None;
    }

    /// Waits no longer for a log that stays away.
    pub(super) fn endure(&mut self, now_ms: u64) {
        if self.is_connected {
            return;
        }
        match self.alone_ms {
            None if now_ms.saturating_sub(self.contact_ms) >= PATIENCE_MS => self.go_alone(now_ms),
            Some(alone_ms) if now_ms.saturating_sub(alone_ms) >= LEASE_MS => self.end_lease(),
            _ => {}
        }
    }

    /// Delivers what waits, and from now on everything, without the log.
    fn go_alone(&mut self, now_ms: u64) {
        tracing::error!("this node goes on alone: its clients do not hear of the other nodes");
        let hub = self.hub.clone();
        let mut posted = ShardSet::default();
        self.alone_ms = Some(now_ms);
        let Some(cluster) = &hub.0.cluster else {
            return;
        };
        let mut outbox = cluster.outbox.lock();
        outbox.is_alone = true;
        if !std::mem::replace(&mut self.has_own_order, true) {
            // Without randomness an id may be known that should not be; the clock's time makes that unlikely.
            let epoch = history::random_epoch().unwrap_or(crate::clock::unix_ms() as u32);
            cluster.epoch.store(epoch, Ordering::Relaxed);
            for index in hub.0.apps.all() {
                hub.0.apps.state(index).history.go_alone();
            }
        }
        let heard = self.returned.max(self.delivered);
        let unheard = heard + 1..=outbox.last_dropped();
        if !unheard.is_empty() {
            self.unheard.push(unheard);
        }
        for (_, item) in outbox.after(heard) {
            if let (true, Some(record)) = (item.is_event, record::read_one(&item.record)) {
                hub.0.apply_event(&record, None, &mut posted);
            }
        }
        let last = outbox.last();
        drop(outbox);
        cluster.settled(last);
        cluster.outages.fetch_add(1, Ordering::Relaxed);
        hub.0.wake(posted);
    }

    /// Forgets what the others had: nobody knows any more whether it is so.
    fn end_lease(&mut self) {
        let hub = self.hub.clone();
        let mut posted = ShardSet::default();
        for node in self.view.others() {
            let source = Source { node, tells: false };
            self.view.forget(&hub.0, source, &mut posted);
        }
        for peer in self.peers.0.values_mut() {
            peer.connections = Vec::new();
        }
        self.count_elsewhere();
        hub.0.wake(posted);
    }

    /// Goes on where it stopped, as far as that is possible.
    pub(super) fn has_opened(&mut self, opened: Result<LogState, BrokerError>) {
        let state = match opened {
            Ok(state) => state,
            Err(error) => {
                tracing::debug!(%error, "the cluster's log is still out of reach");
                self.backoff = (self.backoff * 2).clamp(BACKOFF, MAX_BACKOFF);
                self.endure(self.now_ms());
                return;
            }
        };
        let now_ms = self.now_ms();
        self.is_connected = true;
        self.contact_ms = now_ms;
        self.peers.listen_again(now_ms);
        let has_gap = state.epoch != self.epoch
            || state.last < self.position
            || state.first > self.position + 1;
        let was_alone = self.alone_ms.take().is_some();
        if !has_gap && !was_alone {
            return;
        }
        let position = match has_gap {
            true => state.first.saturating_sub(1),
            false => self.position,
        };
        let hub = self.hub.clone();
        if let Some(cluster) = &hub.0.cluster {
            if has_gap {
                // Marks of another log would take entries of this one for old.
                self.trim = Trim::default();
            }
            // Under its lock nobody delivers anything that would get a serial of the time before.
            let mut outbox = cluster.outbox.lock();
            (self.epoch, self.position) = (state.epoch, position);
            if has_gap {
                // What this node has in a log that is lost does not come back.
                self.returned = self.returned.max(outbox.last_logged());
                outbox.forget(self.returned);
            }
            if was_alone {
                self.delivered = outbox.last();
                outbox.is_alone = false;
            }
            if !self.has_own_order || self.is_complete() {
                self.take_order(serial_of(position + 1) - 1);
            }
            let has_lost = outbox.take_lost();
            drop(outbox);
            if has_lost {
                self.say(&Record::Lost);
            }
        }
        self.say_hello();
        self.begin_dump();
        if has_gap {
            tracing::error!(
                "the cluster's log has lost events: clients are told to fetch their state anew"
            );
            self.shared().resync_all();
        }
        tracing::info!("the cluster's log is back");
    }
}
