//! Who is asking, and what they may touch. One rule each for conversations and for channels.

use crate::{Chat, ChatError};
use antiphon_domain::{
    Agent, Conversation, ConversationId, SecretToken, SenderType, TokenKind, Visitor,
};

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The holder of a visitor token: that visitor's own conversations.
    Visitor(Visitor),
    /// The holder of an agent session or an agent API token: every conversation.
    Agent(Agent),
}

impl Principal {
    /// The side this caller speaks for.
    pub fn sender_type(&self) -> SenderType {
        match self {
            Self::Visitor(_) => SenderType::Visitor,
            Self::Agent(_) => SenderType::Employee,
        }
    }
}

impl Chat {
    /// Who holds this visitor, session or API token. `None`: nobody, or not any more.
    pub async fn authenticate(&self, token: &SecretToken) -> Result<Option<Principal>, ChatError> {
        let store = &self.ports.store;
        let hash = token.hash();
        Ok(match token.kind() {
            TokenKind::Visitor => store.visitor_by_token(&hash).await?.map(Principal::Visitor),
            TokenKind::AgentApi => store.agent_by_api_token(&hash).await?.map(Principal::Agent),
            TokenKind::AgentSession => store
                .session(&hash, self.ports.clock.now())
                .await?
                .map(|session| Principal::Agent(session.agent)),
            TokenKind::Setup => None,
        })
    }

    /// The conversation, if the caller may see it. To a visitor, another's conversation and an unknown one look different only
    /// in that the first is `Forbidden`, as the contract has it.
    pub(crate) async fn conversation_for(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Conversation, ChatError> {
        let conversation = self
            .ports
            .store
            .conversation(id)
            .await?
            .ok_or(ChatError::NotFound("conversation"))?;
        may_see(principal, &conversation)?;
        Ok(conversation)
    }

    /// Whether the caller may listen on this channel, named as on the wire.
    pub async fn may_subscribe(
        &self,
        principal: &Principal,
        channel: &str,
    ) -> Result<bool, ChatError> {
        if channel == antiphon_broadcast::INBOX_CHANNEL {
            return Ok(matches!(principal, Principal::Agent(_)));
        }
        // Only the canonical spelling: `+1` and `01` would be other channels on the wire.
        let id = channel
            .strip_prefix("private-chat.conversation.")
            .and_then(|id| Some((id, id.parse::<i64>().ok()?)));
        let Some((_, id)) = id.filter(|(text, id)| id.to_string() == *text) else {
            return Ok(false);
        };
        match self.conversation_for(principal, ConversationId(id)).await {
            Ok(_) => Ok(true),
            Err(ChatError::Forbidden(_) | ChatError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn may_see(principal: &Principal, conversation: &Conversation) -> Result<(), ChatError> {
    match principal {
        Principal::Visitor(visitor) if visitor.id != conversation.visitor_id => Err(
            ChatError::Forbidden("this conversation is another visitor's"),
        ),
        Principal::Visitor(_) | Principal::Agent(_) => Ok(()),
    }
}

pub(crate) fn agents_only(principal: &Principal) -> Result<(), ChatError> {
    match principal {
        Principal::Agent(_) => Ok(()),
        Principal::Visitor(_) => Err(ChatError::Forbidden("this is for agents")),
    }
}
