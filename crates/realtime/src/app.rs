//! Applications: who may connect and publish, with which secret, under which rules.

use crate::app_table::MAX_APPS;
use crate::history::HistoryRules;
use crate::occurrence::OccurrenceKinds;
use crate::rate::MessageQuota;
use antiphon_protocol::auth::Credentials;
use std::collections::HashSet;
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
    /// The secret before that one. Signatures made with it still count, until every backend has the new one.
    pub previous_secret: Option<Secret>,
    /// Which web pages may connect, by the host of their `Origin`: `*` for all, `*.example.com`, `example.com`,
    /// `example.com:8443` for one port only, `https://example.com` for one scheme only.
    /// Unless `*` is listed, a client without an `Origin` is refused too.
    pub allowed_origins: Vec<String>,
    /// Whether clients may send `client-` events to each other.
    pub client_events: bool,
    /// Whether the subscribers of a channel are told how many they are. Presence channels have their members for that.
    pub subscription_count: bool,
    /// Whether messages may be compressed (permessage-deflate), with clients that offer it.
    pub compression: bool,
    /// What the hub's observer is told of what happens on its channels. Nothing by default.
    pub observed: OccurrenceKinds,
    /// How many milliseconds a member whose last connection is lost stays on its presence channels. If it comes back meanwhile, nobody is
    /// told that it was gone; if not, the others are told up to a tenth of [`crate::Limits::sweep_ms`] later. 0: it is removed at once, as
    /// at Pusher. A connection is lost if it ends without a close frame or with one for a page that is being left (1001), and if the
    /// server gives it up as silent or too slow. Who unsubscribes, closes it otherwise, breaks a rule or is shut out leaves at once.
    pub presence_grace_ms: u32,
    /// Whether the application takes connections at all.
    pub enabled: bool,
    /// Whether connections must have come over TLS, as a trusted proxy says in `X-Forwarded-Proto`; others are closed with 4000.
    pub tls_only: bool,
    /// After how many seconds of silence clients are told to ping. At least 1.
    pub activity_timeout_s: u32,
    /// How many seconds a connection may stay that neither signs in as a user nor subscribes to a private or presence channel.
    /// After that it is closed with 4009. `None`: it may stay.
    pub authorization_timeout_s: Option<u32>,
    /// The most connections at once, on all nodes of a cluster: with those of the others as they were some seconds ago.
    pub max_connections: Option<usize>,
    /// How many messages each connection may send, besides [`crate::Limits::messages_per_second`]. `None`: no more is counted.
    pub message_quota: Option<MessageQuota>,
    /// The largest message a client may send, in bytes. A larger one costs the client its connection.
    pub max_message_bytes: usize,
    /// Which channels keep what was published on them, for clients that were away.
    pub history: HistoryRules,
}

/// Applications that differ in id and in key, and the path they are served under.
#[derive(Debug, Default)]
pub struct Apps {
    all: Vec<Arc<App>>,
    path_prefix: String,
}

/// Why a list of applications cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppsError {
    /// Two applications have the same id.
    #[error("two applications have the id {0:?}")]
    DuplicateId(String),
    /// Two applications have the same key.
    #[error("two applications have the key {0:?}")]
    DuplicateKey(String),
    /// There are more applications than a node serves.
    #[error(
        "a node serves at most {MAX_APPS} applications, those counted that were removed while it ran"
    )]
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
    /// An application with the default rules: open to all origins, no client events, no compression, clients ping after 120 s,
    /// messages of up to 16 KiB (a client event's 10 kB of data, its names, and room for escapes), a history on every channel.
    pub fn new(id: impl Into<String>, key: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            key: key.into(),
            secret: Secret::new(secret),
            previous_secret: None,
            allowed_origins: vec!["*".to_owned()],
            client_events: false,
            subscription_count: false,
            compression: false,
            observed: OccurrenceKinds::default(),
            presence_grace_ms: 0,
            enabled: true,
            tls_only: false,
            activity_timeout_s: 120,
            authorization_timeout_s: None,
            max_connections: None,
            message_quota: None,
            max_message_bytes: 16 << 10,
            history: HistoryRules::default(),
        }
    }

    /// Key and secrets, for signing and checking.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials {
            previous_secret: self.previous_secret.as_ref().map(Secret::reveal),
            ..Credentials::new(&self.key, self.secret.reveal())
        }
    }
}

impl Apps {
    /// Takes the applications, which must differ in id and in key.
    pub fn new(apps: impl IntoIterator<Item = App>) -> Result<Self, AppsError> {
        let all: Vec<Arc<App>> = apps.into_iter().map(Arc::new).collect();
        let (mut ids, mut keys) = (HashSet::new(), HashSet::new());
        for app in &all {
            if !ids.insert(&*app.id) {
                return Err(AppsError::DuplicateId(app.id.clone()));
            }
            if !keys.insert(&*app.key) {
                return Err(AppsError::DuplicateKey(app.key.clone()));
            }
        }
        if all.len() > MAX_APPS {
            return Err(AppsError::TooMany);
        }
        Ok(Self {
            all,
            path_prefix: String::new(),
        })
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

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<App>> {
        self.all.iter()
    }

    /// What [`Apps::with_path_prefix`] was told, with a slash in front and none behind; empty if nothing.
    pub(crate) fn path_prefix(&self) -> &str {
        &self.path_prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn secrets_stay_out_of_debug_output() {
        assert!(!format!("{:?}", App::new("1", "a", "hidden")).contains("hidden"));
    }
}
