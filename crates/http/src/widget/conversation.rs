//! `GET /api/chatbot/conversation/{id}`: a page of a conversation, or what is newer, at once or when it comes.

use crate::error::ApiError;
use crate::extract::{Caller, QueryFields, Read, Stopping, conversation_id};
use crate::state::ChatState;
use antiphon_chat::{Cursor, Newer, Principal, ReadConversation};
use antiphon_wire::{ConversationJson, DeliveredMarksJson, DetailsJson, ReadMarksJson};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

/// Messages in a page unless asked otherwise.
const PAGE: u32 = 50;

#[derive(Debug, Serialize)]
struct Answer<'a> {
    success: bool,
    data: ConversationJson<'a>,
    last_seq: i64,
    revision: i64,
    read: ReadMarksJson,
    delivered: DeliveredMarksJson,
    /// For agents, with the newest messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<DetailsJson<'a>>,
}

pub(crate) async fn conversation(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    stopping: Stopping,
    Path(id): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let conversation_id = conversation_id(&id)?;
    let (after_seq, before_seq) = (query.number("after_seq", 0), query.number("before_seq", 1));
    let after_revision = query.number("after_revision", 0);
    let (wait, limit) = (query.wait(), query.limit(PAGE));
    if after_seq.is_some() && before_seq.is_some() {
        query.wrong("before_seq", "cannot be combined with after_seq");
    }
    if after_seq.is_none() && (after_revision.is_some() || !wait.is_zero()) {
        query.wrong("after_seq", "is required with wait and after_revision");
    }
    query.finish()?;
    let cursor = match (after_seq, before_seq) {
        (Some(after_seq), _) => Cursor::Newer(Newer {
            after_seq,
            after_revision,
            wait,
        }),
        (None, Some(before_seq)) => Cursor::Before(before_seq),
        (None, None) => Cursor::Last,
    };
    let read = state.chat.read_conversation(
        &caller.principal,
        ReadConversation {
            conversation_id,
            cursor,
            limit,
        },
    );
    let Some(read) = stopping.or_stopped(read).await else {
        return Err(ApiError::unavailable("The server is restarting"));
    };
    let read = read?;
    let details = match (&caller.principal, cursor) {
        (principal @ Principal::Agent(_), Cursor::Last) => {
            let id = read.conversation.id;
            Some(state.chat.conversation_details(principal, id).await?)
        }
        _ => None,
    };
    let answer = Answer {
        success: true,
        data: ConversationJson::new(&read.conversation, &read.messages, &state.links),
        last_seq: read.conversation.last_seq,
        revision: read.conversation.revision,
        read: (&read.conversation).into(),
        delivered: (&read.conversation).into(),
        details: details.as_ref().map(Into::into),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(&answer)).into_response())
}
