//! Notes beside conversations, and who is mentioned in them.
//!
//! Adding, changing or deleting a note draws a revision of its conversation, as any change of it does, and its row counts the notes
//! that are not deleted.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    AgentId, ConversationId, InboxUpdate, Mention, MentionId, Note, NoteBody, NoteId, Timestamp,
};

/// A note to be added.
#[derive(Debug, Clone)]
pub struct NewNote {
    /// Beside which conversation.
    pub conversation_id: ConversationId,
    /// By whom. An agent that is not there is a fault of the caller's, and an error.
    pub author: AgentId,
    /// What. Of those it mentions count the agents that there are, but for its author.
    pub body: NoteBody,
    /// Now.
    pub at: Timestamp,
}

/// A note is to say something else.
#[derive(Debug, Clone)]
pub struct EditNote {
    /// Which.
    pub id: NoteId,
    /// Who asks.
    pub author: AgentId,
    /// What it is to say; who is not mentioned any more is forgotten, read or not.
    pub body: NoteBody,
    /// Now.
    pub at: Timestamp,
}

/// A note is to say nothing any more.
#[derive(Debug, Clone, Copy)]
pub struct DeleteNote {
    /// Which.
    pub id: NoteId,
    /// Who asks.
    pub author: AgentId,
    /// Now.
    pub at: Timestamp,
}

/// A note that was added or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedNote {
    /// As it is now.
    pub note: Note,
    /// Who is mentioned that was not before, by agent.
    pub mentioned: Vec<Mention>,
    /// The conversation after it.
    pub update: InboxUpdate,
}

/// What became of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteOutcome {
    /// Added, changed or deleted.
    Changed(Box<ChangedNote>),
    /// It said that already, or is deleted already; nothing changed.
    Unchanged(Box<Note>),
    /// It is another agent's; nothing changed.
    NotAuthor,
    /// There is no such note, or it is deleted and cannot be changed.
    UnknownNote,
    /// There is no such conversation.
    UnknownConversation,
}

/// Which notes of a conversation to read: the newest of those with a smaller id.
#[derive(Debug, Clone, Copy)]
pub struct NotePage {
    /// Beside which conversation.
    pub conversation_id: ConversationId,
    /// Exclusive; `None`: from the newest.
    pub before: Option<NoteId>,
    /// ≤ 200.
    pub limit: u32,
}

/// Which mentions of an agent to read: newest first. What is deleted mentions nobody.
#[derive(Debug, Clone, Copy)]
pub struct MentionPage {
    /// Whose.
    pub agent_id: AgentId,
    /// Only those that it has not seen.
    pub unread: bool,
    /// Exclusive; `None`: from the newest.
    pub before: Option<MentionId>,
    /// ≤ 200.
    pub limit: u32,
}

/// Use cases on notes.
#[async_trait::async_trait]
pub trait Notes: Send + Sync {
    /// Adds a note behind the newest message of the moment.
    async fn add_note(
        &self,
        new: NewNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> Result<NoteOutcome, StoreError>;
    /// Changes what a note says.
    async fn edit_note(
        &self,
        edit: EditNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> Result<NoteOutcome, StoreError>;
    /// Deletes a note: its text and its mentions go, the row says when.
    async fn delete_note(
        &self,
        delete: DeleteNote,
        follow_up: FollowUp<NoteOutcome>,
    ) -> Result<NoteOutcome, StoreError>;
    /// A page of a conversation's notes, oldest first, the deleted ones too. Of an unknown conversation: none.
    async fn notes(&self, page: NotePage) -> Result<Vec<Note>, StoreError>;
    /// A page of an agent's mentions.
    async fn mentions(&self, page: MentionPage) -> Result<Vec<Mention>, StoreError>;
    /// How many of an agent's mentions it has not seen.
    async fn unread_mentions(&self, agent_id: AgentId) -> Result<i64, StoreError>;
    /// The agent has seen its mentions up to this one. Answers how many it had not seen before.
    async fn read_mentions(
        &self,
        agent_id: AgentId,
        up_to: MentionId,
        at: Timestamp,
        follow_up: FollowUp<u64>,
    ) -> Result<u64, StoreError>;
}
