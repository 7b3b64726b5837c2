//! What changed in the inbox: at once, or when it does.

use crate::access::require;
use crate::watch::Topic;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{InboxUpdate, Permission};
use std::time::Duration;
use tokio::time::Instant;

/// Rows of the inbox that changed.
#[derive(Debug)]
pub struct InboxChanges {
    /// The rows.
    pub rows: Vec<InboxUpdate>,
    /// Whether there may be more.
    pub has_more: bool,
    /// From where the caller may go on without missing a change.
    pub revision: i64,
}

impl Chat {
    /// Reads what changed after a revision, oldest change first, of whatever list; `limit` ≤ 200. If nothing has, waits that long for it.
    /// Agents only.
    pub async fn inbox_changes(
        &self,
        principal: &Principal,
        revision: i64,
        limit: u32,
        wait: Duration,
    ) -> Result<InboxChanges, ChatError> {
        require(principal, Permission::Read)?;
        let deadline = Instant::now() + wait;
        let interest = self.watch.interest(Topic::Inbox);
        loop {
            let woken = interest.as_ref().map(|interest| interest.notify.notified());
            let rows = self.ports.store.changed_since(revision, limit).await?;
            // A full page may have been the last one: then the next is empty, which costs less than a wrong "no more".
            let has_more = rows.len() >= limit as usize;
            // Oldest first: the last row is as far as this page goes.
            let last = rows.last().map(|row| row.conversation.revision);
            let changes = InboxChanges {
                rows,
                has_more,
                revision: last.unwrap_or(revision),
            };
            let Some(woken) = woken.filter(|_| last.is_none() && !wait.is_zero()) else {
                return Ok(changes);
            };
            if tokio::time::timeout_at(deadline, woken).await.is_err() {
                return Ok(changes);
            }
        }
    }
}
