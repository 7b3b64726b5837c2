//! Agents: the set-up of the first agent, further agents, logging in and out, API tokens.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentRole, EmailAddress, Invalid, Password, Permission, PersonName, SecretToken,
    TokenKind,
};
use antiphon_store::{NewAgent, NewAgentOutcome, NewApiToken, NewSession};

/// How long a set-up link works, in seconds: a day, so that yesterday's terminal opens nothing.
const SETUP_SECONDS: i64 = 24 * 3600;
/// How long a browser session lasts, in seconds: 30 days.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// An agent as typed.
#[derive(Debug)]
pub struct NewAgentRequest {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// A session that has begun.
#[derive(Debug)]
pub struct LoggedIn {
    /// Who.
    pub agent: Agent,
    /// The token that the browser keeps.
    pub session: SecretToken,
    /// How long the browser keeps it, in seconds.
    pub max_age_seconds: i64,
}

impl Chat {
    /// A fresh one-time set-up token while there is no agent yet; every earlier one is void then. `None` once there is an agent.
    pub async fn issue_setup_token(&self) -> Result<Option<SecretToken>, ChatError> {
        let token = SecretToken::from_random(TokenKind::Setup, &self.ports.random.bytes()?);
        let now = self.ports.clock.now();
        let issued = self
            .ports
            .store
            .issue_setup_token(token.hash(), now, now.plus_seconds(SETUP_SECONDS))
            .await?;
        Ok(issued.then_some(token))
    }

    /// Whether a set-up link can still be used.
    pub async fn setup_token_is_valid(&self, token: &str) -> Result<bool, ChatError> {
        let Ok(token) = SecretToken::parse(TokenKind::Setup, token) else {
            return Ok(false);
        };
        Ok(self
            .ports
            .store
            .setup_token_is_valid(token.hash(), self.ports.clock.now())
            .await?)
    }

    /// Makes the first agent, an administrator, and logs it in. The token is used up only if that succeeds.
    pub async fn set_up(
        &self,
        token: &str,
        request: NewAgentRequest,
    ) -> Result<LoggedIn, ChatError> {
        const USED_UP: ChatError = ChatError::Forbidden(
            "this set-up link has been used or has expired: restart the server for a new one, or log in",
        );
        let token = SecretToken::parse(TokenKind::Setup, token).map_err(|_| USED_UP)?;
        // Before the slow hash, so that a wrong token costs next to nothing.
        if !self
            .ports
            .store
            .setup_token_is_valid(token.hash(), self.ports.clock.now())
            .await?
        {
            return Err(USED_UP);
        }
        let new = self.new_agent(request, AgentRole::Admin).await?;
        match self
            .ports
            .store
            .create_first_agent(token.hash(), new)
            .await?
        {
            NewAgentOutcome::Created(agent) => self.begin_session(agent).await,
            NewAgentOutcome::SetupTokenInvalid => Err(USED_UP),
            NewAgentOutcome::EmailTaken => Err(email_taken()),
        }
    }

    /// Makes an agent.
    pub async fn create_agent(
        &self,
        request: NewAgentRequest,
        role: AgentRole,
    ) -> Result<Agent, ChatError> {
        let new = self.new_agent(request, role).await?;
        match self.ports.store.create_agent(new).await? {
            NewAgentOutcome::Created(agent) => Ok(agent),
            NewAgentOutcome::EmailTaken => Err(email_taken()),
            NewAgentOutcome::SetupTokenInvalid => Err(ChatError::Internal(
                "an agent made without a set-up token was refused for one".into(),
            )),
        }
    }

    async fn new_agent(
        &self,
        request: NewAgentRequest,
        role: AgentRole,
    ) -> Result<NewAgent, ChatError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", PersonName::parse(&request.name));
        let email = errors.check("email", EmailAddress::parse(&request.email));
        let password = errors.check("password", Password::parse(request.password));
        errors.finish()?;
        let (Some(name), Some(email), Some(password)) = (name, email, password) else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        let password_hash = self.passwords.hash(password, &*self.ports.random).await?;
        Ok(NewAgent {
            name,
            email,
            role,
            password_hash,
            at: self.ports.clock.now(),
        })
    }

    /// Logs an agent in. A wrong address and a wrong password are one and the same refusal.
    pub async fn log_in(&self, email: &str, password: String) -> Result<LoggedIn, ChatError> {
        let Ok(password) = Password::typed(password) else {
            return Err(ChatError::Unauthenticated);
        };
        let found = match EmailAddress::parse(email) {
            Ok(email) => self.ports.store.agent_credentials(&email).await?,
            Err(_) => None,
        };
        let (agent, hash) = found
            .map(|found| (found.agent, found.password_hash))
            .unzip();
        let correct = self.passwords.verify(password, hash).await?;
        match agent {
            Some(agent) if correct => self.begin_session(agent).await,
            _ => Err(ChatError::Unauthenticated),
        }
    }

    async fn begin_session(&self, agent: Agent) -> Result<LoggedIn, ChatError> {
        let session =
            SecretToken::from_random(TokenKind::AgentSession, &self.ports.random.bytes()?);
        let at = self.ports.clock.now();
        let new = NewSession {
            agent_id: agent.id,
            token: session.hash(),
            at,
            expires_at: at.plus_seconds(SESSION_SECONDS),
        };
        self.ports.store.create_session(new).await?;
        Ok(LoggedIn {
            agent,
            session,
            max_age_seconds: SESSION_SECONDS,
        })
    }

    /// Ends a session.
    pub async fn log_out(&self, session: &SecretToken) -> Result<(), ChatError> {
        Ok(self.ports.store.end_session(&session.hash()).await?)
    }

    /// Every agent, oldest first.
    pub async fn agents(&self, principal: &Principal) -> Result<Vec<Agent>, ChatError> {
        require(principal, Permission::Read)?;
        self.every_agent().await
    }

    /// The same for whoever runs the server, and to find out whether there is anybody yet.
    pub async fn every_agent(&self) -> Result<Vec<Agent>, ChatError> {
        Ok(self.ports.store.list_agents().await?)
    }

    /// Replaces an agent's password and ends its sessions.
    pub async fn set_password(&self, email: &str, password: String) -> Result<Agent, ChatError> {
        let agent = self.agent_by_email(email).await?;
        let password = Password::parse(password)
            .map_err(|Invalid(reason)| FieldErrors::one("password", reason))?;
        let hash = self.passwords.hash(password, &*self.ports.random).await?;
        match self.ports.store.set_password(agent.id, hash).await? {
            true => Ok(agent),
            false => Err(ChatError::NotFound("agent")),
        }
    }

    /// A new API token for an agent's programs, shown once.
    pub async fn create_api_token(&self, email: &str) -> Result<(Agent, SecretToken), ChatError> {
        let agent = self.agent_by_email(email).await?;
        let token = SecretToken::from_random(TokenKind::AgentApi, &self.ports.random.bytes()?);
        let new = NewApiToken {
            agent_id: agent.id,
            token: token.hash(),
            at: self.ports.clock.now(),
        };
        self.ports.store.create_api_token(new).await?;
        Ok((agent, token))
    }

    async fn agent_by_email(&self, email: &str) -> Result<Agent, ChatError> {
        let email = EmailAddress::parse(email)
            .map_err(|Invalid(reason)| FieldErrors::one("email", reason))?;
        let found = self.ports.store.agent_credentials(&email).await?;
        found
            .map(|found| found.agent)
            .ok_or(ChatError::NotFound("agent"))
    }
}

fn email_taken() -> ChatError {
    FieldErrors::one("email", "is another agent's already").into()
}
