//! Conversations in SQL: the port's methods, each one transaction, written out in the modules below.
//!
//! The writer's lock keeps every other change of conversations away until the commit, so statements need not defend themselves.

mod change;
mod details;
mod open;
mod post;
mod read;
mod triage;

pub(crate) use post::{Draft, message_by_id, post};
pub(crate) use read::inbox_update;

use crate::PostgresStore;
use crate::connector::Db;
use crate::writer::Tx;
use antiphon_domain::{
    ClientId, Conversation, ConversationDetails, ConversationId, InboxUpdate, Message, Timestamp,
    TokenHash, Visitor, VisitorId,
};
use antiphon_store::{
    ChangeWaker, Conversations, Delivered, FollowUp, MAX_DELIVERED_MARKS, MarkDelivered, MarkRead,
    MessagePage, NewMessage, OpenConversation, OpenedConversation, PostOutcome, Rate, RateOutcome,
    ReadOutcome, StoreError, Triage, TriageOutcome, VisitorConversation, VisitorPage, WakeOutcome,
};

#[async_trait::async_trait]
impl Conversations for PostgresStore {
    async fn open_conversation(
        &self,
        open: OpenConversation,
        follow_up: FollowUp<OpenedConversation>,
    ) -> Result<OpenedConversation, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            open::open_conversation(tx, &open).await
        })
        .await
    }

    async fn rate(
        &self,
        rate: Rate,
        follow_up: FollowUp<RateOutcome>,
    ) -> Result<RateOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change::rate(tx, &rate).await
        })
        .await
    }

    async fn post_message(
        &self,
        new: NewMessage,
        follow_up: FollowUp<PostOutcome>,
    ) -> Result<PostOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            post::post(tx, &(&new).into()).await
        })
        .await
    }

    async fn mark_read(
        &self,
        mark: MarkRead,
        follow_up: FollowUp<ReadOutcome>,
    ) -> Result<ReadOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change::mark_read(tx, mark).await
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
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change::mark_delivered(tx, &mark).await
        })
        .await
    }

    async fn triage(
        &self,
        triage: Triage,
        follow_up: FollowUp<TriageOutcome>,
    ) -> Result<TriageOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            triage::triage(tx, &triage).await
        })
        .await
    }

    async fn wake(
        &self,
        id: ConversationId,
        at: Timestamp,
        follow_up: FollowUp<WakeOutcome>,
    ) -> Result<WakeOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            triage::wake(tx, id, at).await
        })
        .await
    }

    async fn message_by_client_id(
        &self,
        id: ConversationId,
        client_id: ClientId,
    ) -> Result<Option<Message>, StoreError> {
        self.read(async move |db: Db<'_>| post::message_by_client_id(db, id, client_id).await)
            .await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.read(async move |db: Db<'_>| read::conversation(db, id).await)
            .await
    }

    async fn conversation_page(
        &self,
        id: ConversationId,
        page: MessagePage,
    ) -> Result<Option<(Conversation, Vec<Message>)>, StoreError> {
        self.read(async move |db: Db<'_>| read::conversation_page(db, id, page).await)
            .await
    }

    async fn inbox_row(&self, id: ConversationId) -> Result<Option<InboxUpdate>, StoreError> {
        self.read(async move |db: Db<'_>| read::inbox_update(db, id).await)
            .await
    }

    async fn changed_since(
        &self,
        revision: i64,
        limit: u32,
    ) -> Result<Vec<InboxUpdate>, StoreError> {
        self.read(async move |db: Db<'_>| read::changed_since(db, revision, limit).await)
            .await
    }

    async fn newest_revision(&self) -> Result<i64, StoreError> {
        self.read(async |db: Db<'_>| read::newest_revision(db).await)
            .await
    }

    async fn conversation_details(
        &self,
        id: ConversationId,
    ) -> Result<Option<ConversationDetails>, StoreError> {
        self.read(async move |db: Db<'_>| details::read(db, id).await)
            .await
    }

    async fn visitor_conversations(
        &self,
        page: VisitorPage,
    ) -> Result<Vec<VisitorConversation>, StoreError> {
        self.read(async move |db: Db<'_>| read::visitor_conversations(db, page).await)
            .await
    }

    async fn visitor(&self, id: VisitorId) -> Result<Option<Visitor>, StoreError> {
        self.read(async move |db: Db<'_>| open::visitor(db, id).await)
            .await
    }

    async fn visitor_by_token(&self, token: &TokenHash) -> Result<Option<Visitor>, StoreError> {
        let token = *token;
        self.read(async move |db: Db<'_>| open::visitor_by_token(db, token).await)
            .await
    }

    fn wake_on_changes(&self, waker: &ChangeWaker) {
        self.wakers().add_for_changes(waker);
    }
}
