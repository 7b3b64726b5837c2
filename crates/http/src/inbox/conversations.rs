//! `/api/v1/conversations`: the list, and what an agent does with one.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, QueryFields, Stopping, conversation_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{InboxFilter, InboxRequest};
use antiphon_domain::{AgentId, InboxUpdate};
use antiphon_wire::InboxRowJson;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A page of the inbox.
    InboxAnswer {
        /// How far the whole inbox has changed: what to ask with as `after_revision`.
        revision: i64,
        /// Whether there are more in the direction that was asked for.
        has_more: bool,
        conversations: Vec<InboxRowJson<'static>>,
    }
}

shape! {
    /// A conversation after it was changed.
    ConversationAnswer { conversation: InboxRowJson<'static> }
}

shape! {
    /// Who is to look after a conversation.
    #[schema(example = json!({ "agent_id": 1 }))]
    AssignRequest {
        /// The agent; `null` is nobody.
        agent_id: Option<i64>,
    }
}

/// Rows in a page unless asked otherwise.
const PAGE: u32 = 50;

/// Lists conversations, or what changed of them.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    params(
        ("filter" = Option<String>, Query, pattern = "^(open|closed|all)$", description = "`open` unless given"),
        ("before_revision" = Option<i64>, Query, minimum = 1, description = "The page behind the row of this revision"),
        ("after_revision" = Option<i64>, Query, minimum = 0, description = "What changed since, oldest first, whatever the filter"),
        ("wait" = Option<u32>, Query, maximum = 25, description = "Seconds to wait for something new; needs after_revision"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "Rows, the most recently changed first", body = InboxAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    stopping: Stopping,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let (after_revision, before_revision) = (
        query.number("after_revision", 0),
        query.number("before_revision", 1),
    );
    let (wait, limit) = (query.wait(), query.limit(PAGE));
    let filter = match query.text("filter").as_deref() {
        None | Some("open") => InboxFilter::Open,
        Some("closed") => InboxFilter::Closed,
        Some("all") => InboxFilter::All,
        Some(_) => {
            query.wrong("filter", "must be open, closed or all");
            InboxFilter::Open
        }
    };
    if after_revision.is_none() && !wait.is_zero() {
        query.wrong("after_revision", "is required with wait");
    }
    query.finish()?;
    let request = match after_revision {
        Some(revision) => InboxRequest::ChangedSince {
            revision,
            limit,
            wait,
        },
        None => InboxRequest::Newest {
            before_revision,
            filter,
            limit,
        },
    };
    let inbox = state.chat.inbox(&caller.principal, request);
    let Some(list) = stopping.or_stopped(inbox).await else {
        return Err(ApiError::unavailable("The server is restarting"));
    };
    let list = list?;
    let body = json!({
        "revision": list.revision,
        "has_more": list.has_more,
        "conversations": list.rows.iter().map(|row| InboxRowJson::new(row, &state.links)).collect::<Vec<_>>(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Closes a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/close",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn close(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let update = state
        .chat
        .close(&caller.principal, conversation_id(&id)?)
        .await?;
    Ok(row(&state, &update))
}

/// Opens a closed conversation again.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/reopen",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn reopen(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let update = state
        .chat
        .reopen(&caller.principal, conversation_id(&id)?)
        .await?;
    Ok(row(&state, &update))
}

/// Says who looks after a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/assign",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = AssignRequest,
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn assign(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = conversation_id(&id)?;
    let agent_id = fields.integer("agent_id").map(AgentId);
    fields.finish()?;
    let update = state.chat.assign(&caller.principal, id, agent_id).await?;
    Ok(row(&state, &update))
}

fn row(state: &ChatState, update: &InboxUpdate) -> Json<Value> {
    Json(json!({ "conversation": InboxRowJson::new(update, &state.links) }))
}
