//! `GET /live`: whether the process answers. `GET /up`: whether the data path works, by passing through it: every shard's loop answers, and the store's writer commits.

use crate::router::{Realtime, UpState};
use crate::state::WebSocketState;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::time::Duration;

/// A part that has not answered by then is down.
const PATIENCE: Duration = Duration::from_secs(2);

/// The WebSocket server by itself.
pub(crate) async fn websocket(State(state): State<WebSocketState>) -> Response {
    answer(&[("realtime", probe(&state).await)])
}

/// The chat with its WebSocket server, if that is in this process.
pub(crate) async fn chat(State(UpState(chat, realtime)): State<UpState>) -> Response {
    let store = tokio::time::timeout(PATIENCE, chat.chat.check_store()).await;
    let mut parts = vec![("store", matches!(store, Ok(Ok(()))))];
    if let Realtime::Here(websocket) = realtime {
        parts.push(("realtime", probe(&websocket).await));
    }
    answer(&parts)
}

/// `GET /live`: the process answers, whatever works behind it. For whoever would restart it otherwise.
pub(crate) async fn live() -> Response {
    answer(&[])
}

async fn probe(state: &WebSocketState) -> bool {
    state.hub.probe(PATIENCE).await.is_ok()
}

fn answer(parts: &[(&str, bool)]) -> Response {
    let down: Vec<&str> = parts
        .iter()
        .filter(|(_, up)| !up)
        .map(|(part, _)| *part)
        .collect();
    let (status, body) = match down.is_empty() {
        true => (StatusCode::OK, json!({ "health": "OK" })),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "health": "DOWN", "down": down }),
        ),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
