//! The last event of each cache channel, for those who subscribe later. It stays when the last subscriber leaves.
//!
//! Only what a backend publishes is kept, and it is kept under the lock of its channel: the event that is kept is the last that
//! was delivered. An application's events have a common bound; above it the oldest go first. On a channel with very many
//! subscribers in one shard, somebody who subscribes while the event is on its way may get it twice.

use crate::app_table::AppIndex;
use crate::hub::{Hub, Shared};
use crate::occurrence::{Occurrence, OccurrenceKind};
use antiphon_protocol::ChannelName;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What an event costs beside its texts: two table entries and three allocations, roughly.
const ENTRY_BYTES: usize = 256;

/// For how long it is enough that one subscriber has found a channel empty. A backend that was told has had time to publish by
/// then, and if it has not, being told again may help.
pub(crate) const MISS_AGAIN_MS: u64 = 10_000;

/// An event that a cache channel remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedEvent {
    /// The event's name.
    pub event: Arc<str>,
    /// The event's data, exactly as it was published.
    pub data: Arc<str>,
    /// For how many milliseconds it will be remembered.
    pub ttl_ms: u64,
}

/// What an application's cache may hold, and for how long.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    channels: usize,
    bytes: usize,
    ttl_ms: u64,
}

/// The remembered events of one application.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    by_name: HashMap<ChannelName, Kept>,
    /// The same from the oldest to the newest, which is also the order in which they expire.
    by_age: BTreeMap<u64, ChannelName>,
    next_number: u64,
    bytes: usize,
    /// Since when the observer knows that a channel was found empty. No more than there may be cached channels.
    missed: HashMap<ChannelName, u64>,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    /// When it is forgotten, in milliseconds of the hub's clock.
    until_ms: u64,
    event: Arc<str>,
    data: Arc<str>,
}

impl Kept {
    fn bytes(&self, name: &ChannelName) -> usize {
        ENTRY_BYTES + name.as_str().len() + self.event.len() + self.data.len()
    }
}

impl Cache {
    fn put(&mut self, name: &ChannelName, event: &str, data: &str, now_ms: u64, bounds: Bounds) {
        self.remove(name);
        self.missed.remove(name);
        let number = self.next_number;
        self.next_number += 1;
        let kept = Kept {
            number,
            until_ms: now_ms + bounds.ttl_ms,
            event: event.into(),
            data: data.into(),
        };
        self.bytes += kept.bytes(name);
        self.by_age.insert(number, name.clone());
        self.by_name.insert(name.clone(), kept);
        self.evict(now_ms, bounds);
    }

    fn get(&mut self, name: &ChannelName, now_ms: u64, bounds: Bounds) -> Option<CachedEvent> {
        self.evict(now_ms, bounds);
        let kept = self.by_name.get(name)?;
        Some(CachedEvent {
            event: Arc::clone(&kept.event),
            data: Arc::clone(&kept.data),
            ttl_ms: kept.until_ms.saturating_sub(now_ms),
        })
    }

    /// Forgets what is too old, and the oldest of what is too much.
    fn evict(&mut self, now_ms: u64, bounds: Bounds) {
        while let Some((_, name)) = self.by_age.first_key_value() {
            let expired = self
                .by_name
                .get(name)
                .is_none_or(|kept| kept.until_ms <= now_ms);
            if !expired && self.by_name.len() <= bounds.channels && self.bytes <= bounds.bytes {
                return;
            }
            let name = name.clone();
            self.remove(&name);
        }
    }

    /// Whether a channel that was found empty is news: it was not a moment ago, or something was published since.
    fn miss(&mut self, name: &ChannelName, now_ms: u64, bounds: Bounds) -> bool {
        let is_recent = |at_ms: u64| now_ms.saturating_sub(at_ms) < MISS_AGAIN_MS;
        if self.missed.get(name).is_some_and(|at_ms| is_recent(*at_ms)) {
            return false;
        }
        if self.missed.len() >= bounds.channels {
            self.missed.retain(|_, at_ms| is_recent(*at_ms));
        }
        if self.missed.len() < bounds.channels {
            self.missed.insert(name.clone(), now_ms);
        }
        true
    }

    fn remove(&mut self, name: &ChannelName) {
        if let Some(kept) = self.by_name.remove(name) {
            self.bytes -= kept.bytes(name);
            self.by_age.remove(&kept.number);
        }
    }
}

impl Hub {
    /// What a cache channel remembers, if anything.
    pub fn cached(&self, app_id: &str, channel: &ChannelName) -> Option<CachedEvent> {
        self.0.cached(self.0.apps.by_id(app_id)?, channel)
    }
}

impl Shared {
    pub(crate) fn cached(&self, app: AppIndex, channel: &ChannelName) -> Option<CachedEvent> {
        let mut cache = self.apps.state(app).cache.lock();
        cache.get(channel, self.clock.elapsed_ms(), self.cache_bounds())
    }

    /// Tells the observer that somebody found a cache channel empty, once for many who do so at the same time.
    pub(crate) fn cache_missed(&self, app: AppIndex, channel: &ChannelName) {
        let state = self.apps.state(app);
        if self.observer.is_none() || !state.app().observed.contains(OccurrenceKind::CacheMiss) {
            return;
        }
        let now_ms = self.clock.elapsed_ms();
        if state
            .cache
            .lock()
            .miss(channel, now_ms, self.cache_bounds())
        {
            match &self.cluster {
                // Another node may have told it a moment ago.
                Some(cluster) => cluster.claim_miss(app, channel),
                None => self.tell_cache_missed(app, channel),
            }
        }
    }

    pub(crate) fn tell_cache_missed(&self, app: AppIndex, channel: &ChannelName) {
        self.occurred(app, channel, OccurrenceKind::CacheMiss, |channel| {
            Occurrence::CacheMiss { channel }
        });
    }

    /// Remembers the event that is being published, under the lock of its channel. `age_ms`: for how long it has been published.
    pub(crate) fn remember(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        (event, data): (&str, &str),
        age_ms: u64,
    ) {
        let bounds = self.cache_bounds();
        let ttl_ms = bounds.ttl_ms.saturating_sub(age_ms);
        let mut cache = self.apps.state(app).cache.lock();
        let now_ms = self.clock.elapsed_ms();
        cache.put(channel, event, data, now_ms, Bounds { ttl_ms, ..bounds });
    }

    fn cache_bounds(&self) -> Bounds {
        Bounds {
            channels: self.limits.cache_channels,
            bytes: self.limits.cache_bytes,
            ttl_ms: self.limits.cache_ttl_ms.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        channels: 3,
        bytes: 10_000,
        ttl_ms: 100,
    };

    fn name(n: usize) -> ChannelName {
        ChannelName::parse(&format!("cache-{n}")).unwrap()
    }

    fn data(cache: &mut Cache, n: usize, now_ms: u64) -> Option<String> {
        let found = cache.get(&name(n), now_ms, BOUNDS);
        found.map(|cached| cached.data.to_string())
    }

    #[test]
    fn the_last_event_is_kept_for_its_time() {
        let mut cache = Cache::default();
        cache.put(&name(1), "e", "old", 0, BOUNDS);
        cache.put(&name(1), "e", "new", 50, BOUNDS);
        assert_eq!(data(&mut cache, 1, 149).as_deref(), Some("new"));
        let ttl_ms = |cached: CachedEvent| cached.ttl_ms;
        assert_eq!(cache.get(&name(1), 149, BOUNDS).map(ttl_ms), Some(1));
        assert_eq!(data(&mut cache, 1, 150), None);
        assert_eq!((cache.by_age.len(), cache.bytes), (0, 0));
    }

    #[test]
    fn a_miss_is_news_once_in_a_while_or_after_an_event() {
        let mut cache = Cache::default();
        let at_ms = |cache: &mut Cache, n, at_ms| cache.miss(&name(n), at_ms, BOUNDS);
        assert!(at_ms(&mut cache, 1, 0));
        assert!(!at_ms(&mut cache, 1, MISS_AGAIN_MS - 1));
        assert!(at_ms(&mut cache, 2, 5), "another channel");
        assert!(at_ms(&mut cache, 1, MISS_AGAIN_MS));
        cache.put(&name(1), "e", "x", MISS_AGAIN_MS, BOUNDS);
        assert!(
            at_ms(&mut cache, 1, MISS_AGAIN_MS + 1),
            "it was filled and emptied"
        );
    }

    #[test]
    fn misses_are_bounded() {
        let mut cache = Cache::default();
        for n in 0..10 {
            assert!(cache.miss(&name(n), 0, BOUNDS));
        }
        assert_eq!(cache.missed.len(), BOUNDS.channels);
        assert!(cache.miss(&name(11), MISS_AGAIN_MS, BOUNDS));
        assert_eq!(cache.missed.len(), 1, "the old ones are forgotten");
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let mut cache = Cache::default();
        for n in 0..4 {
            cache.put(&name(n), "e", "x", 0, BOUNDS);
        }
        assert_eq!(data(&mut cache, 0, 0), None);
        cache.put(&name(1), "e", "again", 0, BOUNDS);
        cache.put(&name(4), "e", "x", 0, BOUNDS);
        assert_eq!(data(&mut cache, 1, 0).as_deref(), Some("again"));
        assert_eq!(data(&mut cache, 2, 0), None);
    }

    #[test]
    fn the_oldest_go_when_they_are_too_large() {
        let mut cache = Cache::default();
        let large = "x".repeat(4_500);
        for n in 0..3 {
            cache.put(&name(n), "e", &large, 0, BOUNDS);
        }
        assert_eq!(data(&mut cache, 0, 0), None);
        assert_eq!(data(&mut cache, 2, 0), Some(large));
        assert!(cache.bytes <= BOUNDS.bytes);
        cache.put(&name(2), "e", &"x".repeat(20_000), 0, BOUNDS);
        assert_eq!(data(&mut cache, 2, 0), None, "larger than everything");
        assert_eq!((cache.by_name.len(), cache.bytes), (0, 0));
    }
}
