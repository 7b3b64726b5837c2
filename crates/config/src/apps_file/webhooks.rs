//! `[[apps.webhooks]]`: the targets of one application.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::Checker;
use crate::parse;
use crate::secret::Secret;
use crate::webhook::{EVENTS, Webhook, all_events};

/// The most targets of an application. Each has a task and a queue.
const MAX_WEBHOOKS: usize = 16;
/// The most headers that a target may add.
const MAX_HEADERS: usize = 32;

/// Headers that the server or the connection sets itself.
const RESERVED: [&str; 11] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-pusher-key",
    "x-pusher-signature",
];

/// A target as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    url: String,
    events: Option<Vec<String>>,
    channel_prefix: Option<String>,
    channel_suffix: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    batch_ms: Option<u64>,
    #[serde(default)]
    allow_private: bool,
}

impl Checker {
    pub(super) fn webhooks(&mut self, written: Vec<Written>) -> Vec<Webhook> {
        if written.len() > MAX_WEBHOOKS {
            self.refuse("webhooks", &format!("at most {MAX_WEBHOOKS}"));
            return Vec::new();
        }
        let numbered = written.into_iter().enumerate();
        numbered
            .map(|(index, written)| self.webhook(index + 1, written))
            .collect()
    }

    fn webhook(&mut self, number: usize, written: Written) -> Webhook {
        let field = |name: &str| format!("{name} of webhook {number}");
        let url_key = "ANTIPHON_WEBHOOK_URL";
        let url = self.text(&field("url"), url_key, &written.url, parse::webhook_url);
        let mut channel_part = |name: &str, key: &str, text: Option<String>| {
            let text = text.filter(|text| !text.is_empty());
            text.map_or_else(String::new, |text| {
                self.text(&field(name), key, &text, parse::channel_part)
            })
        };
        let channel_prefix = channel_part(
            "channel_prefix",
            "ANTIPHON_WEBHOOK_CHANNEL_PREFIX",
            written.channel_prefix,
        );
        let channel_suffix = channel_part(
            "channel_suffix",
            "ANTIPHON_WEBHOOK_CHANNEL_SUFFIX",
            written.channel_suffix,
        );
        let events = match written.events {
            Some(events) => self.text(
                &field("events"),
                "ANTIPHON_WEBHOOK_EVENTS",
                &events.join(","),
                |text| parse::words(text, EVENTS),
            ),
            None => all_events(),
        };
        let batch_key = "ANTIPHON_WEBHOOK_BATCH_MS";
        let batch_ms = self
            .number(&field("batch_ms"), batch_key, written.batch_ms)
            .unwrap_or(DEFAULT_BATCH_MS);
        let are_headers = written.headers.len() <= MAX_HEADERS
            && written
                .headers
                .iter()
                .all(|(name, value)| is_header(name, value));
        if !are_headers {
            self.refuse(
                &field("headers"),
                &format!("at most {MAX_HEADERS}, none of them one that the server sets itself, with values of printable ASCII"),
            );
        }
        Webhook {
            url: Secret::new(url),
            events,
            channel_prefix,
            channel_suffix,
            headers: written
                .headers
                .into_iter()
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
            batch: Duration::from_millis(batch_ms),
            allow_private: written.allow_private,
        }
    }
}

/// As `ANTIPHON_WEBHOOK_BATCH_MS` has it; a test compares.
const DEFAULT_BATCH_MS: u64 = 50;

fn is_header(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    !name.is_empty()
        && name.bytes().all(is_token)
        && value.bytes().all(is_printable)
        && !RESERVED.contains(&&*name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apps_file::parse_apps;
    use crate::apps_file::tests::first;
    use crate::keys::{self, Fallback};

    const SHOP: &str = "[[apps]]\nid = \"shop\"\nkey = \"k\"\nsecret = \"s\"\n[[apps.webhooks]]\n";

    fn webhooks(fields: &str) -> Result<Vec<Webhook>, Vec<String>> {
        let apps = parse_apps(&format!("{SHOP}{fields}"), &first())?;
        Ok(apps[1].webhooks.clone())
    }

    #[test]
    fn a_webhook_has_what_is_written_and_defaults() {
        let text = "url = \"https://a.example/hook?token=1\"\n[[apps.webhooks]]\nurl = \"http://b:1\"\n\
            events = [\"cache_miss\", \"cache_miss\"]\nchannel_prefix = \"private-\"\nbatch_ms = 0\nallow_private = true\n\
            headers = { Authorization = \"Bearer x\" }\n";
        let webhooks = webhooks(text).unwrap();
        let default = Webhook {
            url: Secret::new("https://a.example/hook?token=1".to_owned()),
            events: all_events(),
            channel_prefix: String::new(),
            channel_suffix: String::new(),
            headers: Vec::new(),
            batch: Duration::from_millis(DEFAULT_BATCH_MS),
            allow_private: false,
        };
        assert_eq!(webhooks[0], default);
        let other = Webhook {
            url: Secret::new("http://b:1".to_owned()),
            events: vec!["cache_miss".to_owned()],
            channel_prefix: "private-".to_owned(),
            headers: vec![(
                "Authorization".to_owned(),
                Secret::new("Bearer x".to_owned()),
            )],
            batch: Duration::ZERO,
            allow_private: true,
            ..default
        };
        assert_eq!(webhooks[1], other);
        let key = keys::find("ANTIPHON_WEBHOOK_BATCH_MS").unwrap();
        let fallback = DEFAULT_BATCH_MS.to_string();
        assert!(matches!(key.fallback, Fallback::Text(text) if text == fallback));
    }

    #[test]
    fn mistakes_name_the_webhook_and_no_value() {
        for (fields, expected) in [
            (
                "url = \"hidden.example\"",
                "url of webhook 1 must be an http",
            ),
            (
                "url = \"http://hidden@a\"",
                "url of webhook 1 must be an http",
            ),
            (
                "url = \"http://a\"\nevents = [\"hidden\"]",
                "events of webhook 1 must be some of channel_occupied",
            ),
            (
                "url = \"http://a\"\nevents = []",
                "events of webhook 1 must be some of channel_occupied",
            ),
            (
                "url = \"http://a\"\nbatch_ms = 100000",
                "batch_ms of webhook 1 must be a whole number",
            ),
            (
                "url = \"http://a\"\nchannel_suffix = \"hid den\"",
                "channel_suffix of webhook 1 must be",
            ),
            (
                "url = \"http://a\"\nheaders = { Host = \"hidden\" }",
                "headers of webhook 1 must be",
            ),
            (
                "url = \"http://a\"\nheaders = { a = \"hidden\\n\" }",
                "headers of webhook 1 must be",
            ),
        ] {
            let problems = webhooks(fields).unwrap_err();
            assert_eq!(problems.len(), 1, "{fields}: {problems:?}");
            assert!(problems[0].contains(expected), "{fields}: {problems:?}");
            assert!(!problems[0].contains("hidden"), "{fields}: {problems:?}");
        }
        let many = "url = \"http://a\"\n[[apps.webhooks]]\n".repeat(16) + "url = \"http://a\"";
        assert!(webhooks(&many).unwrap_err()[0].contains("webhooks must be at most 16"));
    }
}
