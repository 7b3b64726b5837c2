//! What clients send: one JSON object per message, with `event` in it.
//!
//! Parsing is lenient where stock clients differ (`data` as an object or as a JSON string of one, missing or `null` members)
//! and otherwise exact: a member of the wrong type is an error that names it, never a default.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The prefix that makes an event a client event.
pub const CLIENT_EVENT_PREFIX: &str = "client-";

/// One message of a client. What must be fast borrows from the text it came in.
#[derive(Debug, PartialEq, Eq)]
pub enum ClientFrame<'a> {
    /// `pusher:ping`: wants a `pusher:pong`.
    Ping,
    /// `pusher:pong`: the answer to ours.
    Pong,
    /// `pusher:subscribe`.
    Subscribe(Subscribe),
    /// `pusher:unsubscribe`, with the channel's name, unchecked.
    Unsubscribe(String),
    /// `pusher:signin`.
    Signin(Signin),
    /// `client-*`: to be relayed to the other subscribers of the channel.
    ClientEvent(ClientEvent<'a>),
    /// Any other event name: clients may not send it.
    Other(Cow<'a, str>),
}

/// A wish to subscribe.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Subscribe {
    /// The channel's name, unchecked.
    pub channel: String,
    /// `KEY:SIGNATURE`, for the kinds of channels that need it. Stock clients send `""` on public channels.
    #[serde(default)]
    pub auth: Option<String>,
    /// Who the subscriber is, as JSON text that is part of what was signed.
    #[serde(default)]
    pub channel_data: Option<String>,
    /// The last event that the client has, or the position that it was told: it wants what came after that. Unchecked.
    #[serde(default)]
    pub resume_after: Option<String>,
    /// The socket id that the client had then, whose own events it does not want. Unchecked.
    #[serde(default)]
    pub resume_socket_id: Option<String>,
}

/// A wish to be known as a user.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Signin {
    /// `KEY:SIGNATURE`.
    pub auth: String,
    /// Who the user is, as JSON text that is part of what was signed.
    pub user_data: String,
}

/// An event from client to clients.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientEvent<'a> {
    /// The event's name; begins with [`CLIENT_EVENT_PREFIX`].
    pub event: Cow<'a, str>,
    /// The channel's name, unchecked.
    pub channel: Cow<'a, str>,
    /// The JSON text of `data` as the client wrote it, if there is any.
    pub data: Option<&'a str>,
}

/// Why a message is none that a client may send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It is no JSON object.
    #[error("Invalid message: it must be a JSON object with an event")]
    NotAnObject,
    /// `event` is missing, or no text.
    #[error("Invalid message: event must be a string")]
    NoEvent,
    /// What comes with the event is missing or of the wrong type.
    #[error("Invalid {event} message: {problem}")]
    BadMember {
        /// The event's name.
        event: String,
        /// Which member is wrong, and why.
        problem: String,
        /// The channel that it is about, as far as that can be told.
        channel: Option<String>,
    },
}

impl FrameError {
    /// The channel that the message is about, as far as that can be told.
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::BadMember { channel, .. } => channel.as_deref(),
            Self::NotAnObject | Self::NoEvent => None,
        }
    }
}

#[derive(Deserialize)]
struct Unsubscribe {
    channel: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    event: Option<&'a RawValue>,
    #[serde(borrow, default)]
    channel: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

impl<'a> ClientFrame<'a> {
    /// Reads one message.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        // Derived structs would take an array of their members too.
        if !text.trim_start().starts_with('{') {
            return Err(FrameError::NotAnObject);
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(text).map_err(|_| FrameError::NotAnObject)?;
        let event = envelope.event.and_then(string).ok_or(FrameError::NoEvent)?;
        match &*event {
            "pusher:ping" => Ok(Self::Ping),
            "pusher:pong" => Ok(Self::Pong),
            "pusher:subscribe" => members(&event, envelope.data).map(Self::Subscribe),
            "pusher:unsubscribe" => members(&event, envelope.data)
                .map(|data: Unsubscribe| Self::Unsubscribe(data.channel)),
            "pusher:signin" => members(&event, envelope.data).map(Self::Signin),
            name if name.starts_with(CLIENT_EVENT_PREFIX) => {
                let Some(channel) = envelope.channel.and_then(string) else {
                    return Err(bad(&event, "channel must be a string"));
                };
                let data = envelope.data.map(RawValue::get);
                Ok(Self::ClientEvent(ClientEvent {
                    event,
                    channel,
                    data,
                }))
            }
            _ => Ok(Self::Other(event)),
        }
    }
}

/// A JSON string, unescaped. `None` for any other value.
pub(crate) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get())
        .ok()
        .map(|text| text.0)
}

/// The members of `data`, which is an object or a string with the JSON of one.
fn members<T: DeserializeOwned>(event: &str, data: Option<&RawValue>) -> Result<T, FrameError> {
    let data = data.ok_or_else(|| bad(event, "data is missing"))?;
    let inner = string(data);
    let text = inner.as_deref().unwrap_or(data.get());
    if !text.trim_start().starts_with('{') {
        return Err(bad(event, "data must be an object"));
    }
    serde_json::from_str(text).map_err(|error| FrameError::BadMember {
        event: event.to_owned(),
        problem: error.to_string(),
        channel: channel_of(text),
    })
}

/// The channel in the members of a message that is wrong in some other way.
fn channel_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Channel {
        channel: String,
    }
    let Channel { channel } = serde_json::from_str(text).ok()?;
    Some(channel)
}

fn bad(event: &str, problem: impl fmt::Display) -> FrameError {
    FrameError::BadMember {
        event: event.to_owned(),
        problem: problem.to_string(),
        channel: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn subscribe(
        channel: &str,
        auth: Option<&str>,
        channel_data: Option<&str>,
    ) -> ClientFrame<'static> {
        ClientFrame::Subscribe(Subscribe {
            channel: channel.to_owned(),
            auth: auth.map(str::to_owned),
            channel_data: channel_data.map(str::to_owned),
            resume_after: None,
            resume_socket_id: None,
        })
    }

    #[test]
    fn pings_and_pongs_need_no_data() {
        assert_eq!(
            ClientFrame::parse(r#"{"event":"pusher:ping"}"#),
            Ok(ClientFrame::Ping)
        );
        assert_eq!(
            ClientFrame::parse(r#" {"event":"pusher:ping","data":{}}"#),
            Ok(ClientFrame::Ping)
        );
        assert_eq!(
            ClientFrame::parse(r#"{"data":"{}","event":"pusher:pong"}"#),
            Ok(ClientFrame::Pong)
        );
    }

    #[test]
    fn data_may_be_an_object_or_a_string_of_one() {
        let object =
            r#"{"event":"pusher:subscribe","data":{"channel":"a","auth":"","channel_data":null}}"#;
        assert_eq!(
            ClientFrame::parse(object),
            Ok(subscribe("a", Some(""), None))
        );
        let text = r#"{"event":"pusher:subscribe","data":"{\"channel\":\"a\",\"auth\":\"k:s\",\"channel_data\":\"{\\\"user_id\\\":1}\"}"}"#;
        assert_eq!(
            ClientFrame::parse(text),
            Ok(subscribe("a", Some("k:s"), Some(r#"{"user_id":1}"#)))
        );
    }

    #[test]
    fn escapes_in_names_are_resolved() {
        let text = r#"{"\u0065vent":"pusher:\u0075nsubscribe","data":{"channel":"\u0061"}}"#;
        assert_eq!(
            ClientFrame::parse(text),
            Ok(ClientFrame::Unsubscribe("a".to_owned()))
        );
    }

    #[test]
    fn data_of_client_events_is_kept_as_written() {
        let text =
            r#"{"event":"client-typing","channel":"private-x","data":{"a": 1.50, "b":"\u00e9"}}"#;
        let expected = ClientEvent {
            event: "client-typing".into(),
            channel: "private-x".into(),
            data: Some(r#"{"a": 1.50, "b":"\u00e9"}"#),
        };
        assert_eq!(
            ClientFrame::parse(text),
            Ok(ClientFrame::ClientEvent(expected))
        );
    }

    #[test]
    fn other_events_are_told_apart_from_client_events() {
        for name in [
            "not-client-x",
            "pusher:nonsense",
            "pusher_internal:member_added",
            "client",
            "",
        ] {
            let text = format!(r#"{{"event":"{name}"}}"#);
            assert_eq!(
                ClientFrame::parse(&text),
                Ok(ClientFrame::Other(name.into()))
            );
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |text: &str| ClientFrame::parse(text).unwrap_err().to_string();
        for text in [
            "",
            "hello",
            "[]",
            "[\"pusher:ping\"]",
            "null",
            "7",
            "{",
            "{}}",
            "{\"event\":\"a\",\"event\":\"b\"}",
        ] {
            assert_eq!(
                check(text),
                "Invalid message: it must be a JSON object with an event",
                "{text:?}"
            );
        }
        for text in [
            "{}",
            r#"{"event":null}"#,
            r#"{"event":5}"#,
            r#"{"event":["a"]}"#,
        ] {
            assert_eq!(
                check(text),
                "Invalid message: event must be a string",
                "{text:?}"
            );
        }
        assert_eq!(
            check(r#"{"event":"pusher:subscribe"}"#),
            "Invalid pusher:subscribe message: data is missing"
        );
        for data in ["[]", "5", "\"x\"", "\"[]\"", "true"] {
            assert_eq!(
                check(&format!(r#"{{"event":"pusher:signin","data":{data}}}"#)),
                "Invalid pusher:signin message: data must be an object"
            );
        }
        assert!(check(r#"{"event":"pusher:unsubscribe","data":{}}"#).contains("`channel`"));
        assert!(
            check(r#"{"event":"pusher:subscribe","data":{"channel":7}}"#)
                .contains("expected a string")
        );
        assert!(
            check(r#"{"event":"pusher:subscribe","data":{"channel":"a","auth":{}}}"#)
                .contains("expected a string")
        );
        assert_eq!(
            check(r#"{"event":"client-x","data":1}"#),
            "Invalid client-x message: channel must be a string"
        );
    }

    #[test]
    fn deep_nesting_is_no_danger() {
        let deep = format!(
            r#"{{"event":"pusher:subscribe","data":{}}}"#,
            "[".repeat(100_000)
        );
        assert!(ClientFrame::parse(&deep).is_err());
        let deep = format!(
            r#"{{"event":"pusher:subscribe","data":{{"channel":{}1{}}}}}"#,
            "[".repeat(50_000),
            "]".repeat(50_000)
        );
        assert!(ClientFrame::parse(&deep).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = ClientFrame::parse(&text);
        }

        #[test]
        fn no_data_makes_the_parser_panic(
            event in "pusher:(ping|subscribe|unsubscribe|signin)|client-x",
            data in "[\\[\\]{}\":,a0-9nul\\\\ ]{0,40}",
        ) {
            let _ = ClientFrame::parse(&format!(r#"{{"event":"{event}","channel":"a","data":{data}}}"#));
        }
    }
}
