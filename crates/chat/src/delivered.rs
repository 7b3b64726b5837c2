//! Messages have reached a screen of one side: the ticks of the other, between sent and read.

use crate::access::require;
use crate::{AnySocketId, Chat, ChatError, Principal};
use antiphon_domain::{DomainEvent, Permission};
use antiphon_store::{Delivered, DeliveredMark, MarkDelivered};

impl Chat {
    /// Moves the caller's delivered marks forward, each to its `up_to_seq`, or to the newest message if that is less. Marks that
    /// would go back, and an agent's marks of unknown conversations, change nothing. A visitor marks its own conversations only.
    /// At most [`crate::MAX_DELIVERED_MARKS`].
    pub async fn mark_delivered(
        &self,
        principal: &Principal,
        marks: Vec<DeliveredMark>,
        socket_id: Option<AnySocketId>,
    ) -> Result<(), ChatError> {
        match principal {
            Principal::Visitor(_) => {
                for mark in &marks {
                    self.conversation_for(principal, mark.conversation_id)
                        .await?;
                }
            }
            // What a viewer or a program sees has not reached somebody who answers.
            Principal::Agent(_) => drop(require(principal, Permission::Answer)?),
        }
        let reader = principal.sender_type();
        let announce = self.announce(socket_id, move |moved: &Vec<Delivered>| {
            let events = moved
                .iter()
                .map(|delivered| DomainEvent::MessagesDelivered {
                    reader,
                    up_to_seq: delivered.up_to_seq,
                    update: delivered.update.clone(),
                });
            events.collect::<Vec<_>>()
        });
        let mark = MarkDelivered { reader, marks };
        self.ports.store.mark_delivered(mark, announce).await?;
        Ok(())
    }
}
