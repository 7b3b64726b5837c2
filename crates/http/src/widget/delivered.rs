//! `POST /api/chatbot/delivered`: messages up to a `seq` have reached a screen of the caller's side.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::openapi::DoneAnswer;
use crate::state::ChatState;
use crate::widget::mark::{MarkRequest, mark};
use antiphon_chat::DeliveredMark;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

/// Moves the delivered mark of the caller's side forward.
#[utoipa::path(
    post,
    path = "/api/chatbot/delivered",
    params(("X-Socket-ID" = Option<String>, Header, description = "The caller's own WebSocket, which gets no echo")),
    request_body = MarkRequest,
    responses((status = 200, description = "The mark is there or further", body = DoneAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn delivered(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    headers: HeaderMap,
    JsonFields(fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let (conversation_id, up_to_seq) = mark(fields)?;
    let marks = vec![DeliveredMark {
        conversation_id,
        up_to_seq,
    }];
    let socket_id = socket_id(&headers);
    state
        .chat
        .mark_delivered(&caller.principal, marks, socket_id)
        .await?;
    Ok(Json(json!({ "success": true })))
}
