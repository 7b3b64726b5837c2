//! `GET /api/chatbot/conversation/{id}/transcript`: a whole conversation, to be kept.
//!
//! It is written page by page while it is sent, so that a long one takes no more memory than a short one.

mod body;
mod format;

use crate::error::ApiError;
use crate::extract::{Caller, QueryFields, Read, conversation_id};
use crate::state::ChatState;
use antiphon_chat::Transcript;
use antiphon_domain::{Note, Zone};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use body::Pages;
use format::Format;

/// Downloads a whole conversation.
#[utoipa::path(
    get,
    path = "/api/chatbot/conversation/{id}/transcript",
    params(("id" = i64, Path, minimum = 1, description = "The conversation"),
        ("format" = Option<String>, Query, pattern = "^(text|json)$", description = "`text` unless given"),
        ("tz" = Option<String>, Query, description = "The time zone of a text, such as `Europe/Madrid`"),
    ),
    responses(
        (status = 200, description = "The conversation as a download", content(
            (String = "text/plain"),
            (Object = "application/json"),
        )),
    ),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
pub(crate) async fn transcript(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    Path(id): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let id = conversation_id(&id)?;
    let is_json = match query.text("format").as_deref() {
        None | Some("text") => false,
        Some("json") => true,
        Some(_) => {
            query.wrong("format", "must be text or json");
            false
        }
    };
    let asked = match query.text("tz").map(|name| Zone::parse(&name)) {
        None => None,
        Some(Ok(zone)) => Some(zone),
        Some(Err(invalid)) => {
            query.wrong("tz", &invalid.0);
            None
        }
    };
    query.finish()?;
    let transcript = state.chat.transcript(&caller.principal, id).await?;
    Ok(download(state, transcript, is_json, asked, None))
}

/// The answer. `notes`, if they are wanted, stand at their places in a text, and behind the messages in JSON.
pub(crate) fn download(
    state: ChatState,
    transcript: Transcript,
    is_json: bool,
    asked: Option<Zone>,
    notes: Option<Vec<Note>>,
) -> Response {
    let id = transcript.conversation.id;
    let format = if is_json {
        Format::Json(state.links.clone())
    } else {
        Format::Text(asked.or_else(|| transcript.zone.clone()))
    };
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!(
                "attachment; filename=\"conversation-{id}.{}\"",
                format.extension()
            ),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    let pages = Pages::new(state.chat, transcript, format, notes);
    (headers, Body::new(pages)).into_response()
}
