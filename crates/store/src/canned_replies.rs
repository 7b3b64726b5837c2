//! Canned replies: each agent's own, and those that all share.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, Shortcut, Timestamp,
};

/// The most that are shared.
pub const MAX_SHARED_CANNED_REPLIES: i64 = 500;
/// The most of one agent's own.
pub const MAX_OWN_CANNED_REPLIES: i64 = 200;

/// A canned reply to be made.
#[derive(Debug, Clone)]
pub struct NewCannedReply {
    /// Who makes it.
    pub agent_id: AgentId,
    /// Whether every agent has it.
    pub shared: bool,
    /// What it is called up by.
    pub shortcut: Shortcut,
    /// What it is listed by.
    pub title: CannedTitle,
    /// The text.
    pub body: CannedBody,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a canned reply; what is absent stays.
#[derive(Debug, Clone)]
pub struct UpdateCannedReply {
    /// Which.
    pub id: CannedReplyId,
    /// As the caller knows it, who was let change it for that: if it is otherwise by now, there is no such reply.
    pub was_shared: bool,
    /// Whether every agent is to have it.
    pub shared: Option<bool>,
    /// What it is called up by.
    pub shortcut: Option<Shortcut>,
    /// What it is listed by.
    pub title: Option<CannedTitle>,
    /// The text.
    pub body: Option<CannedBody>,
    /// Now.
    pub at: Timestamp,
}

/// What became of a canned reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CannedReplyOutcome {
    /// Made or changed.
    Saved(Box<CannedReply>),
    /// Another one that is shared, or another of the agent's own, has the shortcut; nothing was stored.
    ShortcutTaken,
    /// There are as many as there may be; nothing was stored.
    TooMany(i64),
    /// There is no such reply.
    Unknown,
}

/// Use cases on canned replies.
#[async_trait::async_trait]
pub trait CannedReplies: Send + Sync {
    /// The agent's own and the shared ones with a larger id than `after`, at most `limit` (≤ 200), by id.
    async fn canned_replies(
        &self,
        agent_id: AgentId,
        after: Option<CannedReplyId>,
        limit: u32,
    ) -> Result<Vec<CannedReply>, StoreError>;
    /// One, whoever's it is.
    async fn canned_reply(&self, id: CannedReplyId) -> Result<Option<CannedReply>, StoreError>;
    /// Makes one.
    async fn create_canned_reply(
        &self,
        new: NewCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> Result<CannedReplyOutcome, StoreError>;
    /// Changes one.
    async fn update_canned_reply(
        &self,
        update: UpdateCannedReply,
        follow_up: FollowUp<CannedReplyOutcome>,
    ) -> Result<CannedReplyOutcome, StoreError>;
    /// Removes one; `was_shared` as for a change. Answers whether there was such a one.
    async fn delete_canned_reply(
        &self,
        id: CannedReplyId,
        was_shared: bool,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
}
