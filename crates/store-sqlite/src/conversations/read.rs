//! Reading conversations, pages of messages, and the inbox.

use crate::rows::{self, conversation_columns, conversation_tables, message_columns, select_inbox};
use antiphon_domain::{Conversation, ConversationId, InboxUpdate, Message};
use antiphon_store::{MAX_PAGE, MessagePage, VisitorConversation, VisitorPage};
use rusqlite::{Connection, OptionalExtension as _, Params, Result, params};

pub(super) fn conversation(
    connection: &Connection,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            conversation_columns!(),
            " FROM ",
            conversation_tables!(),
            " WHERE c.id = ?1"
        ))?
        .query_row([id.0], rows::conversation)
        .optional()
}

/// The inbox row of one conversation, in the inbox or not.
pub(crate) fn inbox_update(
    connection: &Connection,
    id: ConversationId,
) -> Result<Option<InboxUpdate>> {
    connection
        .prepare_cached(concat!(select_inbox!(), "WHERE c.id = ?1"))?
        .query_row([id.0], rows::inbox_update)
        .optional()
}

/// The conversation and the page are read in one transaction, so that a message never comes without the `last_seq` it made.
pub(super) fn conversation_page(
    connection: &Connection,
    id: ConversationId,
    page: MessagePage,
) -> Result<Option<(Conversation, Vec<Message>)>> {
    let moment = connection.unchecked_transaction()?;
    let Some(conversation) = conversation(&moment, id)? else {
        return Ok(None);
    };
    let messages = match page {
        MessagePage::Last { limit } => last_before(&moment, id, i64::MAX, limit)?,
        MessagePage::Before { seq, limit } => last_before(&moment, id, seq, limit)?,
        MessagePage::After { seq, limit } => messages(
            &moment,
            concat!(
                "SELECT ",
                message_columns!(),
                " FROM messages m WHERE m.conversation_id = ?1 AND m.seq > ?2 ORDER BY m.seq LIMIT ?3"
            ),
            params![id.0, seq, limit.min(MAX_PAGE)],
        )?,
    };
    moment.finish()?;
    Ok(Some((conversation, messages)))
}

fn last_before(
    connection: &Connection,
    id: ConversationId,
    seq: i64,
    limit: u32,
) -> Result<Vec<Message>> {
    let mut page = messages(
        connection,
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages m WHERE m.conversation_id = ?1 AND m.seq < ?2 ORDER BY m.seq DESC LIMIT ?3"
        ),
        params![id.0, seq, limit.min(MAX_PAGE)],
    )?;
    page.reverse();
    Ok(page)
}

fn messages(connection: &Connection, sql: &str, params: impl Params) -> Result<Vec<Message>> {
    connection
        .prepare_cached(sql)?
        .query_map(params, rows::message)?
        .collect()
}

pub(super) fn changed_since(
    connection: &Connection,
    revision: i64,
    limit: u32,
) -> Result<Vec<InboxUpdate>> {
    connection
        .prepare_cached(CHANGED_SINCE)?
        .query_map(params![revision, limit.min(MAX_PAGE)], rows::inbox_update)?
        .collect()
}

/// The condition repeats that of the partial index word for word, which is how SQLite knows that it can use it.
const CHANGED_SINCE: &str = concat!(
    select_inbox!(),
    "WHERE c.last_seq > 0 AND c.revision > ?1 ORDER BY c.revision LIMIT ?2"
);

pub(super) fn visitor_conversations(
    connection: &Connection,
    page: VisitorPage,
) -> Result<Vec<VisitorConversation>> {
    let before = page.before.map_or(i64::MAX, |id| id.0);
    connection
        .prepare_cached(VISITOR_CONVERSATIONS)?
        .query_map(
            params![page.visitor_id.0, before, page.limit.min(MAX_PAGE)],
            rows::visitor_conversation,
        )?
        .collect()
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
     WHERE c.visitor_id = ?1 AND c.id < ?2 AND c.last_seq > 0 ORDER BY c.id DESC LIMIT ?3"
);

pub(super) fn newest_revision(connection: &Connection) -> Result<i64> {
    connection
        .prepare_cached("SELECT value FROM counters WHERE name = 'revision'")?
        .query_row([], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, connection, migrate};

    #[test]
    fn what_changed_walks_an_index_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {CHANGED_SINCE}"))
            .unwrap();
        let plan: Vec<String> = statement
            .query_map([0, 0], |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(
            plan[0].contains("USING INDEX conversations_inbox (revision"),
            "{plan:#?}"
        );
        // Whom the notes of one conversation mention is a list of its own, which is made distinct in memory.
        let loose = |step: &String| {
            step.starts_with("SCAN")
                || (step.contains("TEMP B-TREE") && !step.contains("json_group_array"))
        };
        assert!(!plan.iter().any(loose), "{plan:#?}");
    }

    #[test]
    fn a_visitors_list_walks_an_index_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("test.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_reading(&options.path).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {VISITOR_CONVERSATIONS}"))
            .unwrap();
        let plan: Vec<String> = statement
            .query_map([0, 0, 0], |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(
            plan.iter()
                .any(|step| step.contains("conversations_by_visitor (visitor_id=? AND")),
            "{plan:#?}"
        );
        let loose = |step: &String| step.starts_with("SCAN") || step.contains("TEMP B-TREE");
        assert!(!plan.iter().any(loose), "{plan:#?}");
    }
}
