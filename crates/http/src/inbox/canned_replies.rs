//! `/api/v1/canned-replies`: answers that agents have ready.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, QueryFields, path_id};
use crate::state::ChatState;
use antiphon_chat::{CannedReplyChanges, CannedReplyRequest};
use antiphon_domain::{CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// Replies in a page unless asked otherwise.
const PAGE: u32 = 100;

pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let after = query.number("after_id", 0).map(CannedReplyId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let list = state
        .chat
        .canned_replies(&caller.principal, after, limit)
        .await?;
    let replies: Vec<_> = list.replies.iter().map(canned_reply_json).collect();
    let body = json!({ "canned_replies": replies, "has_more": list.has_more });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    for field in ["shortcut", "title", "body"] {
        fields.require(field);
    }
    let changes = changes(fields)?;
    let (Some(shortcut), Some(title), Some(body)) = (changes.shortcut, changes.title, changes.body)
    else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let request = CannedReplyRequest {
        shortcut,
        title,
        body,
        shared: changes.shared.unwrap_or_default(),
    };
    let reply = state
        .chat
        .create_canned_reply(&caller.principal, request)
        .await?;
    Ok((StatusCode::CREATED, answer(&reply)))
}

pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = CannedReplyId(path_id(&id, "canned reply")?);
    let changes = changes(fields)?;
    let reply = state
        .chat
        .update_canned_reply(&caller.principal, id, changes)
        .await?;
    Ok(answer(&reply))
}

pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = CannedReplyId(path_id(&id, "canned reply")?);
    state
        .chat
        .delete_canned_reply(&caller.principal, id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn changes(mut fields: Fields) -> Result<CannedReplyChanges, ApiError> {
    let (shortcut, title, body) = (
        fields.text("shortcut"),
        fields.text("title"),
        fields.text("body"),
    );
    let shared = fields.optional_flag("shared");
    let errors = &mut fields.errors;
    let changes = CannedReplyChanges {
        shortcut: shortcut.and_then(|text| errors.check("shortcut", Shortcut::parse(&text))),
        title: title.and_then(|text| errors.check("title", CannedTitle::parse(&text))),
        body: body.and_then(|text| errors.check("body", CannedBody::parse(&text))),
        shared,
    };
    fields.finish()?;
    Ok(changes)
}

fn answer(reply: &CannedReply) -> Json<Value> {
    Json(json!({ "canned_reply": canned_reply_json(reply) }))
}

fn canned_reply_json(reply: &CannedReply) -> Value {
    json!({
        "id": reply.id.0,
        "agent_id": reply.agent_id.0,
        "shared": reply.shared,
        "shortcut": reply.shortcut.as_str(),
        "title": reply.title.as_str(),
        "body": reply.body.as_str(),
        "created_at": rfc3339(reply.created_at),
        "updated_at": rfc3339(reply.updated_at),
    })
}
