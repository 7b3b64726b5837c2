//! What a listener of the tap is told: texts, cut to a length, without signatures.
//!
//! Data of events is shown, since to see it is what the tap is for. What proves a right is not: the `auth` of subscriptions and
//! sign-ins is replaced here, before anything is queued, and whatever looks like a signature in an error is as well.

use antiphon_protocol::SocketId;
use antiphon_protocol::frame::{ClientFrame, FrameError};
use serde_json::{Value, json};
use std::net::IpAddr;

/// How much of an event's data is kept.
pub(crate) const DATA_BYTES: usize = 2048;

/// How much of a name, an origin or a path is kept. Valid ones are shorter.
pub(crate) const NAME_BYTES: usize = 300;

/// What stands where a secret was.
const REDACTED: &str = "[redacted]";

/// The hexadecimal digits of a signature of the protocol.
const SIGNATURE_DIGITS: usize = 64;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapEvent {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The id of the application that it concerns, if it concerns one.
    pub app_id: Option<String>,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A WebSocket was accepted.
    Opened {
        /// Its name from now on.
        socket_id: SocketId,
        /// The page that it comes from.
        origin: Option<String>,
        /// The client's address, as far as proxies are believed.
        address: Option<IpAddr>,
    },
    /// A WebSocket was not accepted.
    Refused {
        /// The key of the application that it wanted.
        key: String,
        /// The code that it was closed with.
        code: u16,
        /// Why, as it was told.
        reason: String,
        /// The page that it comes from.
        origin: Option<String>,
        /// The client's address, as far as proxies are believed.
        address: Option<IpAddr>,
    },
    /// A WebSocket that had been accepted has ended.
    Closed {
        /// Which.
        socket_id: SocketId,
        /// The code of the close frame; `None` when the connection was lost.
        code: Option<u16>,
        /// What the server said why. Empty when the client left.
        reason: String,
    },
    /// A client sent a message.
    Received {
        /// Which client.
        socket_id: SocketId,
        /// The message.
        message: TappedMessage,
    },
    /// The server answered one client.
    Sent {
        /// Which client.
        socket_id: SocketId,
        /// The message.
        message: TappedMessage,
    },
    /// A backend published an event. Told once, not for each subscriber.
    Published {
        /// The event, as subscribers get it.
        message: TappedMessage,
        /// How many were subscribed.
        subscriptions: usize,
        /// The one connection that does not get it.
        except: Option<SocketId>,
    },
    /// The server told a channel's subscribers about themselves: members that come and leave, or their number.
    Announced {
        /// The event.
        message: TappedMessage,
    },
    /// An HTTP request was answered.
    Requested {
        /// The method.
        method: String,
        /// Path and query, without what proves a right.
        target: String,
        /// The status of the answer.
        status: u16,
        /// How long that took, in microseconds.
        took_us: u64,
        /// Why it was refused, if it was.
        refusal: Option<String>,
    },
}

/// A message of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedMessage {
    /// The event's name.
    pub event: String,
    /// The channel that it is about.
    pub channel: Option<String>,
    /// The event's data, from its start.
    pub data: Option<String>,
    /// How many bytes of data there are, cut or not.
    pub data_bytes: usize,
}

impl TappedMessage {
    /// An event of these texts, cut.
    pub(crate) fn new(event: &str, channel: Option<&str>, data: Option<&str>) -> Self {
        Self {
            event: cut(event, NAME_BYTES),
            channel: channel.map(|channel| cut(channel, NAME_BYTES)),
            data: data.map(|data| cut(data, DATA_BYTES)),
            data_bytes: data.map_or(0, str::len),
        }
    }

    /// What a client sent, without signatures.
    pub(crate) fn of_client(frame: &Result<ClientFrame<'_>, FrameError>) -> Self {
        match frame {
            Ok(ClientFrame::Ping) => Self::new("pusher:ping", None, None),
            Ok(ClientFrame::Pong) => Self::new("pusher:pong", None, None),
            Ok(ClientFrame::Subscribe(subscribe)) => {
                let mut data = serde_json::Map::new();
                if subscribe
                    .auth
                    .as_deref()
                    .is_some_and(|auth| !auth.is_empty())
                {
                    data.insert("auth".to_owned(), REDACTED.into());
                }
                for (name, value) in [
                    ("channel_data", &subscribe.channel_data),
                    ("resume_after", &subscribe.resume_after),
                ] {
                    if let Some(value) = value {
                        data.insert(name.to_owned(), value.as_str().into());
                    }
                }
                let data = Value::Object(data).to_string();
                Self::new("pusher:subscribe", Some(&subscribe.channel), Some(&data))
            }
            Ok(ClientFrame::Unsubscribe(channel)) => {
                Self::new("pusher:unsubscribe", Some(channel), None)
            }
            Ok(ClientFrame::Signin(signin)) => {
                let data = json!({ "auth": REDACTED, "user_data": signin.user_data }).to_string();
                Self::new("pusher:signin", None, Some(&data))
            }
            Ok(ClientFrame::ClientEvent(event)) => {
                Self::new(&event.event, Some(&event.channel), event.data)
            }
            Ok(ClientFrame::Other(name)) => Self::new(name, None, None),
            Err(error) => Self::new("(not understood)", None, Some(&scrub(&error.to_string()))),
        }
    }

    /// What the server sent, from the JSON that it sent.
    pub(crate) fn of_server_json(json: &str) -> Self {
        let message: Value = serde_json::from_str(json).unwrap_or_default();
        let event = message["event"].as_str().unwrap_or_default();
        let data = match &message["data"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let data = match event {
            // An error may quote what was wrong.
            "pusher:error" | "pusher:subscription_error" => data.as_deref().map(scrub),
            _ => data,
        };
        Self::new(event, message["channel"].as_str(), data.as_deref())
    }
}

/// The start of a text, and an ellipsis where there was more.
pub(crate) fn cut(text: &str, max_bytes: usize) -> String {
    match text.len() > max_bytes {
        false => text.to_owned(),
        true => format!("{}…", &text[..text.floor_char_boundary(max_bytes)]),
    }
}

/// Replaces whatever looks like a signature.
fn scrub(text: &str) -> String {
    let mut scrubbed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        scrubbed.push_str(before);
        scrubbed.push_str(match digits.len() >= SIGNATURE_DIGITS {
            true => REDACTED,
            false => digits,
        });
        rest = after;
    }
    scrubbed + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_client(text: &str) -> TappedMessage {
        TappedMessage::of_client(&ClientFrame::parse(text))
    }

    #[test]
    fn a_subscription_is_shown_without_its_signature() {
        let message = of_client(
            r#"{"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"key:5ec2e7","channel_data":"{\"user_id\":\"1\"}"}}"#,
        );
        assert_eq!(message.channel.as_deref(), Some("presence-a"));
        assert_eq!(
            message.data.as_deref(),
            Some(r#"{"auth":"[redacted]","channel_data":"{\"user_id\":\"1\"}"}"#)
        );
        let public = of_client(r#"{"event":"pusher:subscribe","data":{"channel":"a","auth":""}}"#);
        assert_eq!(public.data.as_deref(), Some("{}"));
    }

    #[test]
    fn a_sign_in_is_shown_without_its_signature() {
        let message = of_client(
            r#"{"event":"pusher:signin","data":{"auth":"key:5ec2e7","user_data":"{\"id\":\"1\"}"}}"#,
        );
        assert_eq!(
            message.data.as_deref(),
            Some(r#"{"auth":"[redacted]","user_data":"{\"id\":\"1\"}"}"#)
        );
    }

    #[test]
    fn a_signature_in_an_error_is_taken_out() {
        let signature = "0123456789abcdef".repeat(4);
        assert_eq!(
            scrub(&format!("no: \"key:{signature}\", abc {signature}")),
            "no: \"key:[redacted]\", abc [redacted]"
        );
        let error = json!({"event": "pusher:error", "data": {"code": null, "message": signature}});
        let message = TappedMessage::of_server_json(&error.to_string());
        assert_eq!(
            message.data.as_deref(),
            Some(r#"{"code":null,"message":"[redacted]"}"#)
        );
    }

    #[test]
    fn long_texts_are_cut_and_their_length_is_told() {
        let data = "é".repeat(DATA_BYTES);
        let message = TappedMessage::new(&"n".repeat(NAME_BYTES + 1), None, Some(&data));
        assert_eq!(message.event.len(), NAME_BYTES + "…".len());
        assert_eq!(message.data_bytes, data.len());
        assert!(
            message
                .data
                .is_some_and(|shown| shown.len() <= DATA_BYTES + "…".len())
        );
    }

    #[test]
    fn what_the_server_says_is_told_as_text() {
        let message =
            TappedMessage::of_server_json(r#"{"event":"e","channel":"c","data":"{\"a\":1}"}"#);
        assert_eq!(
            message,
            TappedMessage::new("e", Some("c"), Some(r#"{"a":1}"#))
        );
    }
}
