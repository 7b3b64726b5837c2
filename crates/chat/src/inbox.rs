//! The agents' list of conversations: a page of it, or what changed, at once or when it does.

use crate::access::require;
use crate::watch::Topic;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{InboxUpdate, Permission};
use antiphon_store::{InboxFilter, InboxPage};
use std::time::Duration;
use tokio::time::Instant;

/// Which part of the inbox.
#[derive(Debug, Clone, Copy)]
pub enum InboxRequest {
    /// The most recently changed, newest first.
    Newest {
        /// Continue below this revision.
        before_revision: Option<i64>,
        /// Which.
        filter: InboxFilter,
        /// ≤ 200.
        limit: u32,
    },
    /// What changed after this revision, oldest change first.
    ChangedSince {
        /// The newest revision the caller has.
        revision: i64,
        /// ≤ 200.
        limit: u32,
        /// How long to wait if nothing has.
        wait: Duration,
    },
}

/// Rows of the inbox.
#[derive(Debug)]
pub struct InboxList {
    /// The rows.
    pub rows: Vec<InboxUpdate>,
    /// Whether there may be more in the same direction.
    pub has_more: bool,
    /// From where the caller may go on with [`InboxRequest::ChangedSince`] without missing a change.
    pub revision: i64,
}

impl Chat {
    /// Reads the inbox. Agents only.
    pub async fn inbox(
        &self,
        principal: &Principal,
        request: InboxRequest,
    ) -> Result<InboxList, ChatError> {
        require(principal, Permission::Read)?;
        match request {
            InboxRequest::Newest {
                before_revision,
                filter,
                limit,
            } => {
                // Read before the rows, which may then hold something newer: to be told of that again does no harm.
                let revision = self.ports.store.newest_revision().await?;
                let page = InboxPage::Newest {
                    before_revision,
                    filter,
                    limit,
                };
                self.inbox_page(page, limit, revision).await
            }
            InboxRequest::ChangedSince {
                revision,
                limit,
                wait,
            } => self.changed_since(revision, limit, wait).await,
        }
    }

    async fn changed_since(
        &self,
        revision: i64,
        limit: u32,
        wait: Duration,
    ) -> Result<InboxList, ChatError> {
        let deadline = Instant::now() + wait;
        let interest = self.watch.interest(Topic::Inbox);
        loop {
            let woken = interest.as_ref().map(|interest| interest.notify.notified());
            let page = InboxPage::ChangedSince { revision, limit };
            let list = self.inbox_page(page, limit, revision).await?;
            let Some(woken) = woken.filter(|_| list.rows.is_empty() && !wait.is_zero()) else {
                // Oldest first: the last row is as far as this page goes.
                let last = list.rows.last().map(|row| row.conversation.revision);
                return Ok(InboxList {
                    revision: last.unwrap_or(revision),
                    ..list
                });
            };
            if tokio::time::timeout_at(deadline, woken).await.is_err() {
                return Ok(list);
            }
        }
    }

    /// A full page may have been the last one: then the next is empty, which costs less than a wrong "no more".
    async fn inbox_page(
        &self,
        page: InboxPage,
        limit: u32,
        revision: i64,
    ) -> Result<InboxList, ChatError> {
        let rows = self.ports.store.inbox(page).await?;
        let has_more = rows.len() >= limit as usize;
        Ok(InboxList {
            rows,
            has_more,
            revision,
        })
    }
}
