//! A request of the Pusher HTTP API whose signature has been checked: its size before it is read, its signature before it is parsed.

use super::error::PusherError;
use crate::state::WebSocketState;
use antiphon_protocol::signature::{self, Request as SignedRequest};
use antiphon_realtime::App;
use axum::RequestExt as _;
use axum::extract::{FromRequest, Path, Query, Request};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;

/// A request by somebody who knows the app's secret.
pub(crate) struct Signed {
    pub(super) app: Arc<App>,
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    /// The query, the parameters of the signature among it.
    pub(super) parameters: Vec<(String, String)>,
}

impl Signed {
    /// A parameter of the query. Empty if it is not there.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let mut parameters = self.parameters.iter();
        parameters
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
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
        let path: Result<Path<HashMap<String, String>>, _> = request.extract_parts().await;
        let app_id = path
            .ok()
            .and_then(|Path(mut parts)| parts.remove("app_id"))
            .ok_or_else(not_found)?;
        let app = state.hub.app(&app_id).ok_or_else(not_found)?;
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
        let Query(parameters) = Query::try_from_uri(&parts.uri).map_err(|error| {
            PusherError::bad_request(format!("The query is malformed: {error}"))
        })?;
        Ok(Self {
            app,
            body,
            headers: parts.headers,
            parameters,
        })
    }
}
