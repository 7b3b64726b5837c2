//! `POST /api/chatbot/delivered`: messages up to a `seq` have reached a screen of the caller's side.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::state::ChatState;
use crate::widget::mark::mark;
use antiphon_chat::DeliveredMark;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

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
