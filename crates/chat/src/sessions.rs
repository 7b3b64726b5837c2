//! An agent's own sessions: the list of them, and ending those that are not wanted.

use crate::access::own;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::SessionId;
use antiphon_store::{FollowUp, ListedSession, Subject};

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
        let audit = FollowUp::audit(move |ended: &bool| ended.then_some(entry));
        let store = &self.ports.store;
        match store.revoke_session(caller.agent.id, id, audit).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("session")),
        }
    }

    /// Ends the caller's sessions but this one; answers how many.
    pub async fn revoke_other_sessions(&self, principal: &Principal) -> Result<u64, ChatError> {
        let (caller, session) = own(principal)?;
        let entry = self.audit(principal, "session.others_revoked", Subject::new("session"));
        let audit = FollowUp::audit(move |n_ended: &u64| (*n_ended > 0).then_some(entry));
        let store = &self.ports.store;
        Ok(store
            .revoke_other_sessions(caller.agent.id, session, audit)
            .await?)
    }
}
