//! What the HTTP layer is told by the configuration.

use antiphon_protocol::auth::Credentials;
use ipnet::IpNet;
use std::time::Duration;

/// The HTTP layer's configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public origin, `APP_URL`, such as `https://chat.example.com`.
    pub app_url: String,
    /// Proxies whose `X-Forwarded-For` counts, `ANTIPHON_TRUSTED_PROXIES`.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which a trusted proxy says where a request comes from, `ANTIPHON_LOCATION_HEADER`.
    pub location_header: Option<String>,
    /// Whether requests are limited in rate, `ANTIPHON_RATE_LIMITS`.
    pub rate_limits: bool,
    /// Whether `/chatbot-test.html` and `/demo` are served, `ANTIPHON_TEST_PAGE`.
    pub test_page: bool,
    /// What browsers are told of the real-time servers.
    pub browser: Browser,
    /// How uploads are taken.
    pub uploads: UploadSettings,
    /// The origin of the bucket, if browsers fetch files from it, such as `https://files.example.com`.
    pub files_origin: Option<String>,
}

/// How uploads are taken.
#[derive(Debug, Clone, Copy)]
pub struct UploadSettings {
    /// At once, `ANTIPHON_FILES_UPLOADS`.
    pub at_once: usize,
    /// For one request, `ANTIPHON_FILES_UPLOAD_SECONDS`.
    pub time: Duration,
}

/// The real-time servers as browsers see them.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Our own server.
    pub reverb: ReverbSettings,
    /// Hosted Pusher, or any Pusher-protocol server besides ours.
    pub pusher: Option<PusherSettings>,
}

/// Our own server; what is `None` is the origin that the widget's script came from.
#[derive(Debug, Clone)]
pub struct ReverbSettings {
    /// Whether events go there.
    pub enabled: bool,
    /// `REVERB_APP_KEY`.
    pub key: String,
    /// `REVERB_HOST`.
    pub host: Option<String>,
    /// `REVERB_PORT`.
    pub port: Option<u16>,
    /// `REVERB_SCHEME`.
    pub scheme: Option<String>,
}

/// A Pusher-protocol server that is not ours.
#[derive(Debug, Clone)]
pub struct PusherSettings {
    /// `PUSHER_APP_KEY`, and what signs for it.
    pub app: PusherApp,
    /// `PUSHER_APP_CLUSTER`.
    pub cluster: Option<String>,
    /// `PUSHER_HOST`.
    pub host: Option<String>,
    /// `PUSHER_PORT`.
    pub port: Option<u16>,
    /// `PUSHER_SCHEME` is https.
    pub encrypted: bool,
}

/// The application there. Its secret is never shown.
#[derive(Clone)]
pub struct PusherApp {
    pub(crate) key: String,
    secret: String,
}

impl PusherApp {
    /// The application of this key and secret.
    pub fn new(key: &str, secret: &str) -> Self {
        Self {
            key: key.to_owned(),
            secret: secret.to_owned(),
        }
    }

    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials::new(&self.key, &self.secret)
    }
}

impl std::fmt::Debug for PusherApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PusherApp")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Whether cookies may be marked `Secure`.
    pub(crate) fn https(&self) -> bool {
        self.app_url.starts_with("https://")
    }
}
