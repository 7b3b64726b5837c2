//! How a transcript is written: as a text for people, or as JSON for programs.

use antiphon_chat::Transcript;
use antiphon_domain::note::plain_text;
use antiphon_domain::{Message, Note, SenderType, Timestamp, Zone};
use antiphon_wire::{FileLinks, MessageJson, NoteJson, RatingJson, rfc3339, seed_timestamp};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Stands for what was deleted.
const REMOVED: &str = "(removed)";

/// Text, with the times of a zone (UTC if there is none) and the names of files, or JSON, with addresses of files that are good
/// for a while.
#[derive(Debug)]
pub(super) enum Format {
    Text(Option<Zone>),
    Json(FileLinks),
}

impl Format {
    pub(super) fn content_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "text/plain; charset=utf-8",
            Self::Json(_) => "application/json",
        }
    }

    pub(super) fn extension(&self) -> &'static str {
        match self {
            Self::Text(_) => "txt",
            Self::Json(_) => "json",
        }
    }

    /// What stands before the messages.
    pub(super) fn head(&self, transcript: &Transcript) -> String {
        let conversation = &transcript.conversation;
        let name = transcript.widget.name.as_str();
        match self {
            Self::Text(zone) => {
                let began = match zone {
                    Some(zone) => zone.clock(conversation.created_at),
                    None => seed_timestamp(conversation.created_at),
                };
                let zone = zone.as_ref().map_or("UTC", Zone::name);
                format!(
                    "{name}\nConversation {}, {began} ({zone})\n",
                    conversation.id
                )
            }
            Self::Json(_) => {
                let mut head = json!({
                    "conversation_id": conversation.id.0,
                    "widget_name": name,
                    "status": conversation.status.as_str(),
                    "created_at": rfc3339(conversation.created_at),
                    "rating": conversation.rating.as_ref().map(RatingJson::from),
                })
                .to_string();
                // The messages follow as the last member.
                head.pop();
                head + ",\"messages\":["
            }
        }
    }

    /// Messages, ascending; the first page has nothing before it. In a text, notes stand behind the messages that they were written
    /// behind, and are taken.
    pub(super) fn page(
        &self,
        messages: &[Message],
        is_first: bool,
        mut notes: Option<&mut VecDeque<Note>>,
    ) -> String {
        match self {
            Self::Text(zone) => {
                let mut text = String::new();
                for message in messages {
                    while let Some(notes) = notes.as_deref_mut()
                        && let Some(note) = notes.pop_front_if(|note| note.after_seq < message.seq)
                    {
                        text.push_str(&note_lines(&note, zone.as_ref()));
                    }
                    text.push_str(&lines(message, zone.as_ref()));
                }
                text
            }
            Self::Json(links) => {
                let messages: Vec<String> = messages
                    .iter()
                    .map(|message| {
                        let message = serde_json::to_value(MessageJson::new(message, links));
                        message.unwrap_or(Value::Null).to_string()
                    })
                    .collect();
                let before = if is_first { "" } else { "," };
                format!("{before}{}", messages.join(","))
            }
        }
    }

    /// What stands behind the messages; notes that are left, or in JSON all of them.
    pub(super) fn tail(&self, notes: Option<VecDeque<Note>>) -> String {
        match (self, notes) {
            (Self::Text(zone), notes) => notes
                .iter()
                .flatten()
                .map(|note| note_lines(note, zone.as_ref()))
                .collect(),
            (Self::Json(_), None) => "]}\n".to_owned(),
            (Self::Json(_), Some(notes)) => {
                let notes: Vec<_> = notes.iter().map(NoteJson::from).collect();
                format!("],\"notes\":{}}}\n", json!(notes))
            }
        }
    }
}

/// A note is set apart from what the visitor has read.
fn note_lines(note: &Note, zone: Option<&Zone>) -> String {
    let at = clock(note.created_at, zone);
    let text = match note.deleted_at {
        Some(_) => REMOVED.to_owned(),
        None => plain_text(&note.body),
    };
    format!("\n[{at}] Note by {}: {}\n", note.author.name, set_in(&text))
}

fn clock(at: Timestamp, zone: Option<&Zone>) -> String {
    match zone {
        Some(zone) => zone.clock(at),
        None => seed_timestamp(at),
    }
}

/// What some programs also show as the end of a line is one here.
fn set_in(text: &str) -> String {
    let breaks = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ];
    text.replace("\r\n", "\n").replace(breaks, "\n    ")
}

/// Every further line is set in, so that no text can look like a message of somebody else's.
fn lines(message: &Message, zone: Option<&Zone>) -> String {
    let at = clock(message.created_at, zone);
    let sender = message
        .sender_name
        .as_deref()
        .unwrap_or(match message.sender_type {
            SenderType::Visitor => "Visitor",
            SenderType::Employee => "Agent",
            SenderType::Bot => "Bot",
            SenderType::System => "System",
        });
    let names = message.attachments.iter().map(|file| file.name.as_str());
    let removed = message.deleted_at.map(|_| REMOVED);
    let text: Vec<&str> = Some(message.body.as_str())
        .filter(|body| !body.is_empty())
        .or(removed)
        .into_iter()
        .chain(names)
        .collect();
    let mut text = text.join("\n");
    let offered = message.quick_replies.as_slice().iter();
    let offered: Vec<_> = offered.map(|reply| format!("[{}]", reply.text)).collect();
    if !offered.is_empty() {
        text = format!("{text}\n{}", offered.join(" "));
    }
    let quoted = message
        .reply_to
        .as_ref()
        .map(|quote| quote.excerpt.as_str());
    if let Some(quoted) = quoted.filter(|quoted| !quoted.is_empty()) {
        text = format!("> {quoted}\n{text}");
    }
    let edited = message.edited_at.filter(|_| message.deleted_at.is_none());
    let edited = edited.map_or("", |_| " (edited)");
    format!("\n[{at}] {sender}{edited}: {}\n", set_in(&text))
}
