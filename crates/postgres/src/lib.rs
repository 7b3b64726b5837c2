//! How to reach a PostgreSQL server: where it is, who asks, how the connection is encrypted, and when it is given up.
//!
//! For the drivers that keep something there, so that all of them mean the same by the same keys. What is asked is theirs.
#![warn(missing_docs)]

mod connector;
mod server;
mod tls;

pub use connector::Connector;
pub use server::{Server, TlsMode};
pub use tls::TlsError;
