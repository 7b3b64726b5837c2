//! What is kept of people, in SQL: read by the names of tables, and erased by them.

mod erase;
mod expire;

use crate::SqliteStore;
use crate::copy::value;
use antiphon_domain::{Retention, VisitorId, WidgetId};
use antiphon_store::{
    Belongs, EraseExpired, Erased, ExpiredOutcome, FollowUp, MAX_PAGE, PersonalRow, PersonalTable,
    Privacy, StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};
use std::sync::atomic::Ordering;

/// Pages of the index of words, of 4 KiB, that one step of scrubbing writes: a few milliseconds of the writer's time.
const SCRUBBED_PAGES: i64 = 64;
/// The indexes of words.
const WORDS: [&str; 2] = ["message_search", "visitor_search"];

#[async_trait::async_trait]
impl Privacy for SqliteStore {
    async fn begin_export(
        &self,
        id: VisitorId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| exists(connection, id))
            .await
    }

    async fn personal_rows(
        &self,
        id: VisitorId,
        table: &'static PersonalTable,
        after: Option<i64>,
        limit: u32,
    ) -> std::result::Result<Vec<PersonalRow>, StoreError> {
        let Some(key) = table.key else {
            return Ok(Vec::new());
        };
        self.read(move |connection| {
            let sql = format!(
                "SELECT t.*{} FROM {} t WHERE {} AND t.{key} > ?2 ORDER BY t.{key} LIMIT ?3",
                words_of(table.name),
                table.name,
                belongs(table.belongs)
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let names: Vec<String> = statement
                .column_names()
                .into_iter()
                .map(str::to_owned)
                .collect();
            statement
                .query_map(
                    params![id.0, after.unwrap_or(i64::MIN), limit.min(MAX_PAGE)],
                    |row| personal_row(row, &names, table),
                )?
                .collect()
        })
        .await
    }

    async fn erase_visitor(
        &self,
        id: VisitorId,
        follow_up: FollowUp<Option<Erased>>,
    ) -> std::result::Result<Option<Erased>, StoreError> {
        let log = self.empty_log();
        self.write_then(follow_up, move |connection| {
            log.store(true, Ordering::Relaxed);
            match exists(connection, id)? {
                true => erase::visitor(connection, id).map(Some),
                false => Ok(None),
            }
        })
        .await
    }

    async fn scrub(&self, begin: bool) -> std::result::Result<bool, StoreError> {
        let log = self.empty_log();
        self.write(move |connection| {
            log.store(true, Ordering::Relaxed);
            let mut more = false;
            for index in WORDS {
                more |= merge(connection, index, begin)?;
            }
            Ok(more)
        })
        .await
    }

    async fn retention(&self, id: WidgetId) -> std::result::Result<Option<Retention>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, closed_conversations_days, visits_days FROM widgets WHERE id = ?1",
                )?
                .query_row([id.0], |row| Ok(retention(row)?.1))
                .optional()
        })
        .await
    }

    async fn set_retention(
        &self,
        id: WidgetId,
        retention: Retention,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_set = connection
                .prepare_cached(
                    "UPDATE widgets SET closed_conversations_days = ?2, visits_days = ?3 WHERE id = ?1",
                )?
                .execute(params![
                    id.0,
                    retention.closed_conversations_days,
                    retention.visits_days
                ])?;
            Ok(n_set > 0)
        })
        .await
    }

    async fn retentions(&self) -> std::result::Result<Vec<(WidgetId, Retention)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, closed_conversations_days, visits_days FROM widgets
                     WHERE closed_conversations_days IS NOT NULL OR visits_days IS NOT NULL ORDER BY id",
                )?
                .query_map([], retention)?
                .collect()
        })
        .await
    }

    async fn erase_expired(
        &self,
        expired: EraseExpired,
        follow_up: FollowUp<ExpiredOutcome>,
    ) -> std::result::Result<ExpiredOutcome, StoreError> {
        let log = self.empty_log();
        self.write_then(follow_up, move |connection| {
            log.store(true, Ordering::Relaxed);
            expire::batch(connection, &expired)
        })
        .await
    }
}

/// Merges a part of an index, so that the words of rows that are gone are left behind; answers whether there was something to do.
fn merge(connection: &Connection, index: &str, begin: bool) -> Result<bool> {
    let pages = if begin {
        -SCRUBBED_PAGES
    } else {
        SCRUBBED_PAGES
    };
    let before = connection.total_changes();
    connection
        .prepare_cached(&format!(
            "INSERT INTO {index} ({index}, rank) VALUES ('merge', ?1)"
        ))?
        .execute([pages])?;
    // One change is the command itself.
    Ok(connection.total_changes() - before > 1)
}

fn exists(connection: &Connection, id: VisitorId) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM visitors WHERE id = ?1")?
        .exists([id.0])
}

fn retention(row: &Row<'_>) -> Result<(WidgetId, Retention)> {
    let retention = Retention {
        closed_conversations_days: row.get(1)?,
        visits_days: row.get(2)?,
    };
    Ok((WidgetId(row.get(0)?), retention))
}

/// The condition on `t` that a row belongs to the visitor `?1`.
fn belongs(belongs: Belongs) -> &'static str {
    match belongs {
        Belongs::Itself => "t.id = ?1",
        Belongs::ToVisitor => "t.visitor_id = ?1",
        Belongs::ToConversation => {
            "t.conversation_id IN (SELECT id FROM conversations WHERE visitor_id = ?1)"
        }
        Belongs::ToMessage => {
            "t.message_id IN (SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.visitor_id = ?1)"
        }
        Belongs::ToNote => {
            "t.note_id IN (SELECT n.id FROM notes n JOIN conversations c ON c.id = n.conversation_id WHERE c.visitor_id = ?1)"
        }
    }
}

/// Further columns: names beside numbers.
fn words_of(table: &str) -> &'static str {
    match table {
        "visitors" => ", (SELECT name FROM widgets w WHERE w.id = t.widget_id) AS widget_name",
        "conversations" => {
            ", (SELECT name FROM agents a WHERE a.id = t.assigned_agent_id) AS assigned_agent_name,
               (SELECT name FROM teams e WHERE e.id = t.team_id) AS team_name,
               (SELECT json_group_array(l.name ORDER BY l.id) FROM conversation_labels r JOIN labels l ON l.id = r.label_id
                WHERE r.conversation_id = t.id) AS labels"
        }
        "messages" => ", (SELECT name FROM agents a WHERE a.id = t.sender_agent_id) AS sender_agent_name",
        "blocks" | "notes" | "mentions" => ", (SELECT name FROM agents a WHERE a.id = t.agent_id) AS agent_name",
        _ => "",
    }
}

fn personal_row(row: &Row<'_>, names: &[String], table: &PersonalTable) -> Result<PersonalRow> {
    names
        .iter()
        .enumerate()
        .filter(|(_, name)| !table.left_out.contains(&name.as_str()))
        .map(|(index, name)| Ok((name.clone(), value(row, index)?)))
        .collect()
}

#[cfg(test)]
mod tests;
