//! The second factor: secrets, which of their codes were used, recovery codes, and whether the team needs them.

use crate::{FollowUp, StoreError};
use antiphon_domain::{AgentId, TokenHash, TwoFactorSecret};

/// A second factor to be set up.
#[derive(Debug, Clone)]
pub struct EnableTwoFactor {
    /// Whose.
    pub agent_id: AgentId,
    /// What the app has been told.
    pub secret: TwoFactorSecret,
    /// The time step of the code that has proved it.
    pub step: i64,
    /// The hashes of the recovery codes, in the place of all others.
    pub recovery_codes: Vec<TokenHash>,
}

/// Use cases on the second factor.
#[async_trait::async_trait]
pub trait TwoFactor: Send + Sync {
    /// Sets up the second factor of an agent that has none; answers whether it did.
    async fn enable_two_factor(
        &self,
        enable: EnableTwoFactor,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Takes an agent's second factor away, and its recovery codes; answers whether there was one.
    async fn disable_two_factor(
        &self,
        agent_id: AgentId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Uses up the code of a time step: false if that of this step or of a later one was used.
    async fn use_two_factor_step(&self, agent_id: AgentId, step: i64) -> Result<bool, StoreError>;
    /// Uses up a recovery code: false if the agent has no such code.
    async fn use_recovery_code(
        &self,
        agent_id: AgentId,
        code: TokenHash,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Replaces the recovery codes of an agent with a second factor; answers whether it has one.
    async fn replace_recovery_codes(
        &self,
        agent_id: AgentId,
        codes: Vec<TokenHash>,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// How many recovery codes an agent has left.
    async fn recovery_codes_left(&self, agent_id: AgentId) -> Result<u32, StoreError>;
    /// Whether every agent needs a second factor.
    async fn two_factor_required(&self) -> Result<bool, StoreError>;
    /// Says whether every agent needs a second factor; answers whether that is new.
    async fn require_two_factor(
        &self,
        required: bool,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
}
