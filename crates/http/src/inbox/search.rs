//! `GET /api/v1/search`: messages and people.

use crate::error::ApiError;
use crate::extract::{Agent, QueryFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{FoundPerson, MessageHit, SearchRequest};
use antiphon_domain::MessageId;
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// What was found, newest first.
    SearchAnswer {
        messages: Vec<FoundMessageJson>,
        people: Vec<FoundPersonJson>,
        /// Whether there may be further messages.
        has_more: bool,
        /// Where they are: the `cursor` of the next request.
        next: Option<String>,
    }
}

shape! {
    /// A message that was found.
    #[schema(as = FoundMessage)]
    FoundMessageJson {
        conversation_id: i64,
        seq: i64,
        message_id: i64,
        sender_type: String,
        sender_name: Option<String>,
        at: String,
        /// Plain text on one line.
        snippet: String,
        /// Where what was looked for is in the snippet: begin and end in UTF-16 code units.
        highlights: Vec<Vec<u32>>,
        conversation: FoundConversationJson,
    }
}

shape! {
    /// The conversation of a message that was found.
    #[schema(as = FoundConversation)]
    FoundConversationJson { visitor_name: Option<String>, status: String }
}

shape! {
    /// A visitor who was found.
    #[schema(as = FoundPerson)]
    FoundPersonJson {
        visitor_id: i64,
        name: Option<String>,
        email: Option<String>,
        phone: Option<String>,
        external_id: Option<String>,
        verified: bool,
        /// The newest conversation in which something was said.
        last_conversation_id: Option<i64>,
        last_message_at: Option<String>,
    }
}

/// Results in a page unless asked otherwise.
const PAGE: u32 = 20;

/// Searches messages and people.
#[utoipa::path(
    get,
    path = "/api/v1/search",
    params(
        ("q" = String, Query, description = "Words, all of which are to be there; the last may be unfinished"),
        ("in" = Option<String>, Query, pattern = "^(messages|people)$", description = "Both unless given"),
        ("cursor" = Option<i64>, Query, minimum = 1, description = "The `next` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many of each at most; 20 unless given"),
    ),
    responses((status = 200, description = "What was found", body = SearchAnswer)),
)]
pub(crate) async fn search(
    State(state): State<ChatState>,
    caller: Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let text = query.text("q");
    if text.is_none() {
        query.wrong("q", "is required");
    }
    let (messages, people) = match query.text("in").as_deref() {
        None => (true, true),
        Some("messages") => (true, false),
        Some("people") => (false, true),
        Some(_) => {
            query.wrong("in", "must be messages or people");
            (false, false)
        }
    };
    let before = query.number("cursor", 1).map(MessageId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let request = SearchRequest {
        text: text.unwrap_or_default(),
        messages: messages.then_some(before),
        // They are on the first page.
        people: people && before.is_none(),
        limit,
    };
    let result = state.chat.search(&caller.principal, request).await?;
    let body = json!({
        "messages": result.messages.iter().map(message_json).collect::<Vec<_>>(),
        "people": result.people.iter().map(person_json).collect::<Vec<_>>(),
        "has_more": result.next.is_some(),
        "next": result.next.map(|id| id.to_string()),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn message_json(hit: &MessageHit) -> Value {
    let message = &hit.found.message;
    let places = hit.snippet.highlights.iter();
    let highlights: Vec<[usize; 2]> = places.map(|place| [place.start, place.end]).collect();
    json!({
        "conversation_id": message.conversation_id.0,
        "seq": message.seq,
        "message_id": message.id.0,
        "sender_type": message.sender_type.as_str(),
        "sender_name": message.sender_name,
        "at": rfc3339(message.created_at),
        "snippet": hit.snippet.text,
        "highlights": highlights,
        "conversation": {
            "visitor_name": hit.found.visitor_name,
            "status": hit.found.status.as_str(),
        },
    })
}

fn person_json(found: &FoundPerson) -> Value {
    let contact = &found.visitor.contact;
    let last = found.last_conversation;
    json!({
        "visitor_id": found.visitor.id.0,
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "external_id": contact.external_id,
        "verified": found.visitor.verified,
        "last_conversation_id": last.map(|(id, _)| id.0),
        "last_message_at": last.and_then(|(_, at)| at).map(rfc3339),
    })
}
