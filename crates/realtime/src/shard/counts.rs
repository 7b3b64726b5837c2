//! `subscription_count`: telling the subscribers of a channel how many they are, for applications that want it, and the
//! hub's observer, which may want it by itself.
//!
//! Small channels are told at once of everybody who comes or leaves. Large ones are told now and then, and once more when it
//! has become quiet. Presence channels are not told: their members say more.

use super::Shard;
use crate::app_table::AppIndex;
use crate::hub::Shared;
use crate::occurrence::{Occurrence, OccurrenceKind};
use crate::registry::{CountTold, ShardSet};
use antiphon_protocol::event;
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelKind, ChannelName};

impl Shard {
    /// Tells the subscribers of a channel that somebody came or left, if they are to be told.
    pub(super) fn count_changed(&mut self, app: AppIndex, channel: &ChannelName) {
        let tells = !matches!(
            channel.kind(),
            ChannelKind::Presence | ChannelKind::ServerToUser
        );
        let shared = &self.hub.0;
        if tells && shared.tells_counts(app) && !shared.tell_count(app, channel) {
            self.counts_due.insert((app, channel.clone()));
        }
    }

    /// Tells the counts that had to wait, as far as their time has come.
    pub(super) fn tell_due_counts(&mut self) {
        let mut due = std::mem::take(&mut self.counts_due);
        due.retain(|(app, channel)| !self.hub.0.tell_count(*app, channel));
        self.counts_due = due;
    }
}

impl Shared {
    /// Whether anybody is told the counts of an application.
    pub(crate) fn tells_counts(&self, app: AppIndex) -> bool {
        let app = self.apps.state(app).app();
        app.subscription_count || app.observed.contains(OccurrenceKind::SubscriptionCount)
    }

    /// `false`: the subscribers were told a moment ago, and it has to wait.
    pub(crate) fn tell_count(&self, app: AppIndex, channel: &ChannelName) -> bool {
        let shared = self;
        let every_ms = shared.limits.subscription_count_every_ms.into();
        let now_ms = shared.clock.elapsed_ms();
        let mut posted = ShardSet::default();
        let told = shared.apps.state(app).registry.tell_count(
            channel,
            (now_ms, every_ms),
            |shards, count| {
                if shared.apps.state(app).app().subscription_count {
                    let json = event::subscription_count(channel.as_str(), count);
                    shared.tap_announcement(app, channel, &json);
                    let frame = frame::encode(Opcode::Text, json.as_bytes());
                    shared.post_to(shards, app, channel, &frame, None, &mut posted);
                }
                // In a cluster one node tells it for all.
                if shared.cluster.is_none() {
                    shared.occurred(app, channel, OccurrenceKind::SubscriptionCount, |channel| {
                        Occurrence::SubscriptionCount { channel, count }
                    });
                }
            },
        );
        // This shard is woken as well: it may have looked into its inbox for the last time in this turn.
        shared.wake(posted);
        told == CountTold::Known
    }
}
