//! Port: the log that the nodes of a cluster share. It is all that they share.
//!
//! Entries have numbers without gaps, from 1 on, in the one order in which every node reads them. A log is read again from where
//! one stopped, so a node that loses it for a moment misses nothing; and the numbers tell when it has missed something. Beside
//! the log a broker keeps values with an end (what cache channels remember), written together with an entry, and lets
//! one of several nodes claim a name.
//!
//! What the entries say is the cluster's matter. The module `contract` (feature of the same name) is the suite that every driver passes.

#[cfg(feature = "contract")]
pub mod contract;

use async_trait::async_trait;
use std::fmt;
use std::time::Duration;

/// How to reach the log. Every method may be called at any time, and after any failure: the driver connects again by itself. All of
/// them answer within a few seconds; what has failed may still have happened.
#[async_trait]
pub trait Broker: Send + Sync + fmt::Debug {
    /// Looks at the log, which is made if there is none. `new_epoch` becomes its epoch if it has none.
    async fn open(&self, new_epoch: u32) -> Result<LogState, BrokerError>;

    /// Adds an entry, and keeps values, both or neither. Entries below `trim_below` are not needed any more; they may stay for a while.
    async fn append(
        &self,
        entry: &[u8],
        trim_below: u64,
        kept: &[Kept],
    ) -> Result<Appended, BrokerError>;

    /// Reads entries after that one, in their order; some, not necessarily all. Waits for up to `wait` while there are none, and then
    /// gives none.
    async fn read(&self, after: u64, wait: Duration) -> Result<Reading, BrokerError>;

    /// Whether nobody else has claimed this name in the time that they said.
    async fn claim(&self, name: &str, for_how_long: Duration) -> Result<bool, BrokerError>;

    /// The kept values whose time has not ended at `now_unix_ms`, those that end first in front. Very many are cut to the latest.
    async fn kept(&self, now_unix_ms: u64) -> Result<Vec<Kept>, BrokerError>;
}

/// A log as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// Tells this log from others. Another one means that this one has begun anew.
    pub epoch: u32,
    /// The oldest entry that can be read; 0 if there is none.
    pub first: u64,
    /// The newest entry; 0 if there is none.
    pub last: u64,
}

/// An entry was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Its number.
    pub number: u64,
    /// The log's epoch; `None` if the log has begun anew and has none yet.
    pub epoch: Option<u32>,
}

/// What reading has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Entries with successive numbers, the first of them right behind the one that was named.
    Entries(Vec<LogEntry>),
    /// The entry behind the one that was named cannot be read any more.
    Gap,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number.
    pub number: u64,
    /// What was appended.
    pub bytes: Vec<u8>,
}

/// A value that is kept for some time, under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Under this name. A later value of the same name takes its place.
    pub name: String,
    /// What is kept.
    pub value: Vec<u8>,
    /// Until when, in milliseconds since 1970.
    pub until_unix_ms: u64,
}

/// The log cannot be reached, or does not answer. Carries what was said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BrokerError(pub String);
