//! Domain events as channel events: which channel, which name, which JSON.

use crate::{
    AssigneeJson, FileLinks, InboxRowJson, MentionJson, MessageJson, MessageRef, NoteJson,
    RatingJson, rfc3339,
};
use antiphon_domain::{AgentId, Conversation, DomainEvent, InboxUpdate, Mention, Note};
use serde::Serialize;
use serde_json::{Value, json};

/// The channel of the agents' inbox, as it stands on the wire.
pub const INBOX_CHANNEL: &str = "private-chat.inbox";
/// The presence channel of those of the team who are there.
pub const AGENTS_CHANNEL: &str = "presence-chat.agents";

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

/// What one domain event says, and to whom. What stands on a conversation's own channel is heard by its visitor.
pub fn channel_events(event: &DomainEvent, links: &FileLinks) -> Vec<ChannelEvent> {
    match event {
        DomainEvent::NoteAdded {
            note, mentioned, ..
        }
        | DomainEvent::NoteUpdated {
            note, mentioned, ..
        } => {
            let told = std::iter::once(of_note(event, note));
            let told = told.chain(mentioned.iter().map(of_mention));
            told.chain(row(event, links)).collect()
        }
        DomainEvent::PageViewed(visiting) => {
            let page = &visiting.page;
            let data = json!({
                "conversation_id": visiting.conversation_id.0,
                "visitor_id": visiting.visitor_id.0,
                "url": page.url,
                "title": page.title,
                "at": rfc3339(page.at),
            });
            vec![ChannelEvent::small(
                INBOX_CHANNEL.to_owned(),
                name(event),
                &data,
            )]
        }
        DomainEvent::ConversationErased(id) => {
            let data = json!({ "conversation_id": id.0 });
            let own = format!("private-{}", Conversation::channel(*id));
            [own, INBOX_CHANNEL.to_owned()]
                .map(|channel| ChannelEvent::small(channel, name(event), &data))
                .into()
        }
        DomainEvent::MentionsRead { agent_id, up_to } => {
            let data = json!({ "up_to_id": up_to.0 });
            vec![ChannelEvent::small(
                agent_channel(*agent_id),
                name(event),
                &data,
            )]
        }
        // Sockets are closed, and nothing is said.
        DomainEvent::AgentShutOut(_) => Vec::new(),
        DomainEvent::SettingsChanged { what, agent_id } => {
            let channel = agent_id.map_or_else(|| INBOX_CHANNEL.to_owned(), agent_channel);
            let data = json!({ "what": what.as_str() });
            vec![ChannelEvent::small(channel, name(event), &data)]
        }
        _ => of_conversation(event, links)
            .into_iter()
            .chain(row(event, links))
            .collect(),
    }
}

/// What the visitor and the agents who look at the conversation hear.
fn of_conversation(event: &DomainEvent, links: &FileLinks) -> Option<ChannelEvent> {
    Some(ChannelEvent {
        channel: format!(
            "private-{}",
            Conversation::channel(event.conversation_id()?)
        ),
        event: name(event),
        data: data(event, links)?,
        reference: match event {
            DomainEvent::MessagePosted { message, update }
            | DomainEvent::MessageUpdated { message, update } => Some(json(&MessageRef::new(
                message,
                update.conversation.revision,
            ))),
            _ => None,
        },
        to_others: true,
    })
}

/// The row of the inbox.
fn row(event: &DomainEvent, links: &FileLinks) -> Option<ChannelEvent> {
    let update = event.update()?;
    Some(ChannelEvent {
        channel: INBOX_CHANNEL.to_owned(),
        event: "ConversationUpdated",
        data: json(&InboxRowJson::new(update, links)),
        reference: Some(json(&InboxRef {
            id: update.conversation.id.0,
            revision: update.conversation.revision,
            reference: true,
        })),
        to_others: false,
    })
}

fn of_note(event: &DomainEvent, note: &Note) -> ChannelEvent {
    let reference = json!({
        "id": note.id.0, "conversation_id": note.conversation_id.0, "reference": true,
    });
    ChannelEvent {
        channel: INBOX_CHANNEL.to_owned(),
        event: name(event),
        data: json(&NoteJson::from(note)),
        reference: Some(reference.to_string()),
        to_others: false,
    }
}

/// To the one who was mentioned, and nobody else.
fn of_mention(mention: &Mention) -> ChannelEvent {
    ChannelEvent {
        channel: agent_channel(mention.agent_id),
        event: "Mentioned",
        data: json(&MentionJson::from(mention)),
        reference: Some(json!({ "id": mention.id.0, "reference": true }).to_string()),
        to_others: false,
    }
}

/// Who a socket is after an agent has signed in on it. Not the bare number, which a site's own pages may use for their users.
pub fn agent_user(id: AgentId) -> String {
    format!("agent.{id}")
}

/// One agent's own channel.
fn agent_channel(id: AgentId) -> String {
    format!("private-chat.agent.{id}")
}

impl ChannelEvent {
    /// An event that fits into any broadcaster's limit.
    fn small(channel: String, event: &'static str, data: &Value) -> Self {
        Self {
            channel,
            event,
            data: data.to_string(),
            reference: None,
            to_others: false,
        }
    }
}

fn name(event: &DomainEvent) -> &'static str {
    match event {
        DomainEvent::MessagePosted { .. } => "ChatMessageReceived",
        DomainEvent::MessageUpdated { .. } => "MessageUpdated",
        DomainEvent::ConversationClosed(_) => "ConversationClosed",
        DomainEvent::ConversationReopened(_) => "ConversationReopened",
        DomainEvent::ConversationAssigned(_) => "ConversationAssigned",
        DomainEvent::ConversationTriaged(_) => "ConversationUpdated",
        DomainEvent::ConversationRated(_) => "ConversationRated",
        DomainEvent::VisitorUpdated(_) => "VisitorUpdated",
        DomainEvent::MessagesRead { .. } => "MessagesRead",
        DomainEvent::MessagesDelivered { .. } => "MessagesDelivered",
        DomainEvent::NoteAdded { .. } => "NoteAdded",
        DomainEvent::NoteUpdated { .. } => "NoteUpdated",
        DomainEvent::PageViewed(_) => "PageViewed",
        DomainEvent::ConversationErased(_) => "ConversationErased",
        DomainEvent::MentionsRead { .. } => "MentionsRead",
        DomainEvent::AgentShutOut(_) => "AgentShutOut",
        DomainEvent::SettingsChanged { .. } => "SettingsChanged",
    }
}

/// What a conversation's own channel is told; of what is not for the visitor, nothing.
fn data(event: &DomainEvent, links: &FileLinks) -> Option<String> {
    Some(match event {
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
        DomainEvent::ConversationTriaged(_)
        | DomainEvent::NoteAdded { .. }
        | DomainEvent::NoteUpdated { .. }
        | DomainEvent::PageViewed(_)
        | DomainEvent::ConversationErased(_)
        | DomainEvent::MentionsRead { .. }
        | DomainEvent::AgentShutOut(_)
        | DomainEvent::SettingsChanged { .. } => return None,
    })
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
