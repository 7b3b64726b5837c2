//! `POST /api/chatbot/delivered`: messages up to a `seq` have reached a screen of the caller's side.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Read, socket_id};
use crate::state::ChatState;
use antiphon_chat::DeliveredMark;
use antiphon_domain::ConversationId;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

pub(crate) async fn delivered(
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
    let marks = vec![DeliveredMark {
        conversation_id: ConversationId(conversation_id),
        up_to_seq,
    }];
    let socket_id = socket_id(&headers);
    state
        .chat
        .mark_delivered(&caller.principal, marks, socket_id)
        .await?;
    Ok(Json(json!({ "success": true })))
}
