//! `GET /console/api/apps/{app}/webhooks`: the last deliveries of the application's webhooks, the newest first;
//! `POST …/webhooks/{delivery}/replay`: makes one of them once more.

use super::{Console, Operator, app, refused};
use crate::error::ApiError;
use crate::pusher::webhook_deliveries;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Deliveries of one answer.
const SHOWN: usize = 100;

pub(crate) async fn list(
    Operator { hub }: Operator,
    State(console): State<Console>,
    Path(app_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let app = app(&hub, &app_id)?;
    let deliveries = console
        .webhooks
        .map_or_else(Vec::new, |webhooks| webhooks.deliveries(&app.id, SHOWN));
    let described: Vec<_> = deliveries
        .iter()
        .map(webhook_deliveries::describe)
        .collect();
    Ok(Json(json!({ "deliveries": described })))
}

pub(crate) async fn replay(
    Operator { hub }: Operator,
    State(console): State<Console>,
    Path((app_id, delivery)): Path<(String, String)>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let app = app(&hub, &app_id)?;
    webhook_deliveries::replay_delivery(console.webhooks.as_ref(), &app.id, &delivery)
        .map_err(refused)
}
