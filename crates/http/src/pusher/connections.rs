//! `GET /apps/{app_id}/connections`: how many sockets the app has, on all nodes, as Reverb answers it.

use super::signed::Signed;
use crate::state::WebSocketState;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

pub(crate) async fn count(State(state): State<WebSocketState>, signed: Signed) -> Json<Value> {
    Json(json!({ "connections": state.hub.connection_count(&signed.app.id) }))
}
