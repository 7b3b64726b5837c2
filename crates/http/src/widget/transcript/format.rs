//! How a transcript is written: as a text for people, or as JSON for programs.

use antiphon_chat::Transcript;
use antiphon_domain::{Message, SenderType, Zone};
use antiphon_wire::{FileLinks, MessageJson, RatingJson, rfc3339, seed_timestamp};
use serde_json::{Value, json};

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

    /// Messages, ascending; the first page has nothing before it.
    pub(super) fn page(&self, messages: &[Message], is_first: bool) -> String {
        match self {
            Self::Text(zone) => messages
                .iter()
                .map(|message| lines(message, zone.as_ref()))
                .collect(),
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

    /// What stands behind the messages.
    pub(super) fn tail(&self) -> &'static str {
        match self {
            Self::Text(_) => "",
            Self::Json(_) => "]}\n",
        }
    }
}

/// Every further line is set in, so that no text can look like a message of somebody else's.
fn lines(message: &Message, zone: Option<&Zone>) -> String {
    let at = match zone {
        Some(zone) => zone.clock(message.created_at),
        None => seed_timestamp(message.created_at),
    };
    let sender = message
        .sender_name
        .as_deref()
        .unwrap_or(match message.sender_type {
            SenderType::Visitor => "Visitor",
            SenderType::Employee => "Agent",
            SenderType::Bot => "Bot",
            SenderType::System => "System",
        });
    // What some programs also show as the end of a line is one here.
    let breaks = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
    ];
    let names = message.attachments.iter().map(|file| file.name.as_str());
    let text: Vec<&str> = Some(message.body.as_str())
        .filter(|body| !body.is_empty())
        .into_iter()
        .chain(names)
        .collect();
    let mut text = text.join("\n");
    let offered = message.quick_replies.as_slice().iter();
    let offered: Vec<_> = offered.map(|reply| format!("[{}]", reply.text)).collect();
    if !offered.is_empty() {
        text = format!("{text}\n{}", offered.join(" "));
    }
    let text = text.replace("\r\n", "\n").replace(breaks, "\n    ");
    format!("\n[{at}] {sender}: {text}\n")
}
