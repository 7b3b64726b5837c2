//! `/api/v1/canned-replies`: answers that agents have ready.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, QueryFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{CannedReplyChanges, CannedReplyRequest};
use antiphon_domain::{CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A canned reply.
    #[schema(as = CannedReply)]
    CannedReplyJson {
        id: i64,
        /// Who made it.
        agent_id: i64,
        /// Whether every agent has it.
        shared: bool,
        shortcut: String,
        title: String,
        body: String,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        updated_at: String,
    }
}

shape! {
    /// A page of canned replies.
    CannedRepliesAnswer {
        canned_replies: Vec<CannedReplyJson>,
        /// Whether there are further ones.
        has_more: bool,
    }
}

shape! {
    /// A canned reply.
    CannedReplyAnswer { canned_reply: CannedReplyJson }
}

shape! {
    /// A canned reply to be made.
    #[schema(example = json!({ "shortcut": "hello", "title": "Greeting", "body": "Hi {{visitor.first_name}}, how can I help?", "shared": false }))]
    NewCannedReplyRequest {
        /// Letters, digits, `-` and `_`.
        #[schema(min_length = 1, max_length = 40)]
        shortcut: String,
        #[schema(min_length = 1, max_length = 100)]
        title: String,
        /// With `{{visitor.name}}`, `{{visitor.first_name}}`, `{{agent.name}}`, `{{agent.first_name}}`, `{{widget.name}}` and
        /// `{{conversation.id}}`, and no other variables.
        #[schema(min_length = 1, max_length = 5000)]
        body: String,
        shared: Option<bool>,
    }
}

shape! {
    /// What is to be another about a canned reply.
    #[schema(example = json!({ "title": "Greeting" }))]
    CannedReplyChangesRequest {
        #[schema(min_length = 1, max_length = 40)]
        shortcut: Option<String>,
        #[schema(min_length = 1, max_length = 100)]
        title: Option<String>,
        #[schema(min_length = 1, max_length = 5000)]
        body: Option<String>,
        shared: Option<bool>,
    }
}

/// Replies in a page unless asked otherwise.
const PAGE: u32 = 199;

/// Lists one's own canned replies and the shared ones.
#[utoipa::path(
    get,
    path = "/api/v1/canned-replies",
    params(
        ("after_id" = Option<i64>, Query, minimum = 0, description = "The page behind this one"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 199 unless given"),
    ),
    responses((status = 200, description = "In the order in which they were made", body = CannedRepliesAnswer)),
)]
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

/// Makes a canned reply; a shared one needs an administrator.
#[utoipa::path(
    post,
    path = "/api/v1/canned-replies",
    request_body = NewCannedReplyRequest,
    responses((status = 201, description = "The canned reply", body = CannedReplyAnswer)),
)]
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

/// Changes a canned reply; what is left out stays.
#[utoipa::path(
    patch,
    path = "/api/v1/canned-replies/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The canned reply")),
    request_body = CannedReplyChangesRequest,
    responses((status = 200, description = "As it is now", body = CannedReplyAnswer)),
)]
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

/// Removes a canned reply.
#[utoipa::path(
    delete,
    path = "/api/v1/canned-replies/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The canned reply")),
    responses((status = 204, description = "It is gone")),
)]
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
