//! Joining and leaving channels: who may, and what is answered.

use super::Shard;
use super::catch_up::CaughtUp;
use super::channels::{ChannelIndex, Subscriber};
use super::departure::Departure;
use crate::app_table::AppIndex;
use crate::cache::CachedEvent;
use crate::presence::{Full, Members};
use crate::registry::ShardSet;
use antiphon_protocol::auth;
use antiphon_protocol::event::{self, ServerEvent};
use antiphon_protocol::frame::Subscribe;
use antiphon_protocol::presence::{Member, MemberLimits};
use antiphon_protocol::{ChannelKind, ChannelName, Code, user};

/// The `data` of a subscription that is not to a presence channel.
const NO_DATA: &str = "{}";

/// A subscription that there is now.
struct Subscribed {
    name: ChannelName,
    channel: ChannelIndex,
    /// Whether there was none before.
    is_new: bool,
    /// What to answer with.
    data: String,
}

/// Why a subscription is refused.
struct Refusal {
    code: Option<Code>,
    kind: &'static str,
    status: u16,
    reason: String,
}

impl Refusal {
    fn unauthorized(reason: String) -> Self {
        Self {
            code: Some(Code::Unauthorized),
            kind: "AuthError",
            status: 401,
            reason,
        }
    }

    fn invalid(kind: &'static str, reason: String) -> Self {
        Self {
            code: None,
            kind,
            status: 400,
            reason,
        }
    }

    fn limit_reached(reason: String) -> Self {
        Self {
            code: None,
            kind: "LimitReached",
            status: 403,
            reason,
        }
    }
}

impl Shard {
    pub(super) fn subscribe(&mut self, slot: usize, index: AppIndex, subscribe: &Subscribe) {
        let channel = &*subscribe.channel;
        match self.try_subscribe(slot, index, subscribe) {
            Ok(Subscribed {
                name,
                channel: at,
                is_new,
                data,
            }) => {
                let own_socket = self.conns[slot].socket_id;
                let CaughtUp { id, missed } =
                    self.catch_up(own_socket, index, &name, (at, is_new), subscribe);
                self.reply(&ServerEvent::SubscriptionSucceeded {
                    channel,
                    data: &data,
                    id,
                    recovered: missed.as_ref().map(Result::is_ok),
                });
                // The last event is among those that were missed, or the client has it.
                if name.is_cache() && !matches!(missed, Some(Ok(_))) {
                    self.replay(index, &name);
                }
                match missed {
                    Some(Ok(events)) => self.reply_frames(&events),
                    Some(Err(gap)) => self.reply(&ServerEvent::Resync {
                        channel,
                        reason: gap.as_str(),
                    }),
                    None => {}
                }
            }
            Err(Refusal {
                code,
                kind,
                status,
                reason,
            }) => {
                // Both: the first is what Pusher sends, the second is what tells the application which channel it was.
                self.reply(&ServerEvent::Error {
                    code,
                    message: &reason,
                    channel: Some(channel),
                });
                self.reply(&ServerEvent::SubscriptionError {
                    channel,
                    kind,
                    error: &reason,
                    status,
                });
            }
        }
    }

    /// Sends what a cache channel remembers.
    fn replay(&mut self, index: AppIndex, name: &ChannelName) {
        match self.hub.0.cached(index, name) {
            Some(CachedEvent { event, data, .. }) => {
                let json = event::channel_event(name.as_str(), &event, &data);
                self.reply_json(&json);
            }
            None => {
                self.reply(&ServerEvent::CacheMiss {
                    channel: name.as_str(),
                });
                self.hub.0.cache_missed(index, name);
            }
        }
    }

    /// Subscribes a connection, or finds that it is subscribed.
    fn try_subscribe(
        &mut self,
        slot: usize,
        index: AppIndex,
        subscribe: &Subscribe,
    ) -> Result<Subscribed, Refusal> {
        let name = ChannelName::parse(&subscribe.channel).map_err(|error| {
            Refusal::invalid("InvalidChannel", format!("Invalid channel name: {error}"))
        })?;
        let member = self.check_entry(slot, index, &name, subscribe)?;
        if let Some(place) = self.subscription(slot, index, name.as_str()) {
            let registry = &self.hub.0.apps.state(index).registry;
            let data = match member {
                Some(_) => registry.members(&name, Members::snapshot),
                None => NO_DATA.to_owned(),
            };
            return Ok(Subscribed {
                channel: self.conns[slot].subscriptions[place].channel,
                name,
                is_new: false,
                data,
            });
        }
        let max = self.limits().subscriptions_per_connection;
        if self.conns[slot].subscriptions.len() >= max {
            let reason =
                format!("This connection already has {max} subscriptions, which is the most");
            return Err(Refusal::limit_reached(reason));
        }
        if member.is_some() || name.is_cache() {
            self.settle(index, &name);
        }
        // What was posted for an earlier time that this shard was on the channel must not pass for news.
        self.empty_inbox();
        let (channel, data) = match member {
            Some(member) => self.join_as_member(slot, index, &name, member)?,
            None => {
                let channel = self.join(slot, index, &name);
                let shared = &self.hub.0;
                let registry = &shared.apps.state(index).registry;
                registry.join(&name, self.index, || shared.occupied(index, &name));
                if let Some(cluster) = &shared.cluster {
                    cluster.channel_changed(index, &name);
                }
                (channel, NO_DATA.to_owned())
            }
        };
        self.conns[slot].authorized |= name.kind().needs_auth();
        self.count_changed(index, &name);
        Ok(Subscribed {
            name,
            channel,
            is_new: true,
            data,
        })
    }

    /// Checks that the connection may be on the channel, and who it is there.
    fn check_entry(
        &self,
        slot: usize,
        index: AppIndex,
        name: &ChannelName,
        subscribe: &Subscribe,
    ) -> Result<Option<Member>, Refusal> {
        let kind = name.kind();
        if let Some(owner) = user::of_channel(name) {
            let user = self.conns[slot].user();
            return match user.is_some_and(|user| &*user.user_id == owner) {
                true => Ok(None),
                false => {
                    let reason = "Only the signed-in user may subscribe to this channel";
                    Err(Refusal::unauthorized(reason.to_owned()))
                }
            };
        }
        if kind.needs_auth() {
            auth::verify_channel(
                self.app(index).credentials(),
                self.conns[slot].socket_id,
                &subscribe.channel,
                subscribe.channel_data.as_deref(),
                subscribe.auth.as_deref().unwrap_or_default(),
            )
            .map_err(|error| Refusal::unauthorized(error.to_string()))?;
        }
        match kind {
            ChannelKind::Presence => self.member_of(slot, subscribe).map(Some),
            _ => Ok(None),
        }
    }

    /// Who the subscriber is, as its signature has vouched for, or that of its sign-in.
    fn member_of(&self, slot: usize, subscribe: &Subscribe) -> Result<Member, Refusal> {
        let Some(data) = subscribe.channel_data.as_deref() else {
            return self.conns[slot].user().cloned().ok_or_else(|| {
                let reason =
                    "A presence channel needs channel_data with a user_id, or a signed-in user";
                Refusal::unauthorized(reason.to_owned())
            });
        };
        Member::parse(data, self.member_limits()).map_err(|error| {
            Refusal::invalid("InvalidMember", format!("Invalid channel_data: {error}"))
        })
    }

    pub(super) fn member_limits(&self) -> MemberLimits {
        MemberLimits {
            id_chars: self.limits().user_id_chars,
            info_bytes: self.limits().user_info_bytes,
        }
    }

    fn join_as_member(
        &mut self,
        slot: usize,
        index: AppIndex,
        name: &ChannelName,
        member: Member,
    ) -> Result<(ChannelIndex, String), Refusal> {
        let mut posted = ShardSet::default();
        let newcomer = (self.conns[slot].socket_id, &member);
        let shared = &self.hub.0;
        let snapshot = shared
            .join_as_member(index, name, self.index, newcomer, &mut posted)
            .map_err(|Full| {
                let max = self.limits().presence_members;
                Refusal::limit_reached(format!(
                    "This channel already has {max} members, which is the most"
                ))
            })?;
        self.wake_from_turn(posted);
        let channel = self.join(slot, index, name);
        let identity = self.conns[slot].identity.get_or_insert_default();
        identity.add_membership(channel, member.user_id);
        Ok((channel, snapshot))
    }

    /// Makes a connection a subscriber in this shard.
    fn join(&mut self, slot: usize, index: AppIndex, name: &ChannelName) -> ChannelIndex {
        let conn = &mut self.conns[slot];
        let subscriber = Subscriber {
            slot: slot as u32,
            place: conn.subscriptions.len() as u32,
        };
        let subscription = self.channels.join(index, name, subscriber);
        conn.subscriptions.push(subscription);
        self.counts(index).subscriptions.add(1);
        subscription.channel
    }

    pub(super) fn unsubscribe(&mut self, slot: usize, index: AppIndex, channel: &str) {
        // Not being subscribed is what the client wanted.
        if let Some(place) = self.subscription(slot, index, channel) {
            self.leave_channel(slot, place, Departure::Left);
        }
    }

    /// The place, among the subscriptions of a connection, of the one to this channel.
    pub(super) fn subscription(
        &self,
        slot: usize,
        index: AppIndex,
        channel: &str,
    ) -> Option<usize> {
        let channel = self.channels.find(index, channel)?;
        self.conns[slot]
            .subscriptions
            .iter()
            .position(|subscription| subscription.channel == channel)
    }

    /// Wakes the shards that something was posted to while a connection was read.
    pub(super) fn wake_from_turn(&self, mut posted: ShardSet) {
        // This shard looks into its inbox anyway, at the end of its turn.
        if posted.remove(self.index) {
            self.inbox().wake_self();
        }
        self.hub.0.wake(posted);
    }
}
