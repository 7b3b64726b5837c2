//! The Pusher protocol: what a connection may say, and the answers.
//!
//! Nothing that a client sends closes its connection except too much of it: what is wrong is answered, with the reason.

use super::Shard;
use super::channels::Subscriber;
use crate::app::{App, AppIndex};
use crate::registry::ShardSet;
use antiphon_protocol::auth::{self, AuthError};
use antiphon_protocol::event::{self, ServerEvent};
use antiphon_protocol::frame::{ClientEvent, ClientFrame, Subscribe};
use antiphon_protocol::ws::{Opcode, frame};
use antiphon_protocol::{ChannelKind, ChannelName, Code};
use std::sync::Arc;

/// Why a subscription is refused.
struct Refusal {
    code: Option<Code>,
    kind: &'static str,
    status: u16,
    reason: String,
}

impl Shard {
    /// Adds a message to the answers of the connection that is being read.
    pub(super) fn reply(&mut self, event: &ServerEvent<'_>) {
        frame::write(&mut self.out, Opcode::Text, event.to_json().as_bytes());
    }

    /// Counts a message. A connection that sends far too many is closed: answering each would only add to the load.
    pub(super) fn within_rate(&mut self, slot: usize) -> bool {
        let per_second = self.limits().messages_per_second;
        let allowed = self.conns[slot].messages.allow(self.now.us, per_second);
        if !allowed {
            self.fail(
                slot,
                Code::ClientEventRejected,
                "Too many messages per second",
            );
        }
        allowed
    }

    /// Handles one message of an open connection.
    pub(super) fn handle_text(&mut self, slot: usize, text: &str) {
        let Some(index) = self.conns[slot].app else {
            return;
        };
        match ClientFrame::parse(text) {
            Ok(ClientFrame::Ping) => self.reply(&ServerEvent::Pong),
            Ok(ClientFrame::Pong) => {}
            Ok(ClientFrame::Subscribe(subscribe)) => self.subscribe(slot, index, &subscribe),
            Ok(ClientFrame::Unsubscribe(channel)) => self.unsubscribe(slot, index, &channel),
            Ok(ClientFrame::ClientEvent(event)) => self.client_event(slot, index, &event),
            Ok(ClientFrame::Signin(_)) => {
                self.refuse("Signing in as a user is not supported by this server version")
            }
            Ok(ClientFrame::Other(name)) => {
                self.refuse(&format!(
                    "Event {name:?} is not for clients: theirs begin with client-"
                ));
            }
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    fn refuse(&mut self, message: &str) {
        self.reply(&ServerEvent::Error {
            code: None,
            message,
            channel: None,
        });
    }

    fn subscribe(&mut self, slot: usize, index: AppIndex, subscribe: &Subscribe) {
        match self.try_subscribe(slot, index, subscribe) {
            Ok(()) => self.reply(&ServerEvent::SubscriptionSucceeded {
                channel: &subscribe.channel,
            }),
            Err(Refusal {
                code,
                kind,
                status,
                reason,
            }) => {
                // Both: the first is what Pusher sends, the second is what tells the application which channel it was.
                let channel = &*subscribe.channel;
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

    fn try_subscribe(
        &mut self,
        slot: usize,
        index: AppIndex,
        subscribe: &Subscribe,
    ) -> Result<(), Refusal> {
        let name = ChannelName::parse(&subscribe.channel).map_err(|error| Refusal {
            code: None,
            kind: "InvalidChannel",
            status: 400,
            reason: format!("Invalid channel name: {error}"),
        })?;
        match name.kind() {
            ChannelKind::Presence => {
                return Err(Refusal {
                    code: None,
                    kind: "NotSupported",
                    status: 501,
                    reason: "Presence channels are not supported by this server version".to_owned(),
                });
            }
            ChannelKind::ServerToUser => {
                return Err(Refusal {
                    code: Some(Code::Unauthorized),
                    kind: "AuthError",
                    status: 401,
                    reason: "Only the signed-in user may subscribe to this channel".to_owned(),
                });
            }
            kind if kind.needs_auth() => {
                self.check_auth(slot, index, subscribe)
                    .map_err(|error| Refusal {
                        code: Some(Code::Unauthorized),
                        kind: "AuthError",
                        status: 401,
                        reason: error.to_string(),
                    })?
            }
            _ => {}
        }
        if self.subscription(slot, index, name.as_str()).is_some() {
            return Ok(());
        }
        let max = self.limits().subscriptions_per_connection;
        let conn = &mut self.conns[slot];
        if conn.subscriptions.len() >= max {
            return Err(Refusal {
                code: None,
                kind: "LimitReached",
                status: 403,
                reason: format!(
                    "This connection already has {max} subscriptions, which is the most"
                ),
            });
        }
        let subscriber = Subscriber {
            slot: slot as u32,
            place: conn.subscriptions.len() as u32,
        };
        let subscription = self.channels.join(index, &name, subscriber);
        conn.subscriptions.push(subscription);
        self.hub.0.registry.join(index, &name, self.index);
        Ok(())
    }

    fn check_auth(
        &self,
        slot: usize,
        index: AppIndex,
        subscribe: &Subscribe,
    ) -> Result<(), AuthError> {
        auth::verify_channel(
            self.app(index).credentials(),
            self.conns[slot].socket_id,
            &subscribe.channel,
            subscribe.channel_data.as_deref(),
            subscribe.auth.as_deref().unwrap_or_default(),
        )
    }

    fn unsubscribe(&mut self, slot: usize, index: AppIndex, channel: &str) {
        // Not being subscribed is what the client wanted.
        if let Some(place) = self.subscription(slot, index, channel) {
            self.leave_channel(slot, place);
        }
    }

    /// The place, among the subscriptions of a connection, of the one to this channel.
    fn subscription(&self, slot: usize, index: AppIndex, channel: &str) -> Option<usize> {
        let channel = self.channels.find(index, channel)?;
        self.conns[slot]
            .subscriptions
            .iter()
            .position(|subscription| subscription.channel == channel)
    }

    /// Relays a client event to the other subscribers of the channel.
    fn client_event(&mut self, slot: usize, index: AppIndex, event: &ClientEvent<'_>) {
        match self.check_client_event(slot, index, event) {
            Ok(channel) => {
                let json = event::client_event(channel.as_str(), &event.event, event.data);
                let frame = frame::encode(Opcode::Text, json.as_bytes());
                let mut posted = ShardSet::default();
                self.hub.0.post(
                    index,
                    &channel,
                    &frame,
                    Some(self.conns[slot].socket_id),
                    &mut posted,
                );
                // This shard looks into its inbox anyway, at the end of its turn.
                if posted.remove(self.index) {
                    self.inbox().wake_self();
                }
                self.hub.0.wake(posted);
            }
            Err(reason) => self.reply(&ServerEvent::Error {
                code: Some(Code::ClientEventRejected),
                message: &format!("Client event rejected: {reason}"),
                channel: Some(&event.channel),
            }),
        }
    }

    fn check_client_event(
        &mut self,
        slot: usize,
        index: AppIndex,
        event: &ClientEvent<'_>,
    ) -> Result<ChannelName, String> {
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
        if channel.kind() != ChannelKind::Private {
            return Err("it must be on a private channel".to_owned());
        }
        if self.subscription(slot, index, channel.as_str()).is_none() {
            return Err("its sender is not subscribed to the channel".to_owned());
        }
        if event.data.is_some_and(|data| data.len() > max_bytes) {
            return Err(format!("its data has more than {max_bytes} bytes"));
        }
        if !self.conns[slot]
            .client_events
            .allow(self.now.us, per_second)
        {
            return Err(format!("more than {per_second} per second"));
        }
        if self.hub.0.is_overloaded() {
            return Err("the server is overloaded".to_owned());
        }
        Ok(channel)
    }

    fn app(&self, index: AppIndex) -> &Arc<App> {
        self.hub.0.apps.get(index)
    }
}
