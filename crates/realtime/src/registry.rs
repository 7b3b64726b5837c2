//! Which channels of an application are occupied, and by which shards: what all threads share about a channel.
//!
//! Publishing looks here, subscribing writes here, delivery never comes here. An entry exists for as long as somebody is subscribed,
//! on this node or, in a cluster, on another one.
//! The lock of a channel's part is held while its publication goes to the inboxes, so all shards see a channel's events in one order.
//! Lock order: a part of the registry, then a cache or an inbox; never two parts.

pub(crate) mod elsewhere;
pub(crate) mod search;

use crate::occupancy::Occupancy;
use crate::presence::{Full, GraceEnd, Joined, Members, Parted, Parting};
use antiphon_protocol::presence::Member;
use antiphon_protocol::{ChannelKind, ChannelName};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// How many shards a set of shards can name.
pub(crate) const MAX_SHARDS: usize = u64::BITS as usize;

/// How many locks the channels of one application are spread over. More than cores, so that publishers rarely meet.
const PARTS: usize = 32;

/// A part that is filled to less than one in so many gives its memory back.
const SHRINK_BELOW: usize = 8;

/// Up to how many subscribers are told of each change of their number at once, as at Pusher.
pub(crate) const EAGER_COUNT: u32 = 100;

/// Whether the subscribers of a channel know how many they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountTold {
    /// They know, or there are none.
    Known,
    /// They were told another number a moment ago.
    Later,
}

/// A set of shards, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ShardSet(u64);

#[derive(Debug, Default)]
struct Entry {
    shards: ShardSet,
    /// Those of this node.
    subscriptions: u32,
    /// Those of other nodes.
    elsewhere: u32,
    /// The number of subscriptions that the subscribers were told last, and when, in milliseconds of the hub's clock.
    count_told: (u32, u64),
    /// On presence channels only.
    members: Option<Box<Members>>,
}

type Part = Mutex<HashMap<ChannelName, Entry>>;

/// Takes an entry out of its part.
fn forget(part: &mut HashMap<ChannelName, Entry>, channel: &ChannelName) {
    part.remove(channel);
    if part.len() < part.capacity() / SHRINK_BELOW {
        let room = part.len() * 2;
        part.shrink_to(room);
    }
}

#[derive(Debug)]
pub(crate) struct Registry {
    parts: Box<[Part]>,
    hasher: RandomState,
}

impl ShardSet {
    pub(crate) fn insert(&mut self, shard: usize) {
        self.0 |= 1 << shard;
    }

    /// Takes a shard out. `false`: it was not in there.
    pub(crate) fn remove(&mut self, shard: usize) -> bool {
        let before = self.0;
        self.0 &= !(1 << shard);
        self.0 != before
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_SHARDS).filter(move |shard| self.0 >> shard & 1 == 1)
    }
}

impl Entry {
    /// The subscriptions of all nodes.
    fn all_subscriptions(&self) -> u32 {
        self.subscriptions.saturating_add(self.elsewhere)
    }

    fn occupancy(&self) -> Occupancy {
        Occupancy {
            subscriptions: self.all_subscriptions() as usize,
            members: self.members.as_ref().map_or(0, |members| members.count()),
        }
    }
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            parts: (0..PARTS).map(|_| Part::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Counts one more subscription, made by a connection of `shard`. If it is the first one, calls `occupied`.
    pub(crate) fn join(&self, channel: &ChannelName, shard: usize, occupied: impl FnOnce()) {
        let mut part = self.part(channel).lock();
        // A channel that exists is by far the common case, and then its name need not be cloned.
        let entry = match part.get_mut(channel) {
            Some(entry) => entry,
            None => part.entry(channel.clone()).or_default(),
        };
        entry.shards.insert(shard);
        entry.subscriptions += 1;
        if entry.subscriptions == 1 {
            occupied();
        }
    }

    /// Counts one more subscription, of a member, unless there are `max` members. Gives the list of them.
    /// If the subscription is the first one, calls `occupied`. Then calls `announce` with the shards that have subscribers.
    pub(crate) fn join_as_member(
        &self,
        channel: &ChannelName,
        shard: usize,
        member: &Member,
        max: usize,
        occupied: impl FnOnce(),
        announce: impl FnOnce(ShardSet, Joined),
    ) -> Result<String, Full> {
        let mut part = self.part(channel).lock();
        let entry = part.entry(channel.clone()).or_default();
        let members = entry.members.get_or_insert_default();
        match members.join(member, max) {
            Ok(joined) => {
                entry.shards.insert(shard);
                entry.subscriptions += 1;
                if entry.subscriptions == 1 {
                    occupied();
                }
                announce(entry.shards, joined);
                Ok(members.snapshot())
            }
            Err(full) => {
                if entry.all_subscriptions() == 0 {
                    part.remove(channel);
                }
                Err(full)
            }
        }
    }

    /// Counts one subscription of this node less. `last`: no other connection of `shard` is subscribed. For each member that is gone with it calls
    /// `announce` with the shards that still have subscribers, none of them if the channel is gone too; then it calls `vacated`.
    /// `true`: the member lingers.
    pub(crate) fn leave(
        &self,
        channel: &ChannelName,
        (shard, last): (usize, bool),
        member: Option<Parting<'_>>,
        mut announce: impl FnMut(ShardSet, &Arc<str>),
        vacated: impl FnOnce(),
    ) -> bool {
        let mut part = self.part(channel).lock();
        let Some(entry) = part.get_mut(channel) else {
            return false;
        };
        entry.subscriptions = entry.subscriptions.saturating_sub(1);
        if last {
            entry.shards.remove(shard);
        }
        let mut lingers = false;
        if let (Some(members), Some(Parting { user_id, until_ms })) = (&mut entry.members, member) {
            match members.leave(user_id, until_ms) {
                Parted::Gone => announce(entry.shards, user_id),
                Parted::Lingers => lingers = true,
                Parted::Stays => {}
            }
        }
        if entry.all_subscriptions() == 0 {
            // Nobody is left for whom somebody could linger.
            let members = entry.members.take().unwrap_or_default();
            members
                .ids()
                .for_each(|id| announce(ShardSet::default(), id));
            lingers = false;
            vacated();
            forget(&mut part, channel);
        }
        lingers
    }

    /// Removes the members that have lingered until `now_ms`, and calls `ended` for each with the shards that have subscribers.
    /// `true`: somebody may still linger.
    pub(crate) fn end_graces(
        &self,
        channel: &ChannelName,
        now_ms: u64,
        mut ended: impl FnMut(ShardSet, &Arc<str>, GraceEnd),
    ) -> bool {
        let mut part = self.part(channel).lock();
        let Some(entry) = part.get_mut(channel) else {
            return false;
        };
        let shards = entry.shards;
        entry
            .members
            .as_mut()
            .is_some_and(|members| members.end_graces(now_ms, |id, end| ended(shards, id, end)))
    }

    /// What `read` makes of the members of a channel, or of none if there are none.
    pub(crate) fn members<T>(&self, channel: &ChannelName, read: impl FnOnce(&Members) -> T) -> T {
        let part = self.part(channel).lock();
        match part.get(channel).and_then(|entry| entry.members.as_deref()) {
            Some(members) => read(members),
            None => read(&Members::default()),
        }
    }

    /// How many are on a channel.
    pub(crate) fn occupancy(&self, channel: &ChannelName) -> Occupancy {
        let part = self.part(channel).lock();
        part.get(channel)
            .map_or_else(Occupancy::default, Entry::occupancy)
    }

    /// The occupied channels with this prefix, but for those of signed-in users. They are looked at a part at a time,
    /// so what changes meanwhile may be in it or not.
    pub(crate) fn occupied(&self, prefix: &str) -> Vec<(ChannelName, Occupancy)> {
        let mut found = Vec::new();
        for part in &self.parts {
            let part = part.lock();
            let wanted = part.iter().filter(|(name, _)| {
                name.as_str().starts_with(prefix) && name.kind() != ChannelKind::ServerToUser
            });
            found.extend(wanted.map(|(name, entry)| (name.clone(), entry.occupancy())));
        }
        found
    }

    /// Calls `tell` with the number of subscriptions, unless the subscribers know it, or are many and were told less than
    /// `every_ms` ago.
    pub(crate) fn tell_count(
        &self,
        channel: &ChannelName,
        (now_ms, every_ms): (u64, u64),
        tell: impl FnOnce(ShardSet, u32),
    ) -> CountTold {
        let mut part = self.part(channel).lock();
        let Some(entry) = part.get_mut(channel) else {
            return CountTold::Known;
        };
        let (known, at_ms) = entry.count_told;
        let count = entry.all_subscriptions();
        if known == count {
            return CountTold::Known;
        }
        if count > EAGER_COUNT && now_ms.saturating_sub(at_ms) < every_ms {
            return CountTold::Later;
        }
        entry.count_told = (count, now_ms);
        tell(entry.shards, count);
        CountTold::Known
    }

    /// Whether a connection of this node is subscribed.
    pub(crate) fn is_occupied(&self, channel: &ChannelName) -> bool {
        let part = self.part(channel).lock();
        let entry = part.get(channel);
        entry.is_some_and(|entry| entry.shards != ShardSet::default())
    }

    /// Calls `act` with the shards that have subscribers, if any, in an order that all publications of the channel share.
    pub(crate) fn in_order<T>(&self, channel: &ChannelName, act: impl FnOnce(ShardSet) -> T) -> T {
        let part = self.part(channel).lock();
        let entry = part.get(channel);
        act(entry.map_or_else(ShardSet::default, |entry| entry.shards))
    }

    fn part(&self, channel: &ChannelName) -> &Part {
        let hash = self.hasher.hash_one(channel.as_str());
        &self.parts[hash as usize % PARTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shards(registry: &Registry, channel: &ChannelName) -> Vec<usize> {
        let mut found = Vec::new();
        registry.in_order(channel, |shards| found.extend(shards.iter()));
        found
    }

    #[test]
    fn a_channel_is_there_while_somebody_is_subscribed() {
        let registry = Registry::new();
        let channel = ChannelName::parse("a").unwrap();
        assert!(!registry.is_occupied(&channel));
        let (mut occupied, mut vacated) = (0, 0);
        for shard in [3, 3, 63] {
            registry.join(&channel, shard, || occupied += 1);
        }
        assert_eq!(occupied, 1);
        assert_eq!(registry.occupancy(&channel).subscriptions, 3);
        assert_eq!(shards(&registry, &channel), [3, 63]);
        registry.leave(&channel, (3, false), None, |_, _| {}, || vacated += 1);
        assert_eq!(shards(&registry, &channel), [3, 63]);
        registry.leave(&channel, (3, true), None, |_, _| {}, || vacated += 1);
        assert_eq!(shards(&registry, &channel), [63]);
        assert_eq!(vacated, 0);
        registry.leave(&channel, (63, true), None, |_, _| {}, || vacated += 1);
        assert_eq!(vacated, 1);
        assert!(!registry.is_occupied(&channel));
        assert_eq!(registry.occupancy(&channel).subscriptions, 0);
    }

    #[test]
    fn each_member_is_gone_once_even_if_it_lingers_where_nobody_is_left() {
        let registry = Registry::new();
        let channel = ChannelName::parse("presence-a").unwrap();
        for (shard, id) in ["a", "b", "c"].into_iter().enumerate() {
            let member = Member {
                user_id: id.into(),
                user_info: None,
            };
            let joined = registry.join_as_member(&channel, shard, &member, 9, || {}, |_, _| {});
            assert!(joined.is_ok());
        }
        let mut gone = Vec::new();
        let mut leave = |shard, user_id: &str, until_ms| {
            let user_id = &Arc::from(user_id);
            let member = Some(Parting { user_id, until_ms });
            let announce = |shards: ShardSet, id: &Arc<str>| {
                gone.push((id.to_string(), shards.iter().collect::<Vec<_>>()));
            };
            registry.leave(&channel, (shard, true), member, announce, || {})
        };
        assert!(leave(0, "a", Some(5)));
        assert!(!leave(1, "b", None));
        assert!(!leave(2, "c", Some(9)), "there is nobody to linger for");
        let told = |id: &str, shards: &[usize]| (id.to_owned(), shards.to_vec());
        assert_eq!(gone, [told("b", &[2]), told("a", &[]), told("c", &[])]);
        assert!(!registry.is_occupied(&channel));
        assert!(!registry.end_graces(&channel, 99, |_, _, _| {}));
    }
}
