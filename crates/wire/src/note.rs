//! A note beside a conversation, and who is mentioned in it: for agents only.

use crate::rfc3339;
use antiphon_domain::{Mention, Note, NoteAuthor};
use serde::Serialize;
use utoipa::ToSchema;

/// A note in JSON.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct NoteJson<'a> {
    id: i64,
    conversation_id: i64,
    agent: NoteAuthorJson<'a>,
    body: &'a str,
    mentions: Vec<i64>,
    after_seq: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    edited_at: Option<String>,
    #[schema(format = DateTime)]
    deleted_at: Option<String>,
}

/// Who wrote a note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoteAuthor)]
struct NoteAuthorJson<'a> {
    id: i64,
    name: &'a str,
}

impl<'a> From<&'a NoteAuthor> for NoteAuthorJson<'a> {
    fn from(author: &'a NoteAuthor) -> Self {
        Self {
            id: author.id.0,
            name: &author.name,
        }
    }
}

impl<'a> From<&'a Note> for NoteJson<'a> {
    fn from(note: &'a Note) -> Self {
        Self {
            id: note.id.0,
            conversation_id: note.conversation_id.0,
            agent: (&note.author).into(),
            body: &note.body,
            mentions: note.mentions.iter().map(|id| id.0).collect(),
            after_seq: note.after_seq,
            created_at: rfc3339(note.created_at),
            edited_at: note.edited_at.map(rfc3339),
            deleted_at: note.deleted_at.map(rfc3339),
        }
    }
}

/// A mention in JSON, with its note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mention)]
pub struct MentionJson<'a> {
    id: i64,
    conversation_id: i64,
    visitor_name: Option<&'a str>,
    note: NoteJson<'a>,
    #[schema(format = DateTime)]
    read_at: Option<String>,
}

impl<'a> From<&'a Mention> for MentionJson<'a> {
    fn from(mention: &'a Mention) -> Self {
        Self {
            id: mention.id.0,
            conversation_id: mention.note.conversation_id.0,
            visitor_name: mention.visitor_name.as_deref(),
            note: (&mention.note).into(),
            read_at: mention.read_at.map(rfc3339),
        }
    }
}
