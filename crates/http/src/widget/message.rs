//! `POST /api/chatbot/message`: a message is posted.

use super::quick_replies;
use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Post, socket_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::PostMessage;
use antiphon_domain::{ClientId, ConversationId, MessageBody, SenderType};
use antiphon_wire::{rfc3339, seed_timestamp};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

shape! {
    /// A message to be posted.
    #[schema(example = json!({ "conversation_id": 1, "message": "Hello" }))]
    MessageRequest {
        conversation_id: i64,
        #[schema(min_length = 1, max_length = 5000)]
        message: String,
        /// Answers to choose from, for agents.
        #[schema(min_items = 1, max_items = 10)]
        quick_replies: Option<Vec<QuickReplyRequest>>,
        /// The `seq` of the message that it answers.
        reply_to_seq: Option<i64>,
        /// Makes the send idempotent.
        #[schema(format = "uuid")]
        client_id: Option<String>,
        /// Must be the credential's.
        #[schema(pattern = "^(visitor|employee)$")]
        sender_type: Option<String>,
        /// As `X-Socket-ID`.
        socket_id: Option<String>,
    }
}

shape! {
    /// An answer to choose. A text alone is as good as an object.
    QuickReplyRequest {
        #[schema(min_length = 1, max_length = 80)]
        text: String,
        #[schema(max_length = 500)]
        value: Option<String>,
        #[schema(max_length = 2000)]
        url: Option<String>,
    }
}

shape! {
    /// A message that is on disk.
    PostedAnswer {
        success: bool,
        message_id: i64,
        seq: i64,
        /// As `created_at`, in UTC: `2026-01-01 00:00:00`.
        timestamp: String,
        #[schema(format = DateTime)]
        created_at: String,
    }
}

/// Posts a message.
#[utoipa::path(
    post,
    path = "/api/chatbot/message",
    params(("X-Socket-ID" = Option<String>, Header, description = "The caller's own WebSocket, which gets no echo")),
    request_body = MessageRequest,
    responses((status = 201, description = "It is posted", body = PostedAnswer), (status = 200, description = "It was posted before, with this `client_id`", body = PostedAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson), (status = 409, description = "The conversation is closed", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
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
    let reply_to_seq = fields.integer("reply_to_seq");
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
        reply_to_seq,
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
