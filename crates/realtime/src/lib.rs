//! The real-time engine: applications, channels and sockets of the Pusher protocol.
//!
//! A [`Hub`] is what the rest of the program holds: it publishes and counts. An [`Engine`] is the threads behind it.
//! Each thread is a *shard*: it owns its connections, which no other thread touches, in one slab and one epoll set
//! that its tokio runtime sees as a single descriptor. An idle connection has no task, no timer and no buffer.
//! HTTP that is no WebSocket upgrade is handed on, socket and bytes, through [`HttpHandoff`].
//!
//! An event is encoded once, whatever the number of its subscribers, and all of them share the bytes. Where the kernel's io_uring
//! may be used, many of them get it in one system call.
//! A subscriber that does not read is cut off, never waited for. This crate knows no conversations.
//!
//! Several hubs can be one: nodes of a cluster share a log, which [`broker`] is the port of, and nothing else ([`ClusterNode`]).

#![warn(missing_docs)]

mod address;
mod address_counts;
mod app;
mod app_table;
pub mod broker;
mod cache;
mod clock;
mod cluster;
mod engine;
mod handoff;
mod history;
mod hub;
mod inbox;
mod inspect;
mod limits;
mod listen;
mod metrics;
mod occupancy;
mod occurrence;
mod online;
mod origin;
mod presence;
mod rate;
mod registry;
mod repeats;
mod shard;
mod sys;
mod tap;
mod user;

pub use app::{App, Apps, AppsError, Secret};
pub use cache::CachedEvent;
pub use cluster::{ClusterError, ClusterHealth, ClusterNode};
pub use engine::{Engine, StartError};
pub use handoff::{HandedOver, HandoffGuard, HttpHandoff};
pub use history::{HistoryPage, HistoryRules, PastEvent};
pub use hub::{Hub, NotResponding, Publication, Published};
pub use inspect::{ConnectionInfo, ConnectionsFound, FindConnections};
pub use limits::Limits;
pub use metrics::{AppMetrics, DropReason};
pub use occupancy::Occupancy;
pub use occurrence::{Observer, Occurrence, OccurrenceKind, OccurrenceKinds};
pub use presence::MemberInfo;
pub use rate::MessageQuota;
pub use registry::search::{ChannelOrder, ChannelSearch, ChannelsFound};
#[cfg(any(test, feature = "simulation"))]
pub use shard::simulation::{SimulatedSocket, Simulation, Written};
pub use tap::{Happening, Tap, TapEvent, TapFilter, TapListener, TappedMessage, TooManyListeners};
