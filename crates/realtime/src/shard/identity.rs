//! Who a connection is: the user that signed in with it, and the member it is on each of its presence channels.
//!
//! Only what a signature has vouched for gets in here, so it is what client events are signed with, too.

use super::channels::ChannelIndex;
use super::watch::WatchIndex;
use antiphon_protocol::presence::Member;
use std::sync::Arc;

/// What is known of a connection. There is one only while something is.
#[derive(Debug, Default)]
pub(super) struct Identity {
    pub(super) user: Option<Member>,
    /// Whom the user watches.
    pub(super) watching: Vec<WatchIndex>,
    /// The presence channels and the ids on them. Few: a linear search is the fastest.
    memberships: Vec<(ChannelIndex, Arc<str>)>,
}

impl Identity {
    pub(super) fn add_membership(&mut self, channel: ChannelIndex, user_id: Arc<str>) {
        self.memberships.push((channel, user_id));
    }

    /// The id on this channel.
    pub(super) fn member(&self, channel: ChannelIndex) -> Option<&Arc<str>> {
        let mut memberships = self.memberships.iter();
        memberships
            .find(|(at, _)| *at == channel)
            .map(|(_, user_id)| user_id)
    }

    /// Forgets the id on this channel, and gives it.
    pub(super) fn remove_membership(&mut self, channel: ChannelIndex) -> Option<Arc<str>> {
        let place = self.memberships.iter().position(|(at, _)| *at == channel)?;
        Some(self.memberships.swap_remove(place).1)
    }

    /// Whether nothing is known any more.
    pub(super) fn is_empty(&self) -> bool {
        self.user.is_none() && self.memberships.is_empty()
    }
}
