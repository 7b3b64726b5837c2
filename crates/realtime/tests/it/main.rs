//! The engine over real sockets, with tungstenite as an independent client. Each test states a fact.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod apps;
mod cache;
mod client_events;
mod compression;
mod connect;
mod counts;
mod delivery;
mod handoff;
mod history;
mod hostile;
mod inspect;
mod lifecycle;
mod liveness;
mod metrics;
mod occurrences;
mod outage;
mod presence;
mod presence_grace;
mod subscribe;
mod support;
mod tap;
mod traps;
mod users;
mod watchlist;
