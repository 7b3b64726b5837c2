//! Agents, how they log in, and the one-time set-up of the first.

use crate::StoreError;
use antiphon_domain::{Agent, AgentId, AgentRole, EmailAddress, PersonName, Timestamp, TokenHash};

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
}

impl std::fmt::Debug for AgentCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentCredentials")
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

/// A browser session to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    /// Whose.
    pub agent_id: AgentId,
    /// The hash of its token.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub agent: Agent,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// An API token to be made.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Whose.
    pub agent_id: AgentId,
    /// The hash.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
}

/// Use cases on agents.
#[async_trait::async_trait]
pub trait Agents: Send + Sync {
    /// Makes an agent.
    async fn create_agent(&self, new: NewAgent) -> Result<NewAgentOutcome, StoreError>;
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
    /// Every agent, oldest first.
    async fn list_agents(&self) -> Result<Vec<Agent>, StoreError>;
    /// The agent with this login.
    async fn agent_credentials(
        &self,
        email: &EmailAddress,
    ) -> Result<Option<AgentCredentials>, StoreError>;
    /// Replaces the password and ends every session of the agent; answers whether there is such an agent.
    async fn set_password(
        &self,
        agent_id: AgentId,
        password_hash: String,
    ) -> Result<bool, StoreError>;
    /// Begins a session; sessions of anybody that ended before `at` are forgotten on the way.
    async fn create_session(&self, new: NewSession) -> Result<(), StoreError>;
    /// The session with this token, if it has not ended.
    async fn session(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<Session>, StoreError>;
    /// Ends a session; an unknown one is ended already.
    async fn end_session(&self, token: &TokenHash) -> Result<(), StoreError>;
    /// Makes an API token.
    async fn create_api_token(&self, new: NewApiToken) -> Result<(), StoreError>;
    /// The agent who holds this API token.
    async fn agent_by_api_token(&self, token: &TokenHash) -> Result<Option<Agent>, StoreError>;
}
