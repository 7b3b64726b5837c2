//! Where a session begins, for the agent's own list of them.

use super::ClientAddress;
use crate::state::ChatState;
use antiphon_chat::Origin;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::convert::Infallible;

/// The network address and the browser's name for itself.
#[derive(Debug)]
pub(crate) struct SessionOrigin(pub(crate) Origin);

impl FromRequestParts<ChatState> for SessionOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ChatState) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::of(parts, &state.settings.trusted_proxies);
        let browser = parts.headers.get(header::USER_AGENT);
        Ok(Self(Origin {
            address: Some(address),
            user_agent: browser.and_then(|name| Some(name.to_str().ok()?.to_owned())),
        }))
    }
}
