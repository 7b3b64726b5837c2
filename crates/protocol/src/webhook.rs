//! Webhooks: what a server tells a backend about its channels, as JSON, and the signature that vouches for it.
//!
//! The members and their names are Pusher's, so that the webhook parts of its server SDKs read them. A value that an event does
//! not have is left out, never `null`.

use crate::event::quote;
use crate::mac;
use crate::socket_id::SocketId;

/// The header with the key of the application.
pub const KEY_HEADER: &str = "x-pusher-key";
/// The header with the signature of the body.
pub const SIGNATURE_HEADER: &str = "x-pusher-signature";
/// The content type, exactly: SDKs compare the whole header.
pub const CONTENT_TYPE: &str = "application/json";

/// One event of a webhook.
#[derive(Debug, Clone, Copy)]
pub enum WebhookEvent<'a> {
    /// A channel has its first subscriber.
    ChannelOccupied {
        /// The channel's name.
        channel: &'a str,
    },
    /// A channel has lost its last subscriber.
    ChannelVacated {
        /// The channel's name.
        channel: &'a str,
    },
    /// A member has come to a presence channel, with its first connection.
    MemberAdded {
        /// The channel's name.
        channel: &'a str,
        /// Who.
        user_id: &'a str,
    },
    /// A member has left a presence channel, with its last connection.
    MemberRemoved {
        /// The channel's name.
        channel: &'a str,
        /// Who.
        user_id: &'a str,
    },
    /// A client has sent an event to the others.
    ClientEvent {
        /// The channel's name.
        channel: &'a str,
        /// The event's name.
        event: &'a str,
        /// The JSON text of its data as the client wrote it, if it had any.
        data: Option<&'a str>,
        /// The connection that sent it.
        socket_id: SocketId,
        /// On presence channels, who sent it.
        user_id: Option<&'a str>,
    },
    /// Somebody has subscribed to a cache channel that remembers nothing.
    CacheMiss {
        /// The channel's name.
        channel: &'a str,
    },
    /// A channel has another number of subscribers than before.
    SubscriptionCount {
        /// The channel's name.
        channel: &'a str,
        /// How many there are now.
        count: u32,
    },
}

impl WebhookEvent<'_> {
    /// The event as a JSON object.
    ///
    /// The data of a client event becomes a string: that of a JSON string, or else the JSON text. SDKs in typed languages
    /// take nothing but a string there.
    pub fn to_json(&self) -> String {
        match *self {
            Self::ChannelOccupied { channel } => object("channel_occupied", channel).end(),
            Self::ChannelVacated { channel } => object("channel_vacated", channel).end(),
            Self::MemberAdded { channel, user_id } => object("member_added", channel)
                .text("user_id", user_id)
                .end(),
            Self::MemberRemoved { channel, user_id } => object("member_removed", channel)
                .text("user_id", user_id)
                .end(),
            Self::ClientEvent {
                channel,
                event,
                data,
                socket_id,
                user_id,
            } => {
                let mut object = object("client_event", channel).text("event", event);
                if let Some(json) = data {
                    let text = serde_json::from_str::<String>(json);
                    object = object.text("data", text.as_deref().unwrap_or(json));
                }
                object = object.text("socket_id", &socket_id.to_string());
                if let Some(user_id) = user_id {
                    object = object.text("user_id", user_id);
                }
                object.end()
            }
            Self::CacheMiss { channel } => object("cache_miss", channel).end(),
            Self::SubscriptionCount { channel, count } => object("subscription_count", channel)
                .number("subscription_count", count)
                .end(),
        }
    }
}

/// The body of a webhook with these events, in their order. `time_ms`: when it was made, in Unix milliseconds.
pub fn body<'a>(time_ms: u64, events: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = format!(r#"{{"time_ms":{time_ms},"events":["#);
    for (place, event) in events.into_iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        body.push_str(event);
    }
    body.push_str("]}");
    body
}

/// What [`SIGNATURE_HEADER`] says of this body.
pub fn sign(secret: &str, body: &str) -> String {
    mac::sign(secret, &[body])
}

struct Object(Vec<u8>);

fn object(name: &str, channel: &str) -> Object {
    let mut json = Vec::with_capacity(64 + name.len() + channel.len());
    json.extend_from_slice(br#"{"name":"#);
    quote(&mut json, name);
    Object(json).text("channel", channel)
}

impl Object {
    fn text(mut self, name: &str, value: &str) -> Self {
        self.member(name);
        quote(&mut self.0, value);
        self
    }

    fn number(mut self, name: &str, value: u32) -> Self {
        self.member(name);
        self.0.extend_from_slice(value.to_string().as_bytes());
        self
    }

    fn member(&mut self, name: &str) {
        self.0.push(b',');
        quote(&mut self.0, name);
        self.0.push(b':');
    }

    fn end(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).expect("it was put together from texts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_event(data: Option<&str>) -> String {
        WebhookEvent::ClientEvent {
            channel: "presence-x",
            event: "client-a",
            data,
            socket_id: "1.2".parse().unwrap(),
            user_id: Some("say \"hi\""),
        }
        .to_json()
    }

    #[test]
    fn events_have_the_documented_members() {
        for (event, json) in [
            (
                WebhookEvent::ChannelOccupied { channel: "c" },
                r#"{"name":"channel_occupied","channel":"c"}"#,
            ),
            (
                WebhookEvent::ChannelVacated { channel: "c" },
                r#"{"name":"channel_vacated","channel":"c"}"#,
            ),
            (
                WebhookEvent::MemberAdded {
                    channel: "presence-c",
                    user_id: "7",
                },
                r#"{"name":"member_added","channel":"presence-c","user_id":"7"}"#,
            ),
            (
                WebhookEvent::MemberRemoved {
                    channel: "presence-c",
                    user_id: "7",
                },
                r#"{"name":"member_removed","channel":"presence-c","user_id":"7"}"#,
            ),
            (
                WebhookEvent::CacheMiss { channel: "cache-c" },
                r#"{"name":"cache_miss","channel":"cache-c"}"#,
            ),
            (
                WebhookEvent::SubscriptionCount {
                    channel: "c",
                    count: 12,
                },
                r#"{"name":"subscription_count","channel":"c","subscription_count":12}"#,
            ),
        ] {
            assert_eq!(event.to_json(), json);
        }
    }

    #[test]
    fn the_data_of_a_client_event_is_a_string() {
        for (data, expected) in [
            (r#"{"a": 1.50}"#, r#"{"a": 1.50}"#),
            (r#""text \"of\" a client""#, r#"text "of" a client"#),
            ("[1]", "[1]"),
            ("null", "null"),
        ] {
            let event: serde_json::Value = serde_json::from_str(&client_event(Some(data))).unwrap();
            assert_eq!(event["data"], expected);
        }
        assert_eq!(
            client_event(None),
            r#"{"name":"client_event","channel":"presence-x","event":"client-a","socket_id":"1.2","user_id":"say \"hi\""}"#
        );
    }

    #[test]
    fn a_body_is_signed_as_it_is() {
        let one = body(1_327_078_148_132, ["{}"]);
        assert_eq!(one, r#"{"time_ms":1327078148132,"events":[{}]}"#);
        assert_eq!(body(1, ["1", "2"]), r#"{"time_ms":1,"events":[1,2]}"#);
        // printf '%s' '{"time_ms":1327078148132,"events":[{}]}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            sign("secret", &one),
            "28f5e67d5cdab7be13d9f6f012f0780857aa6209c24b492a5707ef6247a4888e"
        );
    }
}
