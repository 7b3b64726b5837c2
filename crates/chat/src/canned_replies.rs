//! Canned replies: each agent keeps its own; those that all share are an administrator's to change.

use crate::access::{admins_only, agents_only};
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, DomainEvent, Shortcut,
    TeamSetting,
};
use antiphon_store::{CannedReplyOutcome, FollowUp, MAX_PAGE, NewCannedReply, UpdateCannedReply};

/// A canned reply as asked for.
#[derive(Debug)]
pub struct CannedReplyRequest {
    /// What it is called up by.
    pub shortcut: Shortcut,
    /// What it is listed by.
    pub title: CannedTitle,
    /// The text.
    pub body: CannedBody,
    /// Whether every agent has it.
    pub shared: bool,
}

/// What is to be another about a canned reply; what is absent stays.
#[derive(Debug, Default)]
pub struct CannedReplyChanges {
    /// What it is called up by.
    pub shortcut: Option<Shortcut>,
    /// What it is listed by.
    pub title: Option<CannedTitle>,
    /// The text.
    pub body: Option<CannedBody>,
    /// Whether every agent has it.
    pub shared: Option<bool>,
}

/// A page of canned replies.
#[derive(Debug)]
pub struct CannedReplyList {
    /// By id.
    pub replies: Vec<CannedReply>,
    /// Whether there are further ones.
    pub has_more: bool,
}

impl Chat {
    /// The caller's own and the shared ones behind `after`, at most `limit` (≤ 199).
    pub async fn canned_replies(
        &self,
        principal: &Principal,
        after: Option<CannedReplyId>,
        limit: u32,
    ) -> Result<CannedReplyList, ChatError> {
        let agent_id = agents_only(principal)?.id;
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, MAX_PAGE - 1);
        let store = &self.ports.store;
        let mut replies = store.canned_replies(agent_id, after, limit + 1).await?;
        let has_more = replies.len() > limit as usize;
        replies.truncate(limit as usize);
        Ok(CannedReplyList { replies, has_more })
    }

    /// Makes a canned reply; a shared one needs an administrator.
    pub async fn create_canned_reply(
        &self,
        principal: &Principal,
        request: CannedReplyRequest,
    ) -> Result<CannedReply, ChatError> {
        let agent_id = may_change(principal, request.shared)?.id;
        let new = NewCannedReply {
            agent_id,
            shared: request.shared,
            shortcut: request.shortcut,
            title: request.title,
            body: request.body,
            at: self.ports.clock.now(),
        };
        let follow_up = self.announce_canned(false);
        saved(self.ports.store.create_canned_reply(new, follow_up).await?)
    }

    /// Changes a canned reply: one of the caller's own, or, for an administrator, a shared one. To share it, or not to any more,
    /// needs an administrator, too; then it is its maker's own again.
    pub async fn update_canned_reply(
        &self,
        principal: &Principal,
        id: CannedReplyId,
        changes: CannedReplyChanges,
    ) -> Result<CannedReply, ChatError> {
        let before = self.changeable_reply(principal, id).await?;
        if changes.shared == Some(true) {
            admins_only(principal)?;
        }
        let update = UpdateCannedReply {
            id,
            was_shared: before.shared,
            shared: changes.shared,
            shortcut: changes.shortcut,
            title: changes.title,
            body: changes.body,
            at: self.ports.clock.now(),
        };
        let follow_up = self.announce_canned(before.shared);
        saved(
            self.ports
                .store
                .update_canned_reply(update, follow_up)
                .await?,
        )
    }

    /// Removes a canned reply: one of the caller's own, or, for an administrator, a shared one.
    pub async fn delete_canned_reply(
        &self,
        principal: &Principal,
        id: CannedReplyId,
    ) -> Result<(), ChatError> {
        let before = self.changeable_reply(principal, id).await?;
        let (shared, owner) = (before.shared, before.agent_id);
        let follow_up = self.announce(None, move |deleted: &bool| {
            deleted.then(|| changed(shared, owner))
        });
        let store = &self.ports.store;
        match store.delete_canned_reply(id, shared, follow_up).await? {
            true => Ok(()),
            false => Err(ChatError::NotFound("canned reply")),
        }
    }

    /// The reply, if the caller may change it. Of another agent's own it does not hear that it is there.
    async fn changeable_reply(
        &self,
        principal: &Principal,
        id: CannedReplyId,
    ) -> Result<CannedReply, ChatError> {
        let agent = agents_only(principal)?;
        let reply = self.ports.store.canned_reply(id).await?;
        let reply = reply
            .filter(|reply| reply.shared || reply.agent_id == agent.id)
            .ok_or(ChatError::NotFound("canned reply"))?;
        may_change(principal, reply.shared)?;
        Ok(reply)
    }

    fn announce_canned(&self, was_shared: bool) -> FollowUp<CannedReplyOutcome> {
        self.announce(None, move |outcome| match outcome {
            CannedReplyOutcome::Saved(reply) => {
                Some(changed(was_shared || reply.shared, reply.agent_id))
            }
            _ => None,
        })
    }
}

fn may_change(principal: &Principal, shared: bool) -> Result<&Agent, ChatError> {
    if shared {
        admins_only(principal)
    } else {
        agents_only(principal)
    }
}

fn changed(shared: bool, owner: AgentId) -> DomainEvent {
    DomainEvent::SettingsChanged {
        what: TeamSetting::CannedReplies,
        agent_id: (!shared).then_some(owner),
    }
}

fn saved(outcome: CannedReplyOutcome) -> Result<CannedReply, ChatError> {
    match outcome {
        CannedReplyOutcome::Saved(reply) => Ok(*reply),
        CannedReplyOutcome::ShortcutTaken => {
            Err(FieldErrors::one("shortcut", "is another canned reply's already").into())
        }
        CannedReplyOutcome::TooMany(most) => {
            let reason = format!("would be one more than the {most} that there may be");
            Err(FieldErrors::one("shortcut", reason).into())
        }
        CannedReplyOutcome::Unknown => Err(ChatError::NotFound("canned reply")),
    }
}
