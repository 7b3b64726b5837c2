//! `GET /api/chatbot/config`: what a widget needs to know before anybody opens it. Cacheable; writes nothing.

use crate::error::ApiError;
use crate::extract::WidgetCaller;
use crate::openapi::shape;
use crate::settings::Browser;
use crate::state::ChatState;
use antiphon_chat::MAX_FILES;
use antiphon_domain::message::MAX_BODY;
use antiphon_wire::AvailabilityJson;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

shape! {
    /// The real-time servers, and in which order to try them.
    #[schema(as = Realtime)]
    RealtimeJson {
        #[serde(rename = "realtimeProvider")]
        realtime_provider: String,
        providers: Vec<String>,
        #[schema(value_type = Object)]
        reverb: (),
        #[schema(value_type = Object)]
        pusher: (),
    }
}

shape! {
    /// What a widget has to know before it is opened.
    ConfigAnswer {
        success: bool,
        #[serde(rename = "realtimeProvider")]
        realtime_provider: String,
        providers: Vec<String>,
        #[schema(value_type = Object)]
        reverb: (),
        #[schema(value_type = Object)]
        pusher: (),
        widget: WidgetJson,
    }
}

shape! {
    /// A widget, as its pages see it.
    #[schema(as = WidgetConfig)]
    WidgetJson {
        name: String,
        welcome_message: String,
        /// Complete, with `availability`.
        #[schema(value_type = Object)]
        settings: (),
        limits: LimitsJson,
    }
}

shape! {
    /// What may be sent.
    #[schema(as = Limits)]
    LimitsJson {
        message_max_characters: u32,
        file_max_bytes: u64,
        file_max_count: u32,
        /// Content types, such as `image/*`.
        file_types: Vec<String>,
    }
}

/// How long an answer may be used: a change of the settings is on every page after a minute.
const MAX_AGE_SECONDS: i64 = 60;

/// Reads what a widget has to know before it is opened.
#[utoipa::path(
    get,
    path = "/api/chatbot/config",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` of the last answer")),
    responses((status = 200, description = "May be used for a minute at most, see `Cache-Control`", body = ConfigAnswer), (status = 304, description = "Nothing has changed")),
    security(("widgetToken" = [])),
)]
pub(crate) async fn config(
    State(state): State<ChatState>,
    WidgetCaller(widget): WidgetCaller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut body = realtime(&state.settings.browser);
    let (availability, lasts_seconds) = state.chat.availability(&widget);
    let mut settings = widget.settings.document();
    settings["availability"] = json!(AvailabilityJson::from(availability));
    body["success"] = json!(true);
    body["widget"] = json!({
        "name": widget.name.as_str(),
        "welcome_message": widget.welcome_message,
        "settings": settings,
        "limits": limits(&state),
    });
    let body = body.to_string();
    let digest = Sha256::digest(body.as_bytes());
    let etag: String = digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let etag = format!("\"{etag}\"");
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
    };
    let answer = response.headers_mut();
    // No longer than what it says of the business hours is true.
    let max_age = lasts_seconds
        .unwrap_or(MAX_AGE_SECONDS)
        .clamp(0, MAX_AGE_SECONDS);
    if let Ok(cache_control) = HeaderValue::try_from(format!("private, max-age={max_age}")) {
        answer.insert(header::CACHE_CONTROL, cache_control);
    }
    answer.append(header::VARY, HeaderValue::from_static("authorization"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// What a message may hold in this installation; a widget may allow its visitors less.
pub(crate) fn limits(state: &ChatState) -> Value {
    let rules = state.chat.upload_rules();
    json!({
        "message_max_characters": MAX_BODY,
        "file_max_bytes": rules.max_bytes,
        "file_max_count": MAX_FILES,
        "file_types": rules.allowed.entries(),
    })
}

/// Which real-time servers there are, and in which order to try them.
pub(crate) fn realtime(browser: &Browser) -> Value {
    let reverb = &browser.reverb;
    let mut providers = vec!["polling"];
    if reverb.enabled {
        providers.insert(0, "reverb");
    }
    let pusher = match &browser.pusher {
        Some(pusher) => {
            providers.insert(0, "pusher");
            json!({ "enabled": true, "key": pusher.app.key, "cluster": pusher.cluster, "encrypted": pusher.encrypted,
                "host": pusher.host, "port": pusher.port })
        }
        None => json!({ "enabled": false, "key": null, "cluster": null, "encrypted": true }),
    };
    json!({
        "realtimeProvider": providers[0],
        "providers": providers,
        "reverb": { "enabled": reverb.enabled, "key": reverb.key, "host": reverb.host, "port": reverb.port, "scheme": reverb.scheme },
        "pusher": pusher,
    })
}
