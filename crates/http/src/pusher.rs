//! The Pusher HTTP API: `/apps/{id}/*`, and the server's health.

pub(crate) mod batch_events;
pub(crate) mod channels;
pub(crate) mod connections;
mod error;
pub(crate) mod event;
pub(crate) mod events;
pub(crate) mod history;
mod info;
mod signed;
pub(crate) mod up;
pub(crate) mod users;
pub(crate) mod webhook_deliveries;

pub(crate) use error::PusherError;
