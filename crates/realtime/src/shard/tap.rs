//! What a shard tells the tap of its connections.
//!
//! Everything here does nothing while nobody listens.

use super::Shard;
use crate::app_table::AppIndex;
use crate::tap::{Happening, TappedMessage, cut};
use antiphon_protocol::Code;
use antiphon_protocol::frame::{ClientFrame, FrameError};
use antiphon_protocol::ws::close::CloseCode;
use antiphon_protocol::ws::handshake::Upgrade;

/// How much of an origin, a key or a reason is told.
const TEXT_BYTES: usize = 300;

/// What is to be told of the connection that is being handled.
#[derive(Debug, Default)]
pub(super) struct Tapped {
    /// The answers that were collected.
    answers: Vec<String>,
    /// The close frame that ends it, and why.
    parting: Option<(CloseCode, String)>,
}

impl Shard {
    fn tap_is_on(&self) -> bool {
        self.hub.0.tap.is_on()
    }

    /// Tells what became of a request for a WebSocket.
    pub(super) fn tap_upgrade(
        &self,
        slot: usize,
        key: &str,
        upgrade: &Upgrade<'_>,
        outcome: Result<AppIndex, (Code, &str)>,
    ) {
        if !self.tap_is_on() {
            return;
        }
        let index = outcome.ok().or_else(|| self.hub.0.apps.by_key(key));
        let app = index.map(|index| self.app(index));
        let app_id = app.as_ref().map(|app| &*app.id);
        let origin = || upgrade.origin.map(|origin| cut(origin, TEXT_BYTES));
        let address = self.address_of(slot, &upgrade.forwarded_for);
        self.hub.0.tap.tell(app_id, None, || match outcome {
            Ok(_) => Happening::Opened {
                socket_id: self.conns[slot].socket_id,
                origin: origin(),
                address,
            },
            Err((code, reason)) => Happening::Refused {
                key: cut(key, TEXT_BYTES),
                code: code.number(),
                reason: cut(reason, TEXT_BYTES),
                origin: origin(),
                address,
            },
        });
    }

    /// Tells of a message that came.
    pub(super) fn tap_received(
        &self,
        slot: usize,
        app: AppIndex,
        frame: &Result<ClientFrame<'_>, FrameError>,
    ) {
        if !self.tap_is_on() {
            return;
        }
        let message = TappedMessage::of_client(frame);
        let channel = message.channel.clone();
        self.hub
            .0
            .tap
            .tell(Some(&self.app(app).id), channel.as_deref(), || {
                Happening::Received {
                    socket_id: self.conns[slot].socket_id,
                    message,
                }
            });
    }

    /// Remembers an answer until it is known whose it is.
    pub(super) fn tap_answer(&mut self, json: &str) {
        if self.tap_is_on() {
            self.tapped.answers.push(json.to_owned());
        }
    }

    /// The same of a frame that was made before.
    pub(super) fn tap_frame(&mut self, frame: &[u8]) {
        if self.tap_is_on() {
            // A frame of a server is two bytes, two or eight more for the length of a long one, and the JSON.
            let header_bytes = match frame.get(1) {
                Some(126) => 4,
                Some(127) => 10,
                _ => 2,
            };
            let json = frame.get(header_bytes..).unwrap_or_default();
            self.tap_answer(&String::from_utf8_lossy(json));
        }
    }

    /// Tells of the answers that were collected for a connection.
    pub(super) fn tap_answers(&mut self, slot: usize) {
        if self.tapped.answers.is_empty() {
            return;
        }
        let answers = std::mem::take(&mut self.tapped.answers);
        let Some(conn) = self.conns.get(slot) else {
            return;
        };
        let Some(app) = conn.app else { return };
        for json in answers {
            let message = TappedMessage::of_server_json(&json);
            let channel = message.channel.clone();
            self.hub
                .0
                .tap
                .tell(Some(&self.app(app).id), channel.as_deref(), || {
                    Happening::Sent {
                        socket_id: conn.socket_id,
                        message,
                    }
                });
        }
    }

    /// Remembers with what a connection is about to be closed.
    pub(super) fn tap_parting(&mut self, code: CloseCode, reason: &str) {
        if self.tap_is_on() {
            self.tapped.parting = Some((code, cut(reason, TEXT_BYTES)));
        }
    }

    /// Tells that a connection has ended, if it had been accepted.
    pub(super) fn tap_closed(&mut self, slot: usize) {
        let parting = self.tapped.parting.take();
        let conn = &self.conns[slot];
        let Some(app) = conn.app.filter(|_| self.tap_is_on()) else {
            return;
        };
        self.hub.0.tap.tell(Some(&self.app(app).id), None, || {
            let (code, reason) =
                parting.map_or_else(Default::default, |(code, reason)| (Some(code), reason));
            Happening::Closed {
                socket_id: conn.socket_id,
                code,
                reason,
            }
        });
    }

    /// Forgets what was remembered of a connection whose handling has panicked.
    pub(super) fn tap_forget(&mut self) {
        self.tapped = Tapped::default();
    }
}
