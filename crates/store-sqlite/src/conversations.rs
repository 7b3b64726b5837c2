//! Conversations in SQL: the port's methods, each one transaction, written out in the modules below.

mod change;
mod details;
mod open;
mod post;
mod read;
mod triage;

pub(crate) use post::{Draft, message_by_id, post};
pub(crate) use read::inbox_update;

use crate::SqliteStore;
use antiphon_domain::{
    ClientId, Conversation, ConversationDetails, ConversationId, InboxUpdate, Message, Timestamp,
    TokenHash, Visitor, VisitorId,
};
use antiphon_store::{
    ChangeWaker, Conversations, Delivered, FollowUp, MAX_DELIVERED_MARKS, MarkDelivered, MarkRead,
    MessagePage, NewMessage, OpenConversation, OpenedConversation, PostOutcome, Rate, RateOutcome,
    ReadOutcome, StoreError, Triage, TriageOutcome, VisitorConversation, VisitorPage, WakeOutcome,
};
use rusqlite::Connection;

#[async_trait::async_trait]
impl Conversations for SqliteStore {
    async fn open_conversation(
        &self,
        open: OpenConversation,
        follow_up: FollowUp<OpenedConversation>,
    ) -> Result<OpenedConversation, StoreError> {
        self.write_then(follow_up, move |connection| {
            open::open_conversation(connection, &open)
        })
        .await
    }

    async fn rate(
        &self,
        rate: Rate,
        follow_up: FollowUp<RateOutcome>,
    ) -> Result<RateOutcome, StoreError> {
        self.write_then(follow_up, move |connection| change::rate(connection, &rate))
            .await
    }

    async fn post_message(
        &self,
        new: NewMessage,
        follow_up: FollowUp<PostOutcome>,
    ) -> Result<PostOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            post::post(connection, &(&new).into())
        })
        .await
    }

    async fn mark_read(
        &self,
        mark: MarkRead,
        follow_up: FollowUp<ReadOutcome>,
    ) -> Result<ReadOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            change::mark_read(connection, mark)
        })
        .await
    }

    async fn mark_delivered(
        &self,
        mark: MarkDelivered,
        follow_up: FollowUp<Vec<Delivered>>,
    ) -> Result<Vec<Delivered>, StoreError> {
        if mark.marks.len() > MAX_DELIVERED_MARKS {
            return Err(StoreError::internal("too many marks at once"));
        }
        self.write_then(follow_up, move |connection| {
            change::mark_delivered(connection, &mark)
        })
        .await
    }

    async fn triage(
        &self,
        triage: Triage,
        follow_up: FollowUp<TriageOutcome>,
    ) -> Result<TriageOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            triage::triage(connection, &triage)
        })
        .await
    }

    async fn wake(
        &self,
        id: ConversationId,
        at: Timestamp,
        follow_up: FollowUp<WakeOutcome>,
    ) -> Result<WakeOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            triage::wake(connection, id, at)
        })
        .await
    }

    async fn message_by_client_id(
        &self,
        id: ConversationId,
        client_id: ClientId,
    ) -> Result<Option<Message>, StoreError> {
        self.read(move |connection| post::message_by_client_id(connection, id, client_id))
            .await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.read(move |connection| read::conversation(connection, id))
            .await
    }

    async fn conversation_page(
        &self,
        id: ConversationId,
        page: MessagePage,
    ) -> Result<Option<(Conversation, Vec<Message>)>, StoreError> {
        self.read(move |connection| read::conversation_page(connection, id, page))
            .await
    }

    async fn inbox_row(&self, id: ConversationId) -> Result<Option<InboxUpdate>, StoreError> {
        self.read(move |connection| read::inbox_update(connection, id))
            .await
    }

    async fn changed_since(
        &self,
        revision: i64,
        limit: u32,
    ) -> Result<Vec<InboxUpdate>, StoreError> {
        self.read(move |connection| read::changed_since(connection, revision, limit))
            .await
    }

    async fn newest_revision(&self) -> Result<i64, StoreError> {
        self.read(read::newest_revision).await
    }

    async fn conversation_details(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationDetails>, StoreError> {
        self.read(move |connection| details::read(connection, id))
            .await
    }

    async fn visitor_conversations(
        &self,
        page: VisitorPage,
    ) -> Result<Vec<VisitorConversation>, StoreError> {
        self.read(move |connection| read::visitor_conversations(connection, page))
            .await
    }

    async fn visitor(&self, id: VisitorId) -> Result<Option<Visitor>, StoreError> {
        self.read(move |connection| open::visitor(connection, id))
            .await
    }

    async fn visitor_by_token(&self, token: &TokenHash) -> Result<Option<Visitor>, StoreError> {
        let token = *token;
        self.read(move |connection| open::visitor_by_token(connection, token))
            .await
    }

    /// SQLite tells nobody of other processes.
    fn wake_on_changes(&self, _waker: &ChangeWaker) {}
}

/// Draws the next revision.
pub(crate) fn next_revision(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value",
        )?
        .query_row([], |row| row.get(0))
}
