//! How far: what a read mark and a delivered mark both say.

use crate::error::ApiError;
use crate::extract::Fields;
use crate::openapi::shape;
use antiphon_domain::ConversationId;
use axum::http::StatusCode;

shape! {
    /// How far, in a conversation.
    #[schema(example = json!({ "conversation_id": 1, "up_to_seq": 3 }))]
    MarkRequest {
        conversation_id: i64,
        #[schema(minimum = 0)]
        up_to_seq: i64,
    }
}

/// Takes `conversation_id`, and `up_to_seq` of 0 or more.
pub(super) fn mark(mut fields: Fields) -> Result<(ConversationId, i64), ApiError> {
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
    Ok((ConversationId(conversation_id), up_to_seq))
}
