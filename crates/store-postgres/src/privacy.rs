//! What is kept of people, in SQL: read by the names of tables, and erased by them.

mod erase;
mod expire;

use crate::PostgresStore;
use crate::connector::Db;
use crate::copy::value;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{Retention, VisitorId, WidgetId};
use antiphon_store::{
    Belongs, EraseExpired, Erased, ExpiredOutcome, FollowUp, MAX_PAGE, PersonalRow, PersonalTable,
    Privacy, StoreError,
};
use tokio_postgres::Row;

#[async_trait::async_trait]
impl Privacy for PostgresStore {
    async fn begin_export(
        &self,
        id: VisitorId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            exists(tx.db, id).await
        })
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
        self.read(async move |db: Db<'_>| {
            let sql = format!(
                "SELECT t.*{} FROM {} t WHERE {} AND t.{key} > $2 ORDER BY t.{key} LIMIT $3",
                words_of(table.name),
                table.name,
                belongs(table.belongs)
            );
            let limit = i64::from(limit.min(MAX_PAGE));
            let rows = db
                .rows(&sql, &[&id.0, &after.unwrap_or(i64::MIN), &limit])
                .await?;
            rows.iter().map(|row| personal_row(row, table)).collect()
        })
        .await
    }

    async fn erase_visitor(
        &self,
        id: VisitorId,
        follow_up: FollowUp<Option<Erased>>,
    ) -> std::result::Result<Option<Erased>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            match exists(tx.db, id).await? {
                true => erase::visitor(tx.db, id).await.map(Some),
                false => Ok(None),
            }
        })
        .await
    }

    /// PostgreSQL's own vacuum does it.
    async fn scrub(&self, _begin: bool) -> std::result::Result<bool, StoreError> {
        Ok(false)
    }

    async fn retention(&self, id: WidgetId) -> std::result::Result<Option<Retention>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql =
                "SELECT id, closed_conversations_days, visits_days FROM widgets WHERE id = $1";
            let row = db.optional(sql, &[&id.0]).await?;
            let found = row.as_ref().map(retention).transpose()?;
            Ok(found.map(|(_, retention)| retention))
        })
        .await
    }

    async fn set_retention(
        &self,
        id: WidgetId,
        retention: Retention,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let n_set = tx
                .db
                .execute(
                    "UPDATE widgets SET closed_conversations_days = $2, visits_days = $3 WHERE id = $1",
                    &[
                        &id.0,
                        &retention.closed_conversations_days.map(i64::from),
                        &retention.visits_days.map(i64::from),
                    ],
                )
                .await?;
            Ok(n_set > 0)
        })
        .await
    }

    async fn retentions(&self) -> std::result::Result<Vec<(WidgetId, Retention)>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = "SELECT id, closed_conversations_days, visits_days FROM widgets
                 WHERE closed_conversations_days IS NOT NULL OR visits_days IS NOT NULL ORDER BY id";
            db.rows(sql, &[]).await?.iter().map(retention).collect()
        })
        .await
    }

    async fn erase_expired(
        &self,
        expired: EraseExpired,
        follow_up: FollowUp<ExpiredOutcome>,
    ) -> std::result::Result<ExpiredOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            expire::batch(tx.db, &expired).await
        })
        .await
    }
}

async fn exists(db: Db<'_>, id: VisitorId) -> Result<bool> {
    let row = db
        .optional("SELECT 1 FROM visitors WHERE id = $1", &[&id.0])
        .await?;
    Ok(row.is_some())
}

fn retention(row: &Row) -> Result<(WidgetId, Retention)> {
    let days = |index, column| -> Result<Option<u16>> {
        let days: Option<i64> = row.try_get(index)?;
        days.map(u16::try_from)
            .transpose()
            .map_err(|_| corrupt("widgets", column))
    };
    let retention = Retention {
        closed_conversations_days: days(1, "closed_conversations_days")?,
        visits_days: days(2, "visits_days")?,
    };
    Ok((WidgetId(row.try_get(0)?), retention))
}

/// The condition on `t` that a row belongs to the visitor `$1`.
fn belongs(belongs: Belongs) -> &'static str {
    match belongs {
        Belongs::Itself => "t.id = $1",
        Belongs::ToVisitor => "t.visitor_id = $1",
        Belongs::ToConversation => {
            "t.conversation_id IN (SELECT id FROM conversations WHERE visitor_id = $1)"
        }
        Belongs::ToMessage => {
            "t.message_id IN (SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.visitor_id = $1)"
        }
        Belongs::ToNote => {
            "t.note_id IN (SELECT n.id FROM notes n JOIN conversations c ON c.id = n.conversation_id WHERE c.visitor_id = $1)"
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
               coalesce((SELECT json_agg(l.name ORDER BY l.id) FROM conversation_labels r JOIN labels l ON l.id = r.label_id
                WHERE r.conversation_id = t.id), '[]'::json)::text AS labels"
        }
        "messages" => {
            ", (SELECT name FROM agents a WHERE a.id = t.sender_agent_id) AS sender_agent_name"
        }
        "blocks" | "notes" | "mentions" => {
            ", (SELECT name FROM agents a WHERE a.id = t.agent_id) AS agent_name"
        }
        _ => "",
    }
}

fn personal_row(row: &Row, table: &PersonalTable) -> Result<PersonalRow> {
    row.columns()
        .iter()
        .enumerate()
        .filter(|(_, column)| !table.left_out.contains(&column.name()))
        .map(|(index, column)| Ok((column.name().to_owned(), value(row, index)?)))
        .collect()
}
