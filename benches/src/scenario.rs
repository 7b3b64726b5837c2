//! One file per scenario, and what two of them share.

mod delivery;

pub(crate) mod connect;
pub(crate) mod fanout;
pub(crate) mod floor;
pub(crate) mod idle;
pub(crate) mod slow;
