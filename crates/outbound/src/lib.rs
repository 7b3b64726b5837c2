//! Requests to other people's servers: one POST, to public addresses only unless it is allowed otherwise.
//!
//! Webhooks and the push services of browsers are told over this; whoever may name an address there cannot reach through this server what
//! only it can. What is said, how often it is tried, and what follows from an answer is the caller's.
#![warn(missing_docs)]

mod address;
mod network;

pub use address::is_public;
pub use network::{Answer, Network, Post, PostError, literal_address, may_be_public};
