//! HTTP: the chat contract, the inbox API, the Pusher HTTP API, and the pages; every route is in `router.rs`.
//!
//! The only place where a use case's refusal becomes a status code. The WebSocket engine hands over every connection that is
//! no WebSocket, on every port, and [`HttpServer`] serves it in the thread where it was accepted.
#![warn(missing_docs)]

mod assets;
mod broadcasting;
mod console;
mod error;
mod extract;
mod files;
mod inbox;
mod metrics;
mod middleware;
mod openapi;
mod pages;
mod pusher;
mod rate_limit;
mod relay;
mod router;
mod serve;
mod settings;
mod state;
mod tapped;
mod upload;
mod widget;

pub use assets::web_parts_present;
pub use console::{Console, PasswordGate};
pub use metrics::{JobMetrics, Metrics, MetricsListener, QueueFigures};
pub use openapi::openapi;
pub use router::{chat_router, websocket_router};
pub use serve::HttpServer;
pub use settings::{Browser, PusherApp, PusherSettings, ReverbSettings, Settings, UploadSettings};
pub use state::{ChatState, Realtime, WebSocketState};
pub use tapped::tapped;
