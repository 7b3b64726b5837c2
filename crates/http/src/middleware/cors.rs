//! Cross-origin answers, for the widget on its owner's site.
//!
//! The widget's requests carry bearer tokens and never cookies, so a page that reads an answer has what it asked with. Whether
//! a page may ask at all is the widget's list of domains, and not decided here: a page that is refused can read the refusal, so
//! that the widget can say what is wrong instead of taking it for a network that is down.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, upload-offset, x-socket-id");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("content-disposition, etag, retry-after, x-request-id");
/// Seconds for which a browser need not ask again; Chromium's own maximum.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

pub(crate) async fn cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin else {
        return response;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    response
}
