//! The conversation store on PostgreSQL: for an installation that has a database server already, or more than one process.
//!
//! Everything runs on one thread of the store's own ([`PostgresStore`] says what that promises): a writer that commits what waits
//! together, a bounded pool for everything that needs no order, and a listener for what other processes have done. A database
//! that is gone, slow or read-only is [`antiphon_store::StoreError::Unavailable`] until it is back; nothing has to be restarted.
//! Search is by GIN indexes over words, which a function of the schema makes.
#![warn(missing_docs)]

mod agents;
mod audit;
mod blocks;
mod canned_replies;
mod connector;
mod conversations;
mod copy;
mod editing;
mod failure;
mod invitations;
mod jobs;
mod labels;
mod listener;
mod lists;
mod migrate;
mod notes;
mod open_error;
mod options;
mod pool;
mod privacy;
mod push;
mod reports;
mod routing;
mod rows;
mod search;
mod sessions;
mod store;
mod teams;
mod two_factor;
mod uploads;
mod views;
mod visits;
mod wakers;
mod webhooks;
mod widgets;
mod writer;

pub use copy::{CopySource, CopyTarget};
pub use migrate::{BeforeMigration, Examined, Migrated, Upgrade, examine};
pub use open_error::OpenError;
pub use options::Options;
pub use store::PostgresStore;
