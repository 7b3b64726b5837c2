//! Webhooks: telling an application's backend, over HTTP, what happens on its channels.
//!
//! The way of an occurrence: the engine hands it to [`Webhooks`], which never blocks (`webhooks`); the dispatcher holds what
//! may be taken back within moments (`debounce`) and gives it to the queue of each target that wants it (`target`); each
//! target has a task of its own that puts the queue into requests and tries each until it is taken or given up
//! (`delivery`). So a target that is slow or dead delays nobody but itself, and every queue is bounded.
//!
//! A request connects to public addresses only, unless its target says otherwise (`antiphon_outbound`). Nothing is kept on disk: what
//! waits when the process is killed is lost, and so is what waits when a bound is reached; what is dropped is counted.

#![warn(missing_docs)]

mod app;
mod client;
mod debounce;
mod delivery;
mod dispatch;
mod log;
mod retry;
mod settings;
mod target;
mod transport;
mod webhooks;

pub use app::AppWebhookMetrics;
pub use client::{Answer, Client, Told};
pub use log::{DeliveryRecord, DeliveryState, ReplayError};
pub use settings::{AppWebhooks, Webhook, WebhookError, WebhookHeaders, WebhookUrl, to_observe};
pub use webhooks::{Surroundings, Webhooks};
