//! A message is posted, by a visitor or by an agent.

use crate::routing::jobs_of_post;
use crate::{AnySocketId, Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    ClientId, ConversationId, DomainEvent, Message, MessageBody, QuickReplies, Sender,
};
use antiphon_store::{NewMessage, PostOutcome};

/// A message to post.
#[derive(Debug)]
pub struct PostMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// What.
    pub body: MessageBody,
    /// The answers that it offers; the team's messages only.
    pub quick_replies: QuickReplies,
    /// The `seq` of the message that it answers.
    pub reply_to_seq: Option<i64>,
    /// Makes the send idempotent.
    pub client_id: Option<ClientId>,
    /// The sender's own socket, which needs no echo.
    pub socket_id: Option<AnySocketId>,
}

/// A message that is on disk.
#[derive(Debug)]
pub struct PostedMessage {
    /// The message.
    pub message: Message,
    /// It had been posted before, with the same `client_id`.
    pub repeated: bool,
}

impl Chat {
    /// Stores the message and tells everybody who listens. When it returns `Ok`, the message is on disk and announced.
    pub async fn post_message(
        &self,
        principal: &Principal,
        post: PostMessage,
    ) -> Result<PostedMessage, ChatError> {
        self.conversation_to_answer(principal, post.conversation_id)
            .await?;
        let sender = match principal {
            Principal::Visitor(_) => Sender::Visitor,
            Principal::Agent(caller) => Sender::Agent(caller.agent.id),
        };
        if sender == Sender::Visitor && !post.quick_replies.is_empty() {
            return Err(
                FieldErrors::one("quick_replies", "are offered to visitors, not by them").into(),
            );
        }
        let new = NewMessage {
            conversation_id: post.conversation_id,
            sender,
            body: post.body,
            quick_replies: post.quick_replies,
            reply_to_seq: post.reply_to_seq,
            client_id: post.client_id,
            at: self.ports.clock.now(),
        };
        let announce = self.announce(post.socket_id, |outcome| match outcome {
            PostOutcome::Posted(posted) => Some(DomainEvent::MessagePosted {
                message: posted.message.clone(),
                update: posted.update.clone(),
            }),
            _ => None,
        });
        let at = new.at;
        let told = announce.and_jobs(move |outcome| jobs_of_post(outcome, at));
        match self.ports.store.post_message(new, told).await? {
            PostOutcome::Posted(posted) => Ok(PostedMessage {
                message: posted.message,
                repeated: false,
            }),
            PostOutcome::Repeated(message) => Ok(PostedMessage {
                message: *message,
                repeated: true,
            }),
            PostOutcome::Closed => Err(ChatError::Closed),
            PostOutcome::UnknownQuote => Err(unknown_quote()),
            PostOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
        }
    }
}

/// The refusal of a `reply_to_seq` that names nothing.
pub(crate) fn unknown_quote() -> ChatError {
    FieldErrors::one("reply_to_seq", "is no message of this conversation").into()
}
