//! `/api/v1/conversations/{id}/notes` and `/api/v1/notes/{id}`: what agents write to each other.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, QueryFields, conversation_id, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_domain::{NoteBody, NoteId};
use antiphon_wire::NoteJson;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A page of notes.
    NotesAnswer {
        notes: Vec<NoteJson<'static>>,
        /// Whether there are older ones.
        has_more: bool,
    }
}

shape! {
    /// A note.
    NoteAnswer { note: NoteJson<'static> }
}

shape! {
    /// What a note is to say.
    #[schema(example = json!({ "body": "@[Ana](agent:1) can you have a look?" }))]
    NoteRequest {
        /// `@[Name](agent:ID)` mentions an agent, at most 20 of them.
        #[schema(min_length = 1, max_length = 5000)]
        body: String,
    }
}

/// Notes in a page unless asked otherwise.
const PAGE: u32 = 199;

/// Lists the notes beside a conversation.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/notes",
    params(
        ("id" = i64, Path, minimum = 1, description = "The conversation"),
        ("before_id" = Option<i64>, Query, minimum = 1, description = "The page of older ones"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 199 unless given"),
    ),
    responses((status = 200, description = "The newest, oldest first; the deleted ones without their text", body = NotesAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let id = conversation_id(&id)?;
    let before = query.number("before_id", 1).map(NoteId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let list = state
        .chat
        .notes(&caller.principal, id, before, limit)
        .await?;
    let notes: Vec<_> = list.notes.iter().map(NoteJson::from).collect();
    let body = json!({ "notes": notes, "has_more": list.has_more });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Adds a note, which no visitor sees.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/notes",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = NoteRequest,
    responses((status = 201, description = "The note", body = NoteAnswer)),
)]
pub(crate) async fn add(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let id = conversation_id(&id)?;
    let body = body(fields)?;
    let note = state.chat.add_note(&caller.principal, id, body).await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "note": NoteJson::from(&note) })),
    ))
}

/// Changes one of one's own notes.
#[utoipa::path(
    patch,
    path = "/api/v1/notes/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The note")),
    request_body = NoteRequest,
    responses((status = 200, description = "The note as it is now", body = NoteAnswer)),
)]
pub(crate) async fn edit(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = NoteId(path_id(&id, "note")?);
    let body = body(fields)?;
    let note = state.chat.edit_note(&caller.principal, id, body).await?;
    Ok(Json(json!({ "note": NoteJson::from(&note) })))
}

/// Deletes one of one's own notes.
#[utoipa::path(
    delete,
    path = "/api/v1/notes/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The note")),
    responses((status = 204, description = "It says nothing any more")),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = NoteId(path_id(&id, "note")?);
    state.chat.delete_note(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn body(mut fields: Fields) -> Result<NoteBody, ApiError> {
    let text = fields.required_text("body");
    let body = text.and_then(|text| fields.errors.check("body", NoteBody::parse(&text)));
    fields.finish()?;
    body.ok_or_else(|| ApiError::invalid("body", "is required"))
}
