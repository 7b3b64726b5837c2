//! The Pusher protocol: what a connection may say, and the answers.
//!
//! Nothing that a client sends closes its connection except too much of it: what is wrong is answered, with the reason.

use super::Shard;
use crate::app::App;
use crate::app_table::AppIndex;
use crate::metrics::DropReason;
use antiphon_protocol::Code;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::frame::ClientFrame;
use antiphon_protocol::ws::{Opcode, frame};
use arc_swap::Guard;
use std::sync::Arc;

impl Shard {
    /// Adds a message to the answers of the connection that is being read.
    pub(super) fn reply(&mut self, event: &ServerEvent<'_>) {
        self.reply_json(&event.to_json());
    }

    /// Adds a message that is JSON already.
    pub(super) fn reply_json(&mut self, json: &str) {
        self.tap_answer(json);
        frame::write(&mut self.out, Opcode::Text, json.as_bytes());
        self.out_messages += 1;
    }

    /// Counts a message. A connection that sends far too many is closed: answering each would only add to the load.
    pub(super) fn within_rate(&mut self, slot: usize) -> bool {
        let per_second = self.limits().messages_per_second;
        let allowed = self.conns[slot].messages.allow(self.now.us, per_second);
        if !allowed {
            self.count_drop(slot, DropReason::MessageRate);
            let message = format!("Too many messages: the most is {per_second} per second");
            self.fail(slot, Code::ClientEventRejected, &message);
        }
        allowed
    }

    /// Counts a message against the quota of its application. Above it the message is refused, or the connection closed.
    pub(super) fn within_quota(&mut self, slot: usize) -> bool {
        let conn = &mut self.conns[slot];
        let Some(app) = conn.app else { return false };
        let quota = self.hub.0.apps.state(app).app().message_quota;
        let Some(quota) = quota else {
            return true;
        };
        let allowed = conn.quota.allow_quota(self.now.us, quota);
        if !allowed {
            let message = format!(
                "Rate limit exceeded: the most is {} messages in {} s",
                quota.messages, quota.seconds
            );
            if quota.terminate {
                self.count_drop(slot, DropReason::MessageRate);
                self.fail(slot, Code::ClientEventRejected, &message);
            } else {
                self.reply(&ServerEvent::Error {
                    code: Some(Code::ClientEventRejected),
                    message: &message,
                    channel: None,
                });
            }
        }
        allowed
    }

    /// Handles one message of an open connection.
    pub(super) fn handle_text(&mut self, slot: usize, text: &str) {
        let Some(index) = self.conns[slot].app else {
            return;
        };
        let frame = ClientFrame::parse(text);
        self.tap_received(slot, index, &frame);
        match frame {
            Ok(ClientFrame::Ping) => self.reply(&ServerEvent::Pong),
            Ok(ClientFrame::Pong) => {}
            Ok(ClientFrame::Subscribe(subscribe)) => self.subscribe(slot, index, &subscribe),
            Ok(ClientFrame::Unsubscribe(channel)) => self.unsubscribe(slot, index, &channel),
            Ok(ClientFrame::ClientEvent(event)) => self.client_event(slot, index, &event),
            Ok(ClientFrame::Signin(signin)) => self.sign_in(slot, index, &signin),
            Ok(ClientFrame::Other(name)) => {
                let message =
                    format!("Event {name:?} is not for clients: theirs begin with client-");
                self.refuse(&message, None);
            }
            Err(error) => self.refuse(&error.to_string(), error.channel()),
        }
    }

    fn refuse(&mut self, message: &str, channel: Option<&str>) {
        self.reply(&ServerEvent::Error {
            code: None,
            message,
            channel,
        });
    }

    /// An application as it is configured now.
    pub(super) fn app(&self, index: AppIndex) -> Guard<Arc<App>> {
        self.hub.0.apps.state(index).app()
    }
}
