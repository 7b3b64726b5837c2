//! What happens around every handler.

mod around;
mod cors;

pub(crate) use around::{around, method_not_allowed, not_found};
pub(crate) use cors::cors;
