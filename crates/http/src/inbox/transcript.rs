//! `GET /api/v1/conversations/{id}/transcript`: a whole conversation, with what agents noted beside it if that is wanted.

use crate::error::ApiError;
use crate::extract::{Agent, QueryFields, conversation_id};
use crate::state::ChatState;
use crate::widget::transcript::download;
use antiphon_domain::Zone;
use axum::extract::{Path, State};
use axum::response::Response;

/// Downloads a conversation.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}/transcript",
    params(
        ("id" = i64, Path, minimum = 1, description = "The conversation"),
        ("format" = Option<String>, Query, pattern = "^(text|json)$", description = "`text` unless given"),
        ("tz" = Option<String>, Query, description = "The time zone of the times in a text, such as `Europe/Madrid`; the visitor's unless given"),
        ("notes" = Option<String>, Query, pattern = "^(0|1|true|false)$", description = "Whether the notes are in it, at most 2,000 of them"),
    ),
    responses((status = 200, description = "A text, or `{conversation_id,widget_name,status,created_at,rating,messages}` and `notes`", body = String, content_type = "text/plain")),
)]
pub(crate) async fn transcript(
    State(state): State<ChatState>,
    caller: Agent,
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
    let zone = query.text("tz").map(|name| Zone::parse(&name)).transpose();
    let zone = zone.unwrap_or_else(|invalid| {
        query.wrong("tz", &invalid.0);
        None
    });
    let wants_notes = query.flag("notes");
    query.finish()?;
    let principal = &caller.principal;
    let transcript = state.chat.transcript(principal, id).await?;
    let notes = match wants_notes {
        true => Some(state.chat.transcript_notes(principal, id).await?),
        false => None,
    };
    Ok(download(state, transcript, is_json, zone, notes))
}
