//! Telling a webhook of the account something: one signed request over the transport that every webhook uses, and how its answer began.
//!
//! What is told, how often it is tried and what is kept of it is not decided here.

use crate::settings::WebhookUrl;
use antiphon_outbound::{Network, Post, PostError};
use antiphon_protocol::account_webhook::timed_signature;
use antiphon_protocol::webhook::CONTENT_TYPE;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// How much of an answer is kept, in bytes.
const MAX_RESPONSE_BYTES: usize = 2 << 10;
/// Who sends.
const AGENT: &str = concat!("Antiphon/", env!("CARGO_PKG_VERSION"));
/// The headers of a request besides the usual ones.
const EVENT: HeaderName = HeaderName::from_static("antiphon-event");
const EVENT_ID: HeaderName = HeaderName::from_static("antiphon-event-id");
const SIGNATURE: HeaderName = HeaderName::from_static("antiphon-signature");

/// A request to be made.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// Where.
    pub url: &'a str,
    /// What it is signed with.
    pub secret: &'a str,
    /// The event's name.
    pub event: &'a str,
    /// The event's id.
    pub event_id: &'a str,
    /// What is told.
    pub body: &'a str,
    /// Now, in Unix seconds: a part of what is signed.
    pub at_seconds: i64,
}

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told")
            .field("event_id", &self.event_id)
            .finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// How its body began, at most 2 KiB, with what is no text replaced.
    pub response: String,
}

/// Makes requests to webhooks of the account.
pub struct Client {
    network: Network,
    allow_private: bool,
}

impl Client {
    /// To public addresses only, unless it is allowed otherwise.
    pub fn new(allow_private: bool) -> Self {
        Self {
            network: Network::default(),
            allow_private,
        }
    }

    /// Makes a request. Takes at most a bit more than ten seconds. Dropping it ends the request.
    ///
    /// # Errors
    /// There was no answer; the text says why, and names no address.
    pub async fn tell(&self, told: Told<'_>) -> Result<Answer, String> {
        let url = WebhookUrl::parse(told.url).map_err(|error| error.to_string())?;
        let post = Post {
            url: url.uri().clone(),
            headers: headers(told)?,
            body: Bytes::copy_from_slice(told.body.as_bytes()),
            allow_private: self.allow_private,
        };
        match self.network.exchange(post, MAX_RESPONSE_BYTES).await {
            Ok(answer) => Ok(Answer {
                status: answer.status,
                response: text(&answer.start),
            }),
            Err(PostError::NotPublic) => Err(
                "the address is not public: ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE allows it, if that is meant".to_owned(),
            ),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

fn headers(told: Told<'_>) -> Result<HeaderMap, String> {
    let signature = timed_signature(told.secret, told.at_seconds, told.body);
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    for (name, value) in [
        (EVENT, told.event),
        (EVENT_ID, told.event_id),
        (SIGNATURE, &signature),
    ] {
        let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What can be shown and stored: no character that ends a text for a database, or moves a terminal's cursor.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .map(|c| {
            if c.is_control() && !c.is_whitespace() {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_as_text() {
        assert_eq!(
            text(b"a\n\0b\x1b[1m\xff"),
            "a\n\u{fffd}b\u{fffd}[1m\u{fffd}"
        );
    }

    #[tokio::test]
    async fn an_address_that_is_not_public_is_refused() {
        let told = Told {
            url: "http://127.0.0.1:9/hook",
            secret: "whsec_x",
            event: "webhook.test",
            event_id: "evt_1",
            body: "{}",
            at_seconds: 0,
        };
        let error = Client::new(false).tell(told).await.unwrap_err();
        assert!(error.contains("not public"), "{error}");
    }
}
