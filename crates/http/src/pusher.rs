//! The Pusher HTTP API: `/apps/{id}/*`, and the server's health.

pub(crate) mod connections;
mod error;
pub(crate) mod events;
mod signed;
pub(crate) mod up;
