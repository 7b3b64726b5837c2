//! `POST /api/chatbot/read`: the caller has read up to a `seq`.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::state::ChatState;
use antiphon_domain::ConversationId;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

pub(crate) async fn read(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    headers: HeaderMap,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let conversation_id = fields.required_integer("conversation_id");
    let up_to_seq = fields.required_integer("up_to_seq");
    if up_to_seq.is_some_and(|seq| seq < 0) {
        fields.errors.add("up_to_seq", "must not be negative");
    }
    fields.finish()?;
    let (Some(conversation_id), Some(up_to_seq)) = (conversation_id, up_to_seq) else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    state
        .chat
        .mark_read(
            &caller.principal,
            ConversationId(conversation_id),
            up_to_seq,
            socket_id(&headers),
        )
        .await?;
    Ok(Json(json!({ "success": true })))
}
