//! Reading conversations, pages of messages, and the inbox.

use crate::connector::{Db, Param};
use crate::failure::Result;
use crate::rows::{self, conversation_columns, conversation_tables, message_columns, select_inbox};
use antiphon_domain::{Conversation, ConversationId, InboxUpdate, Message};
use antiphon_store::{MAX_PAGE, MessagePage, VisitorConversation, VisitorPage};

pub(super) async fn conversation(db: Db<'_>, id: ConversationId) -> Result<Option<Conversation>> {
    let row = db.optional(CONVERSATION, &[&id.0]).await?;
    row.as_ref().map(rows::conversation).transpose()
}

const CONVERSATION: &str = concat!(
    "SELECT ",
    conversation_columns!(),
    " FROM ",
    conversation_tables!(),
    " WHERE c.id = $1"
);

/// The inbox row of one conversation, in the inbox or not.
pub(crate) async fn inbox_update(db: Db<'_>, id: ConversationId) -> Result<Option<InboxUpdate>> {
    let sql = concat!(select_inbox!(), "WHERE c.id = $1");
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(rows::inbox_update).transpose()
}

/// The conversation and the page are read at one moment, so that a message never comes without the `last_seq` it made. All is
/// asked in one flight: once prepared, the statements go out in the order in which they stand here.
pub(super) async fn conversation_page(
    db: Db<'_>,
    id: ConversationId,
    page: MessagePage,
) -> Result<Option<(Conversation, Vec<Message>)>> {
    let (sql, seq, limit) = match page {
        MessagePage::Last { limit } => (BEFORE, i64::MAX, limit),
        MessagePage::Before { seq, limit } => (BEFORE, seq, limit),
        MessagePage::After { seq, limit } => (AFTER, seq, limit),
    };
    let limit = i64::from(limit.min(MAX_PAGE));
    db.prepare(&[CONVERSATION, sql]).await?;
    let params: [&Param; 3] = [&id.0, &seq, &limit];
    let (begun, conversation, found, ended) = tokio::join!(
        biased;
        db.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        conversation(db, id),
        db.rows(sql, &params),
        db.script("COMMIT"),
    );
    begun?;
    let (conversation, found) = (conversation?, found?);
    ended?;
    let Some(conversation) = conversation else {
        return Ok(None);
    };
    let mut messages = found
        .iter()
        .map(rows::message)
        .collect::<Result<Vec<_>>>()?;
    if sql == BEFORE {
        messages.reverse();
    }
    Ok(Some((conversation, messages)))
}

const AFTER: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3"
);

const BEFORE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation_id = $1 AND m.seq < $2 ORDER BY m.seq DESC LIMIT $3"
);

pub(super) async fn changed_since(
    db: Db<'_>,
    revision: i64,
    limit: u32,
) -> Result<Vec<InboxUpdate>> {
    let limit = i64::from(limit.min(MAX_PAGE));
    let found = db.rows(CHANGED_SINCE, &[&revision, &limit]).await?;
    found.iter().map(rows::inbox_update).collect()
}

/// The condition repeats that of the partial index word for word, which is how the planner knows that it can use it.
const CHANGED_SINCE: &str = concat!(
    select_inbox!(),
    "WHERE c.last_seq > 0 AND c.revision > $1 ORDER BY c.revision LIMIT $2"
);

pub(super) async fn visitor_conversations(
    db: Db<'_>,
    page: VisitorPage,
) -> Result<Vec<VisitorConversation>> {
    let before = page.before.map_or(i64::MAX, |id| id.0);
    let limit = i64::from(page.limit.min(MAX_PAGE));
    let found = db
        .rows(
            VISITOR_CONVERSATIONS,
            &[&page.visitor_id.0, &before, &limit],
        )
        .await?;
    found.iter().map(rows::visitor_conversation).collect()
}

const VISITOR_CONVERSATIONS: &str = concat!(
    "SELECT ",
    conversation_columns!(),
    ", (SELECT count(*) FROM messages n
        WHERE n.conversation_id = c.id AND n.seq > c.visitor_read_seq AND n.sender_type <> 'visitor'), ",
    message_columns!(),
    " FROM ",
    conversation_tables!(),
    " JOIN messages m ON m.conversation_id = c.id AND m.seq = c.last_seq
     WHERE c.visitor_id = $1 AND c.id < $2 AND c.last_seq > 0 ORDER BY c.id DESC LIMIT $3"
);

pub(super) async fn newest_revision(db: Db<'_>) -> Result<i64> {
    let row = db
        .one(
            "the counter",
            "SELECT value FROM counters WHERE name = 'revision'",
            &[],
        )
        .await?;
    Ok(row.try_get(0)?)
}
