//! The agents' list of conversations: a page of it, or what changed, at once or when it does.

use crate::watch::Topic;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::InboxUpdate;
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
    /// Whether there are more in the same direction.
    pub has_more: bool,
}

impl Chat {
    /// Reads the inbox. Agents only.
    pub async fn inbox(
        &self,
        principal: &Principal,
        request: InboxRequest,
    ) -> Result<InboxList, ChatError> {
        if !matches!(principal, Principal::Agent(_)) {
            return Err(ChatError::Forbidden("the inbox is for agents"));
        }
        match request {
            InboxRequest::Newest {
                before_revision,
                filter,
                limit,
            } => {
                self.inbox_page(
                    InboxPage::Newest {
                        before_revision,
                        filter,
                        limit,
                    },
                    limit,
                )
                .await
            }
            InboxRequest::ChangedSince {
                revision,
                limit,
                wait,
            } => {
                let deadline = Instant::now() + wait;
                let interest = self.watch.interest(Topic::Inbox);
                loop {
                    let woken = interest.as_ref().map(|interest| interest.notify.notified());
                    let list = self
                        .inbox_page(InboxPage::ChangedSince { revision, limit }, limit)
                        .await?;
                    let Some(woken) = woken.filter(|_| list.rows.is_empty() && !wait.is_zero())
                    else {
                        return Ok(list);
                    };
                    if tokio::time::timeout_at(deadline, woken).await.is_err() {
                        return Ok(list);
                    }
                }
            }
        }
    }

    /// A full page may have been the last one: then the next is empty, which costs less than a wrong "no more".
    async fn inbox_page(&self, page: InboxPage, limit: u32) -> Result<InboxList, ChatError> {
        let rows = self.ports.store.inbox(page).await?;
        let has_more = rows.len() >= limit as usize;
        Ok(InboxList { rows, has_more })
    }
}
