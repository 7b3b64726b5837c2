//! What agents do with a conversation besides answering: close, reopen, assign.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{AgentId, ConversationId, DomainEvent, InboxUpdate, Permission, Status};
use antiphon_store::{Assign, AssignOutcome, SetStatus, StatusOutcome};

impl Chat {
    /// Closes a conversation; one that is closed stays so, quietly.
    pub async fn close(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<InboxUpdate, ChatError> {
        self.set_status(
            principal,
            id,
            Status::Closed,
            DomainEvent::ConversationClosed,
        )
        .await
    }

    /// Reopens a conversation as active; one that is active stays so, quietly.
    pub async fn reopen(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<InboxUpdate, ChatError> {
        self.set_status(
            principal,
            id,
            Status::Active,
            DomainEvent::ConversationReopened,
        )
        .await
    }

    async fn set_status(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        status: Status,
        event: fn(InboxUpdate) -> DomainEvent,
    ) -> Result<InboxUpdate, ChatError> {
        require(principal, Permission::Answer)?;
        let set = SetStatus {
            conversation_id,
            status,
            at: self.ports.clock.now(),
        };
        let announce = self.announce(None, move |outcome| match outcome {
            StatusOutcome::Changed(update) => Some(event((**update).clone())),
            _ => None,
        });
        match self.ports.store.set_status(set, announce).await? {
            StatusOutcome::Changed(update) | StatusOutcome::Unchanged(update) => Ok(*update),
            StatusOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }

    /// Gives a conversation to an agent, or to nobody.
    pub async fn assign(
        &self,
        principal: &Principal,
        conversation_id: ConversationId,
        agent_id: Option<AgentId>,
    ) -> Result<InboxUpdate, ChatError> {
        require(principal, Permission::Answer)?;
        let assign = Assign {
            conversation_id,
            agent_id,
            at: self.ports.clock.now(),
        };
        let announce = self.announce(None, |outcome| match outcome {
            AssignOutcome::Assigned(update) => {
                Some(DomainEvent::ConversationAssigned((**update).clone()))
            }
            _ => None,
        });
        match self.ports.store.assign(assign, announce).await? {
            AssignOutcome::Assigned(update) | AssignOutcome::Unchanged(update) => Ok(*update),
            AssignOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
            AssignOutcome::UnknownAgent => {
                Err(FieldErrors::one("agent_id", "is no agent's id").into())
            }
        }
    }
}
