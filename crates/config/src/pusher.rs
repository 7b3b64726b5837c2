//! The hosted Pusher, for sites that use it before or beside their own WebSocket server.

use crate::error::Problem;
use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::url::Scheme;

/// An application at Pusher, or at another server that speaks its protocol.
#[derive(Debug, Clone)]
pub struct Pusher {
    /// `PUSHER_APP_ID`.
    pub id: String,
    /// `PUSHER_APP_KEY`: public, sent to every browser.
    pub key: String,
    /// `PUSHER_APP_SECRET`.
    pub secret: Secret,
    /// `PUSHER_APP_CLUSTER`.
    pub cluster: String,
    /// `PUSHER_HOST`; `None` means the host that belongs to the cluster.
    pub host: Option<String>,
    /// `PUSHER_PORT`.
    pub port: u16,
    /// `PUSHER_SCHEME`.
    pub scheme: Scheme,
}

impl Pusher {
    /// `None` unless the id, the key and the secret are there; two of the three are a mistake.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let id = reader.optional("PUSHER_APP_ID", parse::identifier);
        let key = reader.optional("PUSHER_APP_KEY", parse::identifier);
        let secret = reader.optional("PUSHER_APP_SECRET", parse::secret);
        let cluster = reader.value("PUSHER_APP_CLUSTER", parse::identifier);
        let host = reader.optional("PUSHER_HOST", parse::host);
        let port = reader.value("PUSHER_PORT", parse::port);
        let scheme = reader.value("PUSHER_SCHEME", Scheme::parse);

        let named = [
            ("PUSHER_APP_ID", id.is_some()),
            ("PUSHER_APP_KEY", key.is_some()),
            ("PUSHER_APP_SECRET", secret.is_some()),
        ];
        if let (Some(id), Some(key), Some(secret)) = (id, key, secret) {
            return Some(Self {
                id,
                key,
                secret: Secret::new(secret),
                cluster,
                host,
                port,
                scheme,
            });
        }
        let is_begun = named.iter().any(|&(_, is_set)| is_set);
        for (name, is_set) in named {
            if is_begun && !is_set && !reader.has_problem(name) {
                let message = format!(
                    "{name} is missing: set PUSHER_APP_ID, PUSHER_APP_KEY and PUSHER_APP_SECRET together, or none of them"
                );
                reader.problem(Problem::of_key(name, message));
            }
        }
        None
    }
}
