//! Canned replies: each agent keeps its own; those that all share are an administrator's to change.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, CannedBody, CannedReply, CannedReplyId, CannedTitle, DomainEvent, Permission,
    Shortcut, TeamSetting,
};
use antiphon_store::{
    CannedReplyOutcome, FollowUp, MAX_PAGE, NewAuditEntry, NewCannedReply, Subject,
    UpdateCannedReply,
};

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
        let agent_id = require(principal, Permission::Read)?.id;
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
        let entry = self.audit(
            principal,
            "canned_reply.created",
            Subject::new("canned_reply"),
        );
        let follow_up = self.announce_canned(false, entry);
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
            require(principal, Permission::Administer)?;
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
        let subject = Subject::of("canned_reply", id.0);
        let entry = self.audit(principal, "canned_reply.changed", subject);
        let follow_up = self.announce_canned(before.shared, entry);
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
        let subject = Subject::of("canned_reply", id.0);
        let entry = self.audit(principal, "canned_reply.deleted", subject);
        let entry = entry.with(told(&before));
        let follow_up = follow_up.and_audit(move |deleted| (*deleted && shared).then_some(entry));
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
        let agent = require(principal, Permission::Answer)?;
        let reply = self.ports.store.canned_reply(id).await?;
        let reply = reply
            .filter(|reply| reply.shared || reply.agent_id == agent.id)
            .ok_or(ChatError::NotFound("canned reply"))?;
        may_change(principal, reply.shared)?;
        Ok(reply)
    }

    /// What all share is administered, so it is written down; an agent's own is its own affair.
    fn announce_canned(
        &self,
        was_shared: bool,
        entry: NewAuditEntry,
    ) -> FollowUp<CannedReplyOutcome> {
        let announce = self.announce(None, move |outcome| match outcome {
            CannedReplyOutcome::Saved(reply) => {
                Some(changed(was_shared || reply.shared, reply.agent_id))
            }
            _ => None,
        });
        announce.and_audit(move |outcome| match outcome {
            CannedReplyOutcome::Saved(reply) if was_shared || reply.shared => {
                Some(entry.about(reply.id.0).with(told(reply)))
            }
            _ => None,
        })
    }
}

fn may_change(principal: &Principal, shared: bool) -> Result<&Agent, ChatError> {
    let permission = match shared {
        true => Permission::Administer,
        false => Permission::Answer,
    };
    require(principal, permission)
}

/// What the audit log has of a canned reply.
fn told(reply: &CannedReply) -> String {
    serde_json::json!({ "shortcut": reply.shortcut.as_str(), "shared": reply.shared }).to_string()
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
