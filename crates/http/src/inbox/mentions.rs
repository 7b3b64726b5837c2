//! `/api/v1/mentions`: where an agent is mentioned, and how far it has seen that.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, QueryFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_domain::MentionId;
use antiphon_wire::MentionJson;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A page of mentions.
    MentionsAnswer {
        mentions: Vec<MentionJson<'static>>,
        /// How many of all of them have not been seen.
        unread_count: i64,
        /// Whether there are older ones.
        has_more: bool,
    }
}

shape! {
    /// How far mentions have been seen.
    #[schema(example = json!({ "up_to_id": 1 }))]
    MentionsReadRequest { up_to_id: i64 }
}

shape! {
    /// How many mentions have not been seen.
    UnreadMentionsAnswer { unread_count: i64 }
}

/// Mentions in a page unless asked otherwise.
const PAGE: u32 = 50;

/// Lists where one is mentioned.
#[utoipa::path(
    get,
    path = "/api/v1/mentions",
    params(
        ("unread" = Option<String>, Query, pattern = "^(0|1|true|false)$", description = "Whether only those that one has not seen"),
        ("before_id" = Option<i64>, Query, minimum = 1, description = "The page of older ones"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "Newest first", body = MentionsAnswer)),
)]
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

/// Says that one has seen one's mentions up to one of them.
#[utoipa::path(
    post,
    path = "/api/v1/mentions/read",
    request_body = MentionsReadRequest,
    responses((status = 200, description = "How many are left", body = UnreadMentionsAnswer)),
)]
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
