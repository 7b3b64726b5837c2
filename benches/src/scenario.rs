//! What can be measured, a file for each.

pub(crate) mod chat;
pub(crate) mod cluster;
pub(crate) mod connect;
mod delivery;
pub(crate) mod fanout;
pub(crate) mod floor;
mod gate;
pub(crate) mod idle;
mod marks;
pub(crate) mod ping;
pub(crate) mod posting;
pub(crate) mod receiving;
pub(crate) mod slow;
