//! A conversation, as an answer shows it, and as a row of the inbox.

use crate::{FileLinks, MessageJson, RatingJson, rfc3339};
use antiphon_domain::{AssignedTeam, Assignee, Conversation, InboxUpdate, Message, Priority};
use serde::Serialize;
use utoipa::ToSchema;

/// Who looks after a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignee)]
pub struct AssigneeJson<'a> {
    id: i64,
    name: &'a str,
}

impl<'a> From<&'a Assignee> for AssigneeJson<'a> {
    fn from(assignee: &'a Assignee) -> Self {
        Self {
            id: assignee.id.0,
            name: &assignee.name,
        }
    }
}

/// The team that looks after a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssignedTeam)]
pub struct AssignedTeamJson<'a> {
    id: i64,
    name: &'a str,
}

impl<'a> From<&'a AssignedTeam> for AssignedTeamJson<'a> {
    fn from(team: &'a AssignedTeam) -> Self {
        Self {
            id: team.id.0,
            name: &team.name,
        }
    }
}

/// How far each side has read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadMarks)]
pub struct ReadMarksJson {
    visitor_seq: i64,
    agent_seq: i64,
}

impl From<&Conversation> for ReadMarksJson {
    fn from(conversation: &Conversation) -> Self {
        Self {
            visitor_seq: conversation.visitor_read_seq,
            agent_seq: conversation.agent_read_seq,
        }
    }
}

/// How far the messages have reached each side's screens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveredMarks)]
pub struct DeliveredMarksJson {
    visitor_seq: i64,
    agent_seq: i64,
}

impl From<&Conversation> for DeliveredMarksJson {
    fn from(conversation: &Conversation) -> Self {
        Self {
            visitor_seq: conversation.visitor_delivered_seq,
            agent_seq: conversation.agent_delivered_seq,
        }
    }
}

/// The `data` of `GET /api/chatbot/conversation/{id}`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationJson<'a> {
    id: i64,
    visitor_name: Option<&'a str>,
    visitor_email: Option<&'a str>,
    visitor_phone: Option<&'a str>,
    #[schema(schema_with = crate::schema::status)]
    status: &'static str,
    assigned_to: Option<AssigneeJson<'a>>,
    messages: Vec<MessageJson<'a>>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_message_at: Option<String>,
    rating: Option<RatingJson<'a>>,
}

impl<'a> ConversationJson<'a> {
    /// A conversation with some of its messages.
    pub fn new(conversation: &'a Conversation, messages: &'a [Message], links: &FileLinks) -> Self {
        Self {
            id: conversation.id.0,
            visitor_name: conversation.visitor_name.as_deref(),
            visitor_email: conversation.visitor_email.as_deref(),
            visitor_phone: conversation.visitor_phone.as_deref(),
            status: conversation.status.as_str(),
            assigned_to: conversation.assigned_to.as_ref().map(Into::into),
            messages: messages
                .iter()
                .map(|message| MessageJson::new(message, links))
                .collect(),
            created_at: rfc3339(conversation.created_at),
            last_message_at: conversation.last_message_at.map(rfc3339),
            rating: conversation.rating.as_ref().map(Into::into),
        }
    }
}

/// A conversation as a row of the inbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboxRow)]
pub struct InboxRowJson<'a> {
    id: i64,
    widget_id: i64,
    widget_name: &'a str,
    visitor_id: i64,
    visitor_name: Option<&'a str>,
    visitor_email: Option<&'a str>,
    visitor_phone: Option<&'a str>,
    verified: bool,
    #[schema(schema_with = crate::schema::status)]
    status: &'static str,
    assigned_to: Option<AssigneeJson<'a>>,
    team: Option<AssignedTeamJson<'a>>,
    priority: Option<&'static str>,
    label_ids: Vec<i64>,
    #[schema(format = DateTime)]
    snoozed_until: Option<String>,
    #[schema(format = DateTime)]
    waiting_since: Option<String>,
    last_message: Option<MessageJson<'a>>,
    last_seq: i64,
    revision: i64,
    unread_count: i64,
    delivered_seq: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_message_at: Option<String>,
    rating: Option<RatingJson<'a>>,
    /// Notes that are not deleted.
    note_count: i64,
    /// The agents who are mentioned in them, ascending.
    mentioned_agent_ids: Vec<i64>,
}

impl<'a> InboxRowJson<'a> {
    /// A row, with addresses of its last message's files that are good for a while.
    pub fn new(update: &'a InboxUpdate, links: &FileLinks) -> Self {
        let conversation = &update.conversation;
        Self {
            id: conversation.id.0,
            widget_id: conversation.widget_id.0,
            widget_name: &update.widget_name,
            visitor_id: conversation.visitor_id.0,
            visitor_name: conversation.visitor_name.as_deref(),
            visitor_email: conversation.visitor_email.as_deref(),
            visitor_phone: conversation.visitor_phone.as_deref(),
            verified: conversation.visitor_verified,
            status: conversation.status.as_str(),
            assigned_to: conversation.assigned_to.as_ref().map(Into::into),
            team: conversation.team.as_ref().map(Into::into),
            priority: conversation.priority.map(Priority::as_str),
            label_ids: conversation.label_ids.iter().map(|id| id.0).collect(),
            snoozed_until: conversation.snoozed_until.map(rfc3339),
            waiting_since: conversation.waiting_since.map(rfc3339),
            last_message: update
                .last_message
                .as_ref()
                .map(|message| MessageJson::new(message, links)),
            last_seq: conversation.last_seq,
            revision: conversation.revision,
            unread_count: update.unread_count,
            delivered_seq: conversation.agent_delivered_seq,
            created_at: rfc3339(conversation.created_at),
            last_message_at: conversation.last_message_at.map(rfc3339),
            rating: conversation.rating.as_ref().map(Into::into),
            note_count: update.note_count,
            mentioned_agent_ids: update.mentioned.iter().map(|id| id.0).collect(),
        }
    }
}
