//! A message, as answers and the `ChatMessageReceived` event show it.

use crate::{AttachmentJson, FileLinks, rfc3339, seed_timestamp};
use antiphon_domain::{Message, QuickReply, Quote};
use serde::Serialize;
use utoipa::ToSchema;

/// A message in JSON.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageJson<'a> {
    id: i64,
    seq: i64,
    conversation_id: i64,
    #[schema(schema_with = crate::schema::sender_type)]
    sender_type: &'static str,
    sender_name: Option<&'a str>,
    message: &'a str,
    attachments: Vec<AttachmentJson<'a>>,
    is_voice: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quick_replies: Vec<QuickReplyJson<'a>>,
    /// The agent who sent it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<QuoteJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    edited_at: Option<String>,
    /// With it, `message` is empty and there are no files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    deleted_at: Option<String>,
    #[schema(format = "uuid")]
    client_id: Option<String>,
    /// As `created_at`, in UTC: `2026-01-01 00:00:00`.
    timestamp: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    read_at: Option<String>,
}

impl<'a> MessageJson<'a> {
    /// A message, with addresses of its files that are good for a while.
    pub fn new(message: &'a Message, links: &FileLinks) -> Self {
        Self {
            id: message.id.0,
            seq: message.seq,
            conversation_id: message.conversation_id.0,
            sender_type: message.sender_type.as_str(),
            sender_name: message.sender_name.as_deref(),
            message: &message.body,
            attachments: AttachmentJson::of(message, links),
            is_voice: message.is_voice,
            quick_replies: message
                .quick_replies
                .as_slice()
                .iter()
                .map(Into::into)
                .collect(),
            agent_id: message.agent_id.map(|id| id.0),
            reply_to: message.reply_to.as_ref().map(Into::into),
            edited_at: message.edited_at.map(rfc3339),
            deleted_at: message.deleted_at.map(rfc3339),
            client_id: message.client_id.map(|id| id.to_string()),
            timestamp: seed_timestamp(message.created_at),
            created_at: rfc3339(message.created_at),
            read_at: message.read_at.map(rfc3339),
        }
    }
}

/// The message that another one answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteJson<'a> {
    seq: i64,
    #[schema(schema_with = crate::schema::sender_type)]
    sender_type: &'static str,
    sender_name: Option<&'a str>,
    /// Its beginning in one line, at most 140 characters.
    excerpt: &'a str,
}

impl<'a> From<&'a Quote> for QuoteJson<'a> {
    fn from(quote: &'a Quote) -> Self {
        Self {
            seq: quote.seq,
            sender_type: quote.sender_type.as_str(),
            sender_name: quote.sender_name.as_deref(),
            excerpt: &quote.excerpt,
        }
    }
}

/// An answer that a message offers. What it does not have is left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub struct QuickReplyJson<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

impl<'a> From<&'a QuickReply> for QuickReplyJson<'a> {
    fn from(reply: &'a QuickReply) -> Self {
        Self {
            text: &reply.text,
            value: reply.value.as_deref(),
            url: reply.url.as_deref(),
        }
    }
}

/// Stands for a message that is too large for a broadcaster's limit: the client fetches it.
#[derive(Debug, Serialize)]
pub struct MessageRef {
    conversation_id: i64,
    seq: i64,
    revision: i64,
    reference: bool,
}

impl MessageRef {
    /// A reference to a message.
    pub fn new(message: &Message, revision: i64) -> Self {
        Self {
            conversation_id: message.conversation_id.0,
            seq: message.seq,
            revision,
            reference: true,
        }
    }
}
