//! What handlers share.

use crate::inbox::visitor_export;
use crate::pusher::idempotency::Idempotency;
use crate::rate_limit::RateLimits;
use crate::settings::Settings;
use crate::upload::Slots;
use antiphon_chat::Chat;
use antiphon_domain::Clock;
use antiphon_realtime::{App, Hub};
use antiphon_webhooks::Webhooks;
use antiphon_wire::FileLinks;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Shared by the chat's handlers.
#[derive(Debug, Clone)]
pub struct ChatState {
    pub(crate) chat: Chat,
    pub(crate) settings: Arc<Settings>,
    pub(crate) limits: Arc<RateLimits>,
    /// The app that the chat's own channels belong to.
    pub(crate) app: Arc<App>,
    /// Makes and checks the addresses of files.
    pub(crate) links: FileLinks,
    /// Room for uploads.
    pub(crate) uploads: Arc<Slots>,
    /// Room for exports of visitors.
    pub(crate) exports: Arc<Semaphore>,
}

impl ChatState {
    /// The chat's state; `app` signs the chat's channels, `links` the addresses of files.
    pub fn new(chat: Chat, settings: Settings, app: Arc<App>, links: FileLinks) -> Self {
        let limits = Arc::new(RateLimits::new(settings.rate_limits));
        Self {
            links,
            uploads: Arc::new(Slots::new(settings.uploads.at_once)),
            exports: visitor_export::room(),
            chat,
            settings: Arc::new(settings),
            limits,
            app,
        }
    }
}

/// Shared by the handlers of the Pusher HTTP API.
#[derive(Clone)]
pub struct WebSocketState {
    pub(crate) hub: Hub,
    pub(crate) clock: Arc<dyn Clock>,
    /// `REVERB_MAX_REQUEST_SIZE`, bytes.
    pub(crate) max_request_bytes: usize,
    pub(crate) idempotency: Arc<Idempotency>,
    /// The log of deliveries. Without it there are none.
    pub(crate) webhooks: Option<Webhooks>,
}

impl WebSocketState {
    /// The Pusher HTTP API over this hub.
    pub fn new(hub: Hub, clock: Arc<dyn Clock>, max_request_bytes: usize) -> Self {
        Self {
            hub,
            clock,
            max_request_bytes,
            idempotency: Arc::default(),
            webhooks: None,
        }
    }

    /// Lets backends read and repeat what was delivered to them.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: Webhooks) -> Self {
        self.webhooks = Some(webhooks);
        self
    }
}

impl std::fmt::Debug for WebSocketState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocketState").finish_non_exhaustive()
    }
}

/// Where the real-time layer is: in this process, or in another one that is relayed to.
#[derive(Debug, Clone)]
pub enum Realtime {
    /// In this process.
    Here(WebSocketState),
    /// `antiphon reverb:start` at this address.
    There(SocketAddr),
}

/// What `/up` passes through.
#[derive(Debug, Clone)]
pub(crate) struct UpState(pub(crate) ChatState, pub(crate) Realtime);
