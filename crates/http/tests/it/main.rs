//! The Pusher HTTP API over real sockets: requests as the server libraries make them, channels with real subscribers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod batch;
mod channels;
mod events;
mod history;
mod idempotency;
mod libraries;
mod requests;
mod support;
mod users;
mod webhook_deliveries;
