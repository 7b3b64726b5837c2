//! Logging in, with a second factor where the agent has one, and out.

use crate::{Chat, ChatError};
use antiphon_domain::{
    Agent, AgentId, EmailAddress, Password, RecoveryCode, SecretToken, TokenKind,
};
use antiphon_store::{AgentCredentials, FollowUp, NewSession, Subject};
use std::net::IpAddr;

/// How long a browser session lasts, in seconds: 30 days.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// What is kept of the name that a browser gives itself, in characters.
const MAX_USER_AGENT: usize = 200;

/// What somebody types to log in.
#[derive(Debug)]
pub struct LogIn {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The second factor: a code of the app, or a recovery code.
    pub code: Option<String>,
}

/// Where a session begins.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The network address.
    pub address: Option<IpAddr>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
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
    /// Logs an agent in. A wrong address, a wrong password and an agent who has left are one and the same refusal; that a second factor
    /// is needed, or was wrong, is told to whoever knows the password only.
    pub async fn log_in(&self, log_in: LogIn, origin: Origin) -> Result<LoggedIn, ChatError> {
        let Ok(password) = Password::typed(log_in.password) else {
            return Err(ChatError::Unauthenticated);
        };
        let found = match EmailAddress::parse(&log_in.email) {
            Ok(email) => self.ports.store.agent_credentials(&email).await?,
            Err(_) => None,
        };
        let found = found.filter(|found| found.agent.deactivated_at.is_none());
        let hash = found.as_ref().map(|found| found.password_hash.clone());
        let correct = self.passwords.verify(password, hash).await?;
        let Some(found) = found.filter(|_| correct) else {
            return Err(ChatError::Unauthenticated);
        };
        self.check_second_factor(&found, log_in.code.as_deref(), &origin)
            .await?;
        self.begin_session(found.agent, origin).await
    }

    async fn check_second_factor(
        &self,
        found: &AgentCredentials,
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<(), ChatError> {
        let Some(secret) = &found.two_factor_secret else {
            return Ok(());
        };
        let code = code.map(str::trim).filter(|code| !code.is_empty());
        let Some(code) = code else {
            return Err(ChatError::TwoFactorRequired { wrong: false });
        };
        let (store, id) = (&self.ports.store, found.agent.id);
        let right = match RecoveryCode::parse(code) {
            Some(recovery) => {
                let mut entry =
                    self.audit_command("two_factor.recovery_used", Subject::of("agent", id.0));
                entry.agent_id = Some(id);
                found.agent.name.as_str().clone_into(&mut entry.agent_name);
                entry.address = origin.address.map(|address| address.to_string());
                let used = FollowUp::audit(move |used: &bool| used.then_some(entry));
                store.use_recovery_code(id, recovery.hash(), used).await?
            }
            None => match secret.step_of(code, self.ports.clock.now().as_seconds()) {
                Some(step) => store.use_two_factor_step(id, step).await?,
                None => false,
            },
        };
        match right {
            true => Ok(()),
            false => Err(ChatError::TwoFactorRequired { wrong: true }),
        }
    }

    pub(crate) async fn begin_session(
        &self,
        agent: Agent,
        origin: Origin,
    ) -> Result<LoggedIn, ChatError> {
        let session =
            SecretToken::from_random(TokenKind::AgentSession, &self.ports.random.bytes()?);
        let at = self.ports.clock.now();
        let browser = origin.user_agent.map(|name| {
            let printable = name.chars().filter(|c| !c.is_control());
            printable.take(MAX_USER_AGENT).collect()
        });
        let new = NewSession {
            agent_id: agent.id,
            token: session.hash(),
            at,
            expires_at: at.plus_seconds(SESSION_SECONDS),
            address: origin.address.map(|address| address.to_string()),
            user_agent: browser,
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
        let told = self.shut_out(|agent_id: &Option<AgentId>| *agent_id);
        let store = &self.ports.store;
        store.end_session(&session.hash(), told).await?;
        Ok(())
    }
}
