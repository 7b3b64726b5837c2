//! `/api/v1/messages/{id}`: an agent's own messages edited and deleted.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_domain::{MessageBody, MessageId};
use antiphon_wire::MessageJson;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

shape! {
    /// What a message is to say.
    #[schema(example = json!({ "message": "It was sent yesterday." }))]
    EditMessageRequest {
        #[schema(min_length = 1, max_length = 5000)]
        message: String,
    }
}

shape! {
    /// A message.
    EditedMessageAnswer { message: MessageJson<'static> }
}

/// Changes the text of one of one's own messages.
#[utoipa::path(
    patch,
    path = "/api/v1/messages/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The message")),
    request_body = EditMessageRequest,
    responses(
        (status = 200, description = "The message as it is now", body = EditedMessageAnswer),
        (status = 409, description = "It was sent too long ago", body = crate::openapi::ErrorJson),
    ),
)]
pub(crate) async fn edit(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = MessageId(path_id(&id, "message")?);
    let text = fields.required_text("message");
    let body = text.and_then(|text| fields.errors.check("message", MessageBody::parse(&text)));
    fields.finish()?;
    let body = body.ok_or_else(|| ApiError::invalid("message", "is required"))?;
    let message = state.chat.edit_message(&caller.principal, id, body).await?;
    Ok(Json(
        json!({ "message": MessageJson::new(&message, &state.links) }),
    ))
}

/// Deletes one of one's own messages, with its files.
#[utoipa::path(
    delete,
    path = "/api/v1/messages/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The message")),
    responses(
        (status = 204, description = "It says nothing any more"),
        (status = 409, description = "It was sent too long ago", body = crate::openapi::ErrorJson),
    ),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = MessageId(path_id(&id, "message")?);
    state.chat.delete_message(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
