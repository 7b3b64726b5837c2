//! What tests of the whole binary are written with: the real server on a folder of its own, an HTTP client that can also speak
//! nonsense, a Pusher client, and the people of a chat.
//!
//! Everything blocks, and every wait has a deadline ([`PATIENCE`]) instead of a sleep: a condition that never comes true fails
//! the test, with the server's log beside it. Nothing here knows the server's code; it is met through its sockets and its
//! command line only.
#![warn(missing_docs)]
#![expect(
    clippy::unwrap_used,
    reason = "everything here is a part of a test, which must fail when it cannot go on"
)]

mod agent;
mod api;
mod app;
mod backend;
mod bucket;
mod clock;
mod form;
mod http;
mod postgres;
mod process;
mod proxy;
mod pusher;
mod redis;
mod relay;
mod reverb;
mod sink;
mod visitor;
mod worker;
mod workspace;

pub use agent::Agent;
pub use api::Api;
pub use app::TestApp;
pub use backend::Backend;
pub use bucket::Bucket;
pub use clock::{Deadline, PATIENCE, Stopwatch, eventually, unix_seconds, unix_time};
pub use form::Form;
pub use http::{Pending, Request, Response};
pub use postgres::{Held, Postgres};
pub use process::Finished;
pub use proxy::Proxy;
pub use pusher::{PusherClient, event_data};
pub use redis::RedisServer;
pub use relay::Relay;
pub use reverb::ReverbServer;
pub use sink::{Webhook, WebhookSink};
pub use visitor::Visitor;
pub use worker::Worker;
pub use workspace::Workspace;
