//! The audit log: who administered what, written in the transaction of the act itself.

use crate::StoreError;
use antiphon_domain::{AgentId, AuditEntryId, Timestamp};

/// The largest details of an entry, in bytes of JSON: names and before-and-after values, not documents.
pub const MAX_AUDIT_DETAILS: usize = 4 * 1024;
/// How long entries are kept, in seconds: two years. Writing one forgets what is older.
pub const AUDIT_SECONDS: i64 = 2 * 365 * 24 * 3600;

/// What an act was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The noun, such as `agent` or `label`.
    pub kind: &'static str,
    /// Which one, if there are several and it is known.
    pub id: Option<i64>,
}

impl Subject {
    /// The one with this id.
    pub const fn of(kind: &'static str, id: i64) -> Self {
        Self { kind, id: Some(id) }
    }

    /// The only one, or one that the act makes.
    pub const fn new(kind: &'static str) -> Self {
        Self { kind, id: None }
    }
}

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who; none for a command on the server's own machine.
    pub agent_id: Option<AgentId>,
    /// The agent's name at that moment, or what acted in place of one.
    pub agent_name: String,
    /// What was done, `noun.verb`, such as `agent.invited`.
    pub action: &'static str,
    /// To what.
    pub subject: Subject,
    /// A JSON object as text, at most [`MAX_AUDIT_DETAILS`]; no secrets. Larger ones are left out.
    pub details: Option<String>,
    /// The network address that the request came from.
    pub address: Option<String>,
}

impl NewAuditEntry {
    /// The same about the one with this id, which the act has made.
    #[must_use]
    pub fn about(mut self, id: i64) -> Self {
        self.subject.id = Some(id);
        self
    }

    /// The same with these details, which print as a JSON object.
    #[must_use]
    pub fn with(mut self, details: impl std::fmt::Display) -> Self {
        self.details = Some(details.to_string()).filter(|json| json.len() <= MAX_AUDIT_DETAILS);
        self
    }
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Ascending in the order of writing.
    pub id: AuditEntryId,
    /// When.
    pub at: Timestamp,
    /// Who; none for a command on the server's own machine.
    pub agent_id: Option<AgentId>,
    /// The name at that moment.
    pub agent_name: String,
    /// What was done.
    pub action: String,
    /// The noun of what it was done to.
    pub subject_type: String,
    /// Which one.
    pub subject_id: Option<i64>,
    /// A JSON object as text.
    pub details: Option<String>,
    /// The network address that the request came from.
    pub address: Option<String>,
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Older than this one.
    pub before: Option<AuditEntryId>,
    /// Of this action, or of all of a noun if it ends with a dot, such as `agent.`.
    pub action: Option<String>,
    /// By this agent.
    pub agent_id: Option<AgentId>,
}

/// Use cases on the audit log. It is written by [`crate::FollowUp::and_audit`] only.
#[async_trait::async_trait]
pub trait Audit: Send + Sync {
    /// The newest entries that pass, at most `limit` and at most [`crate::MAX_PAGE`].
    async fn audit_entries(
        &self,
        filter: AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError>;
}
