//! What backends published lately on each channel, so that a client that was away can have what it missed.
//!
//! Events are put in under the lock of their channel, so a channel's serials grow in the order in which its events are delivered.
//! What is kept is the very frame that was sent. Bounds hold for each channel (events, bytes, age) and for the application
//! (bytes, channels): above them the oldest goes first. It is never forgotten how far back a channel's history reaches: a client
//! that was away for longer is told so.

mod part;

use crate::clock::{self, Clock};
use crate::hub::Hub;
use antiphon_protocol::{ChannelName, EventId, SocketId};
use bytes::Bytes;
use parking_lot::Mutex;
use part::Part;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many locks the channels of an application are spread over, as in the registry.
const PARTS: usize = 32;

/// How long before the start of the process an event may have been published that another node has told of. Longer than anything
/// is kept by default; what is older counts as this old.
const EARLIER_MS: u64 = 3_600_000;

/// How many serials a client may be ahead of this node, because it has been on a faster one. A few seconds' worth of a very busy
/// cluster; who claims more has made it up.
const LEAD: u64 = 1 << 28;

/// Serials above this one are given by this node itself, while the log of its cluster is out of reach.
const OWN_SERIALS: u64 = 1 << 47;

/// What tells the histories of one process, or one cluster, from those of any other. It changes when a cluster's log is lost.
pub(crate) type Epoch = Arc<AtomicU32>;

/// What a cluster knows of an event that it delivers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logged {
    pub(crate) serial: u64,
    /// For how many milliseconds it has been published.
    pub(crate) age_ms: u64,
}

/// Which channels of an application keep a history, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRules {
    /// The beginnings of the names of channels that keep one. `""` is every channel; none of them is no channel.
    pub prefixes: Vec<String>,
    /// The most events of a channel.
    pub events: usize,
    /// The most bytes of a channel's events.
    pub bytes: usize,
    /// For how many milliseconds an event is kept.
    pub age_ms: u64,
}

impl Default for HistoryRules {
    /// Every channel: 100 events and 256 KiB of the last two minutes. A laptop that slept for a minute misses nothing, and what a
    /// client may have missed fits into what may wait for it.
    fn default() -> Self {
        Self {
            prefixes: vec![String::new()],
            events: 100,
            bytes: 256 << 10,
            age_ms: 120_000,
        }
    }
}

impl HistoryRules {
    /// No channel keeps a history.
    pub fn off() -> Self {
        Self {
            prefixes: Vec::new(),
            ..Self::default()
        }
    }

    /// Whether a channel keeps a history.
    pub(crate) fn cover(&self, channel: &ChannelName) -> bool {
        let name = channel.as_str();
        self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// What all channels of an application may keep together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) channels: usize,
    pub(crate) bytes: usize,
}

/// An event that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) serial: u64,
    /// When it was published, in milliseconds of the history's clock.
    at_ms: u64,
    /// The connection that did not get it.
    pub(crate) except: Option<SocketId>,
    /// The whole WebSocket frame.
    pub(crate) frame: Bytes,
}

/// Why a client cannot have all that it has missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// The channel keeps no history.
    Off,
    /// The id is not one of this process or cluster: the server was restarted, or it is another one.
    Unknown,
    /// Events after that one are not kept any more.
    Expired,
    /// It is more than may wait for a connection.
    TooMuch,
    /// The shard has not delivered what the client has had already, and cannot keep it from coming twice.
    Behind,
}

impl Gap {
    /// The reason in one word, for the client.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::TooMuch => "too_much",
            Self::Behind => "behind",
        }
    }
}

/// The histories of one application.
#[derive(Debug)]
pub(crate) struct History {
    epoch: Epoch,
    /// How far a client may be ahead: 0 but in a cluster.
    lead: u64,
    /// The serial of the last event.
    last: AtomicU64,
    clock: Clock,
    /// The time of day at which the clock started.
    started_unix_ms: u64,
    bounds: Bounds,
    parts: Box<[Mutex<Part>]>,
    hasher: RandomState,
}

/// A part of a channel's history, from its oldest event to its newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The events.
    pub events: Vec<PastEvent>,
    /// Whether nothing is missing between the event that was asked for and the first of these.
    pub complete: bool,
}

/// An event of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastEvent {
    /// Its name in the history.
    pub id: EventId,
    /// How many milliseconds ago it was published.
    pub age_ms: u64,
    /// When it was published, in milliseconds since 1970. The same whenever it is read.
    pub time_ms: u64,
    /// The JSON text of the message that subscribers got.
    pub message: Bytes,
}

impl History {
    /// `epoch` is random: it tells this history from that of any other process or cluster.
    pub(crate) fn new(epoch: Epoch, is_in_cluster: bool, bounds: Bounds) -> Self {
        Self {
            epoch,
            lead: if is_in_cluster { LEAD } else { 0 },
            last: AtomicU64::new(0),
            clock: Clock::start(),
            started_unix_ms: clock::unix_ms().saturating_sub(EARLIER_MS),
            bounds: Bounds {
                channels: bounds.channels.div_ceil(PARTS),
                bytes: bounds.bytes.div_ceil(PARTS),
            },
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Gives an event its id, the next one or that of the cluster's log, and keeps it. Called under the lock of its channel. Gives
    /// the serial and the frame.
    pub(crate) fn add(
        &self,
        channel: &ChannelName,
        (except, logged): (Option<SocketId>, Option<Logged>),
        rules: &HistoryRules,
        frame: impl FnOnce(EventId) -> Bytes,
    ) -> (u64, Bytes) {
        let (serial, age_ms) = match logged {
            None => (self.last.fetch_add(1, Ordering::Relaxed) + 1, 0),
            Some(Logged { serial, age_ms }) => {
                self.last.store(serial, Ordering::Relaxed);
                (serial, age_ms)
            }
        };
        let frame = frame(self.id(serial));
        let kept = Kept {
            serial,
            at_ms: self.now_ms().saturating_sub(age_ms),
            except,
            frame: frame.clone(),
        };
        self.part(channel)
            .lock()
            .add(channel, kept, rules, self.bounds);
        (serial, frame)
    }

    /// The position behind everything that was published so far. Under the lock of a channel: all of the channel's events.
    pub(crate) fn position(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    /// From now on this node gives its own serials, under an epoch of its own that the caller has set.
    pub(crate) fn go_alone(&self) {
        self.last.fetch_max(OWN_SERIALS, Ordering::Relaxed);
    }

    /// Forgets everything up to this serial of the cluster's log, behind which events go on under an epoch that the caller has set.
    pub(crate) fn restart(&self, serial: u64) {
        for part in &self.parts {
            *part.lock() = Part::reaching_back_to(serial);
        }
        self.last.store(serial, Ordering::Relaxed);
    }

    pub(crate) fn id(&self, serial: u64) -> EventId {
        EventId {
            epoch: self.epoch.load(Ordering::Relaxed),
            serial,
        }
    }

    fn now_ms(&self) -> u64 {
        self.clock.elapsed_ms() + EARLIER_MS
    }

    /// The events of a channel after that one, if all of them are kept.
    pub(crate) fn after(
        &self,
        channel: &ChannelName,
        after: EventId,
        rules: &HistoryRules,
    ) -> Result<Vec<Kept>, Gap> {
        let id = self.id(self.position().saturating_add(self.lead));
        if after.epoch != id.epoch || after.serial > id.serial {
            return Err(Gap::Unknown);
        }
        let mut part = self.part(channel).lock();
        part.expire(self.now_ms(), rules.age_ms);
        match part.reaches_back_to(channel, after.serial) {
            true => Ok(part.after(channel, after.serial).cloned().collect()),
            false => Err(Gap::Expired),
        }
    }

    fn page(
        &self,
        channel: &ChannelName,
        after: Option<EventId>,
        limit: usize,
        rules: &HistoryRules,
    ) -> HistoryPage {
        let now_ms = self.now_ms();
        let newest = self.id(self.position());
        let is_known = |id: &EventId| id.epoch == newest.epoch && id.serial <= newest.serial;
        let mut part = self.part(channel).lock();
        part.expire(now_ms, rules.age_ms);
        let from = after.filter(is_known);
        let complete = match (after, from) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(id)) => part.reaches_back_to(channel, id.serial),
        };
        let events = part.after(channel, from.map_or(0, |id| id.serial));
        let past = |kept: &Kept| PastEvent {
            id: self.id(kept.serial),
            age_ms: now_ms.saturating_sub(kept.at_ms),
            time_ms: self.started_unix_ms + kept.at_ms,
            message: antiphon_protocol::ws::frame::payload(&kept.frame),
        };
        HistoryPage {
            events: events.take(limit).map(past).collect(),
            complete,
        }
    }

    fn part(&self, channel: &ChannelName) -> &Mutex<Part> {
        let hash = self.hasher.hash_one(channel.as_str());
        &self.parts[hash as usize % PARTS]
    }
}

impl Hub {
    /// The oldest `limit` events of a channel's history that came after this one, or that there are. `None` if the channel keeps no
    /// history, or there is no such application.
    pub fn history(
        &self,
        app_id: &str,
        channel: &ChannelName,
        after: Option<EventId>,
        limit: usize,
    ) -> Option<HistoryPage> {
        let state = self.0.apps.state(self.0.apps.by_id(app_id)?);
        let app = state.app();
        let is_kept = app.history.cover(channel);
        is_kept.then(|| state.history.page(channel, after, limit, &app.history))
    }
}

/// A random number that tells the histories of this process from those of any other.
pub(crate) fn random_epoch() -> std::io::Result<u32> {
    getrandom::u32().map_err(std::io::Error::other)
}
