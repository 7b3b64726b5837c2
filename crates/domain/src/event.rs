//! What happened, told after it is stored. An event says "there is something newer" and carries it; the store stays the truth.

use crate::{Conversation, Message, SenderType, Timestamp};

/// Something that happened in a conversation and is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainEvent {
    /// A message was posted. Wire name `ChatMessageReceived`.
    MessagePosted {
        /// The message.
        message: Message,
        /// The conversation after it.
        update: InboxUpdate,
    },
    /// More is known of a message's files: their thumbnails, their sound. Wire name `MessageUpdated`.
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
}

impl DomainEvent {
    /// The conversation it happened in, as it is now.
    pub fn update(&self) -> &InboxUpdate {
        match self {
            Self::MessagePosted { update, .. }
            | Self::MessageUpdated { update, .. }
            | Self::MessagesRead { update, .. }
            | Self::MessagesDelivered { update, .. } => update,
            Self::ConversationClosed(update)
            | Self::ConversationReopened(update)
            | Self::ConversationAssigned(update)
            | Self::ConversationRated(update)
            | Self::VisitorUpdated(update) => update,
        }
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
}
