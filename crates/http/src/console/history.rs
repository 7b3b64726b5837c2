//! `GET /console/api/apps/{app}/channels/{name}/history`: the newest of the events that a channel keeps.

use super::{Operator, app, refused};
use crate::error::ApiError;
use crate::pusher::event;
use antiphon_realtime::PastEvent;
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use serde_json::{Value, json};

/// The most events that are looked at. A channel keeps 100, unless it is configured to keep more.
const LOOKED_AT: usize = 1_000;
/// The most that are shown.
const SHOWN: usize = 50;

/// What subscribers got.
#[derive(Deserialize)]
struct Message {
    event: String,
    data: String,
}

pub(crate) async fn show(
    Operator { hub }: Operator,
    Path((app_id, name)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let channel = event::channel(&name).map_err(refused)?;
    let page = hub.history(&app.id, &channel, None, LOOKED_AT);
    let events = page.as_ref().map(|page| {
        let newest = page.events.iter().rev().take(SHOWN);
        newest.filter_map(describe).collect::<Vec<_>>()
    });
    Ok(Json(json!({
        "kept": page.is_some(),
        "total": page.map_or(0, |page| page.events.len()),
        "events": events.unwrap_or_default(),
    })))
}

fn describe(past: &PastEvent) -> Option<Value> {
    let message: Message = serde_json::from_slice(&past.message).ok()?;
    Some(json!({
        "id": past.id.to_string(),
        "event": message.event,
        "data": message.data,
        "age_ms": past.age_ms,
    }))
}
