//! The outermost layer: gives each request an id, writes the body of every error, logs what failed on our side, and adds the
//! headers that every answer has.

use crate::error::ApiError;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// Different in each process, so that ids from several processes do not meet in one log.
static PROCESS: LazyLock<u32> =
    LazyLock::new(|| (RandomState::new().hash_one(std::process::id()) >> 32) as u32);
static NEXT: AtomicU64 = AtomicU64::new(1);

pub(crate) async fn around(request: Request, next: Next) -> Response {
    let id = format!(
        "{:08x}-{:x}",
        *PROCESS,
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions().get::<ApiError>() {
        if let Some(cause) = &error.cause {
            tracing::error!(request.id = id, %method, path, error = %causes(&**cause), "request failed");
        }
        // The layers inside have put their headers on the placeholder; they belong to the answer.
        let mut rendered = error.render(&id);
        for (name, value) in response.headers() {
            if !rendered.headers().contains_key(name) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
        }
        response = rendered;
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    response
}

/// An error and its sources, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

pub(crate) async fn not_found() -> Response {
    ApiError::not_found("there is no such address").into_response()
}

pub(crate) async fn method_not_allowed() -> Response {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address does not take that method",
    )
    .into_response()
}
