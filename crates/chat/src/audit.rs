//! The audit log: what an act is written down as, and reading it.

use crate::access::require;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::Permission;
use antiphon_store::{AuditEntry, AuditFilter, NewAuditEntry, Subject};

/// Who acts where no agent does.
const COMMAND_LINE: &str = "command line";

/// A page of the audit log.
#[derive(Debug)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl Chat {
    /// The entry for an act of the caller: `action` is `noun.verb`, such as `label.created`, on `subject`. Give it to the write with
    /// [`antiphon_store::FollowUp::and_audit`], with the id of what it made ([`NewAuditEntry::about`]) and details without secrets
    /// ([`NewAuditEntry::with`]).
    pub(crate) fn audit(
        &self,
        principal: &Principal,
        action: &'static str,
        subject: Subject,
    ) -> NewAuditEntry {
        let command = self.audit_command(action, subject);
        match principal {
            Principal::Agent(caller) => NewAuditEntry {
                agent_id: Some(caller.agent.id),
                agent_name: caller.agent.name.as_str().to_owned(),
                address: caller.address.map(|address| address.to_string()),
                ..command
            },
            // No act of a visitor is audited.
            Principal::Visitor(_) => command,
        }
    }

    /// The entry for an act of a command on the server's own machine.
    pub(crate) fn audit_command(&self, action: &'static str, subject: Subject) -> NewAuditEntry {
        NewAuditEntry {
            at: self.ports.clock.now(),
            agent_id: None,
            agent_name: COMMAND_LINE.to_owned(),
            action,
            subject,
            details: None,
            address: None,
        }
    }

    /// Reads the audit log, newest first, at most `limit` (≤ 199) entries. Administrators only.
    pub async fn audit_page(
        &self,
        principal: &Principal,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<AuditPage, ChatError> {
        require(principal, Permission::Administer)?;
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, antiphon_store::MAX_PAGE - 1);
        let mut entries = self.ports.store.audit_entries(filter, limit + 1).await?;
        let has_more = entries.len() > limit as usize;
        entries.truncate(limit as usize);
        Ok(AuditPage { entries, has_more })
    }
}
