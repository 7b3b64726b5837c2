//! The second factor of a login: set up, taken away, asked of everybody.

use crate::access::{own, require};
use crate::account::settings_changed;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, DomainEvent, Permission, RECOVERY_CODES, RecoveryCode, TeamSetting,
    TwoFactorSecret,
};
use antiphon_store::{EnableTwoFactor, FollowUp, Subject};
use serde_json::json;

/// The second factor of the caller.
#[derive(Debug, Clone, Copy)]
pub struct TwoFactorState {
    /// Whether the caller has one.
    pub enabled: bool,
    /// Whether everybody needs one.
    pub required: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
}

impl Chat {
    /// How the caller's second factor stands.
    pub async fn two_factor(&self, principal: &Principal) -> Result<TwoFactorState, ChatError> {
        let (caller, _) = own(principal)?;
        let store = &self.ports.store;
        Ok(TwoFactorState {
            enabled: caller.agent.two_factor,
            required: store.two_factor_required().await?,
            recovery_codes_left: store.recovery_codes_left(caller.agent.id).await?,
        })
    }

    /// A secret for the caller's app. Nothing is stored before a code proves that the app has it.
    pub fn new_two_factor_secret(
        &self,
        principal: &Principal,
    ) -> Result<TwoFactorSecret, ChatError> {
        own(principal)?;
        Ok(TwoFactorSecret::from_bytes(self.ports.random.bytes()?))
    }

    /// Sets up the caller's second factor; answers the recovery codes, which are shown once.
    pub async fn enable_two_factor(
        &self,
        principal: &Principal,
        password: String,
        secret: &str,
        code: &str,
    ) -> Result<Vec<RecoveryCode>, ChatError> {
        let (caller, _) = own(principal)?;
        let mut errors = FieldErrors::default();
        let secret = errors.check("secret", TwoFactorSecret::parse_base32(secret));
        errors.finish()?;
        let Some(secret) = secret else {
            return Err(ChatError::Internal(
                "a field without an error has no value".into(),
            ));
        };
        self.check_own_password(&caller.agent, password).await?;
        let Some(step) = secret.step_of(code, self.ports.clock.now().as_seconds()) else {
            let reason = "is not the one that the app shows now";
            return Err(FieldErrors::one("code", reason).into());
        };
        let codes = self.new_recovery_codes()?;
        let enable = EnableTwoFactor {
            agent_id: caller.agent.id,
            secret,
            step,
            recovery_codes: codes.iter().map(RecoveryCode::hash).collect(),
        };
        let subject = Subject::of("agent", caller.agent.id.0);
        let entry = self.audit(principal, "two_factor.enabled", subject);
        let audit = FollowUp::audit(move |enabled: &bool| enabled.then_some(entry));
        match self.ports.store.enable_two_factor(enable, audit).await? {
            true => Ok(codes),
            false => Err(FieldErrors::one("secret", "is not needed: there is one already").into()),
        }
    }

    /// Takes the caller's second factor away, unless everybody needs one.
    pub async fn disable_two_factor(
        &self,
        principal: &Principal,
        password: String,
    ) -> Result<(), ChatError> {
        let (caller, _) = own(principal)?;
        self.check_own_password(&caller.agent, password).await?;
        if self.ports.store.two_factor_required().await? {
            return Err(ChatError::Forbidden("everybody in the team needs it"));
        }
        let subject = Subject::of("agent", caller.agent.id.0);
        let entry = self.audit(principal, "two_factor.disabled", subject);
        let audit = FollowUp::audit(move |disabled: &bool| disabled.then_some(entry));
        let store = &self.ports.store;
        store.disable_two_factor(caller.agent.id, audit).await?;
        Ok(())
    }

    /// Replaces the caller's recovery codes; they are shown once.
    pub async fn replace_recovery_codes(
        &self,
        principal: &Principal,
        password: String,
    ) -> Result<Vec<RecoveryCode>, ChatError> {
        let (caller, _) = own(principal)?;
        self.check_own_password(&caller.agent, password).await?;
        let codes = self.new_recovery_codes()?;
        let hashes = codes.iter().map(RecoveryCode::hash).collect();
        let subject = Subject::of("agent", caller.agent.id.0);
        let entry = self.audit(principal, "two_factor.recovery_replaced", subject);
        let audit = FollowUp::audit(move |replaced: &bool| replaced.then_some(entry));
        let store = &self.ports.store;
        match store
            .replace_recovery_codes(caller.agent.id, hashes, audit)
            .await?
        {
            true => Ok(codes),
            false => Err(ChatError::NotFound("second factor")),
        }
    }

    fn new_recovery_codes(&self) -> Result<Vec<RecoveryCode>, ChatError> {
        let code = |_| Ok(RecoveryCode::from_random(&self.ports.random.bytes()?));
        (0..RECOVERY_CODES).map(code).collect()
    }

    /// Takes another agent's second factor away: whoever lost the device and the codes logs in by the password and sets up a new one.
    pub async fn reset_two_factor(
        &self,
        principal: &Principal,
        agent_id: AgentId,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let subject = Subject::of("agent", agent_id.0);
        let entry = self.audit(principal, "two_factor.reset", subject);
        // Where everybody needs one, its sessions are good for nothing now but for setting one up.
        let told = self.announce(None, move |reset: &bool| {
            let told = [
                DomainEvent::AgentShutOut(agent_id),
                settings_changed(TeamSetting::Agents, None),
            ];
            told.into_iter().filter(|_| *reset).collect::<Vec<_>>()
        });
        let told = told.and_audit(move |reset| reset.then_some(entry));
        match self.ports.store.disable_two_factor(agent_id, told).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("second factor")),
        }
    }

    /// The same for a command on the server's machine; answers whether there was one.
    pub async fn reset_two_factor_of(&self, email: &str) -> Result<(Agent, bool), ChatError> {
        let agent = self.agent_by_email(email).await?;
        let subject = Subject::of("agent", agent.id.0);
        let entry = self.audit_command("two_factor.reset", subject);
        let agent_id = agent.id;
        let told = self
            .shut_out(move |reset: &bool| reset.then_some(agent_id))
            .and_audit(move |reset| reset.then_some(entry));
        let reset = self.ports.store.disable_two_factor(agent.id, told).await?;
        Ok((agent, reset))
    }

    /// Whether everybody needs a second factor.
    pub async fn two_factor_required(&self, principal: &Principal) -> Result<bool, ChatError> {
        require(principal, Permission::Administer)?;
        Ok(self.ports.store.two_factor_required().await?)
    }

    /// Says whether everybody needs a second factor. Whoever has none can then do nothing but set one up; so whoever asks it of others
    /// must have one.
    pub async fn require_two_factor(
        &self,
        principal: &Principal,
        required: bool,
    ) -> Result<(), ChatError> {
        let agent = require(principal, Permission::Administer)?;
        if required && !agent.two_factor {
            let reason = "must not be asked of others before you have it yourself";
            return Err(FieldErrors::one("two_factor_required", reason).into());
        }
        let entry = self
            .audit(principal, "two_factor.required", Subject::new("account"))
            .with(json!({ "required": required }));
        let agents = self.ports.store.list_agents().await?;
        // Their sessions are good for nothing now but for setting one up.
        let lacking: Vec<AgentId> = agents
            .iter()
            .filter(|agent| required && !agent.two_factor)
            .map(|agent| agent.id)
            .collect();
        let told = self.announce(None, move |changed: &bool| {
            let shut_out = lacking.iter().copied().map(DomainEvent::AgentShutOut);
            std::iter::once(settings_changed(TeamSetting::Security, None))
                .chain(shut_out)
                .filter(|_| *changed)
                .collect::<Vec<_>>()
        });
        let told = told.and_audit(move |changed| changed.then_some(entry));
        let store = &self.ports.store;
        store.require_two_factor(required, told).await?;
        Ok(())
    }
}
