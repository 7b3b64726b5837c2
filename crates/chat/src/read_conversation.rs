//! Reading a conversation: a page of it, or what is newer, at once or when it comes.

use crate::access::may_see;
use crate::watch::Topic;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::{Conversation, ConversationId, Message};
use antiphon_store::{MAX_PAGE, MessagePage};
use std::time::Duration;
use tokio::time::Instant;

/// Which messages to read.
#[derive(Debug, Clone, Copy)]
pub enum Cursor {
    /// The newest.
    Last,
    /// Those before this `seq`.
    Before(i64),
    /// Those after this, and possibly waiting for them.
    Newer(Newer),
}

/// What the caller has already, and how long it will wait for more.
#[derive(Debug, Clone, Copy)]
pub struct Newer {
    /// The newest `seq` it has.
    pub after_seq: i64,
    /// The newest revision it has; given, a change of status, assignment or read marks ends the wait too.
    pub after_revision: Option<i64>,
    /// How long to wait if there is nothing newer yet.
    pub wait: Duration,
}

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct ReadConversation {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Which messages.
    pub cursor: Cursor,
    /// How many, ≤ 200.
    pub limit: u32,
}

/// A conversation with some of its messages, of one moment.
#[derive(Debug)]
pub struct ConversationRead {
    /// As it stands.
    pub conversation: Conversation,
    /// Ascending.
    pub messages: Vec<Message>,
    /// Of those that the caller has, the ones that were edited, deleted or described since the revision that it has, ascending; the
    /// last 200 that were. None unless it said which revision that is.
    pub changed: Vec<Message>,
}

impl Chat {
    /// Reads; a wait ends with the commit of something newer, or empty-handed when its time is over.
    pub async fn read_conversation(
        &self,
        principal: &Principal,
        read: ReadConversation,
    ) -> Result<ConversationRead, ChatError> {
        let Cursor::Newer(newer) = read.cursor else {
            return self.page(principal, read).await;
        };
        // No interest is registered for a conversation that the caller may not see.
        self.conversation_for(principal, read.conversation_id)
            .await?;
        let deadline = Instant::now() + newer.wait;
        let interest = self
            .watch
            .interest(Topic::Conversation(read.conversation_id));
        loop {
            let woken = interest.as_ref().map(|interest| interest.notify.notified());
            let page = self.page(principal, read).await?;
            let conversation = &page.conversation;
            let is_newer = conversation.last_seq > newer.after_seq
                || newer
                    .after_revision
                    .is_some_and(|revision| conversation.revision > revision);
            let Some(woken) = woken.filter(|_| !is_newer && !newer.wait.is_zero()) else {
                return Ok(page);
            };
            if tokio::time::timeout_at(deadline, woken).await.is_err() {
                return Ok(page);
            }
        }
    }

    async fn page(
        &self,
        principal: &Principal,
        read: ReadConversation,
    ) -> Result<ConversationRead, ChatError> {
        let limit = read.limit;
        let page = match read.cursor {
            Cursor::Last => MessagePage::Last { limit },
            Cursor::Before(seq) => MessagePage::Before { seq, limit },
            Cursor::Newer(newer) => MessagePage::After {
                seq: newer.after_seq,
                limit,
            },
        };
        let found = self
            .ports
            .store
            .conversation_page(read.conversation_id, page)
            .await?;
        let (conversation, messages) = found.ok_or(ChatError::NotFound("conversation"))?;
        may_see(principal, &conversation)?;
        let changed = match read.cursor {
            Cursor::Newer(Newer {
                after_seq,
                after_revision: Some(revision),
                ..
            }) if conversation.revision > revision => {
                let id = read.conversation_id;
                let store = &self.ports.store;
                store
                    .changed_messages(id, revision, after_seq, MAX_PAGE)
                    .await?
            }
            _ => Vec::new(),
        };
        Ok(ConversationRead {
            conversation,
            messages,
            changed,
        })
    }
}
