//! An agent's second thoughts: its own messages edited and deleted, for a while.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{DomainEvent, Message, MessageBody, MessageId, Permission, Timestamp};
use antiphon_store::{DeleteMessage, EditMessage, EditOutcome, FollowUp};
use std::sync::Arc;

impl Chat {
    /// Changes the text of one of the caller's own messages, and tells everybody who listens.
    pub async fn edit_message(
        &self,
        principal: &Principal,
        id: MessageId,
        body: MessageBody,
    ) -> Result<Message, ChatError> {
        let edit = EditMessage {
            id,
            agent_id: require(principal, Permission::Answer)?.id,
            body,
            sent_since: self.editable_since(),
            at: self.ports.clock.now(),
        };
        let announce = self.announce_edit();
        edited(self.ports.store.edit_message(edit, announce).await?)
    }

    /// Deletes one of the caller's own messages with its files, and tells everybody who listens; one that is deleted stays so,
    /// quietly.
    pub async fn delete_message(
        &self,
        principal: &Principal,
        id: MessageId,
    ) -> Result<(), ChatError> {
        let delete = DeleteMessage {
            id,
            agent_id: require(principal, Permission::Answer)?.id,
            sent_since: self.editable_since(),
            at: self.ports.clock.now(),
        };
        let announce = self.announce_edit();
        edited(self.ports.store.delete_message(delete, announce).await?).map(drop)
    }

    /// For so many seconds agents may edit and delete what they sent.
    pub fn edit_seconds(&self) -> i64 {
        self.ports.edit_seconds
    }

    fn editable_since(&self) -> Timestamp {
        self.ports.clock.now().plus_seconds(-self.edit_seconds())
    }

    /// Files that nothing names any more go when everybody has been told; what a crash leaves of them is found by pruning.
    fn announce_edit(&self) -> FollowUp<EditOutcome> {
        let files = Arc::clone(&self.ports.files);
        self.announce(None, move |outcome| match outcome {
            EditOutcome::Changed(changed) => {
                for key in &changed.unnamed_files {
                    files.discard(key);
                }
                Some(DomainEvent::MessageUpdated {
                    message: changed.message.clone(),
                    update: changed.update.clone(),
                })
            }
            _ => None,
        })
    }
}

fn edited(outcome: EditOutcome) -> Result<Message, ChatError> {
    match outcome {
        EditOutcome::Changed(changed) => Ok(changed.message),
        EditOutcome::Unchanged(message) => Ok(*message),
        EditOutcome::NotSender => Err(ChatError::Forbidden("this message is somebody else's")),
        EditOutcome::TooLate => Err(ChatError::TooLate(
            "a message can be changed for a while only",
        )),
        EditOutcome::UnknownMessage => Err(ChatError::NotFound("message")),
    }
}
