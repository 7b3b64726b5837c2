//! API tokens: an agent's access for its programs, within scopes and perhaps for a time. Made and revoked by a login only.

use crate::access::own;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{Agent, ApiTokenId, Permissions, PersonName, SecretToken, TokenKind};
use antiphon_store::{
    ApiToken, FollowUp, MAX_API_TOKENS, NewApiToken, NewApiTokenOutcome, NewAuditEntry, Subject,
};
use serde_json::json;

/// The longest life of a token that ends, in days.
pub const MAX_TOKEN_DAYS: i64 = 3650;

/// A token as asked for.
#[derive(Debug)]
pub struct NewApiTokenRequest {
    /// What it is for.
    pub name: String,
    /// What it may; within that, what its agent's role permits at the time.
    pub scopes: Permissions,
    /// Days until it ends by itself, 1 to [`MAX_TOKEN_DAYS`].
    pub expires_in_days: Option<i64>,
}

impl Chat {
    /// The caller's API tokens, oldest first.
    pub async fn api_tokens(&self, principal: &Principal) -> Result<Vec<ApiToken>, ChatError> {
        let (caller, _) = own(principal)?;
        Ok(self.ports.store.list_api_tokens(caller.agent.id).await?)
    }

    /// A new API token of the caller's, shown once.
    pub async fn create_own_api_token(
        &self,
        principal: &Principal,
        request: NewApiTokenRequest,
    ) -> Result<(ApiToken, SecretToken), ChatError> {
        let (caller, _) = own(principal)?;
        let entry = self.audit(principal, "token.created", Subject::new("token"));
        self.new_api_token(&caller.agent, request, entry).await
    }

    /// The same for a command on the server's machine.
    pub async fn create_api_token(
        &self,
        email: &str,
        request: NewApiTokenRequest,
    ) -> Result<(Agent, SecretToken), ChatError> {
        let agent = self.agent_by_email(email).await?;
        let entry = self.audit_command("token.created", Subject::new("token"));
        let (_, token) = self.new_api_token(&agent, request, entry).await?;
        Ok((agent, token))
    }

    async fn new_api_token(
        &self,
        agent: &Agent,
        request: NewApiTokenRequest,
        entry: NewAuditEntry,
    ) -> Result<(ApiToken, SecretToken), ChatError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", PersonName::parse(&request.name));
        if request.scopes.is_empty() {
            errors.add("scopes", "must name at least one of read, answer and admin");
        }
        let days = request.expires_in_days;
        if days.is_some_and(|days| !(1..=MAX_TOKEN_DAYS).contains(&days)) {
            errors.add(
                "expires_in_days",
                format!("must be from 1 to {MAX_TOKEN_DAYS}"),
            );
        }
        errors.finish()?;
        let token = SecretToken::from_random(TokenKind::AgentApi, &self.ports.random.bytes()?);
        let at = self.ports.clock.now();
        let new = NewApiToken {
            agent_id: agent.id,
            token: token.hash(),
            name: name
                .map(|name| name.as_str().to_owned())
                .unwrap_or_default(),
            scopes: request.scopes,
            at,
            expires_at: days.map(|days| at.plus_seconds(days * 24 * 3600)),
        };
        let details = json!({ "agent": agent.email.as_str(), "name": new.name, "scopes": new.scopes.to_text() });
        let audit = FollowUp::audit(move |outcome| match outcome {
            NewApiTokenOutcome::Created(made) => Some(entry.about(made.id.0).with(details)),
            NewApiTokenOutcome::TooMany => None,
        });
        match self.ports.store.create_api_token(new, audit).await? {
            NewApiTokenOutcome::Created(made) => Ok((made, token)),
            NewApiTokenOutcome::TooMany => {
                let reason = format!(
                    "is one more than the {MAX_API_TOKENS} that an agent may have: revoke one first"
                );
                Err(FieldErrors::one("name", reason).into())
            }
        }
    }

    /// Revokes one of the caller's API tokens.
    pub async fn revoke_api_token(
        &self,
        principal: &Principal,
        id: ApiTokenId,
    ) -> Result<(), ChatError> {
        let (caller, _) = own(principal)?;
        let entry = self.audit(principal, "token.revoked", Subject::of("token", id.0));
        let audit = FollowUp::audit(move |revoked: &Option<ApiToken>| {
            let revoked = revoked.as_ref()?;
            Some(entry.with(json!({ "name": revoked.name })))
        });
        let store = &self.ports.store;
        let revoked = store.revoke_api_token(caller.agent.id, id, audit).await?;
        revoked.map(drop).ok_or(ChatError::NotFound("token"))
    }
}
