//! Client events: from one subscriber of a channel to the others, by way of the same inboxes as what a backend publishes.

use super::Shard;
use crate::app_table::AppIndex;
use crate::hub::Shared;
use crate::occurrence::{Occurrence, OccurrenceKind};
use crate::registry::ShardSet;
use antiphon_protocol::event::{self, ServerEvent};
use antiphon_protocol::frame::ClientEvent;
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelKind, ChannelName, Code, SocketId};
use std::sync::Arc;

/// Where an event goes, and from whom.
struct Accepted {
    channel: ChannelName,
    /// On presence channels, who the sender is there: as its signature said, whatever the event says.
    user_id: Option<Arc<str>>,
}

/// Tells the observer of an event that was accepted.
fn tell_client_event(
    shared: &Shared,
    app: AppIndex,
    channel: &ChannelName,
    (event, socket_id, user_id): (&ClientEvent<'_>, SocketId, Option<Arc<str>>),
) {
    shared.occurred(app, channel, OccurrenceKind::ClientEvent, |channel| {
        Occurrence::ClientEvent {
            channel,
            event: (*event.event).into(),
            data: event.data.map(Into::into),
            socket_id,
            user_id,
        }
    });
}

impl Shard {
    /// Relays a client event to the other subscribers of the channel.
    pub(super) fn client_event(&mut self, slot: usize, index: AppIndex, event: &ClientEvent<'_>) {
        match self.check_client_event(slot, index, event) {
            Ok(Accepted { channel, user_id }) => {
                let json = event::client_event(
                    channel.as_str(),
                    &event.event,
                    event.data,
                    user_id.as_deref(),
                );
                let socket_id = self.conns[slot].socket_id;
                let shared = &self.hub.0;
                if let Some(cluster) = &shared.cluster {
                    cluster.client_event(shared, index, &channel, &json, socket_id);
                    tell_client_event(shared, index, &channel, (event, socket_id, user_id));
                    return;
                }
                let frame = frame::encode(Opcode::Text, json.as_bytes());
                let mut posted = ShardSet::default();
                let registry = &shared.apps.state(index).registry;
                registry.in_order(&channel, |shards| {
                    let except = Some(socket_id);
                    shared.post_to(shards, index, &channel, &frame, except, &mut posted);
                    tell_client_event(shared, index, &channel, (event, socket_id, user_id));
                });
                self.wake_from_turn(posted);
            }
            Err(reason) => {
                self.counts(index).client_event_refusals.add(1);
                self.reply(&ServerEvent::Error {
                    code: Some(Code::ClientEventRejected),
                    message: &format!("Client event rejected: {reason}"),
                    channel: Some(&event.channel),
                });
            }
        }
    }

    fn check_client_event(
        &mut self,
        slot: usize,
        index: AppIndex,
        event: &ClientEvent<'_>,
    ) -> Result<Accepted, String> {
        let limits = self.limits();
        let (max_chars, max_bytes) = (limits.client_event_name_chars, limits.client_event_bytes);
        let per_second = limits.client_events_per_second;
        if !self.app(index).client_events {
            return Err("they are not enabled for this application".to_owned());
        }
        if event.event.chars().count() > max_chars {
            return Err(format!("its name has more than {max_chars} characters"));
        }
        let channel = ChannelName::parse(&event.channel).map_err(|error| error.to_string())?;
        if !matches!(channel.kind(), ChannelKind::Private | ChannelKind::Presence) {
            return Err("it must be on a private or presence channel".to_owned());
        }
        let Some(place) = self.subscription(slot, index, channel.as_str()) else {
            return Err("its sender is not subscribed to the channel".to_owned());
        };
        if event.data.is_some_and(|data| data.len() > max_bytes) {
            return Err(format!("its data has more than {max_bytes} bytes"));
        }
        if !self.conns[slot]
            .client_events
            .allow(self.now.us, per_second)
        {
            return Err(format!("more than {per_second} per second"));
        }
        let shared = &self.hub.0;
        if shared.is_overloaded() || shared.cluster.as_ref().is_some_and(|it| !it.has_room()) {
            return Err("the server is overloaded".to_owned());
        }
        let conn = &self.conns[slot];
        let user_id = conn.member(conn.subscriptions[place].channel).cloned();
        Ok(Accepted { channel, user_id })
    }
}
