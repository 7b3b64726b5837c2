//! Agents, how they log in, and the one-time set-up of the first.

use crate::{FollowUp, StoreError};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, AgentRole, Capacity, ConversationId, EmailAddress, PersonName, SessionId,
    Timestamp, TokenHash, TwoFactorSecret,
};

/// An agent to be made.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// Shown to visitors.
    pub name: PersonName,
    /// The login, unique.
    pub email: EmailAddress,
    /// What the agent may do.
    pub role: AgentRole,
    /// The Argon2id hash, as a PHC string.
    pub password_hash: String,
    /// Now.
    pub at: Timestamp,
}

/// What became of a new agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewAgentOutcome {
    /// Made.
    Created(Agent),
    /// Another agent has the address.
    EmailTaken,
    /// The set-up token was used, replaced or has expired.
    SetupTokenInvalid,
}

/// An agent with the hash that a typed password is checked against.
#[derive(Clone)]
pub struct AgentCredentials {
    /// The agent.
    pub agent: Agent,
    /// The Argon2id hash, as a PHC string.
    pub password_hash: String,
    /// The second factor, if the agent has one.
    pub two_factor_secret: Option<TwoFactorSecret>,
}

impl std::fmt::Debug for AgentCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentCredentials")
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

/// What is to be another about an agent; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateAgent {
    /// Which.
    pub agent_id: AgentId,
    /// The name that visitors see.
    pub name: Option<PersonName>,
    /// The login.
    pub email: Option<EmailAddress>,
    /// What the agent may do.
    pub role: Option<AgentRole>,
    /// The inbox's language, or that of the browser.
    pub language: Option<Option<Language>>,
    /// Since when the agent has left, or that it is back.
    pub deactivated_at: Option<Option<Timestamp>>,
    /// Whether it is given conversations by itself.
    pub available: Option<bool>,
    /// How many at most, or what holds for everybody.
    pub capacity: Option<Option<Capacity>>,
}

impl UpdateAgent {
    /// Nothing is to be another about this one.
    pub const fn of(agent_id: AgentId) -> Self {
        Self {
            agent_id,
            name: None,
            email: None,
            role: None,
            language: None,
            deactivated_at: None,
            available: None,
            capacity: None,
        }
    }
}

/// What became of a change of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpdateAgentOutcome {
    /// As it is now.
    Updated(Agent),
    /// Another agent has the address.
    EmailTaken,
    /// There would be no active administrator any more.
    LastAdmin,
    /// There is no such agent.
    UnknownAgent,
}

/// A new password.
#[derive(Clone)]
pub struct SetPassword {
    /// Whose.
    pub agent_id: AgentId,
    /// The Argon2id hash, as a PHC string.
    pub password_hash: String,
    /// The session that goes on; every other ends.
    pub keep: Option<SessionId>,
}

impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPassword")
            .field("agent_id", &self.agent_id)
            .finish_non_exhaustive()
    }
}

/// Use cases on agents.
#[async_trait::async_trait]
pub trait Agents: Send + Sync {
    /// Makes an agent.
    async fn create_agent(
        &self,
        new: NewAgent,
        follow_up: FollowUp<NewAgentOutcome>,
    ) -> Result<NewAgentOutcome, StoreError>;
    /// Makes the first agent and uses up the set-up token, or neither.
    async fn create_first_agent(
        &self,
        setup: TokenHash,
        new: NewAgent,
    ) -> Result<NewAgentOutcome, StoreError>;
    /// Replaces every set-up token with this one, provided there is no agent yet; answers whether it did.
    async fn issue_setup_token(
        &self,
        token: TokenHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Whether this set-up token can still be used.
    async fn setup_token_is_valid(
        &self,
        token: TokenHash,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Every agent, oldest first, also those who have left.
    async fn list_agents(&self) -> Result<Vec<Agent>, StoreError>;
    /// The agent with this login.
    async fn agent_credentials(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<AgentCredentials>, StoreError>;
    /// Changes an agent. One that leaves loses its sessions, API tokens and links; the last active administrator neither leaves nor
    /// becomes anything else.
    async fn update_agent(
        &self,
        update: UpdateAgent,
        follow_up: FollowUp<UpdateAgentOutcome>,
    ) -> Result<UpdateAgentOutcome, StoreError>;
    /// The first conversations, by id, at most `limit`, that are not closed and assigned to this agent.
    async fn open_conversations_of(
        &self,
        agent_id: AgentId,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError>;
    /// Replaces the password, ends the other sessions of the agent and its link for a new one; answers whether there is such an agent.
    async fn set_password(
        &self,
        set: SetPassword,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
}
