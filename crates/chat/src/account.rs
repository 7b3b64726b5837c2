//! What agents change about themselves: name, login, language, password. By a login only, never by a token.

use crate::access::own;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::settings::Language;
use antiphon_domain::{
    Agent, AgentId, DomainEvent, EmailAddress, Invalid, Password, PersonName, TeamSetting,
};
use antiphon_store::{SetPassword, Subject, UpdateAgent, UpdateAgentOutcome};
use serde_json::json;

/// What is to be another about one's own account; what is absent stays.
#[derive(Debug, Default)]
pub struct AccountChanges {
    /// The name that visitors see.
    pub name: Option<String>,
    /// The login; needs the password.
    pub email: Option<String>,
    /// The inbox's language; an empty one is the browser's.
    pub language: Option<String>,
    /// Whether conversations are given to the caller by itself.
    pub available: Option<bool>,
    /// The password as it is.
    pub current_password: Option<String>,
}

impl Chat {
    /// Changes the caller's own account.
    pub async fn update_account(
        &self,
        principal: &Principal,
        changes: AccountChanges,
    ) -> Result<Agent, ChatError> {
        let (caller, _) = own(principal)?;
        let mut errors = FieldErrors::default();
        let name = changes.name.as_deref().map(PersonName::parse);
        let email = changes.email.as_deref().map(EmailAddress::parse);
        let language = changes.language.as_deref();
        let language = language.map(|tag| match tag.trim() {
            "" => Ok(None),
            tag => Language::parse(tag).map(Some),
        });
        let email = email.and_then(|email| errors.check("email", email));
        let email = email.filter(|email| *email != caller.agent.email);
        let update = UpdateAgent {
            name: name.and_then(|name| errors.check("name", name)),
            language: language.and_then(|language| errors.check("language", language)),
            email,
            available: changes.available,
            ..UpdateAgent::of(caller.agent.id)
        };
        errors.finish()?;
        if update.email.is_some() {
            let typed = changes.current_password.unwrap_or_default();
            self.check_own_password(&caller.agent, typed).await?;
        }
        let subject = Subject::of("agent", caller.agent.id.0);
        let entry = self
            .audit(principal, "agent.email_changed", subject)
            .with(json!({ "from": caller.agent.email.as_str() }));
        let email_changes = update.email.is_some();
        let agent_id = caller.agent.id;
        let told = self.announce(None, move |outcome| match outcome {
            UpdateAgentOutcome::Updated(_) => vec![
                settings_changed(TeamSetting::Agents, None),
                settings_changed(TeamSetting::Account, Some(agent_id)),
            ],
            _ => Vec::new(),
        });
        let told = told.and_audit(move |outcome| {
            let done = matches!(outcome, UpdateAgentOutcome::Updated(_));
            (done && email_changes).then_some(entry)
        });
        match self.ports.store.update_agent(update, told).await? {
            UpdateAgentOutcome::Updated(agent) => Ok(agent),
            UpdateAgentOutcome::EmailTaken => {
                Err(FieldErrors::one("email", "is another agent's already").into())
            }
            UpdateAgentOutcome::LastAdmin | UpdateAgentOutcome::UnknownAgent => {
                Err(ChatError::NotFound("agent"))
            }
        }
    }

    /// Replaces the caller's own password and ends its other sessions.
    pub async fn change_password(
        &self,
        principal: &Principal,
        current: String,
        new: String,
    ) -> Result<(), ChatError> {
        let (caller, session) = own(principal)?;
        let new =
            Password::parse(new).map_err(|Invalid(reason)| FieldErrors::one("password", reason))?;
        self.check_own_password(&caller.agent, current).await?;
        let set = SetPassword {
            agent_id: caller.agent.id,
            password_hash: self.passwords.hash(new, &*self.ports.random).await?,
            keep: Some(session),
        };
        let subject = Subject::of("agent", caller.agent.id.0);
        let entry = self.audit(principal, "agent.password_changed", subject);
        let agent_id = caller.agent.id;
        let told = self
            .shut_out(move |changed: &bool| changed.then_some(agent_id))
            .and_audit(move |changed| changed.then_some(entry));
        match self.ports.store.set_password(set, told).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("agent")),
        }
    }

    /// Refuses whoever has the session but not the password.
    pub(crate) async fn check_own_password(
        &self,
        agent: &Agent,
        typed: String,
    ) -> Result<(), ChatError> {
        let wrong = || FieldErrors::one("current_password", "is wrong");
        let typed = Password::typed(typed).map_err(|_| wrong())?;
        let found = self.ports.store.agent_credentials(&agent.email).await?;
        let hash = found.map(|found| found.password_hash);
        match self.passwords.verify(typed, hash).await? {
            true => Ok(()),
            false => Err(wrong().into()),
        }
    }
}

/// What an agent hears, or the whole team, when something that it works with is another.
pub(crate) const fn settings_changed(what: TeamSetting, agent_id: Option<AgentId>) -> DomainEvent {
    DomainEvent::SettingsChanged { what, agent_id }
}
