//! `POST /api/chatbot/message`: a message is posted.

use super::quick_replies;
use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Post, socket_id};
use crate::state::ChatState;
use antiphon_chat::PostMessage;
use antiphon_domain::{ClientId, ConversationId, MessageBody, SenderType};
use antiphon_wire::{rfc3339, seed_timestamp};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

pub(crate) async fn message(
    State(state): State<ChatState>,
    caller: Caller<Post>,
    headers: HeaderMap,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let conversation_id = fields.required_integer("conversation_id");
    let text = fields.required_text("message");
    let body = text.and_then(|text| fields.errors.check("message", MessageBody::parse(&text)));
    let quick_replies = quick_replies::read(&mut fields);
    let client_id = fields
        .text("client_id")
        .and_then(|text| fields.errors.check("client_id", ClientId::parse(&text)));
    let sender_type = fields
        .text("sender_type")
        .and_then(|text| fields.errors.check("sender_type", SenderType::parse(&text)));
    // Laravel's `toOthers()` names the socket in the body, Echo's interceptor in the header.
    let socket_id = fields
        .text("socket_id")
        .and_then(|text| text.parse().ok())
        .or_else(|| socket_id(&headers));
    fields.finish()?;
    if sender_type.is_some_and(|sender| sender != caller.principal.sender_type()) {
        return Err(ApiError::forbidden(
            "the sender_type is not the credential's",
        ));
    }
    let (Some(conversation_id), Some(body)) = (conversation_id, body) else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let post = PostMessage {
        conversation_id: ConversationId(conversation_id),
        body,
        quick_replies,
        client_id,
        socket_id,
    };
    let posted = state.chat.post_message(&caller.principal, post).await?;
    let status = if posted.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let message = &posted.message;
    let answer = json!({
        "success": true,
        "message_id": message.id.0,
        "seq": message.seq,
        "timestamp": seed_timestamp(message.created_at),
        "created_at": rfc3339(message.created_at),
    });
    Ok((status, Json(answer)).into_response())
}
