//! The Pusher API's errors: a status and a line of text, as every server SDK shows it to its developer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// A refusal.
#[derive(Debug)]
pub(crate) struct PusherError {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl PusherError {
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: text.into(),
        }
    }

    pub(super) fn too_large(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            text: text.into(),
        }
    }
}

impl IntoResponse for PusherError {
    fn into_response(self) -> Response {
        (self.status, format!("{}\n", self.text)).into_response()
    }
}
