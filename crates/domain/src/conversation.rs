//! A conversation between one visitor and the team.

use crate::{
    AgentId, ConversationId, Invalid, LabelId, Priority, Rating, TeamId, Timestamp, VisitorId,
    WidgetId,
};

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nobody of the team has answered yet.
    Pending,
    /// Somebody has.
    Active,
    /// Put aside by an agent until later.
    Snoozed,
    /// Over; nothing can be posted until it is reopened.
    Closed,
}

impl Status {
    /// All of them, in the order a conversation usually passes through.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Snoozed, Self::Closed];

    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    /// Reads a status's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Invalid::new("must be pending, active, snoozed or closed"))
    }
}

/// The agent who looks after a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// The agent.
    pub id: AgentId,
    /// The name shown to the visitor.
    pub name: String,
}

/// The team that looks after a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedTeam {
    /// The team.
    pub id: TeamId,
    /// Its name.
    pub name: String,
}

/// A conversation as it stands, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its identity.
    pub id: ConversationId,
    /// The site it was begun on.
    pub widget_id: WidgetId,
    /// Whose it is.
    pub visitor_id: VisitorId,
    /// As the visitor gave it.
    pub visitor_name: Option<String>,
    /// As the visitor gave it.
    pub visitor_email: Option<String>,
    /// As the visitor gave it.
    pub visitor_phone: Option<String>,
    /// Whether the site's backend vouches for who the visitor is.
    pub visitor_verified: bool,
    /// Where it stands.
    pub status: Status,
    /// Who looks after it.
    pub assigned_to: Option<Assignee>,
    /// Which team does, beside that agent or until there is one.
    pub team: Option<AssignedTeam>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// What it is about, ascending.
    pub label_ids: Vec<LabelId>,
    /// When a snoozed one wakes by itself, if it does.
    pub snoozed_until: Option<Timestamp>,
    /// When the oldest message came that the visitor has written since the team's last one: `None` while nobody waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// The `seq` of the newest message, 0 before the first. Gapless: the messages are exactly 1..=last_seq.
    pub last_seq: i64,
    /// Grows with every change of any conversation of the installation; what has a larger one is newer.
    /// Recovers what has no `seq`: status, assignment, read marks.
    pub revision: i64,
    /// How far the visitor has read, 0 for nothing.
    pub visitor_read_seq: i64,
    /// How far the team has read, 0 for nothing.
    pub agent_read_seq: i64,
    /// How far the messages have reached the visitor's screens, 0 for nothing; at least as far as the visitor has read.
    pub visitor_delivered_seq: i64,
    /// How far the messages have reached the team's screens, 0 for nothing; at least as far as the team has read.
    pub agent_delivered_seq: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When the newest message came.
    pub last_message_at: Option<Timestamp>,
    /// What the visitor thought of it.
    pub rating: Option<Rating>,
}

impl Conversation {
    /// The broadcast channel of a conversation, without the `private-` prefix that the wire adds.
    pub fn channel(id: ConversationId) -> String {
        format!("chat.conversation.{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back_from_its_name() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Ok(status));
        }
        assert!(Status::parse("open").is_err());
    }
}
