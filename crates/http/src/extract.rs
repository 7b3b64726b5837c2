//! What handlers take from a request, each checked once: who asks, from where, and the fields of the body.

mod address;
mod caller;
mod device;
mod fields;
mod origin;
mod query;
mod stopping;
mod widget;

pub(crate) use address::{ClientAddress, PeerAddress};
pub(crate) use caller::{Agent, Caller, LogIn, Post, Read, Upload, session_cookie, session_token};
pub(crate) use device::DeviceOf;
#[cfg(test)]
pub(crate) use fields::BODY_TIMEOUT;
pub(crate) use fields::{Fields, JsonFields, OneOrMany, has_content_type, read_body};
pub(crate) use origin::check_same_origin;
pub(crate) use query::QueryFields;
pub(crate) use stopping::Stopping;
pub(crate) use widget::WidgetCaller;

/// The conversation id of a form's field, where there are no numbers but written ones.
pub(crate) fn conversation_number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The conversation id of a path; anything but a positive integer names no conversation.
pub(crate) fn conversation_id(
    text: &str,
) -> Result<antiphon_domain::ConversationId, crate::error::ApiError> {
    path_id(text, "conversation").map(antiphon_domain::ConversationId)
}

/// The id of a path; anything but a positive integer names nothing of its kind.
pub(crate) fn path_id(text: &str, what: &str) -> Result<i64, crate::error::ApiError> {
    match text.parse() {
        Ok(id) if id > 0 => Ok(id),
        _ => Err(crate::error::ApiError::not_found(what)),
    }
}

/// The socket that a change comes from, so that it gets no echo: `X-Socket-ID`, as Laravel Echo sends it. A malformed one is nobody's.
pub(crate) fn socket_id(headers: &axum::http::HeaderMap) -> Option<antiphon_chat::AnySocketId> {
    headers.get("x-socket-id")?.to_str().ok()?.parse().ok()
}
