//! `GET /api/chatbot/conversations`: a visitor's own conversations, newest first.

use crate::error::ApiError;
use crate::extract::{Caller, QueryFields, Read};
use crate::state::ChatState;
use antiphon_chat::VisitorConversation;
use antiphon_domain::{ConversationId, Message};
use antiphon_wire::{AssigneeJson, RatingJson, rfc3339};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Rows in a page unless asked otherwise.
const PAGE: u32 = 20;
/// How much of the newest message is shown, in characters: two lines of a phone.
const PREVIEW: usize = 120;

/// A visitor's conversations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConversationsPage)]
pub(crate) struct Answer<'a> {
    success: bool,
    conversations: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VisitorConversation)]
struct Row<'a> {
    id: i64,
    #[schema(schema_with = antiphon_wire::schema::status)]
    status: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_message_at: Option<String>,
    last_seq: i64,
    unread: i64,
    preview: Option<String>,
    assigned_to: Option<AssigneeJson<'a>>,
    rating: Option<RatingJson<'a>>,
}

/// Lists the visitor's own conversations.
#[utoipa::path(
    get,
    path = "/api/chatbot/conversations",
    params(("before" = Option<i64>, Query, minimum = 1, description = "The `next` of the page before"), ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 20 unless given")),
    responses((status = 200, description = "The newest first; the last page has no `next`", body = Answer)),
    security(("visitorToken" = [])),
)]
pub(crate) async fn conversations(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let before = query.number("before", 1).map(ConversationId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let list = state
        .chat
        .visitor_conversations(&caller.principal, before, limit)
        .await?;
    let answer = Answer {
        success: true,
        conversations: list.rows.iter().map(Into::into).collect(),
        next: list.next.map(|id| id.0),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], axum::Json(&answer)).into_response())
}

impl<'a> From<&'a VisitorConversation> for Row<'a> {
    fn from(row: &'a VisitorConversation) -> Self {
        let conversation = &row.conversation;
        let newest = row.last_message.as_ref();
        Self {
            id: conversation.id.0,
            status: conversation.status.as_str(),
            created_at: rfc3339(conversation.created_at),
            last_message_at: conversation.last_message_at.map(rfc3339),
            last_seq: conversation.last_seq,
            unread: row.unread_count,
            preview: newest.map(preview_of),
            assigned_to: conversation.assigned_to.as_ref().map(Into::into),
            rating: conversation.rating.as_ref().map(Into::into),
        }
    }
}

/// Of a message without a text, the names of its files.
fn preview_of(message: &Message) -> String {
    if !message.body.is_empty() {
        return preview(&message.body);
    }
    let names: Vec<&str> = message
        .attachments
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    preview(&names.join(", "))
}

/// The beginning of a text, in one line.
fn preview(text: &str) -> String {
    // A text is at most 5,000 characters, so no more than that is walked through.
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(PREVIEW) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_line_and_cut_between_characters() {
        assert_eq!(preview(" a\n\n b\t c "), "a b c");
        let longest = "é".repeat(PREVIEW);
        assert_eq!(preview(&longest), longest);
        assert_eq!(preview(&format!("{longest}é")), format!("{longest}…"));
    }
}
