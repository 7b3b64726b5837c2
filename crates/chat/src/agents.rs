//! Agents: the set-up of the first, further ones, and what administrators change about them.

use crate::access::require;
use crate::account::settings_changed;
use crate::log_in::{LoggedIn, Origin};
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, AgentRole, Capacity, DomainEvent, EmailAddress, Invalid, Password, Permission,
    PersonName, SecretToken, TeamSetting, TokenKind,
};
use antiphon_store::{
    FollowUp, MAX_PAGE, NewAgent, NewAgentOutcome, SetPassword, Subject, UpdateAgent,
    UpdateAgentOutcome,
};
use serde_json::json;

/// How long a set-up link works, in seconds: a day, so that yesterday's terminal opens nothing.
const SETUP_SECONDS: i64 = 24 * 3600;

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

/// What an administrator changes about an agent; what is absent stays.
#[derive(Debug, Default)]
pub struct AgentChanges {
    /// The name that visitors see.
    pub name: Option<String>,
    /// The login.
    pub email: Option<String>,
    /// The role.
    pub role: Option<AgentRole>,
    /// Whether the agent is in the team. One who leaves is logged out, and its open conversations are nobody's.
    pub active: Option<bool>,
    /// How many open conversations it is given by itself; `Some(None)` is what holds for everybody.
    pub capacity: Option<Option<Capacity>>,
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
        origin: Origin,
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
            NewAgentOutcome::Created(agent) => self.begin_session(agent, origin).await,
            NewAgentOutcome::SetupTokenInvalid => Err(USED_UP),
            NewAgentOutcome::EmailTaken => Err(email_taken()),
        }
    }

    /// Makes an agent; for commands on the server's machine.
    pub async fn create_agent(
        &self,
        request: NewAgentRequest,
        role: AgentRole,
    ) -> Result<Agent, ChatError> {
        let new = self.new_agent(request, role).await?;
        let details = json!({ "email": new.email.as_str(), "role": role.as_str() });
        let entry = self.audit_command("agent.created", Subject::new("agent"));
        let audit = FollowUp::audit(move |outcome| match outcome {
            NewAgentOutcome::Created(agent) => Some(entry.about(agent.id.0).with(details)),
            _ => None,
        });
        match self.ports.store.create_agent(new, audit).await? {
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

    /// Every agent, oldest first.
    pub async fn agents(&self, principal: &Principal) -> Result<Vec<Agent>, ChatError> {
        require(principal, Permission::Read)?;
        self.every_agent().await
    }

    /// The same for whoever runs the server, and to find out whether there is anybody yet.
    pub async fn every_agent(&self) -> Result<Vec<Agent>, ChatError> {
        Ok(self.ports.store.list_agents().await?)
    }

    /// Changes an agent. Administrators only; the last of them stays one.
    pub async fn update_agent(
        &self,
        principal: &Principal,
        agent_id: AgentId,
        changes: AgentChanges,
    ) -> Result<Agent, ChatError> {
        require(principal, Permission::Administer)?;
        let mut errors = FieldErrors::default();
        let name = changes.name.as_deref().map(PersonName::parse);
        let email = changes.email.as_deref().map(EmailAddress::parse);
        let now = self.ports.clock.now();
        let update = UpdateAgent {
            name: name.and_then(|name| errors.check("name", name)),
            email: email.and_then(|email| errors.check("email", email)),
            role: changes.role,
            deactivated_at: changes.active.map(|active| (!active).then_some(now)),
            capacity: changes.capacity,
            ..UpdateAgent::of(agent_id)
        };
        errors.finish()?;
        let mut details = serde_json::Map::new();
        let mut note = |field: &str, value: Option<String>| {
            if let Some(value) = value {
                details.insert(field.to_owned(), value.into());
            }
        };
        note("name", changes.name);
        note("email", changes.email);
        note("role", changes.role.map(|role| role.as_str().to_owned()));
        if let Some(capacity) = changes.capacity {
            let capacity = capacity.map(Capacity::get);
            details.insert("capacity".to_owned(), json!(capacity));
        }
        let action = match changes.active {
            Some(true) => "agent.reactivated",
            Some(false) => "agent.deactivated",
            None => "agent.changed",
        };
        let entry = self
            .audit(principal, action, Subject::of("agent", agent_id.0))
            .with(serde_json::Value::from(details));
        let told = self.announce(None, |outcome| match outcome {
            UpdateAgentOutcome::Updated(agent) => {
                let shut_out = agent.deactivated_at.is_some();
                std::iter::once(settings_changed(TeamSetting::Agents, None))
                    .chain(shut_out.then_some(DomainEvent::AgentShutOut(agent.id)))
                    .collect()
            }
            _ => Vec::new(),
        });
        let told = told.and_audit(move |outcome| {
            matches!(outcome, UpdateAgentOutcome::Updated(_)).then_some(entry)
        });
        let agent = match self.ports.store.update_agent(update, told).await? {
            UpdateAgentOutcome::Updated(agent) => agent,
            UpdateAgentOutcome::EmailTaken => return Err(email_taken()),
            UpdateAgentOutcome::LastAdmin => {
                return Err(ChatError::LastAdmin);
            }
            UpdateAgentOutcome::UnknownAgent => return Err(ChatError::NotFound("agent")),
        };
        if agent.deactivated_at.is_some() {
            self.release_conversations(agent_id).await?;
        }
        Ok(agent)
    }

    /// Gives the open conversations of an agent who has left to nobody; where their widgets assign, they await another one. Cut short,
    /// it goes on when the agent is deactivated again.
    async fn release_conversations(&self, agent_id: AgentId) -> Result<(), ChatError> {
        loop {
            let store = &self.ports.store;
            let ids = store.open_conversations_of(agent_id, MAX_PAGE).await?;
            if ids.is_empty() {
                return Ok(());
            }
            for id in ids {
                self.release(id).await?;
            }
        }
    }

    /// Replaces an agent's password and ends its sessions; for commands on the server's machine.
    pub async fn set_password(&self, email: &str, password: String) -> Result<Agent, ChatError> {
        let agent = self.agent_by_email(email).await?;
        let password = Password::parse(password)
            .map_err(|Invalid(reason)| FieldErrors::one("password", reason))?;
        let set = SetPassword {
            agent_id: agent.id,
            password_hash: self.passwords.hash(password, &*self.ports.random).await?,
            keep: None,
        };
        let subject = Subject::of("agent", agent.id.0);
        let entry = self.audit_command("agent.password_changed", subject);
        let agent_id = agent.id;
        let told = self
            .shut_out(move |changed: &bool| changed.then_some(agent_id))
            .and_audit(move |changed| changed.then_some(entry));
        match self.ports.store.set_password(set, told).await? {
            true => Ok(agent),
            false => Err(ChatError::NotFound("agent")),
        }
    }

    pub(crate) async fn agent_by_email(&self, email: &str) -> Result<Agent, ChatError> {
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
