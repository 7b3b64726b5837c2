//! Webhooks: where they go, and what they tell. One for the application of the keys, any number in `REVERB_APPS_FILE`.

use std::time::Duration;

use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;

/// What a webhook may tell, by Pusher's names.
pub(crate) const EVENTS: &[&str] = &[
    "channel_occupied",
    "channel_vacated",
    "member_added",
    "member_removed",
    "client_event",
    "cache_miss",
    "subscription_count",
];

/// One target of an application's webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// `ANTIPHON_WEBHOOK_URL`. There may be a token in it.
    pub url: Secret,
    /// `ANTIPHON_WEBHOOK_EVENTS`: what it tells, each once. Never empty.
    pub events: Vec<String>,
    /// `ANTIPHON_WEBHOOK_CHANNEL_PREFIX`: it tells of channels whose names begin like this.
    pub channel_prefix: String,
    /// `ANTIPHON_WEBHOOK_CHANNEL_SUFFIX`: it tells of channels whose names end like this.
    pub channel_suffix: String,
    /// Names and values of headers. The webhook of the keys has none.
    pub headers: Vec<(String, Secret)>,
    /// `ANTIPHON_WEBHOOK_BATCH_MS`: how long events are collected for one request; zero means one request for each.
    pub batch: Duration,
    /// `ANTIPHON_WEBHOOK_ALLOW_PRIVATE`: whether the target may be on an address that is not of the public internet.
    pub allow_private: bool,
}

impl Webhook {
    /// The webhook of the keys, if there is one.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        // Each is read whether there is a URL or not, so that a mistake in it is found.
        let url = reader.optional("ANTIPHON_WEBHOOK_URL", parse::webhook_url);
        let events = reader.optional("ANTIPHON_WEBHOOK_EVENTS", |text| parse::words(text, EVENTS));
        let mut channel_part = |name| reader.optional(name, parse::channel_part);
        let channel_prefix = channel_part("ANTIPHON_WEBHOOK_CHANNEL_PREFIX");
        let channel_suffix = channel_part("ANTIPHON_WEBHOOK_CHANNEL_SUFFIX");
        let batch = Duration::from_millis(reader.integer("ANTIPHON_WEBHOOK_BATCH_MS"));
        let allow_private = reader.value("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", parse::switch);
        Some(Self {
            url: Secret::new(url?),
            events: events.unwrap_or_else(all_events),
            channel_prefix: channel_prefix.unwrap_or_default(),
            channel_suffix: channel_suffix.unwrap_or_default(),
            headers: Vec::new(),
            batch,
            allow_private,
        })
    }
}

pub(crate) fn all_events() -> Vec<String> {
    EVENTS.iter().copied().map(str::to_owned).collect()
}
