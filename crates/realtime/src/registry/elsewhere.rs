//! What other nodes of a cluster have on the channels, and what this node tells them of its own.

use super::{Entry, Registry, ShardSet, forget};
use crate::presence::{Joined, Members, OwnMember, Parted};
use antiphon_protocol::presence::Member;
use antiphon_protocol::{ChannelKind, ChannelName};
use std::sync::Arc;

/// How the members of another node change.
#[derive(Debug)]
pub(crate) enum MemberElsewhere {
    /// One more node has it.
    Came(Member),
    /// A node that has it says something else of it.
    Renewed(Member),
    /// One node less has it.
    Went(Arc<str>),
}

/// What this node has on a channel, as the others are told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OwnPart {
    pub(crate) subscriptions: u32,
    pub(crate) members: Vec<OwnMember>,
}

impl Entry {
    fn own(&self, user_ids: impl Iterator<Item = Arc<str>>) -> OwnPart {
        let nobody = Members::default();
        let members = self.members.as_deref().unwrap_or(&nobody);
        OwnPart {
            subscriptions: self.subscriptions,
            members: user_ids.map(|id| members.own(&id)).collect(),
        }
    }
}

impl Registry {
    /// Applies what has changed on another node: `before` subscriptions have become `now`, and some members have come or gone. Calls
    /// `announce` for each member that has come, with what that means for the subscribers in these shards; `gone` for each that is
    /// gone for good, and whether this node had it. `true`: there are subscribers on this node.
    pub(crate) fn change_elsewhere(
        &self,
        channel: &ChannelName,
        (before, now): (u32, u32),
        members: Vec<MemberElsewhere>,
        mut announce: impl FnMut(ShardSet, Joined, &Member),
        mut gone: impl FnMut(ShardSet, &Arc<str>, bool),
    ) -> bool {
        let mut part = self.part(channel).lock();
        let entry = match part.get_mut(channel) {
            Some(entry) => entry,
            None => part.entry(channel.clone()).or_default(),
        };
        entry.elsewhere = (entry.elsewhere + now).saturating_sub(before);
        for change in members {
            let here = entry.members.get_or_insert_default();
            match change {
                MemberElsewhere::Came(member) => {
                    announce(entry.shards, here.join_elsewhere(&member), &member);
                }
                MemberElsewhere::Renewed(member) => {
                    announce(entry.shards, here.renew_elsewhere(&member), &member);
                }
                MemberElsewhere::Went(user_id) => {
                    if here.leave_elsewhere(&user_id) == Parted::Gone {
                        gone(entry.shards, &user_id, false);
                    }
                }
            }
        }
        let is_here = entry.shards != ShardSet::default();
        if entry.all_subscriptions() == 0 {
            // Nobody is left for whom somebody could linger.
            let members = entry.members.take().unwrap_or_default();
            let lingering = members.own_ids();
            lingering.for_each(|id| gone(ShardSet::default(), id, true));
            forget(&mut part, channel);
        }
        is_here
    }

    /// What this node has on a channel, of these members.
    pub(crate) fn own(
        &self,
        channel: &ChannelName,
        user_ids: impl Iterator<Item = Arc<str>>,
    ) -> OwnPart {
        let part = self.part(channel).lock();
        match part.get(channel) {
            Some(entry) => entry.own(user_ids),
            None => Entry::default().own(user_ids),
        }
    }

    /// Everything that this node has on a channel.
    pub(crate) fn all_own(&self, channel: &ChannelName) -> OwnPart {
        let part = self.part(channel).lock();
        let Some(entry) = part.get(channel) else {
            return Entry::default().own(std::iter::empty());
        };
        let members = entry.members.as_deref();
        let ids = members.map(Members::own_ids).into_iter().flatten();
        entry.own(ids.cloned())
    }

    /// The channels that this node has something to tell of, but for those of signed-in users. A part at a time.
    pub(crate) fn own_channels(&self) -> Vec<ChannelName> {
        let mut found = Vec::new();
        for part in &self.parts {
            let part = part.lock();
            let own = part.iter().filter(|(name, entry)| {
                let has_members = || {
                    let members = entry.members.as_deref();
                    members.is_some_and(|members| members.own_ids().next().is_some())
                };
                name.kind() != ChannelKind::ServerToUser
                    && (entry.subscriptions > 0 || has_members())
            });
            found.extend(own.map(|(name, _)| name.clone()));
        }
        found
    }

    /// The channels with subscribers on this node that `is_wanted`, with the shards that have them.
    pub(crate) fn subscribed_here(
        &self,
        is_wanted: impl Fn(&ChannelName) -> bool,
    ) -> Vec<ChannelName> {
        let mut found = Vec::new();
        for part in &self.parts {
            let part = part.lock();
            let here = part
                .iter()
                .filter(|(name, entry)| entry.shards != ShardSet::default() && is_wanted(name));
            found.extend(here.map(|(name, _)| name.clone()));
        }
        found
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

    /// What the subscribers are told: who came and who went.
    fn change(
        registry: &Registry,
        channel: &ChannelName,
        counts: (u32, u32),
        members: Vec<MemberElsewhere>,
    ) -> Vec<String> {
        let told = std::cell::RefCell::new(Vec::new());
        registry.change_elsewhere(
            channel,
            counts,
            members,
            |_, joined, member| {
                told.borrow_mut()
                    .push(format!("{joined:?} {}", member.user_id))
            },
            |_, id, _| told.borrow_mut().push(format!("gone {id}")),
        );
        told.into_inner()
    }

    #[test]
    fn another_node_counts_like_one_more_connection_of_a_member() {
        let registry = Registry::new();
        let channel = ChannelName::parse("presence-a").unwrap();
        let came = || vec![MemberElsewhere::Came(member("1"))];
        let went = || vec![MemberElsewhere::Went("1".into())];
        assert_eq!(change(&registry, &channel, (0, 2), came()), ["New 1"]);
        assert_eq!(change(&registry, &channel, (0, 1), came()), ["Again 1"]);
        let joined = registry.join_as_member(
            &channel,
            0,
            &member("1"),
            1,
            || {},
            |_, joined| {
                assert_eq!(joined, Joined::Again);
            },
        );
        assert!(joined.is_ok(), "who is there may always connect again");
        let occupancy = registry.occupancy(&channel);
        assert_eq!((occupancy.subscriptions, occupancy.members), (4, 1));
        assert_eq!(registry.all_own(&channel).subscriptions, 1);
        let nothing: Vec<String> = Vec::new();
        assert_eq!(change(&registry, &channel, (1, 0), went()), nothing);
        let gone = |_: ShardSet, _: &Arc<str>| panic!("it is on the other node");
        let parting = crate::presence::Parting {
            user_id: &"1".into(),
            until_ms: None,
        };
        registry.leave(&channel, (0, true), Some(parting), gone, || {
            panic!("it is occupied")
        });
        assert!(!registry.is_occupied(&channel), "by this node");
        assert_eq!(change(&registry, &channel, (2, 0), went()), ["gone 1"]);
        assert_eq!(registry.occupancy(&channel).subscriptions, 0);
        assert!(registry.parts.iter().all(|part| part.lock().is_empty()));
    }

    #[test]
    fn a_member_that_lingers_here_is_told_of_until_its_grace_ends() {
        let registry = Registry::new();
        let channel = ChannelName::parse("presence-a").unwrap();
        change(&registry, &channel, (0, 1), Vec::new());
        let joined = registry.join_as_member(&channel, 0, &member("1"), 9, || {}, |_, _| {});
        assert!(joined.is_ok());
        let parting = crate::presence::Parting {
            user_id: &"1".into(),
            until_ms: Some(50),
        };
        assert!(registry.leave(&channel, (0, true), Some(parting), |_, _| {}, || {}));
        let own = |id: &str| registry.own(&channel, [id.into()].into_iter()).members;
        assert_eq!(own("1"), [("1".into(), Some(None))]);
        let came = vec![MemberElsewhere::Came(member("1"))];
        assert_eq!(change(&registry, &channel, (1, 2), came), ["Again 1"]);
        let mut ends = Vec::new();
        assert!(!registry.end_graces(&channel, 50, |_, _, end| ends.push(end)));
        assert_eq!(ends, [crate::presence::GraceEnd::Elsewhere]);
        assert_eq!(own("1"), [("1".into(), None)]);
        let went = vec![MemberElsewhere::Went("1".into())];
        assert_eq!(change(&registry, &channel, (2, 1), went), ["gone 1"]);
    }
}
