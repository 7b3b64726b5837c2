//! `POST /api/chatbot/read`: the caller has read up to a `seq`.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::state::ChatState;
use crate::widget::mark::mark;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

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
