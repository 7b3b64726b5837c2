//! What the server sends, as JSON text ready to be framed.
//!
//! The `data` of a channel's event is a text that somebody published: it is written as one JSON string and never looked into.

mod draft;

pub use draft::EventDraft;

use crate::code::Code;
use crate::event_id::EventId;
use crate::socket_id::SocketId;
use std::fmt::Write as _;

/// A message from the server itself, to one connection.
#[derive(Debug, Clone, Copy)]
pub enum ServerEvent<'a> {
    /// The first message of every accepted connection.
    ConnectionEstablished {
        /// The connection's name.
        socket_id: SocketId,
        /// After how many seconds of silence the client should ping. Not 0: stock clients refuse that.
        activity_timeout_s: u32,
    },
    /// Wants a `pusher:pong`.
    Ping,
    /// The answer to `pusher:ping`.
    Pong,
    /// The channel's events follow.
    SubscriptionSucceeded {
        /// The channel's name.
        channel: &'a str,
        /// JSON text: `{}`, or who is there ([`crate::presence::snapshot`]).
        data: &'a str,
        /// What of the channel's history comes before that. `None` if it keeps none.
        id: Option<EventId>,
        /// Whether all that the client has missed follows, for a client that asked.
        recovered: Option<bool>,
    },
    /// The client asked for what it has missed, and cannot have all of it: it should fetch anew what it shows.
    Resync {
        /// The channel's name.
        channel: &'a str,
        /// The reason in one word.
        reason: &'a str,
    },
    /// The channel is a cache channel and remembers nothing.
    CacheMiss {
        /// The channel's name.
        channel: &'a str,
    },
    /// The connection is not subscribed to the channel. It stays open.
    SubscriptionError {
        /// The channel's name, as the client wrote it.
        channel: &'a str,
        /// The class of the error: `AuthError`, `LimitReached` ...
        kind: &'a str,
        /// The reason, for a developer.
        error: &'a str,
        /// The reason as the nearest HTTP status.
        status: u16,
    },
    /// The connection is a user's now.
    SigninSuccess {
        /// The user, as the client sent it.
        user_data: &'a str,
    },
    /// Something was refused. Whether the connection ends is said by a close frame alone.
    Error {
        /// `None` for a message that makes no sense.
        code: Option<Code>,
        /// The reason, for a developer.
        message: &'a str,
        /// The channel it is about, as the client wrote it.
        channel: Option<&'a str>,
    },
}

impl ServerEvent<'_> {
    /// The message as JSON.
    pub fn to_json(&self) -> String {
        match *self {
            Self::ConnectionEstablished {
                socket_id,
                activity_timeout_s,
            } => format!(
                r#"{{"event":"pusher:connection_established","data":"{{\"socket_id\":\"{socket_id}\",\"activity_timeout\":{activity_timeout_s}}}"}}"#
            ),
            Self::Ping => r#"{"event":"pusher:ping","data":{}}"#.to_owned(),
            Self::Pong => r#"{"event":"pusher:pong","data":{}}"#.to_owned(),
            Self::SubscriptionSucceeded {
                channel,
                data,
                id,
                recovered,
            } => {
                let mut json =
                    channel_event(channel, "pusher_internal:subscription_succeeded", data);
                json.pop();
                if let Some(id) = id {
                    json.push_str(&format!(r#","id":"{id}""#));
                }
                if let Some(recovered) = recovered {
                    json.push_str(&format!(r#","recovered":{recovered}"#));
                }
                json.push('}');
                json
            }
            Self::Resync { channel, reason } => {
                let data = format!(r#"{{"reason":{}}}"#, Quoted(reason));
                channel_event(channel, "pusher:resync", &data)
            }
            Self::CacheMiss { channel } => format!(
                r#"{{"event":"pusher:cache_miss","channel":{}}}"#,
                Quoted(channel)
            ),
            Self::SubscriptionError {
                channel,
                kind,
                error,
                status,
            } => format!(
                r#"{{"event":"pusher:subscription_error","channel":{},"data":{{"type":{},"error":{},"status":{status}}}}}"#,
                Quoted(channel),
                Quoted(kind),
                Quoted(error)
            ),
            Self::SigninSuccess { user_data } => format!(
                r#"{{"event":"pusher:signin_success","data":{{"user_data":{}}}}}"#,
                Quoted(user_data)
            ),
            Self::Error {
                code,
                message,
                channel,
            } => {
                let mut json = r#"{"event":"pusher:error","#.to_owned();
                let written = match channel {
                    Some(channel) => write!(json, r#""channel":{},"#, Quoted(channel)),
                    None => Ok(()),
                };
                let code = code.map_or_else(|| "null".to_owned(), |code| code.number().to_string());
                written
                    .and_then(|()| {
                        write!(
                            json,
                            r#""data":{{"code":{code},"message":{}}}}}"#,
                            Quoted(message)
                        )
                    })
                    .expect("writing to a String cannot fail");
                json
            }
        }
    }
}

/// An event that was published on a channel, as JSON. `data` is the published text.
pub fn channel_event(channel: &str, event: &str, data: &str) -> String {
    with_data(
        channel,
        event,
        Some(|json: &mut Vec<u8>| quote(json, data)),
        data.len() + data.len() / 8,
    )
}

/// The event that tells the subscribers of a channel how many they are, as JSON.
pub fn subscription_count(channel: &str, count: u32) -> String {
    let data = format!(r#"{{"subscription_count":{count}}}"#);
    channel_event(channel, "pusher_internal:subscription_count", &data)
}

/// A client event, as JSON. `data` is JSON text and stays as the client wrote it; without it there is no such member.
/// `user_id` is the sender on a presence channel.
pub fn client_event(
    channel: &str,
    event: &str,
    data: Option<&str>,
    user_id: Option<&str>,
) -> String {
    let size = data.map_or(0, str::len);
    let mut json = with_data(
        channel,
        event,
        data.map(|data| move |json: &mut Vec<u8>| json.extend_from_slice(data.as_bytes())),
        size,
    );
    if let Some(user_id) = user_id {
        json.pop();
        write!(json, r#","user_id":{}}}"#, Quoted(user_id))
            .expect("writing to a String cannot fail");
    }
    json
}

fn with_data(
    channel: &str,
    event: &str,
    data: Option<impl FnOnce(&mut Vec<u8>)>,
    data_size: usize,
) -> String {
    let mut json = Vec::with_capacity(48 + channel.len() + event.len() + data_size);
    json.extend_from_slice(br#"{"event":"#);
    quote(&mut json, event);
    json.extend_from_slice(br#","channel":"#);
    quote(&mut json, channel);
    if let Some(write_data) = data {
        json.extend_from_slice(br#","data":"#);
        write_data(&mut json);
    }
    json.push(b'}');
    String::from_utf8(json).expect("every part was text")
}

pub(crate) fn quote(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text)
        .expect("text is valid JSON, and writing to memory cannot fail");
}

/// Text as a JSON string.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self.0).map_err(|_| std::fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn established_carries_its_data_as_a_string() {
        let event = ServerEvent::ConnectionEstablished {
            socket_id: "123.456".parse().unwrap(),
            activity_timeout_s: 120,
        };
        assert_eq!(
            event.to_json(),
            r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#
        );
    }

    #[test]
    fn answers_have_the_documented_shapes() {
        assert_eq!(
            ServerEvent::Ping.to_json(),
            r#"{"event":"pusher:ping","data":{}}"#
        );
        assert_eq!(
            ServerEvent::Pong.to_json(),
            r#"{"event":"pusher:pong","data":{}}"#
        );
        assert_eq!(
            ServerEvent::SubscriptionSucceeded {
                channel: "a",
                data: "{}",
                id: None,
                recovered: None,
            }
            .to_json(),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#
        );
        let resumed = ServerEvent::SubscriptionSucceeded {
            channel: "a",
            data: "{}",
            id: Some(EventId {
                epoch: 1,
                serial: 2,
            }),
            recovered: Some(true),
        };
        assert_eq!(
            resumed.to_json(),
            r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}","id":"00000001-000000000002","recovered":true}"#
        );
        let resync = ServerEvent::Resync {
            channel: "a",
            reason: "expired",
        };
        assert_eq!(
            resync.to_json(),
            r#"{"event":"pusher:resync","channel":"a","data":"{\"reason\":\"expired\"}"}"#
        );
        assert_eq!(
            ServerEvent::CacheMiss { channel: "cache-a" }.to_json(),
            r#"{"event":"pusher:cache_miss","channel":"cache-a"}"#
        );
        let signed_in = ServerEvent::SigninSuccess {
            user_data: r#"{"id":"1"}"#,
        };
        assert_eq!(
            signed_in.to_json(),
            r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"1\"}"}}"#
        );
        let refused = ServerEvent::SubscriptionError {
            channel: "say \"hi\"",
            kind: "AuthError",
            error: "line\nbreak",
            status: 401,
        };
        assert_eq!(
            value(&refused.to_json()),
            json!({"event": "pusher:subscription_error", "channel": "say \"hi\"",
                "data": {"type": "AuthError", "error": "line\nbreak", "status": 401}})
        );
    }

    #[test]
    fn error_data_is_an_object_whose_code_may_be_null() {
        let error = ServerEvent::Error {
            code: None,
            message: "what?",
            channel: None,
        };
        assert_eq!(
            error.to_json(),
            r#"{"event":"pusher:error","data":{"code":null,"message":"what?"}}"#
        );
        let error = ServerEvent::Error {
            code: Some(Code::Unauthorized),
            message: "no",
            channel: Some("a"),
        };
        assert_eq!(
            error.to_json(),
            r#"{"event":"pusher:error","channel":"a","data":{"code":4009,"message":"no"}}"#
        );
    }

    #[test]
    fn published_data_is_quoted_once() {
        assert_eq!(
            channel_event("a", "App\\Events\\Sent", r#"{"id":1}"#),
            r#"{"event":"App\\Events\\Sent","channel":"a","data":"{\"id\":1}"}"#
        );
        let data = "\u{0}\u{1f}\"\\\u{e9}\u{1f600}\u{2028}";
        assert_eq!(value(&channel_event("a", "e", data))["data"], data);
    }

    #[test]
    fn counts_are_in_data_that_is_a_string() {
        assert_eq!(
            subscription_count("a", 3),
            r#"{"event":"pusher_internal:subscription_count","channel":"a","data":"{\"subscription_count\":3}"}"#
        );
    }

    #[test]
    fn client_data_is_relayed_as_written() {
        assert_eq!(
            client_event("private-x", "client-typing", Some(r#"{"a": 1.50}"#), None),
            r#"{"event":"client-typing","channel":"private-x","data":{"a": 1.50}}"#
        );
        assert_eq!(
            client_event("private-x", "client-a", None, None),
            r#"{"event":"client-a","channel":"private-x"}"#
        );
        assert_eq!(
            client_event("presence-x", "client-a", Some("{}"), Some("say \"hi\"")),
            r#"{"event":"client-a","channel":"presence-x","data":{},"user_id":"say \"hi\""}"#
        );
    }
}
