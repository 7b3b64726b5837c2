//! `GET /apps/{app_id}/webhook_deliveries`: the last deliveries of the app's webhooks, the newest first;
//! `POST …/webhook_deliveries/{delivery}/replay`: makes one of them once more.

use super::error::PusherError;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_webhooks::{DeliveryRecord, ReplayError, Webhooks};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// How many are given when nobody says, and the most: what one page shows, with bodies of some size.
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

pub(crate) async fn list(
    State(state): State<WebSocketState>,
    signed: Signed,
) -> Result<Json<Value>, PusherError> {
    let limit = match &*signed.parameter("limit") {
        "" => DEFAULT_LIMIT,
        text => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| {
                PusherError::bad_request(format!("limit must be a number from 1 to {MAX_LIMIT}"))
            })?,
    };
    let deliveries = state.webhooks.map_or_else(Vec::new, |webhooks| {
        webhooks.deliveries(&signed.app.id, limit)
    });
    let described: Vec<_> = deliveries.iter().map(describe).collect();
    Ok(Json(json!({ "deliveries": described })))
}

pub(crate) async fn replay(
    State(state): State<WebSocketState>,
    Path((_, delivery)): Path<(String, String)>,
    signed: Signed,
) -> Result<(StatusCode, Json<Value>), PusherError> {
    replay_delivery(state.webhooks.as_ref(), &signed.app.id, &delivery)
}

/// Makes a delivery of an application once more.
pub(crate) fn replay_delivery(
    webhooks: Option<&Webhooks>,
    app_id: &str,
    delivery: &str,
) -> Result<(StatusCode, Json<Value>), PusherError> {
    let replayed = match (webhooks, delivery.parse()) {
        (Some(webhooks), Ok(id)) => webhooks.replay(app_id, id),
        _ => Err(ReplayError::NotFound),
    };
    match replayed {
        Ok(id) => Ok((StatusCode::ACCEPTED, Json(json!({ "delivery": id })))),
        Err(error) => Err(PusherError {
            status: match error {
                ReplayError::NotFound => StatusCode::NOT_FOUND,
                ReplayError::NoBody | ReplayError::NoTarget => StatusCode::GONE,
                ReplayError::TooMany => StatusCode::TOO_MANY_REQUESTS,
            },
            text: error.to_string(),
        }),
    }
}

/// A delivery, as backends and the console get it.
pub(crate) fn describe(record: &DeliveryRecord) -> Value {
    let kinds: Vec<_> = record.kinds.iter().map(|kind| kind.as_str()).collect();
    json!({
        "id": record.id,
        "time_ms": record.time_ms,
        "url": record.url,
        "events": kinds,
        "n_events": record.n_events,
        "state": record.state.as_str(),
        "status": record.status,
        "error": record.error,
        "attempts": record.attempts,
        "duration_ms": record.duration_ms,
        "replay_of": record.replay_of,
        "body": record.body.as_deref(),
    })
}
