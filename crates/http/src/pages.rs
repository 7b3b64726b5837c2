//! The pages of this origin: the inbox, the test page, the demo, and the files they are made of.

use crate::assets;
use crate::error::ApiError;
use crate::state::ChatState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The inbox runs our own scripts and styles, talks to our own server and sockets, and is framed by nobody. What an agent is
/// about to send is shown from the browser's memory, and a widget that is being set up in a frame of the same origin.
const INBOX_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; font-src 'self'; connect-src 'self' ws: wss:; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The console talks to its own server only.
const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The test page shows that the widget runs under a strict policy. A widget's server may be elsewhere.
const TEST_PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The demo shows the shop beside what can be set, in a frame of its own origin.
const DEMO_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The page of the inbox that shows a widget while it is being set up answers the widget itself, and asks nobody.
const WIDGET_PREVIEW_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// The shop in that frame is a page with the widget, as the test page is.
const DEMO_PREVIEW_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

pub(crate) async fn home() -> Redirect {
    Redirect::temporary("/inbox")
}

pub(crate) async fn inbox(
    State(state): State<ChatState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    page(
        "inbox/index.html",
        &headers,
        &with_files(&state, INBOX_POLICY),
    )
}

/// The page in the inbox's frame that shows a widget while it is being set up.
pub(crate) async fn widget_preview(headers: HeaderMap) -> Result<Response, ApiError> {
    page("widget-preview.html", &headers, WIDGET_PREVIEW_POLICY)
}

/// The inbox's service worker, for `/inbox` and everything below. Browsers ask for it anew each time, so that an update is found.
pub(crate) async fn inbox_service_worker(headers: HeaderMap) -> Result<Response, ApiError> {
    let mut response = assets::serve("inbox/service-worker.js", &headers)?;
    let answer = response.headers_mut();
    answer.insert("service-worker-allowed", HeaderValue::from_static("/inbox"));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    Ok(response)
}

/// What a phone needs to know to install the inbox.
pub(crate) async fn inbox_manifest(headers: HeaderMap) -> Result<Response, ApiError> {
    assets::serve("inbox/manifest.webmanifest", &headers)
}

pub(crate) async fn console(headers: HeaderMap) -> Result<Response, ApiError> {
    page("console/index.html", &headers, CONSOLE_POLICY)
}

/// Describes the API and lets it be tried; it asks only this server, as the console does.
pub(crate) async fn api(headers: HeaderMap) -> Result<Response, ApiError> {
    page("api/index.html", &headers, CONSOLE_POLICY)
}

pub(crate) async fn test_page(
    State(state): State<ChatState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    trial_page(&state, "chatbot-test.html", &headers, TEST_PAGE_POLICY)
}

pub(crate) async fn demo(
    State(state): State<ChatState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    trial_page(&state, "demo/index.html", &headers, DEMO_POLICY)
}

pub(crate) async fn demo_preview(
    State(state): State<ChatState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    trial_page(&state, "demo/preview.html", &headers, DEMO_PREVIEW_POLICY)
}

/// The widget that the test page and the demo show: the oldest one that is active.
pub(crate) async fn test_page_widget(
    State(state): State<ChatState>,
) -> Result<Json<Value>, ApiError> {
    let widgets = if state.settings.test_page {
        state.chat.widgets().await?
    } else {
        Vec::new()
    };
    let widget = widgets
        .into_iter()
        .find(|widget| widget.active)
        .ok_or_else(|| ApiError::not_found("widget"))?;
    Ok(Json(
        json!({ "id": widget.id.0, "token": widget.token.as_str() }),
    ))
}

pub(crate) async fn widget_script(headers: HeaderMap) -> Result<Response, ApiError> {
    assets::serve("chatbot-widget.js", &headers)
}

/// Recovery for pusher-js, for other people's pages; it needs no state, because `reverb:start` has it too.
pub(crate) async fn resume_script(headers: HeaderMap) -> Result<Response, ApiError> {
    assets::serve("antiphon-resume.js", &headers)
}

pub(crate) async fn asset(
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    assets::serve(&format!("assets/{path}"), &headers)
}

/// A policy that also allows pictures and sounds from where browsers are sent on to for files.
fn with_files<'a>(state: &ChatState, policy: &'a str) -> Cow<'a, str> {
    let Some(origin) = &state.settings.files_origin else {
        return policy.into();
    };
    ["img-src 'self'", "media-src 'self'"]
        .iter()
        .fold(policy.to_owned(), |policy, directive| {
            policy.replace(directive, &format!("{directive} {origin}"))
        })
        .into()
}

/// A page for trying the widget, which an installation may switch off.
fn trial_page(
    state: &ChatState,
    path: &str,
    headers: &HeaderMap,
    policy: &str,
) -> Result<Response, ApiError> {
    if !state.settings.test_page {
        return Err(ApiError::not_found(
            "the test page and the demo are switched off",
        ));
    }
    page(path, headers, &with_files(state, policy))
}

fn page(path: &str, headers: &HeaderMap, policy: &str) -> Result<Response, ApiError> {
    let mut response = assets::serve(path, headers)?.into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_str(policy).map_err(|_| ApiError::not_found("page"))?,
    );
    answer.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    answer.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    answer.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    Ok(response)
}
