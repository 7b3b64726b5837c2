//! `GET /apps/{app_id}/channels/{name}/events`: what was published on a channel lately, from its oldest event or after a given one.

use super::error::PusherError;
use super::event;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_protocol::EventId;
use antiphon_realtime::PastEvent;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

/// Events of one answer, if the request does not say.
const DEFAULT_EVENTS: usize = 100;
/// Events of one answer at most. A channel keeps 100 by default.
pub(super) const MAX_EVENTS: usize = 1_000;

/// What subscribers got.
#[derive(Deserialize)]
struct Message {
    event: String,
    data: String,
}

pub(crate) async fn list(
    State(state): State<WebSocketState>,
    Path((_, name)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let channel = event::channel(&name)?;
    let after = match &*signed.parameter("after") {
        "" => None,
        text => Some(
            text.parse::<EventId>()
                .map_err(|error| PusherError::bad_request(format!("after: {error}")))?,
        ),
    };
    let limit = match &*signed.parameter("limit") {
        "" => DEFAULT_EVENTS,
        text => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_EVENTS).contains(limit))
            .ok_or_else(|| {
                PusherError::bad_request(format!("limit must be a number from 1 to {MAX_EVENTS}"))
            })?,
    };
    let page = state
        .hub
        .history(&signed.app.id, &channel, after, limit)
        .ok_or_else(|| PusherError::bad_request(format!("channel {name:?} keeps no history")))?;
    let now_ms = u64::try_from(state.clock.now().as_micros() / 1_000).unwrap_or_default();
    let events: Vec<Value> = page
        .events
        .iter()
        .filter_map(|past| describe(past, now_ms))
        .collect();
    let mut answer = json!({ "events": events });
    if after.is_some() {
        answer["recovered"] = page.complete.into();
    }
    Ok(Json(answer))
}

fn describe(past: &PastEvent, now_ms: u64) -> Option<Value> {
    let message: Message = serde_json::from_slice(&past.message).ok()?;
    Some(json!({
        "id": past.id.to_string(),
        "name": message.event,
        "data": message.data,
        "time_ms": now_ms.saturating_sub(past.age_ms),
    }))
}
