//! Domain events as channel events: which channel, which name, which JSON.

use crate::{AssigneeJson, FileLinks, InboxRowJson, MessageJson, MessageRef, RatingJson, rfc3339};
use antiphon_domain::{Conversation, DomainEvent, InboxUpdate};
use serde::Serialize;

/// The channel of the agents' inbox, as it stands on the wire.
pub const INBOX_CHANNEL: &str = "private-chat.inbox";

/// One event on one channel, ready for any broadcaster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelEvent {
    /// The channel, as it stands on the wire.
    pub channel: String,
    /// The event's name.
    pub event: &'static str,
    /// The JSON document.
    pub data: String,
    /// What to send instead where `data` is over a broadcaster's limit: the client fetches what it refers to.
    pub reference: Option<String>,
    /// Whether the socket that caused the event is left out: it shows its own message already, but not the inbox's new row.
    pub to_others: bool,
}

/// What one domain event says, on the conversation's channel and on the inbox's.
pub fn channel_events(event: &DomainEvent, links: &FileLinks) -> [ChannelEvent; 2] {
    let update = event.update();
    let conversation = ChannelEvent {
        channel: format!("private-{}", Conversation::channel(update.conversation.id)),
        event: name(event),
        data: data(event, links),
        reference: match event {
            DomainEvent::MessagePosted { message, update }
            | DomainEvent::MessageUpdated { message, update } => Some(json(&MessageRef::new(
                message,
                update.conversation.revision,
            ))),
            _ => None,
        },
        to_others: true,
    };
    let inbox = ChannelEvent {
        channel: INBOX_CHANNEL.to_owned(),
        event: "ConversationUpdated",
        data: json(&InboxRowJson::new(update, links)),
        reference: Some(json(&InboxRef {
            id: update.conversation.id.0,
            revision: update.conversation.revision,
            reference: true,
        })),
        to_others: false,
    };
    [conversation, inbox]
}

fn name(event: &DomainEvent) -> &'static str {
    match event {
        DomainEvent::MessagePosted { .. } => "ChatMessageReceived",
        DomainEvent::MessageUpdated { .. } => "MessageUpdated",
        DomainEvent::ConversationClosed(_) => "ConversationClosed",
        DomainEvent::ConversationReopened(_) => "ConversationReopened",
        DomainEvent::ConversationAssigned(_) => "ConversationAssigned",
        DomainEvent::ConversationRated(_) => "ConversationRated",
        DomainEvent::VisitorUpdated(_) => "VisitorUpdated",
        DomainEvent::MessagesRead { .. } => "MessagesRead",
        DomainEvent::MessagesDelivered { .. } => "MessagesDelivered",
    }
}

fn data(event: &DomainEvent, links: &FileLinks) -> String {
    match event {
        DomainEvent::MessagePosted { message, update }
        | DomainEvent::MessageUpdated { message, update } => json(&MessageReceived {
            message: MessageJson::new(message, links),
            revision: update.conversation.revision,
        }),
        DomainEvent::ConversationClosed(update)
        | DomainEvent::ConversationReopened(update)
        | DomainEvent::ConversationAssigned(update) => json(&ConversationState::from(update)),
        DomainEvent::ConversationRated(update) => json(&ConversationRated {
            conversation_id: update.conversation.id.0,
            rating: update.conversation.rating.as_ref().map(Into::into),
            revision: update.conversation.revision,
        }),
        DomainEvent::VisitorUpdated(update) => json(&VisitorUpdated {
            conversation_id: update.conversation.id.0,
            visitor_name: update.conversation.visitor_name.as_deref(),
            visitor_email: update.conversation.visitor_email.as_deref(),
            visitor_phone: update.conversation.visitor_phone.as_deref(),
            revision: update.conversation.revision,
        }),
        DomainEvent::MessagesRead {
            reader,
            up_to_seq,
            at,
            update,
        } => json(&MessagesRead {
            conversation_id: update.conversation.id.0,
            reader: reader.as_str(),
            up_to_seq: *up_to_seq,
            read_at: rfc3339(*at),
            revision: update.conversation.revision,
        }),
        DomainEvent::MessagesDelivered {
            reader,
            up_to_seq,
            update,
        } => json(&MessagesDelivered {
            conversation_id: update.conversation.id.0,
            reader: reader.as_str(),
            up_to_seq: *up_to_seq,
            revision: update.conversation.revision,
        }),
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .expect("these shapes have string keys and no floats, so they always serialize")
}

#[derive(Serialize)]
struct MessageReceived<'a> {
    #[serde(flatten)]
    message: MessageJson<'a>,
    revision: i64,
}

#[derive(Serialize)]
struct ConversationState<'a> {
    conversation_id: i64,
    status: &'static str,
    assigned_to: Option<AssigneeJson<'a>>,
    last_seq: i64,
    revision: i64,
}

impl<'a> From<&'a InboxUpdate> for ConversationState<'a> {
    fn from(update: &'a InboxUpdate) -> Self {
        let conversation = &update.conversation;
        Self {
            conversation_id: conversation.id.0,
            status: conversation.status.as_str(),
            assigned_to: conversation.assigned_to.as_ref().map(Into::into),
            last_seq: conversation.last_seq,
            revision: conversation.revision,
        }
    }
}

#[derive(Serialize)]
struct ConversationRated<'a> {
    conversation_id: i64,
    rating: Option<RatingJson<'a>>,
    revision: i64,
}

#[derive(Serialize)]
struct VisitorUpdated<'a> {
    conversation_id: i64,
    visitor_name: Option<&'a str>,
    visitor_email: Option<&'a str>,
    visitor_phone: Option<&'a str>,
    revision: i64,
}

#[derive(Serialize)]
struct MessagesRead {
    conversation_id: i64,
    reader: &'static str,
    up_to_seq: i64,
    read_at: String,
    revision: i64,
}

#[derive(Serialize)]
struct MessagesDelivered {
    conversation_id: i64,
    reader: &'static str,
    up_to_seq: i64,
    revision: i64,
}

#[derive(Serialize)]
struct InboxRef {
    id: i64,
    revision: i64,
    reference: bool,
}

#[cfg(test)]
mod tests;
