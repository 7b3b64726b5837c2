//! What happened, told after it is stored. An event says "there is something newer" and carries it; the store stays the truth.

use crate::{
    AgentId, Conversation, ConversationId, Mention, MentionId, Message, Note, SenderType,
    Timestamp, Visiting,
};

/// Something that happened, in a conversation or in the team's own rooms, and is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainEvent {
    /// A message was posted. Wire name `ChatMessageReceived`.
    MessagePosted {
        /// The message.
        message: Message,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// A message is another: more is known of its files, or it was edited or deleted. Wire name `MessageUpdated`.
    MessageUpdated {
        /// The message, with all that is known of it.
        message: Message,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// Wire name `ConversationClosed`.
    ConversationClosed(InboxUpdate),
    /// Wire name `ConversationReopened`.
    ConversationReopened(InboxUpdate),
    /// Wire name `ConversationAssigned`.
    ConversationAssigned(InboxUpdate),
    /// Something of a conversation changed that only the team sees: its team, priority, labels, or until when it is snoozed. Told to the
    /// inbox alone, as `ConversationUpdated`.
    ConversationTriaged(InboxUpdate),
    /// The visitor said how it was. Wire name `ConversationRated`.
    ConversationRated(InboxUpdate),
    /// The visitor's name, address or number is another. Wire name `VisitorUpdated`.
    VisitorUpdated(InboxUpdate),
    /// One side has read up to a `seq`. Wire name `MessagesRead`.
    MessagesRead {
        /// The side that read.
        reader: SenderType,
        /// How far: every message up to here.
        up_to_seq: i64,
        /// When.
        at: Timestamp,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// The messages up to a `seq` have reached a screen of one side. Wire name `MessagesDelivered`.
    MessagesDelivered {
        /// The side that got them.
        reader: SenderType,
        /// How far: every message up to here.
        up_to_seq: i64,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// An agent wrote a note; never told to the visitor. Wire name `NoteAdded`.
    NoteAdded {
        /// The note.
        note: Note,
        /// Who was mentioned for the first time, each told by `Mentioned`.
        mentioned: Vec<Mention>,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// An agent changed or deleted its note; never told to the visitor. Wire name `NoteUpdated`.
    NoteUpdated {
        /// The note as it is now.
        note: Note,
        /// Who was mentioned for the first time, each told by `Mentioned`.
        mentioned: Vec<Mention>,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// A visitor has come to another page while its conversation is open there. Wire name `PageViewed`, to agents only.
    PageViewed(Visiting),
    /// A conversation is gone, with everything in it. Wire name `ConversationErased`.
    ConversationErased(ConversationId),
    /// An agent has seen its mentions. Wire name `MentionsRead`, to that agent only.
    MentionsRead {
        /// Who.
        agent_id: AgentId,
        /// How far: every mention up to here.
        up_to: MentionId,
    },
    /// Sessions of an agent have ended, or it has left: every socket that is signed in as this agent is closed. Whoever is still let in
    /// comes back.
    AgentShutOut(AgentId),
    /// Something that agents work with is another. Wire name `SettingsChanged`.
    SettingsChanged {
        /// What.
        what: TeamSetting,
        /// Whose it is, if it is one agent's own; else the whole team hears of it.
        agent_id: Option<AgentId>,
    },
}

/// What agents work with, as far as they are told when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeamSetting {
    /// Who is in the team, what each may do, and whether they are available.
    Agents,
    /// What conversations are about.
    Labels,
    /// Groups of agents.
    Teams,
    /// Lists that were given a name.
    Views,
    /// Answers that are ready.
    CannedReplies,
    /// The installations on sites.
    Widgets,
    /// The hosts that widgets were asked for on.
    Sightings,
    /// Who is kept out.
    Blocks,
    /// What is asked of every login, and what holds for the whole account.
    Security,
    /// What one agent says of itself: its name, its language.
    Account,
}

impl TeamSetting {
    /// The name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Labels => "labels",
            Self::Teams => "teams",
            Self::Views => "views",
            Self::CannedReplies => "canned_replies",
            Self::Widgets => "widgets",
            Self::Sightings => "sightings",
            Self::Blocks => "blocks",
            Self::Security => "security",
            Self::Account => "account",
        }
    }
}

impl DomainEvent {
    /// The conversation it happened in, if it is about one.
    pub fn conversation_id(&self) -> Option<ConversationId> {
        match self {
            Self::ConversationErased(id) => Some(*id),
            _ => self.update().map(|update| update.conversation.id),
        }
    }

    /// The conversation it happened in as it is now, if it is about one that is there.
    pub fn update(&self) -> Option<&InboxUpdate> {
        Some(match self {
            Self::MessagePosted { update, .. }
            | Self::MessageUpdated { update, .. }
            | Self::MessagesRead { update, .. }
            | Self::MessagesDelivered { update, .. }
            | Self::NoteAdded { update, .. }
            | Self::NoteUpdated { update, .. } => update,
            Self::ConversationClosed(update)
            | Self::ConversationReopened(update)
            | Self::ConversationAssigned(update)
            | Self::ConversationTriaged(update)
            | Self::ConversationRated(update)
            | Self::VisitorUpdated(update) => update,
            Self::PageViewed(_)
            | Self::ConversationErased(_)
            | Self::MentionsRead { .. }
            | Self::AgentShutOut(_)
            | Self::SettingsChanged { .. } => return None,
        })
    }
}

/// A conversation as a row of the inbox shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxUpdate {
    /// The conversation.
    pub conversation: Conversation,
    /// The widget's name.
    pub widget_name: String,
    /// The newest message.
    pub last_message: Option<Message>,
    /// Visitor messages that no agent has read.
    pub unread_count: i64,
    /// Notes that are not deleted.
    pub note_count: i64,
    /// Who is mentioned in them, ascending.
    pub mentioned: Vec<AgentId>,
}
