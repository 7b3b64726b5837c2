//! What can be measured, a file for each.

pub(crate) mod chat;
pub(crate) mod connect;
mod delivery;
pub(crate) mod fanout;
pub(crate) mod floor;
pub(crate) mod idle;
mod marks;
pub(crate) mod slow;
