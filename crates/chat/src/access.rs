//! Who is asking, and which conversations they may touch.

use crate::{Chat, ChatError};
use antiphon_domain::{
    Agent, AgentRole, Conversation, ConversationId, SecretToken, SenderType, TokenKind, Visitor,
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
}

pub(crate) fn may_see(principal: &Principal, conversation: &Conversation) -> Result<(), ChatError> {
    match principal {
        Principal::Visitor(visitor) if visitor.id != conversation.visitor_id => Err(
            ChatError::Forbidden("this conversation is another visitor's"),
        ),
        Principal::Visitor(_) | Principal::Agent(_) => Ok(()),
    }
}

pub(crate) fn agents_only(principal: &Principal) -> Result<&Agent, ChatError> {
    match principal {
        Principal::Agent(agent) => Ok(agent),
        Principal::Visitor(_) => Err(ChatError::Forbidden("this is for agents")),
    }
}

pub(crate) fn admins_only(principal: &Principal) -> Result<&Agent, ChatError> {
    match agents_only(principal)? {
        agent if agent.role == AgentRole::Admin => Ok(agent),
        _ => Err(ChatError::Forbidden("this is for administrators")),
    }
}
