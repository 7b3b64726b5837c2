//! Who is asking, and what they may touch. One rule each for acts, for conversations and for channels.

use crate::{Chat, ChatError};
use antiphon_domain::{
    Agent, Conversation, ConversationId, Permission, Permissions, SecretToken, SenderType,
    TokenKind, Visitor,
};
use std::net::IpAddr;

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The holder of a visitor token: that visitor's own conversations.
    Visitor(Visitor),
    /// The holder of an agent session or an agent API token: every conversation, within its permissions.
    Agent(AgentCaller),
}

/// An agent who asks for something, in person or by a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentCaller {
    /// Who.
    pub agent: Agent,
    /// What the agent's role permits, within the scopes of the token that was shown.
    pub permissions: Permissions,
    /// Where the request came from, for the audit log.
    pub address: Option<IpAddr>,
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
    /// Who holds this visitor, session or API token, and asks from this address. `None`: nobody, or not any more.
    pub async fn authenticate(
        &self,
        token: &SecretToken,
        address: Option<IpAddr>,
    ) -> Result<Option<Principal>, ChatError> {
        let store = &self.ports.store;
        let (hash, now) = (token.hash(), self.ports.clock.now());
        let agent = |agent: Agent, scopes: Permissions| {
            Principal::Agent(AgentCaller {
                permissions: agent.role.permissions().and(scopes),
                agent,
                address,
            })
        };
        Ok(match token.kind() {
            TokenKind::Visitor => store.visitor_by_token(&hash).await?.map(Principal::Visitor),
            TokenKind::AgentApi => store
                .agent_by_api_token(&hash)
                .await?
                .map(|found| agent(found, Permissions::ALL)),
            TokenKind::AgentSession => store
                .session(&hash, now)
                .await?
                .map(|session| agent(session.agent, Permissions::ALL)),
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

    /// The same for whoever adds something to it: a visitor to its own, an agent who may answer to any.
    pub(crate) async fn conversation_to_answer(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Conversation, ChatError> {
        if let Principal::Agent(_) = principal {
            require(principal, Permission::Answer)?;
            let found = self.ports.store.conversation(id).await?;
            return found.ok_or(ChatError::NotFound("conversation"));
        }
        self.conversation_for(principal, id).await
    }
}

pub(crate) fn may_see(principal: &Principal, conversation: &Conversation) -> Result<(), ChatError> {
    match principal {
        Principal::Visitor(visitor) if visitor.id != conversation.visitor_id => Err(
            ChatError::Forbidden("this conversation is another visitor's"),
        ),
        Principal::Visitor(_) => Ok(()),
        Principal::Agent(_) => require(principal, Permission::Read).map(drop),
    }
}

/// The agent, if it may do this. Every use case of the team's asks first.
pub fn require(principal: &Principal, permission: Permission) -> Result<&Agent, ChatError> {
    let Principal::Agent(caller) = principal else {
        return Err(ChatError::Forbidden("this is for agents"));
    };
    if caller.permissions.contain(permission) {
        return Ok(&caller.agent);
    }
    // The role is not enough, or the token's scopes are not.
    Err(ChatError::Forbidden(
        match (
            permission,
            caller.agent.role.permissions().contain(permission),
        ) {
            (Permission::Read, true) => "the token lacks the scope read",
            (Permission::Answer, true) => "the token lacks the scope answer",
            (Permission::Administer, true) => "the token lacks the scope admin",
            (Permission::Read, false) => "this is for agents",
            (Permission::Answer, false) => "viewers only read",
            (Permission::Administer, false) => "this is for agents with the admin role",
        },
    ))
}
