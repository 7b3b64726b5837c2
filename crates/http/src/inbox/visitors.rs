//! `/api/v1/visitors/{id}`: what agents see of a visitor.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, QueryFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::VisitorView;
use antiphon_domain::visit::parse_visitor_note;
use antiphon_domain::{ConversationId, VisitorId};
use antiphon_wire::{InboxRowJson, rfc3339};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A visitor as agents see it.
    #[schema(as = Visitor)]
    VisitorJson {
        id: i64,
        widget_id: i64,
        name: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        /// The site's own id of it.
        external_id: Option<String>,
        /// Whether the site has vouched for that id.
        verified: bool,
        #[schema(value_type = Option<Object>)]
        metadata: Option<()>,
        #[schema(format = DateTime)]
        created_at: String,
        /// What agents note of it.
        note: Option<String>,
        blocked: bool,
    }
}

shape! {
    /// A page that a visitor looked at.
    #[schema(as = PageView)]
    PageViewJson {
        url: String,
        title: Option<String>,
        #[schema(format = DateTime)]
        at: String,
    }
}

shape! {
    /// A visitor, with what is around it.
    VisitorAnswer {
        visitor: VisitorJson,
        conversations: Vec<InboxRowJson<'static>>,
        /// Whether there are older conversations.
        has_more: bool,
        /// The newest 50.
        pages: Vec<PageViewJson>,
        /// Such as `Firefox 128 on Windows`.
        browser: Option<String>,
        /// What the proxy says of where it is.
        location: Option<String>,
    }
}

shape! {
    /// What agents note of a visitor.
    #[schema(example = json!({ "note": "Prefers to be called." }))]
    VisitorNoteRequest {
        /// Empty for nothing.
        #[schema(max_length = 5000)]
        note: String,
    }
}

shape! {
    /// A visitor.
    NotedVisitorAnswer { visitor: VisitorJson }
}

/// Conversations in a page unless asked otherwise.
const PAGE: u32 = 20;

/// Shows a visitor: who it is, where it looks, what it said before.
#[utoipa::path(
    get,
    path = "/api/v1/visitors/{id}",
    params(
        ("id" = i64, Path, minimum = 1, description = "The visitor"),
        ("before_id" = Option<i64>, Query, minimum = 1, description = "The page of its older conversations"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 20 unless given"),
    ),
    responses((status = 200, description = "Conversations and pages, newest first", body = VisitorAnswer)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let id = VisitorId(path_id(&id, "visitor")?);
    let before = query.number("before_id", 1).map(ConversationId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let view = state
        .chat
        .visitor(&caller.principal, id, before, limit)
        .await?;
    let rows = view.conversations.iter();
    let conversations: Vec<_> = rows
        .map(|row| InboxRowJson::new(row, &state.links))
        .collect();
    let pages = view
        .pages
        .iter()
        .map(|page| json!({ "url": page.url, "title": page.title, "at": rfc3339(page.at) }));
    let body = json!({
        "visitor": visitor_json(&view),
        "conversations": conversations,
        "has_more": view.has_more,
        "pages": pages.collect::<Vec<_>>(),
        "browser": view.profile.device.browser,
        "location": view.profile.device.location,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Replaces what agents note of a visitor.
#[utoipa::path(
    patch,
    path = "/api/v1/visitors/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The visitor")),
    request_body = VisitorNoteRequest,
    responses((status = 200, description = "The visitor as it is now", body = NotedVisitorAnswer)),
)]
pub(crate) async fn note(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = VisitorId(path_id(&id, "visitor")?);
    let note = fields.required_text("note");
    let note = note.and_then(|text| fields.errors.check("note", parse_visitor_note(&text)));
    fields.finish()?;
    let principal = &caller.principal;
    state
        .chat
        .note_visitor(principal, id, note.flatten())
        .await?;
    let view = state.chat.visitor(principal, id, None, 1).await?;
    Ok(Json(json!({ "visitor": visitor_json(&view) })))
}

/// Erases a visitor with everything that is kept of it. Administrators only. Nothing brings it back.
#[utoipa::path(
    delete,
    path = "/api/v1/visitors/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The visitor")),
    responses((status = 204, description = "It is gone; its files are removed within moments")),
)]
pub(crate) async fn erase(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = VisitorId(path_id(&id, "visitor")?);
    state.chat.erase_visitor(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn visitor_json(view: &VisitorView) -> Value {
    let visitor = &view.profile.visitor;
    let contact = &visitor.contact;
    let metadata = contact.metadata.as_deref();
    json!({
        "id": visitor.id.0,
        "widget_id": visitor.widget_id.0,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "external_id": contact.external_id,
        "verified": visitor.verified,
        "metadata": metadata.and_then(|json| serde_json::from_str::<Value>(json).ok()),
        "created_at": rfc3339(visitor.created_at),
        "note": view.profile.note,
        "blocked": view.is_blocked,
    })
}
