//! The conversation store on SQLite: one file, nothing to run beside the program.
//!
//! One thread writes by group commit ([`SqliteStore`] says what that promises), several read, and nothing else holds a
//! connection. Commands of the CLI open the same file from their own processes while the server runs; [`ServerLock`] keeps a
//! second *server* away. Full-text search and other databases are not here.
#![warn(missing_docs)]

mod agents;
mod audit;
mod blocks;
mod canned_replies;
mod connection;
mod conversations;
mod copy;
mod editing;
mod examine;
mod failure;
mod file_system;
mod invitations;
mod jobs;
mod labels;
mod lists;
mod migrate;
mod notes;
mod open_error;
mod privacy;
mod push;
mod queue;
mod readers;
mod reports;
mod routing;
mod rows;
mod search;
mod server_lock;
mod sessions;
mod snapshot;
mod store;
mod teams;
mod two_factor;
mod uploads;
mod views;
mod visits;
mod webhooks;
mod widgets;
mod writer;

pub use copy::{CopySource, CopyTarget};
pub use examine::{Examined, Integrity, examine};
pub use migrate::{Migrated, migrate};
pub use open_error::OpenError;
pub use server_lock::{LockError, ServerLock};
pub use snapshot::Snapshot;
pub use store::{OpenOptions, SqliteStore};
