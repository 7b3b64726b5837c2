//! What is configured: the targets of an application, where they are and what they want to be told.

use antiphon_protocol::ChannelName;
use antiphon_protocol::webhook::{KEY_HEADER, SIGNATURE_HEADER};
use antiphon_realtime::{OccurrenceKind, OccurrenceKinds, Secret};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Uri;
use std::fmt;
use std::time::Duration;

/// The longest URL. Longer ones are no addresses but data.
const MAX_URL_CHARS: usize = 2_048;
/// The most headers that a target may add.
const MAX_HEADERS: usize = 32;

/// The webhooks of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppWebhooks {
    /// The application's id.
    pub app_id: String,
    /// Its key, which each request names.
    pub key: String,
    /// Its secret, which each request is signed with.
    pub secret: Secret,
    /// Its targets. Two with the same URL are two targets.
    pub webhooks: Vec<Webhook>,
}

/// One target: where it is, and what it wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Where requests go.
    pub url: WebhookUrl,
    /// What it is told about.
    pub kinds: OccurrenceKinds,
    /// It is told about channels whose names begin with this.
    pub channel_prefix: String,
    /// It is told about channels whose names end with this.
    pub channel_suffix: String,
    /// Headers of its own, beside those that every webhook has.
    pub headers: WebhookHeaders,
    /// For how long events are collected for one request. Zero: each event has a request of its own.
    pub batch: Duration,
    /// Whether it may be on an address that is not of the public internet.
    pub allow_private: bool,
}

/// An `http` or `https` URL. Its text form leaves the query out, where tokens are put.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Uri);

/// Headers that a target adds to its requests. Their values are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WebhookHeaders(HeaderMap);

/// Why a target cannot be configured like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The URL is none that requests can go to.
    #[error(
        "the URL of a webhook must be http:// or https:// with a host, without a user name, in at most {MAX_URL_CHARS} characters"
    )]
    Url,
    /// A header is malformed, or one that the server sets itself.
    #[error("{0:?} cannot be a header of a webhook")]
    Header(String),
    /// There are too many headers.
    #[error("a webhook can have at most {MAX_HEADERS} headers")]
    TooManyHeaders,
}

/// What the engine has to tell about an application whose webhooks want this. With one half of a pair comes the other: a leave
/// is only told when no return follows, so returns have to be known.
pub fn to_observe(wanted: impl IntoIterator<Item = OccurrenceKinds>) -> OccurrenceKinds {
    let kinds = wanted.into_iter().flat_map(OccurrenceKinds::iter);
    kinds.flat_map(|kind| [kind, other_half(kind)]).collect()
}

fn other_half(kind: OccurrenceKind) -> OccurrenceKind {
    match kind {
        OccurrenceKind::ChannelOccupied => OccurrenceKind::ChannelVacated,
        OccurrenceKind::ChannelVacated => OccurrenceKind::ChannelOccupied,
        OccurrenceKind::MemberAdded => OccurrenceKind::MemberRemoved,
        OccurrenceKind::MemberRemoved => OccurrenceKind::MemberAdded,
        alone => alone,
    }
}

impl Webhook {
    /// A target that is told everything, with events of 50 milliseconds in one request, on the public internet.
    pub fn new(url: WebhookUrl) -> Self {
        Self {
            url,
            kinds: OccurrenceKinds::all(),
            channel_prefix: String::new(),
            channel_suffix: String::new(),
            headers: WebhookHeaders::default(),
            batch: Duration::from_millis(50),
            allow_private: false,
        }
    }

    /// Whether the target is told about this.
    pub(crate) fn wants(&self, kind: OccurrenceKind, channel: &ChannelName) -> bool {
        let name = channel.as_str();
        self.kinds.contains(kind)
            && name.starts_with(&self.channel_prefix)
            && name.ends_with(&self.channel_suffix)
    }
}

impl WebhookUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`WebhookError::Url`], which says what is allowed.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        if text.len() > MAX_URL_CHARS || text.contains('#') {
            return Err(WebhookError::Url);
        }
        let uri: Uri = text.parse().map_err(|_| WebhookError::Url)?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().ok_or(WebhookError::Url)?;
        let is_plain = !authority.host().is_empty() && !authority.as_str().contains('@');
        (is_http && is_plain)
            .then_some(Self(uri))
            .ok_or(WebhookError::Url)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.0
    }

    /// Scheme, host and port: what the log may say.
    pub(crate) fn origin(&self) -> String {
        let authority = self
            .0
            .authority()
            .map_or("", |authority| authority.as_str());
        format!("{}://{authority}", self.0.scheme_str().unwrap_or("http"))
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.0.path())
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl WebhookHeaders {
    /// Takes names and values.
    ///
    /// # Errors
    /// A name or value is malformed, there are too many, or the server or the connection sets the header itself.
    pub fn new<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, WebhookError> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let malformed = || WebhookError::Header(name.to_owned());
            let parsed: HeaderName = name.parse().map_err(|_| malformed())?;
            if is_reserved(&parsed) {
                return Err(malformed());
            }
            let mut value: HeaderValue = value.parse().map_err(|_| malformed())?;
            value.set_sensitive(true);
            map.append(parsed, value);
            if map.len() > MAX_HEADERS {
                return Err(WebhookError::TooManyHeaders);
            }
        }
        Ok(Self(map))
    }

    pub(crate) fn map(&self) -> &HeaderMap {
        &self.0
    }
}

fn is_reserved(name: &HeaderName) -> bool {
    [KEY_HEADER, SIGNATURE_HEADER].contains(&name.as_str())
        || [
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::EXPECT,
            header::HOST,
            header::TE,
            header::TRAILER,
            header::TRANSFER_ENCODING,
            header::UPGRADE,
        ]
        .contains(name)
}

impl fmt::Debug for WebhookHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> WebhookUrl {
        WebhookUrl::parse(text).unwrap()
    }

    #[test]
    fn a_url_has_a_host_and_no_user() {
        for text in [
            "http://a",
            "https://a.example:8443/hook?token=x",
            "http://[::1]:1/",
        ] {
            assert!(WebhookUrl::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "a.example/hook",
            "/hook",
            "ftp://a",
            "http://",
            "http://user:password@a/",
            "http://a/#fragment",
            "http://a b/",
        ] {
            assert_eq!(WebhookUrl::parse(text), Err(WebhookError::Url), "{text}");
        }
    }

    #[test]
    fn tokens_stay_out_of_what_is_shown() {
        let url = url("https://a.example/hook?token=hidden");
        assert_eq!(url.to_string(), "https://a.example/hook");
        let mut webhook = Webhook::new(url);
        webhook.headers = WebhookHeaders::new([("authorization", "hidden")]).unwrap();
        let shown = format!("{webhook:?}");
        assert!(
            shown.contains("authorization") && !shown.contains("hidden"),
            "{shown}"
        );
    }

    #[test]
    fn what_the_server_sets_is_no_header_of_a_target() {
        for name in [
            "Content-Type",
            "X-Pusher-Key",
            "X-PUSHER-SIGNATURE",
            "Host",
            "no name",
        ] {
            let error = WebhookHeaders::new([(name, "x")]).unwrap_err();
            assert_eq!(error, WebhookError::Header(name.to_owned()));
        }
        assert!(WebhookHeaders::new([("a", "line\nbreak")]).is_err());
        let many: Vec<_> = (0..33).map(|n| format!("x-{n}")).collect();
        let error = WebhookHeaders::new(many.iter().map(|name| (&**name, "x"))).unwrap_err();
        assert_eq!(error, WebhookError::TooManyHeaders);
    }

    #[test]
    fn a_target_is_told_what_it_wants() {
        let mut webhook = Webhook::new(url("http://a"));
        webhook.kinds = [OccurrenceKind::ChannelVacated].into_iter().collect();
        webhook.channel_prefix = "private-".to_owned();
        webhook.channel_suffix = "-eu".to_owned();
        let wants = |kind, name: &str| webhook.wants(kind, &ChannelName::parse(name).unwrap());
        assert!(wants(OccurrenceKind::ChannelVacated, "private-a-eu"));
        assert!(!wants(OccurrenceKind::ChannelOccupied, "private-a-eu"));
        assert!(!wants(OccurrenceKind::ChannelVacated, "private-a-us"));
        assert!(!wants(OccurrenceKind::ChannelVacated, "presence-a-eu"));
    }

    #[test]
    fn the_engine_tells_of_both_halves_of_a_pair() {
        let one = [OccurrenceKind::ChannelVacated].into_iter().collect();
        let other = [OccurrenceKind::MemberAdded].into_iter().collect();
        let kinds = to_observe([one, other]);
        let kinds: Vec<_> = kinds.iter().map(OccurrenceKind::as_str).collect();
        let pairs = [
            "channel_occupied",
            "channel_vacated",
            "member_added",
            "member_removed",
        ];
        assert_eq!(kinds, pairs);
    }
}
