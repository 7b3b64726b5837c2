//! The Pusher API's errors: a status and a line of text, as every server SDK shows it to its developer.

use crate::error::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A refusal.
#[derive(Debug)]
pub(crate) struct PusherError {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl PusherError {
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: text.into(),
        }
    }

    /// Says where in the request it is.
    pub(crate) fn within(mut self, place: &str) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }

    /// Nothing was published: earlier events have not been delivered yet.
    pub(crate) fn overloaded() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            text: "Overloaded: try again in a moment".to_owned(),
        }
    }

    pub(crate) fn too_large(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            text: text.into(),
        }
    }
}

impl IntoResponse for PusherError {
    fn into_response(self) -> Response {
        let mut response = (self.status, format!("{}\n", self.text)).into_response();
        response.extensions_mut().insert(Refusal(self.text));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
