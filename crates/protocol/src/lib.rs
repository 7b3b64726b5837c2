//! Pusher Channels protocol 7 and the WebSocket framing under it (RFC 6455), as values: bytes in, values out.
//!
//! Nothing here reads a socket, a clock or the environment: the time and the randomness that a rule needs are arguments.
//! Who may connect, what a channel holds and who receives an event is the business of `antiphon-realtime`.
//!
//! - [`ws`]: handshake, frames, messages and close codes of RFC 6455, server side.
//! - [`frame`]: what clients send. [`event`]: what the server sends. [`code`]: the table of error and close codes.
//! - [`channel`], [`socket_id`]: the two names everything else is about.
//! - [`EventId`]: what a client has seen of a channel.
//! - [`presence`]: who is on a channel. [`user`]: who is signed in. [`watchlist`]: whom a user watches.
//! - [`multipart`]: files in, piece by piece (RFC 7578).
//! - [`auth`]: signatures of subscriptions and users. [`signature`]: signatures of HTTP API requests.

#![warn(missing_docs)]

pub mod account_webhook;
mod any_socket_id;
pub mod auth;
pub mod channel;
pub mod code;
pub mod event;
mod event_id;
pub mod frame;
mod mac;
pub mod multipart;
pub mod presence;
pub mod signature;
pub mod socket_id;
pub mod user;
pub mod watchlist;
pub mod webhook;
pub mod ws;

pub use any_socket_id::AnySocketId;
pub use channel::{ChannelKind, ChannelName, ChannelNameError};
pub use code::Code;
pub use event_id::{EventId, EventIdError};
pub use frame::ClientFrame;
pub use socket_id::SocketId;
