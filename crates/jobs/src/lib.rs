//! Doing what the store has enqueued: handlers by kind, and the runner that claims, runs, renews and reports.
//!
//! Every job is run at least once and not by two workers at the same time, unless one of them was out of touch for longer than
//! its lease; so a handler must be idempotent. The rows and their rules are [`antiphon_store::Jobs`].
#![warn(missing_docs)]

mod backoff;
mod handler;
mod outcome;
mod panics;
mod runner;
mod unit;

pub use antiphon_store::{Job, JobFilter, JobId, Jobs, NewJob, Retry, StoreError};
pub use backoff::{Backoff, Chance};
pub use handler::{BatchHandler, Handler, JobError, Registry, Work};
pub use outcome::{Observer, Outcome};
pub use runner::{Options, Runner};
