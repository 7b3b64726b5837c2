//! One side has read: the ticks of the other.

use crate::{AnySocketId, Chat, ChatError, Principal};
use antiphon_domain::{ConversationId, DomainEvent};
use antiphon_store::{MarkRead, ReadOutcome};

impl Chat {
    /// Moves the caller's read mark forward to `up_to_seq`, or to the newest message if that is less. Going back changes nothing.
    pub async fn mark_read(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        up_to_seq: i64,
        socket_id: Option<AnySocketId>,
    ) -> Result<(), ChatError> {
        self.conversation_to_answer(principal, conversation_id)
            .await?;
        let (reader, at) = (principal.sender_type(), self.ports.clock.now());
        let mark = MarkRead {
            conversation_id,
            reader,
            up_to_seq,
            at,
        };
        let announce = self.announce(socket_id, move |outcome| match outcome {
            ReadOutcome::Marked { up_to_seq, update } => Some(DomainEvent::MessagesRead {
                reader,
                up_to_seq: *up_to_seq,
                at,
                update: (**update).clone(),
            }),
            _ => None,
        });
        match self.ports.store.mark_read(mark, announce).await? {
            ReadOutcome::Marked { .. } | ReadOutcome::Unchanged => Ok(()),
            ReadOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }
}
