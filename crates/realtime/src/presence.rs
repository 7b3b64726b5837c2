//! Who is on a presence channel of this node: one table per channel, whatever the shards its members are connected to.
//!
//! A table lives in the registry, under the lock of its channel. So the list that a new member gets, and the events that tell
//! the others, are in one order for everybody. A member counts once however many connections it has: the first one
//! makes it come, the last one makes it leave.
//!
//! A shard brings what was posted to it to those who are there before it lets a member join. Only a change that another
//! shard makes at that very moment, or one on a channel with very many connections, may be told to the new member although its
//! list has it already. That does no harm: applied in their order such events end in the right list.

use crate::app_table::AppIndex;
use crate::hub::{Hub, Shared};
use crate::registry::ShardSet;
use antiphon_protocol::presence::{self, Member};
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelName, SocketId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The members of one channel, in the order of their ids.
#[derive(Debug, Default)]
pub(crate) struct Members(BTreeMap<Arc<str>, Present>);

#[derive(Debug)]
struct Present {
    /// What the first of its connections said.
    info: Option<Arc<str>>,
    connections: u32,
}

/// A channel has as many members as it may have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Members {
    /// Counts a connection of a member. `true`: its first one. A member that is there already may always connect again.
    pub(crate) fn join(&mut self, member: &Member, max: usize) -> Result<bool, Full> {
        if let Some(present) = self.0.get_mut(&member.user_id) {
            present.connections += 1;
            return Ok(false);
        }
        if self.0.len() >= max {
            return Err(Full);
        }
        let present = Present {
            info: member.user_info.clone(),
            connections: 1,
        };
        self.0.insert(Arc::clone(&member.user_id), present);
        Ok(true)
    }

    /// Counts one connection of a member less. `true`: that was its last one.
    pub(crate) fn leave(&mut self, user_id: &str) -> bool {
        let Some(present) = self.0.get_mut(user_id) else {
            return false;
        };
        present.connections -= 1;
        let last = present.connections == 0;
        if last {
            self.0.remove(user_id);
        }
        last
    }

    /// What a new member is told.
    pub(crate) fn snapshot(&self) -> String {
        let members = self.0.iter();
        presence::snapshot(members.map(|(id, present)| (&**id, present.info.as_deref())))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The members with what their first connections said.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, Option<&Arc<str>>)> {
        let members = self.0.iter();
        members.map(|(id, present)| (id, present.info.as_ref()))
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }
}

impl Hub {
    /// The ids of the members of a presence channel on this node, in their order. Empty for any other channel.
    pub fn members(&self, app_id: &str, channel: &ChannelName) -> Vec<Arc<str>> {
        let index = self.0.apps.by_id(app_id);
        index.map_or_else(Vec::new, |index| {
            let ids = |members: &Members| members.ids().cloned().collect();
            self.0.apps.state(index).registry.members(channel, ids)
        })
    }

    /// The first `limit` members of a presence channel on this node, in the order of their ids, with their `user_info`.
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
        registry.join_as_member(channel, shard, member, max, |shards| {
            let json = presence::member_added(channel.as_str(), member);
            self.tap_announcement(app, channel, &json);
            let frame = frame::encode(Opcode::Text, json.as_bytes());
            self.post_to(shards, app, channel, &frame, Some(socket_id), posted);
        })
    }

    /// Ends a subscription, and tells the others if a member has left with it. `last`: no other connection of `shard` is
    /// subscribed. The shards in `posted` are to be woken afterwards.
    pub(crate) fn leave(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        (shard, last): (usize, bool),
        member: Option<&str>,
        posted: &mut ShardSet,
    ) {
        let registry = &self.apps.state(app).registry;
        registry.leave(channel, (shard, last), member, |shards, user_id| {
            let json = presence::member_removed(channel.as_str(), user_id);
            self.tap_announcement(app, channel, &json);
            let frame = frame::encode(Opcode::Text, json.as_bytes());
            self.post_to(shards, app, channel, &frame, None, posted);
        });
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

    #[test]
    fn a_member_comes_once_and_leaves_once() {
        let mut members = Members::default();
        assert_eq!(members.join(&member("1"), 2), Ok(true));
        assert_eq!(members.join(&member("1"), 2), Ok(false));
        assert_eq!(members.count(), 1);
        assert!(!members.leave("1"));
        assert!(members.leave("1"));
        assert!(!members.leave("1"), "it is gone");
        assert_eq!(members.count(), 0);
    }

    #[test]
    fn a_full_channel_takes_nobody_new() {
        let mut members = Members::default();
        assert_eq!(members.join(&member("1"), 1), Ok(true));
        assert_eq!(members.join(&member("2"), 1), Err(Full));
        assert_eq!(members.join(&member("1"), 1), Ok(false));
    }

    #[test]
    fn the_first_connection_says_what_the_others_know() {
        let mut members = Members::default();
        let with = |info: &str| Member {
            user_info: Some(info.into()),
            ..member("1")
        };
        assert_eq!(members.join(&with("1"), 9), Ok(true));
        assert_eq!(members.join(&with("2"), 9), Ok(false));
        assert_eq!(
            members.snapshot(),
            r#"{"presence":{"ids":["1"],"hash":{"1":1},"count":1}}"#
        );
    }
}
