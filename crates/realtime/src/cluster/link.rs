//! The link of a node to its cluster: one thread that reads and writes the log, and does what it says.
//!
//! Everything happens in one loop, so nothing in here is shared. `hearing` does what the others say, `telling` says what this node
//! has, `outage` is about losing the log and finding it again.

mod hearing;
mod outage;
mod telling;

use super::outbox::{Batch, SERIAL_BITS};
use super::peers::Peers;
use super::view::View;
use super::{Cluster, ClusterError};
use crate::app_table::AppIndex;
use crate::broker::{Appended, BrokerError, LogState, Reading};
use crate::cache::MISS_AGAIN_MS;
use crate::clock;
use crate::hub::{Hub, Shared};
use antiphon_protocol::ChannelName;
use hearing::Trim;
use std::collections::VecDeque;
use std::future::{Future, pending};
use std::io;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;
use telling::Dump;
use tokio_util::sync::CancellationToken;

/// How long a reading of the log waits for something new. Losing the log is noticed no later than that and the driver's own patience.
const READ_WAIT: Duration = Duration::from_secs(1);
/// How long changes of subscriptions, members and users are gathered before the others are told. Nobody notices a list that is so
/// late, and a crowd that comes at once is told of in one go.
const GATHER_MS: u64 = 25;
/// How often a node says that it is there.
const BEAT_MS: u64 = 3_000;
/// How often what had to wait is looked at.
const LOOK_AGAIN_MS: u64 = 500;
/// How long a starting node waits for the others to tell what they have. They need milliseconds; who does not answer is dead.
const JOIN_PATIENCE_MS: u64 = 3_000;
/// How long a stopping node waits for the log.
const STOP_PATIENCE_MS: u64 = 3_000;
/// How soon a link looks again whether its shards have caught up.
const CATCH_UP: Duration = Duration::from_millis(5);

/// A question to the broker.
type Task<T> = Pin<Box<dyn Future<Output = Result<T, BrokerError>> + Send>>;

pub(super) struct Link {
    hub: Hub,
    /// The name of this process.
    me: u64,
    /// How often this node has been declared dead.
    life: u32,
    view: View,
    peers: Peers,
    /// The log's epoch.
    epoch: u32,
    /// The last entry of the log that was read.
    position: u64,
    /// Up to which own record the clients of this node have everything, because it was alone.
    delivered: u64,
    /// The last own record that has come back.
    returned: u64,
    /// Own records that the log had, and that had neither come back nor were kept when this node went alone: its clients do not have them,
    /// although they are before what was delivered.
    unheard: Vec<RangeInclusive<u64>>,
    /// Whether the histories have an order of this node's own: from when it is alone until what it has delivered meanwhile has come back.
    /// Before, a place in the log would be ahead of events that the client has, or behind such as it has not.
    has_own_order: bool,
    trim: Trim,
    is_connected: bool,
    /// When the log answered last, when everything that it had was read, and since when this node is alone; all in milliseconds of
    /// the hub's clock.
    contact_ms: u64,
    caught_up_ms: u64,
    alone_ms: Option<u64>,
    /// How long to wait before the next attempt to reach the log.
    backoff: Duration,
    /// Where this node is on its way into the cluster.
    joining: Joining,
    dump: Option<Dump>,
    /// Whether somebody has asked for everything again while it was being told.
    dump_again: bool,
    flush_ms: Option<u64>,
    beat_ms: u64,
    look_ms: u64,
    misses: VecDeque<(AppIndex, ChannelName)>,
    /// When the others are not waited for any more, once the stop has begun.
    stop_ms: Option<u64>,
    has_left: bool,
    /// Whether an entry that cannot be read was reported.
    has_warned: bool,
    /// What the log has failed with, for somebody who waits for this node to join.
    failure: Option<BrokerError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joining {
    /// What is read is from the time before this node.
    Before,
    /// The others tell what they have, until that time.
    Asked(u64),
    Done,
}

/// What is under way.
#[derive(Default)]
struct Tasks {
    reading: Option<Task<Reading>>,
    appending: Option<(u64, Task<Appended>)>,
    opening: Option<Task<LogState>>,
    claiming: Option<(AppIndex, ChannelName, Task<bool>)>,
}

/// The outcome of a task, and never the outcome of none.
async fn outcome<T>(task: Option<&mut Task<T>>) -> Result<T, BrokerError> {
    match task {
        Some(task) => task.await,
        None => pending().await,
    }
}

impl Link {
    pub(super) fn new(hub: Hub) -> io::Result<Self> {
        let me = getrandom::u64().map_err(io::Error::other)?;
        let now_ms = hub.0.clock.elapsed_ms();
        Ok(Self {
            hub,
            me,
            life: 0,
            view: View::new(me),
            peers: Peers::default(),
            epoch: 0,
            position: 0,
            delivered: 0,
            returned: 0,
            unheard: Vec::new(),
            has_own_order: false,
            trim: Trim::default(),
            is_connected: true,
            contact_ms: now_ms,
            caught_up_ms: now_ms,
            alone_ms: None,
            backoff: Duration::ZERO,
            joining: Joining::Before,
            dump: None,
            dump_again: false,
            flush_ms: None,
            beat_ms: now_ms,
            look_ms: now_ms,
            misses: VecDeque::new(),
            stop_ms: None,
            has_left: false,
            has_warned: false,
            failure: None,
        })
    }

    /// Joins, says so, and stays until it is told to leave.
    pub(super) async fn run(
        mut self,
        joined: &mpsc::Sender<Result<(), ClusterError>>,
        stopping: &CancellationToken,
    ) {
        if let Err(error) = self.catch_up().await {
            // Whoever started this waits for the answer.
            let _ = joined.send(Err(error.into()));
            return;
        }
        self.say_hello();
        let hub = self.hub.clone();
        let Some(cluster) = &hub.0.cluster else {
            return;
        };
        let mut has_said_joined = false;
        let mut tasks = Tasks::default();
        while !self.is_over() {
            self.start_tasks(&mut tasks);
            let appending = tasks.appending.as_mut().map(|(_, task)| task);
            let claiming = tasks.claiming.as_mut().map(|(_, _, task)| task);
            tokio::select! {
                read = outcome(tasks.reading.as_mut()) => {
                    tasks.reading = None;
                    self.has_read(read, &mut tasks);
                }
                appended = outcome(appending) => {
                    let last = tasks.appending.take().map_or(0, |(last, _)| last);
                    self.has_appended(last, appended, &mut tasks);
                }
                opened = outcome(tasks.opening.as_mut()) => {
                    tasks.opening = None;
                    self.has_opened(opened);
                }
                claimed = outcome(claiming) => {
                    if let Some((app, channel, _)) = tasks.claiming.take() {
                        // If nobody can be asked, twice is better than never.
                        if claimed.unwrap_or(true) {
                            self.shared().tell_cache_missed(app, &channel);
                        }
                    }
                }
                () = cluster.wake.notified() => {}
                () = tokio::time::sleep(self.until_next()) => {}
                () = stopping.cancelled(), if self.stop_ms.is_none() => self.begin_leaving(),
            }
            self.do_what_is_due(&mut tasks);
            if let (false, Some(error)) = (has_said_joined, self.failure.take()) {
                let _ = joined.send(Err(error.into()));
                return;
            }
            if self.joining == Joining::Done && !has_said_joined {
                has_said_joined = true;
                let nodes = self.peers.count_others(self.me) + 1;
                tracing::info!(nodes, "this node is a part of the cluster");
                let _ = joined.send(Ok(()));
            }
        }
    }

    fn shared(&self) -> &Shared {
        &self.hub.0
    }

    fn cluster(&self) -> &Cluster {
        let cluster = self.hub.0.cluster.as_ref();
        cluster.expect("a link is made for a node of a cluster only")
    }

    fn now_ms(&self) -> u64 {
        self.shared().clock.elapsed_ms()
    }

    /// Starts what can be done now and is not under way.
    fn start_tasks(&self, tasks: &mut Tasks) {
        let broker = || Arc::clone(&self.cluster().broker);
        if !self.is_connected {
            if tasks.opening.is_none() {
                let (broker, backoff) = (broker(), self.backoff);
                tasks.opening = Some(Box::pin(async move {
                    tokio::time::sleep(backoff).await;
                    let epoch = getrandom::u32().map_err(|error| BrokerError(error.to_string()))?;
                    broker.open(epoch).await
                }));
            }
            return;
        }
        // The log holds what shards that are behind cannot take yet.
        if tasks.reading.is_none() && !self.shared().is_overloaded() {
            let (broker, position) = (broker(), self.position);
            tasks.reading = Some(Box::pin(
                async move { broker.read(position, READ_WAIT).await },
            ));
        }
        if tasks.appending.is_none() {
            let batch = self.cluster().outbox.lock().batch();
            tasks.appending = batch.map(|batch| {
                let last = batch.last;
                let (entry, trim_below) = (self.entry(&batch), self.trim.below());
                let broker = broker();
                let Batch { kept, .. } = batch;
                let task: Task<_> =
                    Box::pin(async move { broker.append(&entry, trim_below, &kept).await });
                (last, task)
            });
        }
    }

    /// How long nothing is due.
    fn until_next(&self) -> Duration {
        let due = [
            Some(self.beat_ms),
            Some(self.look_ms),
            self.flush_ms,
            self.stop_ms,
        ];
        let next_ms = due.into_iter().flatten().min().unwrap_or(self.beat_ms);
        let wait = Duration::from_millis(next_ms.saturating_sub(self.now_ms()).max(1));
        match self.shared().is_overloaded() || self.dump.is_some() {
            true => wait.min(CATCH_UP),
            false => wait,
        }
    }

    fn do_what_is_due(&mut self, tasks: &mut Tasks) {
        let now_ms = self.now_ms();
        if self.flush_ms.is_none() && !self.cluster().changes.lock().is_empty() {
            self.flush_ms = Some(now_ms + GATHER_MS);
        }
        if self.flush_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.flush_ms = None;
            self.flush();
        }
        self.go_on_dumping();
        self.claim_misses(tasks);
        if self.beat_ms <= now_ms {
            if now_ms - self.beat_ms > BEAT_MS {
                // This process stood still. What the others said meanwhile is still to be read.
                self.peers.listen_again(now_ms);
            }
            self.beat_ms = now_ms + BEAT_MS;
            self.beat();
        }
        if self.look_ms <= now_ms || self.view.has_counts_due() {
            self.look_ms = now_ms + LOOK_AGAIN_MS;
            self.look_again(now_ms);
        }
        if self.cluster().asks.swap(false, Ordering::Relaxed) {
            self.say_hello();
        }
        if let Joining::Asked(until_ms) = self.joining {
            let is_awaited = self.peers.0.values().any(|peer| peer.is_awaited);
            if !is_awaited || until_ms <= now_ms {
                self.joining = Joining::Done;
            }
        }
    }

    /// Does what nothing announces.
    fn look_again(&mut self, now_ms: u64) {
        let hub = self.hub.clone();
        self.view.tell_counts(&hub.0);
        self.peers.forget_old(now_ms);
        self.endure(now_ms);
    }

    fn claim_misses(&mut self, tasks: &mut Tasks) {
        if self.misses.is_empty() {
            let missed = std::mem::take(&mut *self.cluster().misses.lock());
            self.misses = missed.into();
        }
        while tasks.claiming.is_none() {
            let Some((app, channel)) = self.misses.pop_front() else {
                return;
            };
            if !self.is_connected {
                self.shared().tell_cache_missed(app, &channel);
                continue;
            }
            let broker = Arc::clone(&self.cluster().broker);
            let name = format!("miss:{}:{}", self.shared().app(app).id, channel.as_str());
            let time = Duration::from_millis(MISS_AGAIN_MS);
            let task = Box::pin(async move { broker.claim(&name, time).await });
            tasks.claiming = Some((app, channel, task));
        }
    }

    /// Whether this node has left, or has waited for long enough.
    fn is_over(&self) -> bool {
        let Some(stop_ms) = self.stop_ms else {
            return false;
        };
        let has_told = self.has_left && self.cluster().outbox.lock().is_told();
        has_told || self.alone_ms.is_some() || stop_ms <= self.now_ms()
    }
}

/// The serial of the first event of an entry.
fn serial_of(entry: u64) -> u64 {
    entry << SERIAL_BITS
}

/// For how long something has been published, by two clocks that may differ a little.
fn age_ms(at_unix_ms: u64) -> u64 {
    /// What is younger is new: it is on its way, or the clocks differ.
    const NEW_MS: u64 = 2_000;
    let age_ms = clock::unix_ms().saturating_sub(at_unix_ms);
    if age_ms < NEW_MS { 0 } else { age_ms }
}
