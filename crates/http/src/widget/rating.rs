//! `POST /api/chatbot/rating`: a visitor says how it was.

use crate::error::ApiError;
use crate::extract::{Caller, JsonFields, Post, socket_id};
use crate::openapi::{DoneAnswer, shape};
use crate::state::ChatState;
use antiphon_chat::RateConversation;
use antiphon_domain::{ConversationId, Rating, Score};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

shape! {
    /// What the visitor thinks of it.
    #[schema(example = json!({ "conversation_id": 1, "score": 5, "comment": "Quick and kind" }))]
    RatingRequest {
        conversation_id: i64,
        #[schema(minimum = 1, maximum = 5)]
        score: i64,
        #[schema(max_length = 1000)]
        comment: Option<String>,
    }
}

/// Rates a conversation.
#[utoipa::path(
    post,
    path = "/api/chatbot/rating",
    params(("X-Socket-ID" = Option<String>, Header, description = "The caller's own WebSocket, which gets no echo")),
    request_body = RatingRequest,
    responses((status = 200, description = "It is kept", body = DoneAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson), (status = 409, description = "Nobody has answered yet", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = [])),
)]
pub(crate) async fn rating(
    State(state): State<ChatState>,
    caller: Caller<Post>,
    headers: HeaderMap,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let conversation_id = fields.required_integer("conversation_id");
    let score = fields
        .required_integer("score")
        .and_then(|score| fields.errors.check("score", Score::parse(score)));
    let comment = fields.text("comment");
    let comment = comment.and_then(|text| {
        let comment = fields.errors.check("comment", Rating::parse_comment(&text));
        comment.flatten()
    });
    fields.finish()?;
    let (Some(conversation_id), Some(score)) = (conversation_id, score) else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let rating = RateConversation {
        conversation_id: ConversationId(conversation_id),
        score,
        comment,
        socket_id: socket_id(&headers),
    };
    state.chat.rate(&caller.principal, rating).await?;
    Ok(Json(json!({ "success": true })))
}
