//! The handle to the engine that the rest of the program holds: publish, count, ask for signs of life.
//!
//! Locks, in their order: a cluster's outbox, then a part of a `registry` or of `online` (see there), then a cache, a part of a history or an inbox, then
//! nothing. `addresses`, `other_sockets` and an application's `repeats` are taken alone.
//! The tap's list of listeners may be looked at under any of them: nothing else is taken there.

use crate::address_counts::AddressCounts;
use crate::app::{App, Apps, AppsError};
use crate::app_table::{AppIndex, AppTable, Node};
use crate::broker::Broker;
use crate::clock::Clock;
use crate::cluster::{Arrival, Cluster};
use crate::history::{self, Epoch};
use crate::inbox::{Delivery, Inbox, Post};
use crate::limits::Limits;
use crate::occurrence::Observer;
use crate::registry::{MAX_SHARDS, ShardSet};
use crate::shard::WAKER;
use crate::tap::Tap;
use antiphon_protocol::event::{self, EventDraft};
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelName, SocketId};
use bytes::Bytes;
use mio::{Poll, Waker};
use parking_lot::Mutex;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// The most descriptors that are kept from sockets: the database and the runtime take some fifty, each relayed WebSocket one.
/// Of a small limit a quarter is kept.
pub(crate) const KEPT_DESCRIPTORS: u64 = 512;

/// A cheap handle to all shards of this process. Works from any thread, before the engine starts and after it has stopped too:
/// then nobody is subscribed.
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Shared>);

/// An event to publish.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The channels that get it, each as an event of its own.
    pub channels: &'a [ChannelName],
    /// The event's name.
    pub event: &'a str,
    /// The event's data: text, usually JSON, that subscribers get exactly as it is.
    pub data: &'a str,
    /// The one connection that does not get it, usually the one that caused it.
    pub except: Option<SocketId>,
    /// What it has in common with its repetitions, and with nothing else, if its sender may send it again. The nodes of a cluster deliver
    /// one of those that come within ten minutes, whichever nodes they come through. A hub by itself delivers all.
    pub once: Option<u128>,
}

/// What became of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// Everybody who is subscribed will get it, or be cut off for not reading.
    Queued,
    /// Nobody gets it: the shards have [`Limits::inbox_bytes`] of earlier events to deliver.
    Overloaded,
}

/// A shard did not show a sign of life in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{silent} of {shards} shards did not respond")]
pub struct NotResponding {
    /// How many did not.
    pub silent: usize,
    /// How many there are.
    pub shards: usize,
}

pub(crate) struct Shared {
    pub(crate) apps: AppTable,
    pub(crate) limits: Limits,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// The other nodes, if there may be any.
    pub(crate) cluster: Option<Cluster>,
    pub(crate) clock: Clock,
    pub(crate) inboxes: Box<[Inbox]>,
    /// The epoll sets, until an engine takes them.
    pub(crate) polls: Mutex<Option<Vec<Poll>>>,
    /// The most sockets of the node: the configured limit, or what the system allows if that is less.
    max_sockets: AtomicUsize,
    /// All sockets of the node, HTTP included.
    pub(crate) sockets: Arc<AtomicUsize>,
    /// Panics that cost a connection, and nothing else.
    pub(crate) panics: AtomicU64,
    pub(crate) tap: Tap,
    /// How many shards send in batches.
    pub(crate) batching_shards: AtomicUsize,
    /// The WebSockets of each address, where those are limited.
    pub(crate) addresses: Arc<AddressCounts>,
    /// Its other sockets: HTTP, and those that have not said what they are.
    pub(crate) other_sockets: Arc<AddressCounts>,
}

/// An event that is about to be published.
enum Draft {
    Final(Bytes),
    /// It gets an id, and is kept.
    Kept(EventDraft),
}

impl Hub {
    /// Makes the hub of a node with so many shards: one per core is right, at most 64. Fails when the system has no descriptors left.
    pub fn new(apps: Apps, limits: Limits, shards: usize) -> io::Result<Self> {
        Self::observed_by(None, apps, limits, shards)
    }

    /// The same, and tells the observer what happens on the channels of applications that ask for it.
    pub fn observed_by(
        observer: Option<Arc<dyn Observer>>,
        apps: Apps,
        limits: Limits,
        shards: usize,
    ) -> io::Result<Self> {
        Self::build(observer, apps, limits, shards, None)
    }

    /// The same for a node of a cluster, whose log this broker has. It is one from the start of its [`crate::ClusterNode`] on, which is
    /// to come before its engine's.
    pub fn in_cluster(
        broker: Arc<dyn Broker>,
        observer: Option<Arc<dyn Observer>>,
        apps: Apps,
        limits: Limits,
        shards: usize,
    ) -> io::Result<Self> {
        Self::build(observer, apps, limits, shards, Some(broker))
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "the hub takes the list over, whatever it keeps of it"
    )]
    fn build(
        observer: Option<Arc<dyn Observer>>,
        apps: Apps,
        limits: Limits,
        shards: usize,
        broker: Option<Arc<dyn Broker>>,
    ) -> io::Result<Self> {
        let polls: Vec<Poll> = (0..shards.clamp(1, MAX_SHARDS))
            .map(|_| Poll::new())
            .collect::<io::Result<_>>()?;
        let inbox = |poll: &Poll| Waker::new(poll.registry(), WAKER).map(Inbox::new);
        let inboxes: Box<[Inbox]> = polls.iter().map(inbox).collect::<io::Result<_>>()?;
        let node = Node {
            n_shards: polls.len(),
            epoch: Epoch::new(history::random_epoch()?.into()),
            is_in_cluster: broker.is_some(),
            history: history::Bounds {
                channels: limits.history_channels,
                bytes: limits.history_bytes,
            },
        };
        let cluster = broker.map(|broker| Cluster::new(broker, Arc::clone(&node.epoch)));
        Ok(Self(Arc::new(Shared {
            cluster,
            clock: Clock::start(),
            max_sockets: AtomicUsize::new(limits.max_connections),
            apps: AppTable::new(&apps, node).map_err(io::Error::other)?,
            limits,
            observer,
            inboxes,
            sockets: Arc::default(),
            panics: AtomicU64::new(0),
            tap: Tap::default(),
            batching_shards: AtomicUsize::new(0),
            addresses: Arc::default(),
            other_sockets: Arc::default(),
            polls: Mutex::new(Some(polls)),
        })))
    }

    /// The application with this id.
    pub fn app(&self, id: &str) -> Option<Arc<App>> {
        self.0.apps.by_id(id).map(|index| self.0.app(index))
    }

    /// The application with this key.
    pub fn app_by_key(&self, key: &str) -> Option<Arc<App>> {
        self.0.apps.by_key(key).map(|index| self.0.app(index))
    }

    /// The applications of this node, in the order of the list.
    pub fn apps(&self) -> Vec<Arc<App>> {
        let listed = self.0.apps.listed().into_iter();
        listed.map(|index| self.0.app(index)).collect()
    }

    /// Exchanges the list of applications while the node runs. What changed of an application holds from now on, for the
    /// connections that it has too. Those of an application that is not on the list any more are closed with 4001, those of one that was
    /// switched off with 4003; the path prefix stays. On an error nothing has changed.
    pub fn replace_apps(&self, apps: &Apps) -> Result<(), AppsError> {
        let shut_out = self.0.apps.replace(apps)?;
        if let Some(cluster) = &self.0.cluster {
            cluster.ask();
        }
        let mut posted = ShardSet::default();
        for app in shut_out {
            for (shard, inbox) in self.0.inboxes.iter().enumerate() {
                inbox.post(Post::ShutOut(app));
                posted.insert(shard);
            }
        }
        self.0.wake(posted);
        Ok(())
    }

    /// Sends an event to everybody who is subscribed to one of its channels. Never waits for a socket.
    ///
    /// Subscribers of a channel get its events in the order of the calls, and all of them in the same order. In a cluster that is the
    /// order of its log, on every node; [`Hub::settle`] waits until it is there.
    /// There is no order between two channels.
    pub fn publish(&self, app: &App, publication: Publication<'_>) -> Published {
        self.publish_all(app, &[publication])
    }

    /// Sends several events, in their order, or none of them.
    pub fn publish_all(&self, app: &App, publications: &[Publication<'_>]) -> Published {
        let shared = &*self.0;
        let Some(index) = shared.apps.by_id(&app.id) else {
            return Published::Queued;
        };
        if shared.is_overloaded() {
            let state = shared.apps.state(index);
            state.refused_for_overload(publications.len());
            return Published::Overloaded;
        }
        if let Some(cluster) = &shared.cluster {
            let published = cluster.publish(shared, index, publications);
            if published == Published::Overloaded {
                let state = shared.apps.state(index);
                state.refused_for_overload(publications.len());
            }
            return published;
        }
        let mut woken = ShardSet::default();
        for publication in publications {
            for channel in publication.channels {
                shared.publish(index, channel, publication, None, &mut woken);
            }
        }
        shared.wake(woken);
        Published::Queued
    }

    /// How many WebSockets of an application are open, on all nodes of a cluster; those of other nodes as they were some seconds ago.
    pub fn connection_count(&self, app_id: &str) -> usize {
        let index = self.0.apps.by_id(app_id);
        index.map_or(0, |index| self.0.apps.state(index).all_connections())
    }

    /// How many sockets are open on this node: WebSockets of all applications, HTTP, and those that have not said what they are.
    pub fn socket_count(&self) -> usize {
        self.0.sockets.load(Ordering::Relaxed)
    }

    /// How many times handling a connection has panicked since the start. Each cost that connection, and is a bug.
    pub fn panic_count(&self) -> u64 {
        self.0.panics.load(Ordering::Relaxed)
    }

    /// Checks that the loop of every shard answers within `timeout`.
    pub async fn probe(&self, timeout: Duration) -> Result<(), NotResponding> {
        let answers: Vec<_> = self.0.inboxes.iter().map(Inbox::probe).collect();
        let shards = answers.len();
        let mut answered = 0;
        let all = async {
            for answer in answers {
                answered += usize::from(answer.await.is_ok());
            }
        };
        let in_time = tokio::time::timeout(timeout, all).await.is_ok();
        match in_time && answered == shards {
            true => Ok(()),
            false => Err(NotResponding {
                silent: shards - answered,
                shards,
            }),
        }
    }
}

impl Inbox {
    fn probe(&self) -> oneshot::Receiver<()> {
        let (answer, received) = oneshot::channel();
        self.post(Post::Probe(answer));
        // A wake-up that fails means a shard that will not answer, which is what the caller finds out.
        let _ = self.wake();
        received
    }
}

impl Shared {
    /// Whether a shard has more to deliver than it may have.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.inboxes
            .iter()
            .any(|inbox| inbox.waiting_bytes() > self.limits.inbox_bytes)
    }

    /// Posts a publication on one of its channels. `arrival` is what the cluster's log says of it, if it comes from there.
    pub(crate) fn publish(
        &self,
        index: AppIndex,
        channel: &ChannelName,
        publication: &Publication<'_>,
        arrival: Option<Arrival>,
        posted: &mut ShardSet,
    ) {
        if self.tap.is_on() {
            self.tap_publication(index, channel, publication);
        }
        let Publication {
            event,
            data,
            except,
            ..
        } = *publication;
        let state = self.apps.state(index);
        let app = state.app();
        let logged = arrival.and_then(|arrival| arrival.logged);
        let is_new = arrival.is_none_or(|arrival| arrival.is_new);
        if !is_new && logged.is_none() {
            // It is where it belongs in this node's own order.
            return;
        }
        let (is_cache, is_kept) = (channel.is_cache(), app.history.cover(channel));
        if !is_cache && !is_kept && !state.registry.is_occupied(channel) {
            return;
        }
        // Whatever costs time is done before the channel is locked.
        let draft = match is_kept {
            true => Draft::Kept(EventDraft::new(channel.as_str(), event, data)),
            false => {
                let json = event::channel_event(channel.as_str(), event, data);
                Draft::Final(frame::encode(Opcode::Text, json.as_bytes()))
            }
        };
        state.registry.in_order(channel, |shards| {
            if is_cache {
                let age_ms = logged.map_or(0, |logged| logged.age_ms);
                self.remember(index, channel, (event, data), age_ms);
            }
            let (serial, frame) = match draft {
                Draft::Final(frame) => (0, frame),
                Draft::Kept(draft) => {
                    state
                        .history
                        .add(channel, (except, logged), &app.history, |id| {
                            draft.with_id(id)
                        })
                }
            };
            if !is_new {
                return;
            }
            let delivery = Delivery {
                app: index,
                channel: channel.clone(),
                frame,
                except,
                serial,
            };
            self.post_delivery(shards, &delivery, posted);
        });
    }

    /// Posts a frame to these shards, which the registry has named and holds the channel's lock for, and adds them to `posted`. They
    /// are to be woken afterwards.
    pub(crate) fn post_to(
        &self,
        shards: ShardSet,
        app: AppIndex,
        channel: &ChannelName,
        frame: &Bytes,
        except: Option<SocketId>,
        posted: &mut ShardSet,
    ) {
        let delivery = Delivery {
            app,
            channel: channel.clone(),
            frame: frame.clone(),
            except,
            serial: 0,
        };
        self.post_delivery(shards, &delivery, posted);
    }

    fn post_delivery(&self, shards: ShardSet, delivery: &Delivery, posted: &mut ShardSet) {
        for shard in shards.iter() {
            posted.insert(shard);
            self.inboxes[shard].post(Post::Deliver(delivery.clone()));
        }
    }

    pub(crate) fn wake(&self, shards: ShardSet) {
        for shard in shards.iter() {
            if let Err(error) = self.inboxes[shard].wake() {
                tracing::error!(shard, %error, "a shard could not be woken");
            }
        }
    }

    /// The most sockets at once.
    pub(crate) fn max_sockets(&self) -> usize {
        self.max_sockets.load(Ordering::Relaxed)
    }

    /// Leaves some of the process's descriptors to files, databases, and sockets that are told that there is no room.
    pub(crate) fn respect_descriptor_limit(&self, descriptors: u64) {
        let kept = (descriptors / 4).min(KEPT_DESCRIPTORS);
        let room = usize::try_from(descriptors - kept).unwrap_or(usize::MAX);
        self.max_sockets.fetch_min(room, Ordering::Relaxed);
    }

    /// An application as it is configured now.
    pub(crate) fn app(&self, index: AppIndex) -> Arc<App> {
        Arc::clone(&self.apps.state(index).app())
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("shards", &self.0.inboxes.len())
            .field("sockets", &self.socket_count())
            .finish_non_exhaustive()
    }
}
