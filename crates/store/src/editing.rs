//! An agent's second thoughts: its messages edited and deleted, for as long as the caller lets it.
//!
//! A message keeps its `seq` and who sent it. Its conversation draws a revision, and the message remembers it, so that a client
//! that was away finds what has changed behind its back.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    AgentId, ConversationId, FileKey, InboxUpdate, Message, MessageBody, MessageId, Timestamp,
};

/// A message is to say something else.
#[derive(Debug, Clone)]
pub struct EditMessage {
    /// Which.
    pub id: MessageId,
    /// Who asks.
    pub agent_id: AgentId,
    /// What it is to say.
    pub body: MessageBody,
    /// Only if it was sent at this time or later.
    pub sent_since: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// A message is to say nothing any more.
#[derive(Debug, Clone, Copy)]
pub struct DeleteMessage {
    /// Which.
    pub id: MessageId,
    /// Who asks.
    pub agent_id: AgentId,
    /// Only if it was sent at this time or later.
    pub sent_since: Timestamp,
    /// Now.
    pub at: Timestamp,
}

/// A message that was edited or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedMessage {
    /// As it is now.
    pub message: Message,
    /// The conversation after it.
    pub update: InboxUpdate,
    /// The files that nothing names any more.
    pub unnamed_files: Vec<FileKey>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditOutcome {
    /// Edited or deleted.
    Changed(Box<ChangedMessage>),
    /// It said that already, or is deleted already; nothing changed.
    Unchanged(Box<Message>),
    /// It was not sent by this agent; nothing changed.
    NotSender,
    /// It was sent too long ago; nothing changed.
    TooLate,
    /// There is no such message, or it is deleted and cannot be edited.
    UnknownMessage,
}

/// Use cases on messages that are there.
#[async_trait::async_trait]
pub trait Editing: Send + Sync {
    /// Changes a message's text. Its files stay.
    async fn edit_message(
        &self,
        edit: EditMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> Result<EditOutcome, StoreError>;
    /// Deletes a message: text, files, answers that it offers, and what it answered go; its place and its sender stay.
    async fn delete_message(
        &self,
        delete: DeleteMessage,
        follow_up: FollowUp<EditOutcome>,
    ) -> Result<EditOutcome, StoreError>;
    /// The messages up to this `seq` that were edited, deleted or described after this revision: the `limit` (≤ 200) that were
    /// changed last, ascending by `seq`.
    async fn changed_messages(
        &self,
        conversation_id: ConversationId,
        after_revision: i64,
        up_to_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
}
