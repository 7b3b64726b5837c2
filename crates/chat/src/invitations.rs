//! One-time links that an administrator hands on: into the team, and back in with a new password.

use crate::access::require;
use crate::account::settings_changed;
use crate::log_in::{LoggedIn, Origin};
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, AgentRole, EmailAddress, Invalid, InvitationId, Password, Permission,
    PersonName, SecretToken, TeamSetting, TokenKind,
};
use antiphon_store::{
    AcceptInvitation, AcceptOutcome, FollowUp, Invitation, InviteOutcome, MAX_INVITATIONS,
    NewInvitation, NewPasswordReset, Subject,
};
use serde_json::json;

/// How long an invitation waits, in seconds: a week, so that a holiday does not outlast it.
const INVITATION_SECONDS: i64 = 7 * 24 * 3600;
/// How long a link for a new password works, in seconds: a day.
const RESET_SECONDS: i64 = 24 * 3600;
const INVITATION_OVER: ChatError = ChatError::Forbidden(
    "this invitation was used, was taken back or has expired: ask for a new one, or log in",
);
const RESET_OVER: ChatError =
    ChatError::Forbidden("this link was used or has expired: ask an administrator for a new one");

/// Somebody to invite, as typed.
#[derive(Debug)]
pub struct InviteRequest {
    /// The e-mail address.
    pub email: String,
    /// The name that is proposed.
    pub name: Option<String>,
    /// The role.
    pub role: AgentRole,
}

impl Chat {
    /// Invites somebody; the token of the link is shown once. A second invitation of an address ends the first.
    pub async fn invite(
        &self,
        principal: &Principal,
        request: InviteRequest,
    ) -> Result<(Invitation, SecretToken), ChatError> {
        let inviter = require(principal, Permission::Administer)?;
        let mut errors = FieldErrors::default();
        let email = errors.check("email", EmailAddress::parse(&request.email));
        let name = request.name.as_deref().map(str::trim);
        let name = name.filter(|name| !name.is_empty()).map(PersonName::parse);
        let name = name.and_then(|name| errors.check("name", name));
        errors.finish()?;
        let Some(email) = email else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        let token = SecretToken::from_random(TokenKind::Invitation, &self.ports.random.bytes()?);
        let at = self.ports.clock.now();
        let new = NewInvitation {
            token: token.hash(),
            email,
            name,
            role: request.role,
            invited_by: inviter.id,
            at,
            expires_at: at.plus_seconds(INVITATION_SECONDS),
        };
        let details = json!({ "email": new.email.as_str(), "role": new.role.as_str() });
        let entry = self.audit(principal, "agent.invited", Subject::new("invitation"));
        let audit = FollowUp::audit(move |outcome| match outcome {
            InviteOutcome::Invited(made) => Some(entry.about(made.id.0).with(details)),
            _ => None,
        });
        match self.ports.store.invite(new, audit).await? {
            InviteOutcome::Invited(invitation) => Ok((invitation, token)),
            InviteOutcome::EmailTaken => {
                Err(FieldErrors::one("email", "is another agent's already").into())
            }
            InviteOutcome::TooMany => {
                let reason = format!("is one more than the {MAX_INVITATIONS} that may wait");
                Err(FieldErrors::one("email", reason).into())
            }
        }
    }

    /// The invitations that wait, oldest first.
    pub async fn invitations(&self, principal: &Principal) -> Result<Vec<Invitation>, ChatError> {
        require(principal, Permission::Administer)?;
        let now = self.ports.clock.now();
        Ok(self.ports.store.list_invitations(now).await?)
    }

    /// Takes an invitation back.
    pub async fn revoke_invitation(
        &self,
        principal: &Principal,
        id: InvitationId,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let subject = Subject::of("invitation", id.0);
        let entry = self.audit(principal, "agent.uninvited", subject);
        let audit = FollowUp::audit(move |revoked: &Option<Invitation>| {
            let revoked = revoked.as_ref()?;
            Some(entry.with(json!({ "email": revoked.email.as_str() })))
        });
        let revoked = self.ports.store.revoke_invitation(id, audit).await?;
        revoked.map(drop).ok_or(ChatError::NotFound("invitation"))
    }

    /// The invitation of this link, if it waits.
    pub async fn invitation(&self, token: &str) -> Result<Invitation, ChatError> {
        let token =
            SecretToken::parse(TokenKind::Invitation, token).map_err(|_| INVITATION_OVER)?;
        let now = self.ports.clock.now();
        let found = self.ports.store.invitation(&token.hash(), now).await?;
        found.ok_or(INVITATION_OVER)
    }

    /// Makes the invited agent and logs it in. The link is used up only if that succeeds.
    pub async fn accept_invitation(
        &self,
        token: &str,
        name: &str,
        password: String,
        origin: Origin,
    ) -> Result<LoggedIn, ChatError> {
        // Before the slow hash, so that a wrong token costs next to nothing.
        let invitation = self.invitation(token).await?;
        let mut errors = FieldErrors::default();
        let name = errors.check("name", PersonName::parse(name));
        let password = errors.check("password", Password::parse(password));
        errors.finish()?;
        let (Some(name), Some(password)) = (name, password) else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        let token =
            SecretToken::parse(TokenKind::Invitation, token).map_err(|_| INVITATION_OVER)?;
        let mut entry = self.audit_command("agent.joined", Subject::new("agent"));
        entry.address = origin.address.map(|address| address.to_string());
        let role = invitation.role.as_str();
        let accept = AcceptInvitation {
            token: token.hash(),
            name,
            password_hash: self.passwords.hash(password, &*self.ports.random).await?,
            at: self.ports.clock.now(),
        };
        let told = self.announce(None, |outcome| match outcome {
            AcceptOutcome::Accepted(_) => Some(settings_changed(TeamSetting::Agents, None)),
            _ => None,
        });
        let told = told.and_audit(move |outcome| match outcome {
            AcceptOutcome::Accepted(agent) => {
                entry.agent_id = Some(agent.id);
                agent.name.as_str().clone_into(&mut entry.agent_name);
                Some(entry.about(agent.id.0).with(json!({ "role": role })))
            }
            _ => None,
        });
        match self.ports.store.accept_invitation(accept, told).await? {
            AcceptOutcome::Accepted(agent) => self.begin_session(agent, origin).await,
            AcceptOutcome::Invalid => Err(INVITATION_OVER),
            AcceptOutcome::EmailTaken => {
                Err(FieldErrors::one("email", "is another agent's already").into())
            }
        }
    }

    /// A link by which an agent gets a new password, shown once. A second one ends the first.
    pub async fn create_password_reset(
        &self,
        principal: &Principal,
        agent_id: AgentId,
    ) -> Result<SecretToken, ChatError> {
        require(principal, Permission::Administer)?;
        let token = SecretToken::from_random(TokenKind::PasswordReset, &self.ports.random.bytes()?);
        let at = self.ports.clock.now();
        let new = NewPasswordReset {
            agent_id,
            token: token.hash(),
            at,
            expires_at: at.plus_seconds(RESET_SECONDS),
        };
        let subject = Subject::of("agent", agent_id.0);
        let entry = self.audit(principal, "agent.password_reset_created", subject);
        let audit = FollowUp::audit(move |made: &bool| made.then_some(entry));
        match self.ports.store.create_password_reset(new, audit).await? {
            true => Ok(token),
            false => Err(ChatError::NotFound("agent")),
        }
    }

    /// Whose link for a new password this is, if it can still be used.
    pub async fn password_reset(&self, token: &str) -> Result<Agent, ChatError> {
        let token = SecretToken::parse(TokenKind::PasswordReset, token).map_err(|_| RESET_OVER)?;
        let now = self.ports.clock.now();
        let found = self.ports.store.password_reset(&token.hash(), now).await?;
        found.ok_or(RESET_OVER)
    }

    /// Replaces a password by its link, and ends the agent's sessions. It does not log in: that may need a second factor.
    pub async fn reset_password(
        &self,
        token: &str,
        password: String,
        origin: Origin,
    ) -> Result<(), ChatError> {
        let agent = self.password_reset(token).await?;
        let token = SecretToken::parse(TokenKind::PasswordReset, token).map_err(|_| RESET_OVER)?;
        let password = Password::parse(password)
            .map_err(|Invalid(reason)| FieldErrors::one("password", reason))?;
        let hash = self.passwords.hash(password, &*self.ports.random).await?;
        let mut entry =
            self.audit_command("agent.password_reset", Subject::of("agent", agent.id.0));
        entry.agent_id = Some(agent.id);
        agent.name.as_str().clone_into(&mut entry.agent_name);
        entry.address = origin.address.map(|address| address.to_string());
        let told = self
            .shut_out(|reset: &Option<Agent>| reset.as_ref().map(|agent| agent.id))
            .and_audit(move |reset| reset.is_some().then_some(entry));
        let now = self.ports.clock.now();
        let reset = self
            .ports
            .store
            .use_password_reset(token.hash(), hash, now, told)
            .await?;
        reset.map(drop).ok_or(RESET_OVER)
    }
}
