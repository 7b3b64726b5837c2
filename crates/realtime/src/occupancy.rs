//! Which channels have subscribers on this node, and how many: what a backend may ask for.

use crate::hub::Hub;
use antiphon_protocol::ChannelName;

/// How many are on a channel. Nobody by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// How many connections are subscribed.
    pub subscriptions: usize,
    /// How many members there are, on a presence channel.
    pub members: usize,
}

impl Hub {
    /// How many are on a channel of this node.
    pub fn occupancy(&self, app_id: &str, channel: &ChannelName) -> Occupancy {
        let index = self.0.apps.by_id(app_id);
        index.map_or_else(Occupancy::default, |index| {
            self.0.apps.state(index).registry.occupancy(channel)
        })
    }

    /// The channels of this node that have subscribers and a name with this prefix, in the order of their names.
    /// Those of signed-in users are left out.
    pub fn occupied_channels(&self, app_id: &str, prefix: &str) -> Vec<(ChannelName, Occupancy)> {
        let Some(index) = self.0.apps.by_id(app_id) else {
            return Vec::new();
        };
        let mut channels = self.0.apps.state(index).registry.occupied(prefix);
        channels.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        channels
    }

    /// How many connections of this node are subscribed to a channel.
    pub fn subscription_count(&self, app_id: &str, channel: &ChannelName) -> usize {
        self.occupancy(app_id, channel).subscriptions
    }

    /// Whether a channel has a subscriber on this node.
    pub fn is_occupied(&self, app_id: &str, channel: &ChannelName) -> bool {
        self.subscription_count(app_id, channel) > 0
    }
}
