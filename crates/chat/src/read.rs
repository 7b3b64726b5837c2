//! One side has read: the ticks of the other.

use crate::{Chat, ChatError, Principal, SocketId};
use antiphon_domain::{ConversationId, DomainEvent};
use antiphon_store::{MarkRead, ReadOutcome};

impl Chat {
    /// Moves the caller's read mark forward to `up_to_seq`, or to the newest message if that is less. Going back changes nothing.
    pub async fn mark_read(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        up_to_seq: i64,
        socket_id: Option<SocketId>,
    ) -> Result<(), ChatError> {
        self.conversation_for(principal, conversation_id).await?;
        let (reader, at) = (principal.sender_type(), self.ports.clock.now());
        match self
            .ports
            .store
            .mark_read(MarkRead {
                conversation_id,
                reader,
                up_to_seq,
                at,
            })
            .await?
        {
            ReadOutcome::Marked { up_to_seq, update } => {
                self.announce(
                    &DomainEvent::MessagesRead {
                        reader,
                        up_to_seq,
                        at,
                        update: *update,
                    },
                    socket_id,
                );
                Ok(())
            }
            ReadOutcome::Unchanged => Ok(()),
            ReadOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }
}
