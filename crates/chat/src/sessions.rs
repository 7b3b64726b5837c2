//! An agent's own sessions: the list of them, and ending those that are not wanted.

use crate::access::own;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::SessionId;
use antiphon_store::{ListedSession, Subject};

impl Chat {
    /// The caller's live sessions, the most lately used first, and which of them this is.
    pub async fn sessions(
        &self,
        principal: &Principal,
    ) -> Result<(Vec<ListedSession>, SessionId), ChatError> {
        let (caller, session) = own(principal)?;
        let now = self.ports.clock.now();
        let sessions = self.ports.store.list_sessions(caller.agent.id, now).await?;
        Ok((sessions, session))
    }

    /// Ends one of the caller's sessions.
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        id: SessionId,
    ) -> Result<(), ChatError> {
        let (caller, _) = own(principal)?;
        let entry = self.audit(principal, "session.revoked", Subject::of("session", id.0));
        let agent_id = caller.agent.id;
        let told = self
            .shut_out(move |ended: &bool| ended.then_some(agent_id))
            .and_audit(move |ended| ended.then_some(entry));
        let store = &self.ports.store;
        match store.revoke_session(agent_id, id, told).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("session")),
        }
    }

    /// Ends the caller's sessions but this one; answers how many.
    pub async fn revoke_other_sessions(&self, principal: &Principal) -> Result<u64, ChatError> {
        let (caller, session) = own(principal)?;
        let entry = self.audit(principal, "session.others_revoked", Subject::new("session"));
        let agent_id = caller.agent.id;
        let told = self
            .shut_out(move |n_ended: &u64| (*n_ended > 0).then_some(agent_id))
            .and_audit(move |n_ended| (*n_ended > 0).then_some(entry));
        let store = &self.ports.store;
        Ok(store.revoke_other_sessions(agent_id, session, told).await?)
    }
}
