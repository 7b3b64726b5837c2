//! The built-in WebSocket server, under the keys that Laravel Reverb gave them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::apps_file;
use crate::error::ConfigErrors;
use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::url::Scheme;
use crate::webhook::Webhook;

/// The WebSocket server.
#[derive(Debug, Clone)]
pub struct Reverb {
    /// The applications it serves: the one of these keys, which the chat uses, and after it those of `REVERB_APPS_FILE`.
    pub apps: Vec<ReverbApp>,
    /// `REVERB_APPS_FILE`.
    pub apps_file: Option<PathBuf>,
    /// What browsers are told.
    pub public: ReverbPublic,
    /// `REVERB_SERVER_HOST`.
    pub host: IpAddr,
    /// `REVERB_SERVER_PORT`; 0 lets the system choose.
    pub port: u16,
    /// `REVERB_SERVER_PATH`: empty, or `/segments` without a final slash.
    pub path: String,
    /// `REVERB_APP_PING_INTERVAL`: a socket that was quiet for this long is asked for a sign of life.
    pub ping_interval: Duration,
    /// `ANTIPHON_MAX_CONNECTIONS_PER_ADDRESS`; `None` means no limit.
    pub max_connections_per_address: Option<usize>,
    /// `ANTIPHON_PRESENCE_MAX_MEMBERS`: of one presence channel.
    pub presence_max_members: usize,
    /// `ANTIPHON_PRESENCE_USER_INFO_BYTES`: of one member or user, as JSON.
    pub presence_user_info_bytes: usize,
    /// `ANTIPHON_HISTORY_MEMORY`: of all histories of an application, in bytes.
    pub history_memory_bytes: usize,
    /// `REVERB_MAX_REQUEST_SIZE`: of one HTTP request to the server's API, in bytes.
    pub max_request_bytes: usize,
}

/// One application: its credentials and its rules. An application of the file has the rules of the keys that are named here, unless
/// the file says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverbApp {
    /// `REVERB_APP_ID`.
    pub id: String,
    /// `REVERB_APP_KEY`: public, sent by every browser.
    pub key: String,
    /// `REVERB_APP_SECRET`.
    pub secret: Secret,
    /// `ANTIPHON_PREVIOUS_SECRET`: signatures made with it still count.
    pub previous_secret: Option<Secret>,
    /// Whether it takes connections and requests. The one of the keys always does.
    pub enabled: bool,
    /// `ANTIPHON_TLS_ONLY`: whether sockets that did not come over TLS are refused.
    pub tls_only: bool,
    /// `REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM`: whether members of a channel may send events to each other.
    pub client_events: bool,
    /// `REVERB_APP_RATE_LIMITING_ENABLED` and what belongs to it; `None` unless it is on.
    pub message_quota: Option<MessageQuota>,
    /// `REVERB_ALLOWED_ORIGINS`: never empty, lower case; `*` alone or among others allows every page.
    pub allowed_origins: Vec<String>,
    /// `REVERB_APP_ACTIVITY_TIMEOUT`: what clients are told about when to send a ping of their own.
    pub activity_timeout: Duration,
    /// `REVERB_APP_MAX_CONNECTIONS`; `None` leaves the limit to the system.
    pub max_connections: Option<usize>,
    /// `ANTIPHON_SUBSCRIPTION_COUNTS`: whether subscribers are told how many they are.
    pub subscription_counts: bool,
    /// `ANTIPHON_WEBSOCKET_COMPRESSION`: whether messages are compressed with clients that offer it.
    pub compression: bool,
    /// `ANTIPHON_AUTHORIZATION_TIMEOUT`: how long a socket may stay that nobody has vouched for; `None` means for ever.
    pub authorization_timeout: Option<Duration>,
    /// `ANTIPHON_PRESENCE_GRACE_SECONDS`: how long a member may be away unnoticed that has lost its connection; zero means not at all.
    pub presence_grace: Duration,
    /// `REVERB_APP_MAX_MESSAGE_SIZE`: of one message from a client, in bytes.
    pub max_message_bytes: usize,
    /// What its channels keep of what was published.
    pub history: ReverbHistory,
    /// Where it is told what happens on its channels. An application of the file has its own, or none.
    pub webhooks: Vec<Webhook>,
}

/// What channels keep, for clients that were away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverbHistory {
    /// `ANTIPHON_HISTORY_CHANNELS`: the beginnings of the names of channels that keep something; an empty one is every channel's.
    pub prefixes: Vec<String>,
    /// `ANTIPHON_HISTORY_EVENTS`, of one channel.
    pub events: usize,
    /// `ANTIPHON_HISTORY_BYTES`, of one channel.
    pub bytes: usize,
    /// `ANTIPHON_HISTORY_SECONDS`.
    pub age: Duration,
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

    /// The application of the keys.
    pub fn app(&self) -> &ReverbApp {
        &self.apps[0]
    }

    /// The applications as the file has them now; the same as [`Reverb::apps`] if there is no file. Blocks on the file system.
    ///
    /// # Errors
    /// Every mistake in the file, or what keeps it from being read.
    pub fn read_apps(&self) -> Result<Vec<ReverbApp>, ConfigErrors> {
        match &self.apps_file {
            Some(path) => apps_file::read(path, self.app()),
            None => Ok(self.apps.clone()),
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            apps: vec![ReverbApp::read(reader)],
            apps_file: reader.optional("REVERB_APPS_FILE", |text| Some(PathBuf::from(text))),
            public: ReverbPublic {
                host: reader.optional("REVERB_HOST", parse::host),
                port: reader.optional("REVERB_PORT", parse::port),
                scheme: reader.optional("REVERB_SCHEME", Scheme::parse),
            },
            host: reader.value("REVERB_SERVER_HOST", parse::bind_host),
            port: reader.value("REVERB_SERVER_PORT", parse::bind_port),
            path: reader.value("REVERB_SERVER_PATH", parse::path_prefix),
            ping_interval: Duration::from_secs(reader.integer("REVERB_APP_PING_INTERVAL")),
            max_connections_per_address: reader
                .optional_integer("ANTIPHON_MAX_CONNECTIONS_PER_ADDRESS")
                .map(size),
            presence_max_members: size(reader.integer("ANTIPHON_PRESENCE_MAX_MEMBERS")),
            presence_user_info_bytes: size(reader.integer("ANTIPHON_PRESENCE_USER_INFO_BYTES")),
            history_memory_bytes: size(reader.integer("ANTIPHON_HISTORY_MEMORY")),
            max_request_bytes: size(reader.integer("REVERB_MAX_REQUEST_SIZE")),
        }
    }
}

impl ReverbApp {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            id: reader.value("REVERB_APP_ID", parse::identifier),
            key: reader.value("REVERB_APP_KEY", parse::identifier),
            secret: Secret::new(reader.value("REVERB_APP_SECRET", parse::secret)),
            previous_secret: reader
                .optional("ANTIPHON_PREVIOUS_SECRET", parse::secret)
                .map(Secret::new),
            enabled: true,
            tls_only: reader.value("ANTIPHON_TLS_ONLY", parse::switch),
            client_events: reader.value("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", client_events),
            message_quota: MessageQuota::read(reader),
            allowed_origins: reader.value("REVERB_ALLOWED_ORIGINS", parse::origin_patterns),
            activity_timeout: Duration::from_secs(reader.integer("REVERB_APP_ACTIVITY_TIMEOUT")),
            max_connections: reader
                .optional_integer("REVERB_APP_MAX_CONNECTIONS")
                .map(size),
            subscription_counts: reader.value("ANTIPHON_SUBSCRIPTION_COUNTS", parse::switch),
            compression: reader.value("ANTIPHON_WEBSOCKET_COMPRESSION", parse::switch),
            authorization_timeout: reader
                .optional_integer("ANTIPHON_AUTHORIZATION_TIMEOUT")
                .map(Duration::from_secs),
            presence_grace: Duration::from_secs(reader.integer("ANTIPHON_PRESENCE_GRACE_SECONDS")),
            max_message_bytes: size(reader.integer("REVERB_APP_MAX_MESSAGE_SIZE")),
            history: ReverbHistory {
                prefixes: reader.value("ANTIPHON_HISTORY_CHANNELS", parse::channel_prefixes),
                events: size(reader.integer("ANTIPHON_HISTORY_EVENTS")),
                bytes: size(reader.integer("ANTIPHON_HISTORY_BYTES")),
                age: Duration::from_secs(reader.integer("ANTIPHON_HISTORY_SECONDS")),
            },
            webhooks: Webhook::read(reader).into_iter().collect(),
        }
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

/// Whether client events are on. They are only ever taken from members, so that `all` means no more, and is given a notice.
fn client_events(from: &str) -> Option<bool> {
    match from {
        "all" | "members" => Some(true),
        "none" => Some(false),
        _ => None,
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).expect("the table bounds every size to what memory can hold")
}
