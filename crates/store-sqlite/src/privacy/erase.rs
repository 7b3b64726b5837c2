//! Rows that are to be gone, table by table, with what tells of them elsewhere: jobs that wait, and the log of webhooks.

use crate::failure::corrupt;
use antiphon_domain::{ConversationId, FileKey, VisitorId};
use antiphon_store::{Belongs, Erased, PERSONAL};
use rusqlite::{Connection, Result, params};

/// Erases a visitor with all its conversations.
pub(super) fn visitor(connection: &Connection, id: VisitorId) -> Result<Erased> {
    let conversations = connection
        .prepare_cached("SELECT id FROM conversations WHERE visitor_id = ?1 ORDER BY id")?
        .query_map([id.0], |row| row.get(0).map(ConversationId))?
        .collect::<Result<Vec<_>>>()?;
    erase(connection, vec![id], conversations)
}

/// Erases conversations, and visitors who have no others.
pub(super) fn erase(
    connection: &Connection,
    visitors: Vec<VisitorId>,
    conversations: Vec<ConversationId>,
) -> Result<Erased> {
    let of_visitors = json(visitors.iter().map(|id| id.0));
    let of_conversations = json(conversations.iter().map(|id| id.0));
    let messages: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM messages WHERE conversation_id IN (SELECT value FROM json_each(?1))",
        )?
        .query_row([&of_conversations], |row| row.get(0))?;
    let files = files(connection, &of_conversations)?;
    forget_told(connection, &of_visitors, &of_conversations)?;
    for table in PERSONAL.iter().rev() {
        let sql = format!(
            "DELETE FROM {} WHERE {}",
            table.name,
            doomed(table.name, table.belongs)
        );
        connection
            .prepare_cached(&sql)?
            .execute(params![of_visitors, of_conversations])?;
    }
    Ok(Erased {
        visitors,
        conversations,
        messages: messages.unsigned_abs(),
        page_views: 0,
        files,
    })
}

/// The condition that a row goes, with the visitors in `?1` and the conversations in `?2`.
fn doomed(table: &str, belongs: Belongs) -> &'static str {
    match belongs {
        Belongs::Itself => "id IN (SELECT value FROM json_each(?1)) AND ?2 IS NOT NULL",
        // A conversation goes by its own id: of a visitor who stays, not all may go.
        Belongs::ToVisitor if table == "conversations" => {
            "id IN (SELECT value FROM json_each(?2)) AND ?1 IS NOT NULL"
        }
        Belongs::ToVisitor => "visitor_id IN (SELECT value FROM json_each(?1)) AND ?2 IS NOT NULL",
        Belongs::ToConversation => {
            "conversation_id IN (SELECT value FROM json_each(?2)) AND ?1 IS NOT NULL"
        }
        Belongs::ToMessage => {
            "message_id IN (SELECT id FROM messages WHERE conversation_id IN (SELECT value FROM json_each(?2))) AND ?1 IS NOT NULL"
        }
        Belongs::ToNote => {
            "note_id IN (SELECT id FROM notes WHERE conversation_id IN (SELECT value FROM json_each(?2))) AND ?1 IS NOT NULL"
        }
    }
}

fn files(connection: &Connection, of_conversations: &str) -> Result<Vec<FileKey>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.file_key, a.thumbnail_key FROM attachments a JOIN messages m ON m.id = a.message_id
         WHERE m.conversation_id IN (SELECT value FROM json_each(?1)) ORDER BY a.id",
    )?;
    let mut rows = statement.query([of_conversations])?;
    let mut files = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..2 {
            if let Some(key) = row.get::<_, Option<String>>(column)? {
                let key = FileKey::parse(&key).map_err(|_| corrupt("attachments", "file_key"))?;
                files.push(key);
            }
        }
    }
    Ok(files)
}

/// Jobs and deliveries of webhooks that name one of these, wherever in their JSON: events of channels carry a document as text within.
fn forget_told(connection: &Connection, of_visitors: &str, of_conversations: &str) -> Result<()> {
    const NAMED: &str = "EXISTS (
         SELECT 1 FROM json_tree(told.document) t
         WHERE (t.key = 'visitor_id' AND t.atom IN (SELECT value FROM json_each(?1)))
            OR (t.key = 'conversation_id' AND t.atom IN (SELECT value FROM json_each(?2)))
            OR (t.key = 'attachment_id' AND t.atom IN (
                   SELECT a.id FROM attachments a JOIN messages m ON m.id = a.message_id
                   WHERE m.conversation_id IN (SELECT value FROM json_each(?2))))
            OR (t.key = 'id' AND t.path LIKE '%.conversation' AND t.atom IN (SELECT value FROM json_each(?2)))
            OR (t.key = 'id' AND t.path LIKE '%.visitor' AND t.atom IN (SELECT value FROM json_each(?1)))
            OR (t.key = 'channel' AND t.atom IN (SELECT 'private-chat.conversation.' || value FROM json_each(?2)))
            OR (t.key = 'data' AND t.type = 'text' AND json_valid(t.atom) AND (
                   json_extract(t.atom, '$.visitor_id') IN (SELECT value FROM json_each(?1))
                OR json_extract(t.atom, '$.conversation_id') IN (SELECT value FROM json_each(?2))
                OR (json_extract(t.atom, '$.visitor_id') IS NOT NULL
                    AND json_extract(t.atom, '$.id') IN (SELECT value FROM json_each(?2)))))
     )";
    for (table, column) in [("jobs", "payload"), ("webhook_deliveries", "body")] {
        let sql = format!(
            "DELETE FROM {table} WHERE id IN (
                 SELECT told.id FROM (SELECT id, {column} AS document FROM {table}) told WHERE {NAMED}
             )"
        );
        connection
            .prepare_cached(&sql)?
            .execute([of_visitors, of_conversations])?;
    }
    Ok(())
}

/// A list of ids as SQL takes it, in one parameter.
pub(super) fn json(ids: impl Iterator<Item = i64>) -> String {
    serde_json::Value::from_iter(ids).to_string()
}
