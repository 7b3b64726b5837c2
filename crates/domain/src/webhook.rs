//! Webhooks of the account: other people's programs that are told over HTTP what happens in conversations.

use crate::{Invalid, Timestamp, WebhookId, WidgetId};

/// The longest address, in characters. Longer ones are no addresses but data.
pub const MAX_URL: usize = 2_048;
/// The most webhooks: each is a job for each thing that happens.
pub const MAX_WEBHOOKS: usize = 20;
/// The most widgets that one can be bound to.
pub const MAX_WIDGETS: usize = 100;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is told.
    pub url: WebhookUrl,
    /// What it is told.
    pub events: WebhookEvents,
    /// Of which widgets' conversations; none named is all.
    pub widget_ids: Vec<WidgetId>,
    /// Whether it is told anything.
    pub active: bool,
    /// Requests are signed with it.
    pub secret: WebhookSecret,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when every attempt has failed.
    pub failing_since: Option<Timestamp>,
    /// Why the server itself switched it off.
    pub disabled: Option<WebhookDisabled>,
}

impl Webhook {
    /// Whether it is told of this event in a conversation of this widget.
    pub fn wants(&self, event: WebhookEvent, widget_id: WidgetId) -> bool {
        let of_widget = self.widget_ids.is_empty() || self.widget_ids.contains(&widget_id);
        self.active && of_widget && self.events.contains(event)
    }
}

/// Why the server switched a webhook off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookDisabled {
    /// It took nothing for days.
    Failing,
    /// It took so little that too much was waiting for it.
    Crowded,
}

impl WebhookDisabled {
    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Crowded => "crowded",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "failing" => Ok(Self::Failing),
            "crowded" => Ok(Self::Crowded),
            _ => Err(Invalid::new("must be failing or crowded")),
        }
    }
}

/// Something a webhook can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WebhookEvent {
    /// A conversation has its first message.
    ConversationCreated,
    /// Another agent looks after it, or nobody.
    ConversationAssigned,
    /// It was closed, or opened again.
    ConversationStatusChanged,
    /// Its visitor said how it was.
    ConversationRated,
    /// Something else of it that the team works with is another: labels, priority, team, until when it sleeps.
    ConversationUpdated,
    /// A message was posted.
    MessageCreated,
    /// A message is another, or more is known of its files.
    MessageUpdated,
    /// A message was taken back.
    MessageDeleted,
    /// A visitor's name, address or number is another.
    VisitorUpdated,
}

impl WebhookEvent {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ConversationCreated,
        Self::ConversationAssigned,
        Self::ConversationStatusChanged,
        Self::ConversationRated,
        Self::ConversationUpdated,
        Self::MessageCreated,
        Self::MessageUpdated,
        Self::MessageDeleted,
        Self::VisitorUpdated,
    ];

    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConversationCreated => "conversation.created",
            Self::ConversationAssigned => "conversation.assigned",
            Self::ConversationStatusChanged => "conversation.status_changed",
            Self::ConversationRated => "conversation.rated",
            Self::ConversationUpdated => "conversation.updated",
            Self::MessageCreated => "message.created",
            Self::MessageUpdated => "message.updated",
            Self::MessageDeleted => "message.deleted",
            Self::VisitorUpdated => "visitor.updated",
        }
    }

    /// Reads an event's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.into_iter();
        all.find(|event| event.as_str() == text)
            .ok_or_else(|| Invalid::new("must be names of events"))
    }
}

/// What a webhook is told: one event at least, each once, in the order of their making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvents(Vec<WebhookEvent>);

impl WebhookEvents {
    /// Checks a list.
    pub fn new(mut events: Vec<WebhookEvent>) -> Result<Self, Invalid> {
        events.sort_unstable();
        events.dedup();
        match events.is_empty() {
            true => Err(Invalid::new("must name one event at least")),
            false => Ok(Self(events)),
        }
    }

    /// Reads names.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let events: Result<Vec<_>, _> = names.into_iter().map(WebhookEvent::parse).collect();
        Self::new(events?)
    }

    /// Whether it is among them.
    pub fn contains(&self, event: WebhookEvent) -> bool {
        self.0.contains(&event)
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|event| event.as_str()).collect()
    }
}

/// An `http` or `https` address with a host. Its debug form leaves path and query out, where tokens are put.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(String);

impl WebhookUrl {
    /// Checks an address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.len() > MAX_URL {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_URL} characters"
            )));
        }
        let wrong = || {
            Invalid::new(
                "must be an address that begins with http:// or https://, without a user name",
            )
        };
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or_else(wrong)?;
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let has_host = !authority.is_empty() && !authority.starts_with(':');
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !br#"#<>"\^`{|}"#.contains(&byte));
        (has_host && is_plain && !authority.contains('@'))
            .then(|| Self(text.to_owned()))
            .ok_or_else(wrong)
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: what a log may say.
    pub fn origin(&self) -> &str {
        let scheme = self.0.find("://").map_or(0, |at| at + 3);
        let rest = &self.0[scheme..];
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        &self.0[..scheme + end]
    }
}

impl std::fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.origin())
    }
}

/// What a webhook's requests are signed with. Its debug form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// How it begins, so that one that was leaked is known for what it is.
    pub const PREFIX: &str = "whsec_";

    /// A secret from random bytes.
    pub fn from_random(random: &[u8; 32]) -> Self {
        use std::fmt::Write as _;
        let mut text = Self::PREFIX.to_owned();
        for byte in random {
            let _infallible = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// One that was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text, for the database, for signing, and for whoever has just made it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_http_and_has_a_host() {
        for text in [
            "https://example.com",
            "http://example.com:8080/hook?token=a",
            "https://[::1]:1/x",
        ] {
            assert_eq!(WebhookUrl::parse(text).unwrap().as_str(), text);
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_URL));
        for text in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https:///x",
            "https://:80/",
            "https://a@example.com",
            "https://example.com/#a",
            "https://example.com/a b",
            "https://exämple.com",
            &long,
        ] {
            assert!(WebhookUrl::parse(text).is_err(), "{text}");
        }
        let url = WebhookUrl::parse("https://example.com:8443/hook?token=a").unwrap();
        assert_eq!(format!("{url:?}"), "https://example.com:8443");
    }

    #[test]
    fn events_are_named_once_and_one_at_least() {
        let events =
            WebhookEvents::parse(["message.created", "conversation.created", "message.created"]);
        assert_eq!(
            events.unwrap().names(),
            ["conversation.created", "message.created"]
        );
        assert!(WebhookEvents::parse([]).is_err());
        assert!(WebhookEvents::parse(["message.read"]).is_err());
        for event in WebhookEvent::ALL {
            assert_eq!(WebhookEvent::parse(event.as_str()), Ok(event));
        }
    }

    #[test]
    fn a_webhook_is_told_what_it_wants_of_its_widgets() {
        let webhook = Webhook {
            id: WebhookId(1),
            url: WebhookUrl::parse("https://example.com").unwrap(),
            events: WebhookEvents::parse(["message.created"]).unwrap(),
            widget_ids: vec![WidgetId(2)],
            active: true,
            secret: WebhookSecret::from_random(&[7; 32]),
            created_at: Timestamp::from_micros(0),
            failing_since: None,
            disabled: None,
        };
        assert!(webhook.wants(WebhookEvent::MessageCreated, WidgetId(2)));
        assert!(!webhook.wants(WebhookEvent::MessageCreated, WidgetId(1)));
        assert!(!webhook.wants(WebhookEvent::MessageUpdated, WidgetId(2)));
        let of_all = Webhook {
            widget_ids: Vec::new(),
            ..webhook
        };
        assert!(of_all.wants(WebhookEvent::MessageCreated, WidgetId(1)));
        let off = Webhook {
            active: false,
            ..of_all
        };
        assert!(!off.wants(WebhookEvent::MessageCreated, WidgetId(1)));
        assert!(!format!("{webhook:?}", webhook = off).contains("0707"));
    }
}
