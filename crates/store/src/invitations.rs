//! One-time links by which people come into the team, and by which they come back in with a new password.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    Agent, AgentId, AgentRole, EmailAddress, InvitationId, PersonName, Timestamp, TokenHash,
};

/// The most invitations that wait.
pub const MAX_INVITATIONS: u32 = 200;

/// An invitation to be made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// The hash of the link's token.
    pub token: TokenHash,
    /// The login of who is invited.
    pub email: EmailAddress,
    /// The name that is proposed.
    pub name: Option<PersonName>,
    /// What the agent will be allowed.
    pub role: AgentRole,
    /// By whom.
    pub invited_by: AgentId,
    /// Now.
    pub at: Timestamp,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// What became of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteOutcome {
    /// Made, in the place of an earlier one of the same address.
    Invited(Invitation),
    /// There is an agent with this address.
    EmailTaken,
    /// [`MAX_INVITATIONS`] wait.
    TooMany,
}

/// An invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its identity.
    pub id: InvitationId,
    /// The login of who is invited.
    pub email: EmailAddress,
    /// The name that is proposed.
    pub name: Option<PersonName>,
    /// What the agent will be allowed.
    pub role: AgentRole,
    /// By whom.
    pub invited_by: Option<AgentId>,
    /// When.
    pub created_at: Timestamp,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// An invitation that is accepted.
#[derive(Debug, Clone)]
pub struct AcceptInvitation {
    /// The hash of the link's token.
    pub token: TokenHash,
    /// The name that visitors see.
    pub name: PersonName,
    /// The Argon2id hash, as a PHC string.
    pub password_hash: String,
    /// Now.
    pub at: Timestamp,
}

/// What became of an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// The agent is made, and the link used up.
    Accepted(Agent),
    /// The link was used, revoked, replaced or has ended.
    Invalid,
    /// Meanwhile another agent has the address.
    EmailTaken,
}

/// A link for a new password, to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewPasswordReset {
    /// Whose.
    pub agent_id: AgentId,
    /// The hash of the link's token.
    pub token: TokenHash,
    /// Now.
    pub at: Timestamp,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// Use cases on one-time links.
#[async_trait::async_trait]
pub trait Invitations: Send + Sync {
    /// Invites somebody; invitations that have ended are forgotten on the way.
    async fn invite(
        &self,
        new: NewInvitation,
        follow_up: FollowUp<InviteOutcome>,
    ) -> Result<InviteOutcome, StoreError>;
    /// The invitations that wait, oldest first.
    async fn list_invitations(&self, at: Timestamp) -> Result<Vec<Invitation>, StoreError>;
    /// Takes an invitation back, and answers what it was.
    async fn revoke_invitation(
        &self,
        id: InvitationId,
        follow_up: FollowUp<Option<Invitation>>,
    ) -> Result<Option<Invitation>, StoreError>;
    /// The invitation of this link, if it waits.
    async fn invitation(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<Invitation>, StoreError>;
    /// Makes the agent and uses up the link, or neither.
    async fn accept_invitation(
        &self,
        accept: AcceptInvitation,
        follow_up: FollowUp<AcceptOutcome>,
    ) -> Result<AcceptOutcome, StoreError>;
    /// Makes a link for a new password, in the place of an earlier one of the agent; answers whether there is such an active agent.
    async fn create_password_reset(
        &self,
        new: NewPasswordReset,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Whose link this is, if it can still be used.
    async fn password_reset(
        &self,
        token: &TokenHash,
        at: Timestamp,
    ) -> Result<Option<Agent>, StoreError>;
    /// Replaces the password, ends every session of the agent and uses up the link, or nothing of it.
    async fn use_password_reset(
        &self,
        token: TokenHash,
        password_hash: String,
        at: Timestamp,
        follow_up: FollowUp<Option<Agent>>,
    ) -> Result<Option<Agent>, StoreError>;
}
