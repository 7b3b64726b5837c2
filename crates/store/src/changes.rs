//! What other processes on the same store have done.

use antiphon_domain::ConversationId;
use std::sync::Arc;

/// What may have changed, by the hand of another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangedElsewhere {
    /// This conversation has.
    Conversation(ConversationId),
    /// Anything may have: news were missed, or too many to be named.
    Perhaps,
}

/// Is called after a commit of another process, on the store's own thread: it must only wake somebody.
pub type ChangeWaker = Arc<dyn Fn(ChangedElsewhere) + Send + Sync>;
