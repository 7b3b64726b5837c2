//! The driver against the port's contract, and what only a driver on files can promise.
#![expect(clippy::unwrap_used, reason = "tests")]

mod contract;
mod crash;
mod opening;
