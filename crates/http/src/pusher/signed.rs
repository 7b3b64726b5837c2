//! A request of the Pusher HTTP API whose signature has been checked: its size before it is read, its signature before it is parsed.

use super::error::PusherError;
use crate::state::WebSocketState;
use antiphon_protocol::signature::{self, Request as SignedRequest};
use antiphon_realtime::App;
use axum::RequestExt as _;
use axum::extract::{FromRequest, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, Uri};
use bytes::Bytes;
use std::sync::Arc;

/// A request by somebody who knows the app's secret.
pub(crate) struct Signed {
    pub(super) app: Arc<App>,
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    /// Its query has the parameters, those of the signature among them.
    pub(super) uri: Uri,
}

impl Signed {
    /// A parameter of the query. Empty if it is not there.
    pub(super) fn parameter(&self, name: &str) -> String {
        signature::parameter(self.uri.query().unwrap_or_default(), name)
    }
}

impl FromRequest<WebSocketState> for Signed {
    type Rejection = PusherError;

    async fn from_request(
        mut request: Request,
        state: &WebSocketState,
    ) -> Result<Self, PusherError> {
        let not_found = || PusherError {
            status: StatusCode::NOT_FOUND,
            text: "There is no such app".to_owned(),
        };
        let path: Result<RawPathParams, _> = request.extract_parts().await;
        let path = path.map_err(|_| not_found())?;
        let app_id = path.iter().find(|(name, _)| *name == "app_id");
        let app = app_id.and_then(|(_, app_id)| state.hub.app(app_id));
        let app = app.ok_or_else(not_found)?;
        let (parts, body) = request.into_parts();
        let body = crate::extract::read_body(&parts.headers, body, state.max_request_bytes)
            .await
            .map_err(|error| match error.status() {
                status @ StatusCode::PAYLOAD_TOO_LARGE => PusherError {
                    status,
                    text: format!("{}, REVERB_MAX_REQUEST_SIZE", error.text()),
                },
                status => PusherError {
                    status,
                    text: error.text().to_owned(),
                },
            })?;
        let request = SignedRequest {
            method: parts.method.as_str(),
            // A nested router has taken the server's path prefix away: SDKs sign the path that they know, which has none.
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            body: &body,
        };
        let now = u64::try_from(state.clock.now().as_seconds()).unwrap_or_default();
        signature::verify(app.credentials(), request, now).map_err(|error| PusherError {
            status: StatusCode::UNAUTHORIZED,
            text: error.to_string(),
        })?;
        if !app.enabled {
            return Err(PusherError {
                status: StatusCode::FORBIDDEN,
                text: "This app is disabled".to_owned(),
            });
        }
        Ok(Self {
            app,
            body,
            headers: parts.headers,
            uri: parts.uri,
        })
    }
}
