//! A visitor says how it was.

use crate::{AnySocketId, Chat, ChatError, Principal};
use antiphon_domain::{ConversationId, DomainEvent, Score};
use antiphon_store::{Rate, RateOutcome};

/// A rating to store.
#[derive(Debug)]
pub struct RateConversation {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// How good.
    pub score: Score,
    /// Why.
    pub comment: Option<String>,
    /// The visitor's own socket, which needs no echo.
    pub socket_id: Option<AnySocketId>,
}

impl Chat {
    /// Stores the rating of a conversation that is closed or was answered, in the place of an earlier one. Visitors only.
    pub async fn rate(
        &self,
        principal: &Principal,
        rating: RateConversation,
    ) -> Result<(), ChatError> {
        if matches!(principal, Principal::Agent(_)) {
            return Err(ChatError::Forbidden("this is for visitors"));
        }
        self.conversation_for(principal, rating.conversation_id)
            .await?;
        let rate = Rate {
            conversation_id: rating.conversation_id,
            score: rating.score,
            comment: rating.comment,
            at: self.ports.clock.now(),
        };
        let announce = self.announce(rating.socket_id, |outcome| match outcome {
            RateOutcome::Rated(update) => Some(DomainEvent::ConversationRated((**update).clone())),
            _ => None,
        });
        match self.ports.store.rate(rate, announce).await? {
            RateOutcome::Rated(_) | RateOutcome::Unchanged => Ok(()),
            RateOutcome::TooEarly => Err(ChatError::TooEarly(
                "there is nothing to rate before somebody has answered",
            )),
            RateOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }
}
