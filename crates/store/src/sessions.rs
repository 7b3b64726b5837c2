//! How agents and their programs are known again: browser sessions and API tokens.

use crate::{FollowUp, StoreError};
use antiphon_domain::{Agent, AgentId, ApiTokenId, Permissions, SessionId, Timestamp, TokenHash};

/// The most API tokens of an agent.
pub const MAX_API_TOKENS: u32 = 50;
/// The most sessions of an agent: another login ends the one that was used least lately.
pub const MAX_SESSIONS: u32 = 50;

/// A browser session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose.
    pub agent_id: AgentId,
    /// The hash of its token.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The network address of the login.
    pub address: Option<String>,
    /// The browser, as it names itself, shortened.
    pub user_agent: Option<String>,
}

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity, for the agent's own list.
    pub id: SessionId,
    /// Whose.
    pub agent: Agent,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was used, to within some minutes; its beginning at first.
    pub last_used_at: Timestamp,
    /// The whole team needs a second factor, and this agent has none yet.
    pub two_factor_missing: bool,
}

/// A session in the list of its agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// Its identity.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used, to within some minutes.
    pub last_used_at: Timestamp,
    /// The network address of the login.
    pub address: Option<String>,
    /// The browser, as it names itself, shortened.
    pub user_agent: Option<String>,
}

/// An API token to be made.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Whose.
    pub agent_id: AgentId,
    /// The hash.
    pub token: TokenHash,
    /// What it is for, ≤ 100 characters.
    pub name: String,
    /// What it may at most.
    pub scopes: Permissions,
    /// Now.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What became of a new API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewApiTokenOutcome {
    /// Made.
    Created(ApiToken),
    /// The agent has [`MAX_API_TOKENS`].
    TooMany,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identity.
    pub id: ApiTokenId,
    /// What it is for; empty for one of an earlier version.
    pub name: String,
    /// What it may at most.
    pub scopes: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was used, to within some minutes; none if never.
    pub last_used_at: Option<Timestamp>,
}

/// Who shows an API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHolder {
    /// Who.
    pub agent: Agent,
    /// By which token.
    pub token: ApiToken,
}

/// Use cases on sessions and API tokens. Neither opens anything once its agent is deactivated.
#[async_trait::async_trait]
pub trait Sessions: Send + Sync {
    /// Begins a session; sessions of anybody that ended before `at` are forgotten on the way.
    async fn create_session(&self, new: NewSession) -> Result<(), StoreError>;
    /// The session with this token, if it has not ended.
    async fn session(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<Session>, StoreError>;
    /// Notes that a session was used.
    async fn touch_session(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// Ends a session, and answers whose it was; an unknown one is ended already.
    async fn end_session(
        &self,
        token: &TokenHash,
        follow_up: FollowUp<Option<AgentId>>,
    ) -> Result<Option<AgentId>, StoreError>;
    /// An agent's live sessions, the most lately used first.
    async fn list_sessions(
        &self,
        agent_id: AgentId,
        at: Timestamp,
    ) -> Result<Vec<ListedSession>, StoreError>;
    /// Ends one of an agent's sessions; answers whether there was such a one.
    async fn revoke_session(
        &self,
        agent_id: AgentId,
        id: SessionId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Ends an agent's sessions but this one; answers how many.
    async fn revoke_other_sessions(
        &self,
        agent_id: AgentId,
        keep: SessionId,
        follow_up: FollowUp<u64>,
    ) -> Result<u64, StoreError>;
    /// Makes an API token; those of the agent that have ended are forgotten on the way.
    async fn create_api_token(
        &self,
        new: NewApiToken,
        follow_up: FollowUp<NewApiTokenOutcome>,
    ) -> Result<NewApiTokenOutcome, StoreError>;
    /// Who holds this API token, if it has not ended.
    async fn api_token(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<TokenHolder>, StoreError>;
    /// Notes that an API token was used.
    async fn touch_api_token(&self, id: ApiTokenId, at: Timestamp) -> Result<(), StoreError>;
    /// An agent's API tokens, oldest first, also those that have ended.
    async fn list_api_tokens(&self, agent_id: AgentId) -> Result<Vec<ApiToken>, StoreError>;
    /// Revokes one of an agent's API tokens, and answers what it was.
    async fn revoke_api_token(
        &self,
        agent_id: AgentId,
        id: ApiTokenId,
        follow_up: FollowUp<Option<ApiToken>>,
    ) -> Result<Option<ApiToken>, StoreError>;
}
