//! What a request says of the device that it comes from.

use super::address::PeerAddress;
use crate::state::ChatState;
use antiphon_domain::Device;
use antiphon_domain::browser::browser_of;
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use std::convert::Infallible;

/// The browser by its `User-Agent`; where it is by the header that `ANTIPHON_LOCATION_HEADER` names, if a trusted proxy sent it.
#[derive(Debug, Clone)]
pub(crate) struct DeviceOf(pub(crate) Device);

impl FromRequestParts<ChatState> for DeviceOf {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ChatState,
    ) -> Result<Self, Self::Rejection> {
        let settings = &state.settings;
        let text = |name| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let peer = parts.extensions.get::<PeerAddress>();
        let is_trusted = peer.is_some_and(|PeerAddress(peer)| {
            let address = peer.ip().to_canonical();
            settings
                .trusted_proxies
                .iter()
                .any(|network| network.contains(&address))
        });
        let location = settings.location_header.as_deref();
        let location = location.filter(|_| is_trusted).and_then(text);
        Ok(Self(Device {
            browser: text(header::USER_AGENT.as_str()).and_then(browser_of),
            location: location.and_then(Device::clean_location),
        }))
    }
}
