//! `GET /api/chatbot/conversation/{id}`: a page of a conversation, or what is newer, at once or when it comes.

use crate::error::ApiError;
use crate::extract::{Caller, QueryFields, Read, Stopping, conversation_id};
use crate::state::ChatState;
use antiphon_chat::{Cursor, Newer, Principal, ReadConversation};
use antiphon_wire::{
    ConversationJson, DeliveredMarksJson, DetailsJson, MessageJson, ReadMarksJson,
};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Messages in a page unless asked otherwise.
const PAGE: u32 = 50;

/// A page of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationPage)]
pub(crate) struct Answer<'a> {
    success: bool,
    data: ConversationJson<'a>,
    last_seq: i64,
    revision: i64,
    read: ReadMarksJson,
    delivered: DeliveredMarksJson,
    /// What became of messages that the caller has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<MessageJson<'a>>,
    /// For agents, with the newest messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<DetailsJson<'a>>,
}

/// Reads a conversation, or waits for what is new in it.
#[utoipa::path(
    get,
    path = "/api/chatbot/conversation/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The conversation"),
        ("before_seq" = Option<i64>, Query, minimum = 1, description = "Older messages than this one"),
        ("after_seq" = Option<i64>, Query, minimum = 0, description = "Newer messages than this one"),
        ("after_revision" = Option<i64>, Query, minimum = 0, description = "With `wait`: answer also when anything else changed since"),
        ("wait" = Option<u32>, Query, maximum = 25, description = "Seconds to wait for something new; needs after_seq"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "The last messages, or those that were asked for", body = Answer)),
    security(("visitorToken" = []), ("agentToken" = []), ("session" = [])),
)]
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
        changed: read
            .changed
            .iter()
            .map(|message| MessageJson::new(message, &state.links))
            .collect(),
        details: details.as_ref().map(Into::into),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(&answer)).into_response())
}
