//! A backend that triggers events through the Pusher HTTP API.

use crate::api::Api;
use crate::clock::unix_seconds;
use crate::http::Request;
use crate::workspace::Workspace;
use antiphon_protocol::auth::Credentials;
use antiphon_protocol::{SocketId, auth, signature};
use serde_json::Value;
use std::net::SocketAddr;

/// The holder of an application's secret.
#[derive(Debug, Clone)]
pub struct Backend {
    address: SocketAddr,
    /// `REVERB_APP_ID`.
    pub app_id: String,
    /// `REVERB_APP_KEY`.
    pub key: String,
    /// `REVERB_APP_SECRET`.
    pub secret: String,
}

impl Backend {
    /// The backend of a workspace's generated application, at the WebSocket server's own port.
    pub fn new(api: &Api, workspace: &Workspace) -> Self {
        Self {
            address: api.websocket(),
            app_id: workspace.secret("REVERB_APP_ID"),
            key: workspace.secret("REVERB_APP_KEY"),
            secret: workspace.secret("REVERB_APP_SECRET"),
        }
    }

    /// The backend of the application that a workspace's environment names, there.
    ///
    /// # Panics
    /// It names none.
    #[track_caller]
    pub fn named(address: SocketAddr, workspace: &Workspace) -> Self {
        let of = |key: &str| {
            workspace
                .env(key)
                .unwrap_or_else(|| panic!("{key} is not set"))
        };
        Self {
            address,
            app_id: of("REVERB_APP_ID").to_owned(),
            key: of("REVERB_APP_KEY").to_owned(),
            secret: of("REVERB_APP_SECRET").to_owned(),
        }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The path of the events of its application.
    pub fn events_path(&self) -> String {
        format!("/apps/{}/events", self.app_id)
    }

    /// The signed query for a request of this moment.
    pub fn sign(&self, method: &str, path: &str, body: &[u8]) -> String {
        self.sign_at(method, path, body, unix_seconds())
    }

    /// The signed query for a request of another moment.
    pub fn sign_at(&self, method: &str, path: &str, body: &[u8], unix_seconds: u64) -> String {
        signature::sign(self.credentials(), method, path, &[], body, unix_seconds)
    }

    /// `POST /apps/{id}/events`, signed.
    pub fn trigger(&self, body: &Value) -> Request {
        let body = body.to_string();
        let query = self.sign("POST", &self.events_path(), body.as_bytes());
        self.events(&query, body)
    }

    /// `POST /apps/{id}/events` with this query.
    pub fn events(&self, query: &str, body: impl Into<Vec<u8>>) -> Request {
        self.request("POST", &format!("{}?{query}", self.events_path()))
            .header("content-type", "application/json")
            .body(body)
    }

    /// Any request.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    /// The `auth` for a private channel.
    pub fn authorize(&self, socket_id: &str, channel: &str) -> String {
        let socket_id: SocketId = socket_id.parse().unwrap();
        auth::sign_channel(self.credentials(), socket_id, channel, None)
    }

    fn credentials(&self) -> Credentials<'_> {
        Credentials::new(&self.key, &self.secret)
    }
}
