//! `/api/v1/mentions`: where an agent is mentioned, and how far it has seen that.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, QueryFields};
use crate::state::ChatState;
use antiphon_domain::MentionId;
use antiphon_wire::MentionJson;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// Mentions in a page unless asked otherwise.
const PAGE: u32 = 50;

pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let unread = query.flag("unread");
    let before = query.number("before_id", 1).map(MentionId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let list = state
        .chat
        .mentions(&caller.principal, unread, before, limit)
        .await?;
    let mentions: Vec<_> = list.mentions.iter().map(MentionJson::from).collect();
    let body = json!({
        "mentions": mentions,
        "unread_count": list.unread_count,
        "has_more": list.has_more,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

pub(crate) async fn read(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let up_to = fields.required_integer("up_to_id");
    fields.finish()?;
    let up_to = MentionId(up_to.unwrap_or_default());
    let unread_count = state.chat.read_mentions(&caller.principal, up_to).await?;
    Ok(Json(json!({ "unread_count": unread_count })))
}
