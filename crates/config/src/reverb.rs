//! The built-in WebSocket server, under the keys that Laravel Reverb gave them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::url::Scheme;

/// The WebSocket server.
#[derive(Debug, Clone)]
pub struct Reverb {
    /// The one application it serves.
    pub app: ReverbApp,
    /// What browsers are told.
    pub public: ReverbPublic,
    /// `REVERB_SERVER_HOST`.
    pub host: IpAddr,
    /// `REVERB_SERVER_PORT`; 0 lets the system choose.
    pub port: u16,
    /// `REVERB_SERVER_PATH`: empty, or `/segments` without a final slash.
    pub path: String,
    /// `REVERB_ALLOWED_ORIGINS`: never empty, lower case; `*` alone or among others allows every page.
    pub allowed_origins: Vec<String>,
    /// `REVERB_APP_PING_INTERVAL`: a socket that was quiet for this long is asked for a sign of life.
    pub ping_interval: Duration,
    /// `REVERB_APP_ACTIVITY_TIMEOUT`: what clients are told about when to send a ping of their own.
    pub activity_timeout: Duration,
    /// `REVERB_APP_MAX_CONNECTIONS`; `None` leaves the limit to the system.
    pub max_connections: Option<usize>,
    /// `REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM`.
    pub client_events: ClientEvents,
    /// `REVERB_APP_RATE_LIMITING_ENABLED` and what belongs to it; `None` unless it is on.
    pub message_quota: Option<MessageQuota>,
    /// `ANTIPHON_MAX_CONNECTIONS_PER_ADDRESS`; `None` means no limit.
    pub max_connections_per_address: Option<usize>,
    /// `ANTIPHON_SUBSCRIPTION_COUNTS`: whether subscribers are told how many they are.
    pub subscription_counts: bool,
    /// `ANTIPHON_AUTHORIZATION_TIMEOUT`: how long a socket may stay that nobody has vouched for; `None` means for ever.
    pub authorization_timeout: Option<Duration>,
    /// `REVERB_APP_MAX_MESSAGE_SIZE`: of one message from a client, in bytes.
    pub max_message_bytes: usize,
    /// `REVERB_MAX_REQUEST_SIZE`: of one HTTP request to the server's API, in bytes.
    pub max_request_bytes: usize,
}

/// Who may send client events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientEvents {
    /// The subscribers of a private or presence channel, although the key says that everybody may.
    MembersInsteadOfAll,
    /// The subscribers of a private or presence channel.
    Members,
    /// Nobody.
    None,
}

/// How many messages a socket may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageQuota {
    /// `REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS`.
    pub messages: u32,
    /// `REVERB_APP_RATE_LIMIT_DECAY_SECONDS`.
    pub seconds: u32,
    /// `REVERB_APP_RATE_LIMIT_TERMINATE`.
    pub terminate: bool,
}

/// The credentials of an application.
#[derive(Debug, Clone)]
pub struct ReverbApp {
    /// `REVERB_APP_ID`.
    pub id: String,
    /// `REVERB_APP_KEY`: public, sent by every browser.
    pub key: String,
    /// `REVERB_APP_SECRET`.
    pub secret: Secret,
}

/// Where browsers are told to connect. What is `None` is taken from the origin of the page or of `APP_URL`.
#[derive(Debug, Clone)]
pub struct ReverbPublic {
    /// `REVERB_HOST`.
    pub host: Option<String>,
    /// `REVERB_PORT`.
    pub port: Option<u16>,
    /// `REVERB_SCHEME`.
    pub scheme: Option<Scheme>,
}

impl Reverb {
    /// The address to listen on.
    pub fn bind(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            app: ReverbApp {
                id: reader.value("REVERB_APP_ID", parse::identifier),
                key: reader.value("REVERB_APP_KEY", parse::identifier),
                secret: Secret::new(reader.value("REVERB_APP_SECRET", parse::secret)),
            },
            public: ReverbPublic {
                host: reader.optional("REVERB_HOST", parse::host),
                port: reader.optional("REVERB_PORT", parse::port),
                scheme: reader.optional("REVERB_SCHEME", Scheme::parse),
            },
            host: reader.value("REVERB_SERVER_HOST", parse::bind_host),
            port: reader.value("REVERB_SERVER_PORT", parse::bind_port),
            path: reader.value("REVERB_SERVER_PATH", parse::path_prefix),
            allowed_origins: reader.value("REVERB_ALLOWED_ORIGINS", parse::origin_patterns),
            ping_interval: Duration::from_secs(reader.integer("REVERB_APP_PING_INTERVAL")),
            activity_timeout: Duration::from_secs(reader.integer("REVERB_APP_ACTIVITY_TIMEOUT")),
            max_connections: reader
                .optional_integer("REVERB_APP_MAX_CONNECTIONS")
                .map(size),
            client_events: reader
                .value("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", ClientEvents::parse),
            message_quota: MessageQuota::read(reader),
            max_connections_per_address: reader
                .optional_integer("ANTIPHON_MAX_CONNECTIONS_PER_ADDRESS")
                .map(size),
            subscription_counts: reader.value("ANTIPHON_SUBSCRIPTION_COUNTS", parse::switch),
            authorization_timeout: reader
                .optional_integer("ANTIPHON_AUTHORIZATION_TIMEOUT")
                .map(Duration::from_secs),
            max_message_bytes: size(reader.integer("REVERB_APP_MAX_MESSAGE_SIZE")),
            max_request_bytes: size(reader.integer("REVERB_MAX_REQUEST_SIZE")),
        }
    }
}

impl ClientEvents {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::MembersInsteadOfAll),
            "members" => Some(Self::Members),
            "none" => Some(Self::None),
            _ => None,
        }
    }

    /// Whether anybody may.
    pub fn are_on(self) -> bool {
        self != Self::None
    }
}

impl MessageQuota {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let small = |number: u64| u32::try_from(number).expect("the table bounds it");
        let is_on = reader.value("REVERB_APP_RATE_LIMITING_ENABLED", parse::switch);
        let quota = Self {
            messages: small(reader.integer("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS")),
            seconds: small(reader.integer("REVERB_APP_RATE_LIMIT_DECAY_SECONDS")),
            terminate: reader.value("REVERB_APP_RATE_LIMIT_TERMINATE", parse::switch),
        };
        is_on.then_some(quota)
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).expect("the table bounds every size to what memory can hold")
}
