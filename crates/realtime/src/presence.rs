//! Who is on a presence channel: one table per channel, whatever the shards its members are connected to. In a cluster another node
//! that has a member counts like one more connection of it.
//!
//! A table lives in the registry, under the lock of its channel. So the list that a new member gets, and the events that tell
//! the others, are in one order for everybody. A member counts once however many connections it has: the first one
//! makes it come, the last one makes it leave.
//!
//! A shard brings what was posted to it to those who are there before it lets a member join. Only a change that another
//! shard makes at that very moment, or one on a channel with very many connections, may be told to the new member although its
//! list has it already. That does no harm: applied in their order such events end in the right list.
//!
//! A member whose last connection is lost may *linger*: it stays in the table, counts, and is told of to those who join, until its time
//! is over or it comes back. It lingers only for others: a channel without subscriptions forgets its members with itself.

use crate::app_table::AppIndex;
use crate::hub::{Hub, Shared};
use crate::occurrence::{Occurrence, OccurrenceKind};
use crate::registry::ShardSet;
use antiphon_protocol::presence::{self, Member};
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelName, SocketId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The members of one channel.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// In the order of their ids.
    present: BTreeMap<Arc<str>, Present>,
    /// When to look for members that have lingered long enough: not later than the first of them has. `None` if nobody lingers.
    look_at_ms: Option<u64>,
}

#[derive(Debug)]
struct Present {
    /// What the first of its connections said.
    info: Option<Arc<str>>,
    /// Those of this node.
    connections: u32,
    /// How many other nodes have it.
    elsewhere: u32,
    /// Until when it lingers on this node, in milliseconds of the hub's clock. 0: it does not.
    until_ms: u64,
}

impl Present {
    /// Whether this node has the member, as far as others are told.
    fn is_here(&self) -> bool {
        self.connections > 0 || self.until_ms > 0
    }
}

/// What became of somebody who joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joined {
    /// There is a new member.
    New,
    /// The member is there already, as far as the others know.
    Again,
    /// The member lingered, and is back with another `user_info`: for the others that is one who leaves and one who comes.
    Renewed,
}

/// What became of a member that has one connection less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parted {
    /// It has another one.
    Stays,
    /// That was its last one, but it may come back.
    Lingers,
    /// That was its last one.
    Gone,
}

/// How a member's time of grace has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GraceEnd {
    /// It is gone.
    Gone,
    /// Another node has it.
    Elsewhere,
}

/// What this node tells the others of one member: its `user_info`, or that it is not here.
pub(crate) type OwnMember = (Arc<str>, Option<Option<Arc<str>>>);

/// A member that has one connection less.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parting<'a> {
    pub(crate) user_id: &'a Arc<str>,
    /// Until when it lingers if that was its last connection, in milliseconds of the hub's clock. `None`: it does not.
    pub(crate) until_ms: Option<u64>,
}

/// A channel has as many members as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Members {
    /// Counts a connection of a member. A member that is there already, or lingers, may always connect again.
    pub(crate) fn join(&mut self, member: &Member, max: usize) -> Result<Joined, Full> {
        if let Some(present) = self.present.get_mut(&member.user_id) {
            let lingered = present.until_ms > 0;
            present.connections += 1;
            present.until_ms = 0;
            if lingered && present.elsewhere == 0 && present.info != member.user_info {
                present.info.clone_from(&member.user_info);
                return Ok(Joined::Renewed);
            }
            return Ok(Joined::Again);
        }
        if self.present.len() >= max {
            return Err(Full);
        }
        let present = Present {
            info: member.user_info.clone(),
            connections: 1,
            elsewhere: 0,
            until_ms: 0,
        };
        self.present.insert(Arc::clone(&member.user_id), present);
        Ok(Joined::New)
    }

    /// Another node has a member, from now on. There is no limit: the other node has kept to it.
    pub(crate) fn join_elsewhere(&mut self, member: &Member) -> Joined {
        let Some(present) = self.present.get_mut(&member.user_id) else {
            let present = Present {
                info: member.user_info.clone(),
                connections: 0,
                elsewhere: 1,
                until_ms: 0,
            };
            self.present.insert(Arc::clone(&member.user_id), present);
            return Joined::New;
        };
        present.elsewhere += 1;
        let is_alone = present.elsewhere == 1 && present.connections == 0;
        if is_alone && present.info != member.user_info {
            present.info.clone_from(&member.user_info);
            return Joined::Renewed;
        }
        Joined::Again
    }

    /// The one other node that has a member says something else of it.
    pub(crate) fn renew_elsewhere(&mut self, member: &Member) -> Joined {
        match self.present.get_mut(&member.user_id) {
            Some(present)
                if present.elsewhere == 1
                    && !present.is_here()
                    && present.info != member.user_info =>
            {
                present.info.clone_from(&member.user_info);
                Joined::Renewed
            }
            _ => Joined::Again,
        }
    }

    /// Another node does not have a member any more.
    pub(crate) fn leave_elsewhere(&mut self, user_id: &str) -> Parted {
        let present = self.present.get_mut(user_id);
        let Some(present) = present.filter(|present| present.elsewhere > 0) else {
            return Parted::Stays;
        };
        present.elsewhere -= 1;
        if present.elsewhere > 0 || present.is_here() {
            return Parted::Stays;
        }
        self.present.remove(user_id);
        Parted::Gone
    }

    /// What this node tells the others of a member.
    pub(crate) fn own(&self, user_id: &Arc<str>) -> OwnMember {
        let present = self.present.get(user_id);
        let here = present.filter(|present| present.is_here());
        (
            Arc::clone(user_id),
            here.map(|present| present.info.clone()),
        )
    }

    /// The members that this node has.
    pub(crate) fn own_ids(&self) -> impl Iterator<Item = &Arc<str>> {
        let here = self.present.iter().filter(|(_, present)| present.is_here());
        here.map(|(id, _)| id)
    }

    /// Counts one connection of a member less. If that was the last one, the member lingers until `until_ms`, or is gone if that is
    /// `None`.
    pub(crate) fn leave(&mut self, user_id: &str, until_ms: Option<u64>) -> Parted {
        let present = self.present.get_mut(user_id);
        let Some(present) = present.filter(|present| present.connections > 0) else {
            return Parted::Stays;
        };
        present.connections -= 1;
        match until_ms {
            _ if present.connections > 0 || present.elsewhere > 0 => Parted::Stays,
            Some(until_ms) => {
                present.until_ms = until_ms;
                let first_ms = self.look_at_ms.unwrap_or(until_ms);
                self.look_at_ms = Some(first_ms.min(until_ms));
                Parted::Lingers
            }
            None => {
                self.present.remove(user_id);
                Parted::Gone
            }
        }
    }

    /// Removes those that have lingered until `now_ms`, and calls `ended` for each. `true`: somebody may still linger.
    pub(crate) fn end_graces(
        &mut self,
        now_ms: u64,
        mut ended: impl FnMut(&Arc<str>, GraceEnd),
    ) -> bool {
        if self.look_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.look_at_ms = None;
            self.present.retain(|user_id, present| {
                if present.until_ms == 0 {
                    return true;
                }
                if present.until_ms > now_ms {
                    let first_ms = self.look_at_ms.unwrap_or(present.until_ms);
                    self.look_at_ms = Some(first_ms.min(present.until_ms));
                    return true;
                }
                present.until_ms = 0;
                let is_elsewhere = present.elsewhere > 0;
                let end = match is_elsewhere {
                    true => GraceEnd::Elsewhere,
                    false => GraceEnd::Gone,
                };
                ended(user_id, end);
                is_elsewhere
            });
        }
        self.look_at_ms.is_some()
    }

    /// What a new member is told.
    pub(crate) fn snapshot(&self) -> String {
        let members = self.present.iter();
        presence::snapshot(members.map(|(id, present)| (&**id, present.info.as_deref())))
    }

    pub(crate) fn count(&self) -> usize {
        self.present.len()
    }

    /// The members with what their first connections said.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Option<&Arc<str>>)> {
        let members = self.present.iter();
        members.map(|(id, present)| (id, present.info.as_ref()))
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.present.keys()
    }
}

impl Hub {
    /// The ids of the members of a presence channel, in their order. Empty for any other channel.
    pub fn members(&self, app_id: &str, channel: &ChannelName) -> Vec<Arc<str>> {
        let index = self.0.apps.by_id(app_id);
        index.map_or_else(Vec::new, |index| {
            let ids = |members: &Members| members.ids().cloned().collect();
            self.0.apps.state(index).registry.members(channel, ids)
        })
    }

    /// The first `limit` members of a presence channel, in the order of their ids, with their `user_info`.
    pub fn some_members(
        &self,
        app_id: &str,
        channel: &ChannelName,
        limit: usize,
    ) -> Vec<MemberInfo> {
        let index = self.0.apps.by_id(app_id);
        index.map_or_else(Vec::new, |index| {
            let some = |members: &Members| {
                let cloned =
                    |(id, info): (&Arc<str>, Option<&Arc<str>>)| (Arc::clone(id), info.cloned());
                members.iter().take(limit).map(cloned).collect()
            };
            self.0.apps.state(index).registry.members(channel, some)
        })
    }
}

/// A member's id, and its `user_info` as JSON text.
pub type MemberInfo = (Arc<str>, Option<Arc<str>>);

impl Shared {
    /// Makes a connection of `shard` a subscriber and a member of a presence channel, tells the others, and gives the list
    /// of the members. The shards in `posted` are to be woken afterwards.
    pub(crate) fn join_as_member(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        shard: usize,
        (socket_id, member): (SocketId, &Member),
        posted: &mut ShardSet,
    ) -> Result<String, Full> {
        let max = self.limits.presence_members;
        let registry = &self.apps.state(app).registry;
        let occupied = || self.occupied(app, channel);
        registry.join_as_member(channel, shard, member, max, occupied, |shards, joined| {
            self.announce_member(
                app,
                channel,
                (shards, joined),
                member,
                Some(socket_id),
                posted,
            );
            match &self.cluster {
                Some(cluster) => cluster.member_changed(app, channel, &member.user_id),
                None if joined == Joined::New => {
                    self.occurred(app, channel, OccurrenceKind::MemberAdded, |channel| {
                        let user_id = Arc::clone(&member.user_id);
                        Occurrence::MemberAdded { channel, user_id }
                    });
                }
                None => {}
            }
        })
    }

    /// Tells the subscribers in these shards of somebody who joined, unless they know.
    pub(crate) fn announce_member(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        (shards, joined): (ShardSet, Joined),
        member: &Member,
        except: Option<SocketId>,
        posted: &mut ShardSet,
    ) {
        let mut tell = |json: String| {
            self.tap_announcement(app, channel, &json);
            let frame = frame::encode(Opcode::Text, json.as_bytes());
            self.post_to(shards, app, channel, &frame, except, posted);
        };
        if joined == Joined::Renewed {
            tell(presence::member_removed(channel.as_str(), &member.user_id));
        }
        if joined != Joined::Again {
            tell(presence::member_added(channel.as_str(), member));
        }
    }

    /// Ends a subscription, and tells the others if a member is gone with it. `last`: no other connection of `shard` is
    /// subscribed. The shards in `posted` are to be woken afterwards. `true`: the member lingers, and [`Shared::end_graces`] is to be
    /// called from time to time.
    pub(crate) fn leave(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        (shard, last): (usize, bool),
        member: Option<Parting<'_>>,
        posted: &mut ShardSet,
    ) -> bool {
        let registry = &self.apps.state(app).registry;
        let gone = |shards: ShardSet, user_id: &Arc<str>| {
            self.member_gone(app, channel, shards, user_id, posted);
        };
        let lingers = registry.leave(channel, (shard, last), member, gone, || {
            self.vacated(app, channel);
        });
        if let Some(cluster) = &self.cluster {
            match member {
                Some(member) => cluster.member_changed(app, channel, member.user_id),
                None => cluster.channel_changed(app, channel),
            }
        }
        lingers
    }

    /// Removes the members of a channel that have not come back by `now_ms`, and tells the others. `true`: somebody may still linger.
    pub(crate) fn end_graces(&self, app: AppIndex, channel: &ChannelName, now_ms: u64) -> bool {
        let mut posted = ShardSet::default();
        let registry = &self.apps.state(app).registry;
        let lingers = registry.end_graces(channel, now_ms, |shards, user_id, end| {
            if end == GraceEnd::Gone {
                self.member_gone(app, channel, shards, user_id, &mut posted);
            } else if let Some(cluster) = &self.cluster {
                cluster.member_changed(app, channel, user_id);
            }
        });
        self.wake(posted);
        lingers
    }

    /// A member is gone for good. `shards` have subscribers who are to be told.
    pub(crate) fn member_gone(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        shards: ShardSet,
        user_id: &Arc<str>,
        posted: &mut ShardSet,
    ) {
        match &self.cluster {
            // The observer is told when the cluster knows.
            Some(cluster) => cluster.member_changed(app, channel, user_id),
            None => self.occurred(app, channel, OccurrenceKind::MemberRemoved, |channel| {
                let user_id = Arc::clone(user_id);
                Occurrence::MemberRemoved { channel, user_id }
            }),
        }
        self.announce_gone(app, channel, shards, user_id, posted);
    }

    /// Tells the subscribers in these shards, if any, that a member is gone for good.
    pub(crate) fn announce_gone(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        shards: ShardSet,
        user_id: &Arc<str>,
        posted: &mut ShardSet,
    ) {
        if shards == ShardSet::default() {
            return;
        }
        let json = presence::member_removed(channel.as_str(), user_id);
        self.tap_announcement(app, channel, &json);
        let frame = frame::encode(Opcode::Text, json.as_bytes());
        self.post_to(shards, app, channel, &frame, None, posted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: &str) -> Member {
        Member {
            user_id: id.into(),
            user_info: None,
        }
    }

    fn with(id: &str, info: &str) -> Member {
        Member {
            user_info: Some(info.into()),
            ..member(id)
        }
    }

    #[test]
    fn a_member_comes_once_and_leaves_once() {
        let mut members = Members::default();
        assert_eq!(members.join(&member("1"), 2), Ok(Joined::New));
        assert_eq!(members.join(&member("1"), 2), Ok(Joined::Again));
        assert_eq!(members.count(), 1);
        assert_eq!(members.leave("1", None), Parted::Stays);
        assert_eq!(members.leave("1", None), Parted::Gone);
        assert_eq!(members.leave("1", None), Parted::Stays, "it is gone");
        assert_eq!(members.count(), 0);
    }

    #[test]
    fn a_full_channel_takes_nobody_new() {
        let mut members = Members::default();
        assert_eq!(members.join(&member("1"), 1), Ok(Joined::New));
        assert_eq!(members.join(&member("2"), 1), Err(Full));
        assert_eq!(members.join(&member("1"), 1), Ok(Joined::Again));
    }

    #[test]
    fn the_first_connection_says_what_the_others_know() {
        let mut members = Members::default();
        assert_eq!(members.join(&with("1", "1"), 9), Ok(Joined::New));
        assert_eq!(members.join(&with("1", "2"), 9), Ok(Joined::Again));
        assert_eq!(
            members.snapshot(),
            r#"{"presence":{"ids":["1"],"hash":{"1":1},"count":1}}"#
        );
    }

    /// Those who are gone at a time, and whether somebody still lingers.
    fn gone_at(members: &mut Members, now_ms: u64) -> (Vec<String>, bool) {
        let mut gone = Vec::new();
        let lingers = members.end_graces(now_ms, |id, end| {
            assert_eq!(end, GraceEnd::Gone);
            gone.push(id.to_string());
        });
        (gone, lingers)
    }

    #[test]
    fn who_lingers_is_there_until_its_time_is_over() {
        let mut members = Members::default();
        for id in ["1", "2", "3"] {
            assert_eq!(members.join(&member(id), 3), Ok(Joined::New));
        }
        assert_eq!(members.leave("1", Some(200)), Parted::Lingers);
        assert_eq!(
            members.leave("1", Some(900)),
            Parted::Stays,
            "no connection"
        );
        assert_eq!(members.leave("2", Some(100)), Parted::Lingers);
        assert_eq!(members.join(&member("4"), 3), Err(Full));
        assert_eq!(gone_at(&mut members, 99), (vec![], true));
        assert_eq!(members.count(), 3);
        assert_eq!(gone_at(&mut members, 100), (vec!["2".to_owned()], true));
        assert_eq!(members.join(&member("4"), 3), Ok(Joined::New));
        assert_eq!(gone_at(&mut members, 500), (vec!["1".to_owned()], false));
        assert_eq!(gone_at(&mut members, 900), (vec![], false));
        assert_eq!(members.count(), 2);
    }

    #[test]
    fn who_comes_back_in_time_was_never_gone() {
        let mut members = Members::default();
        assert_eq!(members.join(&member("1"), 1), Ok(Joined::New));
        assert_eq!(members.leave("1", Some(100)), Parted::Lingers);
        assert_eq!(members.join(&member("1"), 1), Ok(Joined::Again));
        assert_eq!(gone_at(&mut members, 100), (vec![], false));
        // The next loss counts from its own time, and what has ended in between is not remembered.
        assert_eq!(members.leave("1", Some(300)), Parted::Lingers);
        assert_eq!(gone_at(&mut members, 299), (vec![], true));
        assert_eq!(members.join(&member("1"), 1), Ok(Joined::Again));
        assert_eq!(members.leave("1", None), Parted::Gone);
    }

    #[test]
    fn who_comes_back_as_somebody_else_is_told_of() {
        let mut members = Members::default();
        assert_eq!(members.join(&with("1", "1"), 1), Ok(Joined::New));
        assert_eq!(members.leave("1", Some(100)), Parted::Lingers);
        assert_eq!(members.join(&with("1", "2"), 1), Ok(Joined::Renewed));
        assert_eq!(members.join(&with("1", "3"), 1), Ok(Joined::Again));
        assert!(members.snapshot().contains(r#""1":2"#));
    }
}
