//! Applications: who may connect and publish, with which secret, under which rules.

use crate::rate::MessageQuota;
use antiphon_protocol::auth::Credentials;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The secret half of an application's credentials. Its `Debug` form hides it, and it has no other text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// One application.
#[derive(Debug, Clone)]
pub struct App {
    /// The name in the paths of the HTTP API.
    pub id: String,
    /// The public name, which clients connect with.
    pub key: String,
    /// What signatures are made with.
    pub secret: Secret,
    /// Which web pages may connect, by the host of their `Origin`: `*` for all, `*.example.com`, `example.com`,
    /// `example.com:8443` for one port only, `https://example.com` for one scheme only.
    /// Unless `*` is listed, a client without an `Origin` is refused too.
    pub allowed_origins: Vec<String>,
    /// Whether clients may send `client-` events to each other.
    pub client_events: bool,
    /// Whether the subscribers of a channel are told how many they are. Presence channels have their members for that.
    pub subscription_count: bool,
    /// Whether the application takes connections at all.
    pub enabled: bool,
    /// After how many seconds of silence clients are told to ping. At least 1.
    pub activity_timeout_s: u32,
    /// How many seconds a connection may stay that neither signs in as a user nor subscribes to a private or presence channel.
    /// After that it is closed with 4009. `None`: it may stay.
    pub authorization_timeout_s: Option<u32>,
    /// The most connections at once, on this node.
    pub max_connections: Option<usize>,
    /// How many messages each connection may send, besides [`crate::Limits::messages_per_second`]. `None`: no more is counted.
    pub message_quota: Option<MessageQuota>,
    /// The largest message a client may send, in bytes. A larger one costs the client its connection.
    pub max_message_bytes: usize,
}

/// The applications of a node, found by id and by key, and the path they are served under.
#[derive(Debug, Default)]
pub struct Apps {
    all: Vec<Arc<App>>,
    by_id: HashMap<String, AppIndex>,
    by_key: HashMap<String, AppIndex>,
    path_prefix: String,
}

/// The place of an application in [`Apps`]: small enough to be kept for every connection.
pub(crate) type AppIndex = u16;

/// Why a list of applications cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppsError {
    /// Two applications have the same id.
    #[error("two applications have the id {0:?}")]
    DuplicateId(String),
    /// Two applications have the same key.
    #[error("two applications have the key {0:?}")]
    DuplicateKey(String),
    /// There are more applications than a node can number.
    #[error("a node serves at most {} applications", AppIndex::MAX)]
    TooMany,
}

impl Secret {
    /// Takes a secret out of configuration.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret in clear, for signing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl App {
    /// An application with the default rules: open to all origins, no client events, clients ping after 120 s,
    /// messages of up to 16 KiB (a client event's 10 kB of data, its names, and room for escapes).
    pub fn new(id: impl Into<String>, key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            key: key.into(),
            secret: Secret::new(secret),
            allowed_origins: vec!["*".to_owned()],
            client_events: false,
            subscription_count: false,
            enabled: true,
            activity_timeout_s: 120,
            authorization_timeout_s: None,
            max_connections: None,
            message_quota: None,
            max_message_bytes: 16 << 10,
        }
    }

    /// Key and secret, for signing and checking.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials {
            key: &self.key,
            secret: self.secret.reveal(),
        }
    }
}

impl Apps {
    /// Takes the applications, which must differ in id and in key.
    pub fn new(apps: impl IntoIterator<Item = App>) -> Result<Self, AppsError> {
        let mut this = Self::default();
        for app in apps {
            let index = AppIndex::try_from(this.all.len()).map_err(|_| AppsError::TooMany)?;
            if this.by_id.insert(app.id.clone(), index).is_some() {
                return Err(AppsError::DuplicateId(app.id));
            }
            if this.by_key.insert(app.key.clone(), index).is_some() {
                return Err(AppsError::DuplicateKey(app.key));
            }
            this.all.push(Arc::new(app));
        }
        Ok(this)
    }

    /// Serves WebSockets under `PREFIX/app/KEY` instead of `/app/KEY`. Slashes at either end do not matter.
    #[must_use]
    pub fn with_path_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.path_prefix = if prefix.is_empty() {
            String::new()
        } else {
            format!("/{prefix}")
        };
        self
    }

    /// The application with this id.
    pub fn by_id(&self, id: &str) -> Option<&Arc<App>> {
        self.by_id.get(id).map(|&index| self.get(index))
    }

    /// The application with this key.
    pub fn by_key(&self, key: &str) -> Option<&Arc<App>> {
        self.by_key.get(key).map(|&index| self.get(index))
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<App>> {
        self.all.iter()
    }

    pub(crate) fn get(&self, index: AppIndex) -> &Arc<App> {
        &self.all[usize::from(index)]
    }

    pub(crate) fn index_by_id(&self, id: &str) -> Option<AppIndex> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn index_by_key(&self, key: &str) -> Option<AppIndex> {
        self.by_key.get(key).copied()
    }

    /// The key in the path of a WebSocket's URL, known or not. `None` if the path is no WebSocket's, and on a node without
    /// applications: there even an upgrade is a matter for HTTP, which may know another node.
    pub(crate) fn key_in_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.all.is_empty() {
            return None;
        }
        let key = path
            .strip_prefix(&*self.path_prefix)?
            .strip_prefix("/app/")?;
        (!key.is_empty() && !key.contains('/')).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_are_found_by_id_and_by_key() {
        let apps = Apps::new([App::new("1", "a", "x"), App::new("2", "b", "y")]).unwrap();
        assert_eq!(apps.by_id("2").map(|app| &*app.key), Some("b"));
        assert_eq!(apps.by_key("a").map(|app| &*app.id), Some("1"));
        assert!(apps.by_id("a").is_none() && apps.by_key("1").is_none());
    }

    #[test]
    fn ids_and_keys_are_unique() {
        let twice = |b| Apps::new([App::new("1", "a", "x"), b]).unwrap_err();
        assert_eq!(
            twice(App::new("1", "b", "y")),
            AppsError::DuplicateId("1".to_owned())
        );
        assert_eq!(
            twice(App::new("2", "a", "y")),
            AppsError::DuplicateKey("a".to_owned())
        );
    }

    #[test]
    fn the_key_is_the_last_part_of_the_path() {
        let apps = || Apps::new([App::new("1", "a", "x")]).unwrap();
        let plain = apps();
        assert_eq!(plain.key_in_path("/app/key"), Some("key"));
        for path in [
            "/app/",
            "/app",
            "/app/key/x",
            "/other/key",
            "/ws/app/key",
            "app/key",
            "",
        ] {
            assert_eq!(plain.key_in_path(path), None, "{path}");
        }
        let prefixed = apps().with_path_prefix("/ws/");
        assert_eq!(prefixed.key_in_path("/ws/app/key"), Some("key"));
        assert_eq!(prefixed.key_in_path("/app/key"), None);
        assert_eq!(
            apps().with_path_prefix("/").key_in_path("/app/key"),
            Some("key")
        );
        assert_eq!(Apps::default().key_in_path("/app/key"), None);
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        assert!(!format!("{:?}", App::new("1", "a", "hidden")).contains("hidden"));
    }
}
