//! What happens on channels, for those outside the engine who want to know: the source of webhooks.
//!
//! The engine tells one [`Observer`], and only what the application asks for ([`crate::App::observed`]): nothing is computed or
//! allocated for an application that asks for nothing. What happens on one channel is told in its order, under the channel's lock.
//! Channels of signed-in users are the protocol's own and never told about.

use crate::app::App;
use crate::app_table::AppIndex;
use crate::hub::Shared;
use antiphon_protocol::webhook::WebhookEvent;
use antiphon_protocol::{ChannelKind, ChannelName, SocketId};
use std::fmt;
use std::sync::Arc;

/// Something that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occurrence {
    /// A channel has its first subscriber.
    ChannelOccupied {
        /// Which channel.
        channel: ChannelName,
    },
    /// A channel has lost its last subscriber.
    ChannelVacated {
        /// Which channel.
        channel: ChannelName,
    },
    /// A member has come to a presence channel, with its first connection.
    MemberAdded {
        /// Which channel.
        channel: ChannelName,
        /// Who.
        user_id: Arc<str>,
    },
    /// A member has left a presence channel, with its last connection.
    MemberRemoved {
        /// Which channel.
        channel: ChannelName,
        /// Who.
        user_id: Arc<str>,
    },
    /// A client event was accepted.
    ClientEvent {
        /// Which channel.
        channel: ChannelName,
        /// The event's name.
        event: Box<str>,
        /// The JSON text of its data as the client wrote it.
        data: Option<Box<str>>,
        /// The connection that sent it.
        socket_id: SocketId,
        /// On presence channels, who sent it.
        user_id: Option<Arc<str>>,
    },
    /// Somebody has subscribed to a cache channel that remembers nothing. Told once for all who do so in a short time.
    CacheMiss {
        /// Which channel.
        channel: ChannelName,
    },
    /// A channel has another number of subscribers than was told last.
    SubscriptionCount {
        /// Which channel.
        channel: ChannelName,
        /// How many there are now.
        count: u32,
    },
}

/// What kind of thing has happened, by the name that it has in a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants of Occurrence say it")]
pub enum OccurrenceKind {
    ChannelOccupied,
    ChannelVacated,
    MemberAdded,
    MemberRemoved,
    ClientEvent,
    CacheMiss,
    SubscriptionCount,
}

/// A set of kinds. Empty by default.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct OccurrenceKinds(u8);

/// Who is told.
pub trait Observer: Send + Sync {
    /// Takes note. It is called by the engine's threads while they hold locks: it must not block, and must not call the hub.
    fn occurred(&self, app: &Arc<App>, occurrence: Occurrence);
}

impl OccurrenceKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ChannelOccupied,
        Self::ChannelVacated,
        Self::MemberAdded,
        Self::MemberRemoved,
        Self::ClientEvent,
        Self::CacheMiss,
        Self::SubscriptionCount,
    ];

    /// The name in a webhook.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChannelOccupied => "channel_occupied",
            Self::ChannelVacated => "channel_vacated",
            Self::MemberAdded => "member_added",
            Self::MemberRemoved => "member_removed",
            Self::ClientEvent => "client_event",
            Self::CacheMiss => "cache_miss",
            Self::SubscriptionCount => "subscription_count",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl OccurrenceKinds {
    /// Every kind.
    pub fn all() -> Self {
        OccurrenceKind::ALL.into_iter().collect()
    }

    /// Whether a kind is in it.
    pub fn contains(self, kind: OccurrenceKind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds a kind.
    pub fn insert(&mut self, kind: OccurrenceKind) {
        self.0 |= 1 << kind as u8;
    }

    /// Those in it, in the order of [`OccurrenceKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = OccurrenceKind> {
        OccurrenceKind::ALL
            .into_iter()
            .filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<OccurrenceKind> for OccurrenceKinds {
    fn from_iter<I: IntoIterator<Item = OccurrenceKind>>(kinds: I) -> Self {
        let mut set = Self::default();
        for kind in kinds {
            set.insert(kind);
        }
        set
    }
}

impl fmt::Debug for OccurrenceKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(OccurrenceKind::as_str))
            .finish()
    }
}

impl Occurrence {
    /// What kind it is.
    pub fn kind(&self) -> OccurrenceKind {
        match self {
            Self::ChannelOccupied { .. } => OccurrenceKind::ChannelOccupied,
            Self::ChannelVacated { .. } => OccurrenceKind::ChannelVacated,
            Self::MemberAdded { .. } => OccurrenceKind::MemberAdded,
            Self::MemberRemoved { .. } => OccurrenceKind::MemberRemoved,
            Self::ClientEvent { .. } => OccurrenceKind::ClientEvent,
            Self::CacheMiss { .. } => OccurrenceKind::CacheMiss,
            Self::SubscriptionCount { .. } => OccurrenceKind::SubscriptionCount,
        }
    }

    /// Where it has happened.
    pub fn channel(&self) -> &ChannelName {
        match self {
            Self::ChannelOccupied { channel }
            | Self::ChannelVacated { channel }
            | Self::MemberAdded { channel, .. }
            | Self::MemberRemoved { channel, .. }
            | Self::ClientEvent { channel, .. }
            | Self::CacheMiss { channel }
            | Self::SubscriptionCount { channel, .. } => channel,
        }
    }

    /// How it is told in a webhook.
    pub fn to_webhook_event(&self) -> WebhookEvent<'_> {
        let channel = self.channel().as_str();
        match self {
            Self::ChannelOccupied { .. } => WebhookEvent::ChannelOccupied { channel },
            Self::ChannelVacated { .. } => WebhookEvent::ChannelVacated { channel },
            Self::MemberAdded { user_id, .. } => WebhookEvent::MemberAdded { channel, user_id },
            Self::MemberRemoved { user_id, .. } => WebhookEvent::MemberRemoved { channel, user_id },
            Self::ClientEvent {
                event,
                data,
                socket_id,
                user_id,
                ..
            } => WebhookEvent::ClientEvent {
                channel,
                event,
                data: data.as_deref(),
                socket_id: *socket_id,
                user_id: user_id.as_deref(),
            },
            Self::CacheMiss { .. } => WebhookEvent::CacheMiss { channel },
            Self::SubscriptionCount { count, .. } => WebhookEvent::SubscriptionCount {
                channel,
                count: *count,
            },
        }
    }
}

impl Shared {
    /// Tells the observer what has happened on a channel, if there is one and the application asks for it.
    pub(crate) fn occurred(
        &self,
        app: AppIndex,
        channel: &ChannelName,
        kind: OccurrenceKind,
        occurrence: impl FnOnce(ChannelName) -> Occurrence,
    ) {
        let Some(observer) = &self.observer else {
            return;
        };
        let app = self.apps.state(app).app();
        if app.observed.contains(kind) && channel.kind() != ChannelKind::ServerToUser {
            observer.occurred(&app, occurrence(channel.clone()));
        }
    }

    /// A channel has its first subscriber. In a cluster it may have one on another node: then the observer is told when all know.
    pub(crate) fn occupied(&self, app: AppIndex, channel: &ChannelName) {
        if self.cluster.is_none() {
            self.tell_occupied(app, channel);
        }
    }

    /// Tells the observer that a channel has its first subscriber.
    pub(crate) fn tell_occupied(&self, app: AppIndex, channel: &ChannelName) {
        self.occurred(app, channel, OccurrenceKind::ChannelOccupied, |channel| {
            Occurrence::ChannelOccupied { channel }
        });
    }

    /// A channel has lost its last subscriber. In a cluster the observer is told when all know.
    pub(crate) fn vacated(&self, app: AppIndex, channel: &ChannelName) {
        if self.cluster.is_none() {
            self.tell_vacated(app, channel);
        }
    }

    /// Tells the observer that a channel has lost its last subscriber.
    pub(crate) fn tell_vacated(&self, app: AppIndex, channel: &ChannelName) {
        self.occurred(app, channel, OccurrenceKind::ChannelVacated, |channel| {
            Occurrence::ChannelVacated { channel }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_the_names_they_have_in_webhooks() {
        for kind in OccurrenceKind::ALL {
            assert_eq!(OccurrenceKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(OccurrenceKind::from_name("member_updated"), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut kinds = OccurrenceKinds::default();
        assert!(kinds.is_empty());
        kinds.insert(OccurrenceKind::SubscriptionCount);
        kinds.insert(OccurrenceKind::ChannelOccupied);
        let expected = [
            OccurrenceKind::ChannelOccupied,
            OccurrenceKind::SubscriptionCount,
        ];
        assert_eq!(kinds.iter().collect::<Vec<_>>(), expected);
        assert!(!kinds.contains(OccurrenceKind::ClientEvent));
        assert_eq!(OccurrenceKinds::all().iter().count(), 7);
    }
}
