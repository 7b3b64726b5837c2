//! Several nodes that are one server: what the threads of this node leave for the others, and what became of it.
//!
//! Every event takes its way through the log that all nodes share ([`crate::broker`]), and is delivered on every node, this one
//! included, when it comes back from there: so all of them see one order, and the place in the log is the event's serial in the
//! history, on every node. What a node has itself (subscriptions, members, users) it changes at once, and tells the others
//! the truth of it soon after; they count it like one more connection (`registry::elsewhere`).
//!
//! A thread of its own (`link`) writes what waits in the `outbox`, reads the log, and keeps a `view` of what each node has told.
//! While the log is out of reach, the node is *alone*: events are delivered here at once, and wait in the outbox for the others.
//!
//! Locks: the outbox before everything else, since who is alone delivers under it. `changes` and `misses` are taken under any lock
//! of the engine; nothing is taken under them.

mod apply;
mod link;
mod node;
mod outbox;
mod peers;
mod record;
mod view;

pub(crate) use apply::Arrival;
pub use node::{ClusterError, ClusterNode};

use crate::app_table::AppIndex;
use crate::broker::{Broker, Kept};
use crate::clock;
use crate::history::Epoch;
use crate::hub::{Hub, Publication, Published, Shared};
use crate::registry::ShardSet;
use antiphon_protocol::{ChannelKind, ChannelName, SocketId};
use outbox::{Item, Outbox};
use parking_lot::Mutex;
use record::Record;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The most bytes of events that wait for the log. Above it `publish` refuses; a node that is alone drops the oldest, and says so
/// when it is back. 16 MiB: some ten thousand ordinary events.
const OUTBOX_BYTES: usize = 16 << 20;

/// The most cache channels that wait for their miss to be claimed. What is above it is not told: misses are told again and again.
const MAX_MISSES: usize = 1_000;

/// What the threads of this node share about the others.
#[derive(Debug)]
pub(crate) struct Cluster {
    broker: Arc<dyn Broker>,
    outbox: Mutex<Outbox>,
    changes: Mutex<Changes>,
    misses: Mutex<Vec<(AppIndex, ChannelName)>>,
    /// Whether the others are to be asked for all that they have.
    asks: AtomicBool,
    /// Wakes the link.
    wake: Notify,
    /// Up to which number the records are in the log, or delivered without it.
    settled: watch::Sender<u64>,
    epoch: Epoch,
    nodes: AtomicUsize,
    outages: AtomicUsize,
}

/// What the others do not know yet of this node.
#[derive(Debug, Default)]
struct Changes {
    /// Channels, each with the members that came or went.
    channels: HashMap<(AppIndex, ChannelName), HashSet<Arc<str>>>,
    users: HashSet<(AppIndex, Arc<str>)>,
}

/// How a cluster is doing, as this node sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterHealth {
    /// How many nodes there are, with this one.
    pub nodes: usize,
    /// Whether the log is out of reach, so that this node is alone.
    pub is_alone: bool,
    /// Bytes of events that wait for the log.
    pub waiting_bytes: usize,
    /// How many times the node has been alone.
    pub outages: usize,
}

impl Cluster {
    pub(crate) fn new(broker: Arc<dyn Broker>, epoch: Epoch) -> Self {
        Self {
            broker,
            outbox: Mutex::default(),
            changes: Mutex::default(),
            misses: Mutex::default(),
            asks: AtomicBool::new(false),
            wake: Notify::new(),
            settled: watch::Sender::new(0),
            epoch,
            nodes: AtomicUsize::new(1),
            outages: AtomicUsize::new(0),
        }
    }

    /// Sends publications, or none of them.
    pub(crate) fn publish(
        &self,
        shared: &Shared,
        index: AppIndex,
        publications: &[Publication<'_>],
    ) -> Published {
        let app = shared.app(index);
        let mut events = Vec::with_capacity(publications.len());
        for publication in publications {
            let Publication {
                channels,
                event,
                data,
                except,
                once,
            } = *publication;
            let cached = channels.iter().filter(|channel| channel.is_cache());
            let kept = cached.map(|channel| {
                let now_unix_ms = clock::unix_ms();
                Kept {
                    name: format!("{}:{}", app.id, channel.as_str()),
                    value: record::write_cached(now_unix_ms, event, data),
                    until_unix_ms: now_unix_ms + u64::from(shared.limits.cache_ttl_ms),
                }
            });
            let kept: Vec<_> = kept.collect();
            // Each channel of an event takes a serial of the entry.
            for (part, channels) in (0..).zip(channels.chunks(outbox::MAX_EVENTS)) {
                let record = Record::Publish {
                    app: &app.id,
                    channels: channels.iter().map(ChannelName::as_str).collect(),
                    event,
                    data,
                    except,
                    once: once.map(|once| once.wrapping_add(part)),
                };
                events.push((record, Vec::new()));
            }
            if let (Some((_, of_last)), false) = (events.last_mut(), kept.is_empty()) {
                *of_last = kept;
            }
        }
        if !self.has_room() {
            return Published::Overloaded;
        }
        self.send(shared, events);
        Published::Queued
    }

    /// Whether another event may be sent.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.lock().has_room()
    }

    /// Sends a client event to the other subscribers.
    pub(crate) fn client_event(
        &self,
        shared: &Shared,
        app: AppIndex,
        channel: &ChannelName,
        json: &str,
        except: SocketId,
    ) {
        let app = shared.app(app);
        let record = Record::Message {
            app: &app.id,
            channel: channel.as_str(),
            json,
            except,
        };
        // Whoever accepted it has seen that there is room; what one event takes beyond that does not matter.
        self.send(shared, vec![(record, Vec::new())]);
    }

    /// Has the connections of a user closed, wherever they are.
    pub(crate) fn terminate(&self, shared: &Shared, app: AppIndex, user_id: &str) {
        let app = shared.app(app);
        let record = Record::Terminate {
            app: &app.id,
            user: user_id,
        };
        // A few bytes, of somebody who must go: there is always room for them.
        self.send(shared, vec![(record, Vec::new())]);
    }

    fn send(&self, shared: &Shared, events: Vec<(Record<'_>, Vec<Kept>)>) {
        let items: Vec<_> = events
            .iter()
            .map(|(record, _)| Item::event(record))
            .collect();
        let mut posted = ShardSet::default();
        let mut outbox = self.outbox.lock();
        let is_alone = outbox.is_alone;
        if is_alone {
            for (record, _) in &events {
                shared.apply_event(record, None, &mut posted);
            }
        }
        for (mut item, (_, kept)) in items.into_iter().zip(events) {
            item.kept = kept;
            outbox.push(item);
        }
        drop(outbox);
        match is_alone {
            true => shared.wake(posted),
            false => self.wake.notify_one(),
        }
    }

    /// Takes note that the number of subscriptions of a channel has changed on this node.
    pub(crate) fn channel_changed(&self, app: AppIndex, channel: &ChannelName) {
        self.changed(app, channel, None);
    }

    /// Takes note that a member has come or gone on this node.
    pub(crate) fn member_changed(&self, app: AppIndex, channel: &ChannelName, user_id: &Arc<str>) {
        self.changed(app, channel, Some(user_id));
    }

    fn changed(&self, app: AppIndex, channel: &ChannelName, user_id: Option<&Arc<str>>) {
        // Nobody may ask about these.
        if channel.kind() == ChannelKind::ServerToUser {
            return;
        }
        let mut changes = self.changes.lock();
        let is_first = changes.is_empty();
        let members = changes.channels.entry((app, channel.clone())).or_default();
        members.extend(user_id.cloned());
        drop(changes);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Takes note that a user has signed in or out on this node.
    pub(crate) fn user_changed(&self, app: AppIndex, user_id: &Arc<str>) {
        let mut changes = self.changes.lock();
        let is_first = changes.is_empty();
        changes.users.insert((app, Arc::clone(user_id)));
        drop(changes);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Tells the observer that a cache channel was found empty, unless another node has done so a moment ago.
    pub(crate) fn claim_miss(&self, app: AppIndex, channel: &ChannelName) {
        let mut misses = self.misses.lock();
        if misses.len() < MAX_MISSES {
            misses.push((app, channel.clone()));
        }
        drop(misses);
        self.wake.notify_one();
    }

    /// Asks the others for all that they have: this node serves other applications than before.
    pub(crate) fn ask(&self) {
        self.asks.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Waits until everything that was sent so far is in the log, or delivered without it, but not longer than that.
    async fn settle(&self, patience: Duration) {
        let last = {
            let outbox = self.outbox.lock();
            match outbox.is_alone {
                true => return,
                false => outbox.last(),
            }
        };
        let mut settled = self.settled.subscribe();
        // Whether it was in time or not, there is nothing more that the caller could do.
        let _in_time = tokio::time::timeout(patience, settled.wait_for(|n| *n >= last)).await;
    }

    fn settled(&self, number: u64) {
        self.settled.send_if_modified(|settled| {
            let is_news = *settled < number;
            *settled = (*settled).max(number);
            is_news
        });
    }
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.users.is_empty()
    }
}

impl Hub {
    /// Waits until everything that this process has published so far is in the log of its cluster, where nothing can lose it but the
    /// log itself; or until `patience` is over. Without a cluster there is nothing to wait for.
    pub async fn settle(&self, patience: Duration) {
        if let Some(cluster) = &self.0.cluster {
            cluster.settle(patience).await;
        }
    }

    /// How the cluster is doing. `None`: this node is no part of one.
    pub fn cluster_health(&self) -> Option<ClusterHealth> {
        self.0.cluster.as_ref().map(|cluster| {
            let outbox = cluster.outbox.lock();
            ClusterHealth {
                nodes: cluster.nodes.load(Ordering::Relaxed),
                is_alone: outbox.is_alone,
                waiting_bytes: outbox.waiting_bytes(),
                outages: cluster.outages.load(Ordering::Relaxed),
            }
        })
    }
}
