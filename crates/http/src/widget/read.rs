//! `POST /api/chatbot/read`: the caller has read up to a `seq`.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::openapi::DoneAnswer;
use crate::state::ChatState;
use crate::widget::mark::{MarkRequest, mark};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

/// Moves the read mark of the caller's side forward.
#[utoipa::path(
    post,
    path = "/api/chatbot/read",
    params(("X-Socket-ID" = Option<String>, Header, description = "The caller's own WebSocket, which gets no echo")),
    request_body = MarkRequest,
    responses((status = 200, description = "The mark is there or further", body = DoneAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn read(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    headers: HeaderMap,
    JsonFields(fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let (conversation_id, up_to_seq) = mark(fields)?;
    state
        .chat
        .mark_read(
            &caller.principal,
            conversation_id,
            up_to_seq,
            socket_id(&headers),
        )
        .await?;
    Ok(Json(json!({ "success": true })))
}
