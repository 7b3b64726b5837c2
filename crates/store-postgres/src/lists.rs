//! The agents' lists in SQL.
//!
//! A list is found in one of two indexes that hold all that lists are filtered and sorted by; only then are the rows of the page read.
//! There is one statement for each status and order, whatever the filters, so that each connection keeps few.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows::{self, select_inbox};
use antiphon_domain::{AgentId, InboxUpdate, LabelId, Status, TeamId, WidgetId};
use antiphon_store::{
    Held, ListPage, Lists, MAX_PAGE, OpenCounts, OpenGroup, Position, PriorityFilter, Sort,
    StatusFilter, StoreError,
};
use tokio_postgres::Row;

#[async_trait::async_trait]
impl Lists for PostgresStore {
    async fn list(&self, page: ListPage) -> std::result::Result<Vec<InboxUpdate>, StoreError> {
        self.read(async move |db: Db<'_>| list(db, page).await)
            .await
    }

    async fn open_counts(&self) -> std::result::Result<OpenCounts, StoreError> {
        self.read(open_counts).await
    }
}

async fn list(db: Db<'_>, page: ListPage) -> Result<Vec<InboxUpdate>> {
    let after = page.after.unwrap_or(Position::start(page.sort));
    let priority = match page.priority {
        PriorityFilter::Whatever => None,
        PriorityFilter::Unset => Some(0),
        PriorityFilter::Only(priority) => Some(priority.rank()),
    };
    let found = db
        .rows(
            &list_sql(page.status, page.sort),
            &[
                &held(page.agent, |id| id.0),
                &held(page.team, |id| id.0),
                &page.widget_id.map(|id| id.0),
                &page.label_id.map(|id| id.0),
                &priority,
                &page.unread,
                &after.rank,
                &after.time,
                &after.id,
                &i64::from(page.limit.min(MAX_PAGE)),
                &page.mentioned.map(|id| id.0),
            ],
        )
        .await?;
    found.iter().map(rows::inbox_update).collect()
}

/// How the statement is told who holds a conversation: nothing for whoever, 0 for nobody, -1 for somebody, else the id.
fn held<Id>(held: Held<Id>, number: impl Fn(Id) -> i64) -> Option<i64> {
    match held {
        Held::Whatever => None,
        Held::Nobody => Some(0),
        Held::Somebody => Some(-1),
        Held::By(id) => Some(number(id)),
    }
}

fn list_sql(status: StatusFilter, sort: Sort) -> String {
    let status = match status {
        StatusFilter::All => String::new(),
        StatusFilter::Open => {
            "AND c.status <> 'closed' AND c.status IN ('pending', 'active')".to_owned()
        }
        StatusFilter::Only(Status::Closed) => "AND c.status = 'closed'".to_owned(),
        StatusFilter::Only(status) => {
            format!(
                "AND c.status <> 'closed' AND c.status = '{}'",
                status.as_str()
            )
        }
    };
    let (behind, order) = match sort {
        Sort::Newest => (
            "(c.last_message_at, c.id) < ($8, $9) AND $7::bigint IS NOT NULL",
            "c.last_message_at DESC, c.id DESC",
        ),
        Sort::Oldest => (
            "(c.last_message_at, c.id) > ($8, $9) AND $7::bigint IS NOT NULL",
            "c.last_message_at, c.id",
        ),
        Sort::Waiting => (
            "(coalesce(c.waiting_since, 9223372036854775807), c.id) > ($8, $9) AND $7::bigint IS NOT NULL",
            "coalesce(c.waiting_since, 9223372036854775807), c.id",
        ),
        Sort::Priority => (
            "(coalesce(c.priority, 0), c.last_message_at, c.id) < ($7, $8, $9)",
            "coalesce(c.priority, 0) DESC, c.last_message_at DESC, c.id DESC",
        ),
    };
    format!(
        "{} WHERE c.id = ANY(ARRAY(
             SELECT c.id FROM conversations c
             WHERE c.last_message_at IS NOT NULL {status} AND {behind}
                 AND ($1::bigint IS NULL OR CASE $1 WHEN 0 THEN c.assigned_agent_id IS NULL
                     WHEN -1 THEN c.assigned_agent_id IS NOT NULL ELSE c.assigned_agent_id = $1 END)
                 AND ($2::bigint IS NULL OR CASE $2 WHEN 0 THEN c.team_id IS NULL
                     WHEN -1 THEN c.team_id IS NOT NULL ELSE c.team_id = $2 END)
                 AND ($3::bigint IS NULL OR c.widget_id = $3)
                 AND ($4::bigint IS NULL OR EXISTS (
                     SELECT 1 FROM conversation_labels l WHERE l.conversation_id = c.id AND l.label_id = $4))
                 AND ($11::bigint IS NULL OR EXISTS (
                     SELECT 1 FROM notes n JOIN mentions k ON k.note_id = n.id WHERE n.conversation_id = c.id AND k.agent_id = $11))
                 AND ($5::bigint IS NULL OR coalesce(c.priority, 0) = $5)
                 AND (NOT $6 OR c.unread_count > 0)
             ORDER BY {order} LIMIT $10
         )) ORDER BY {order}",
        select_inbox!()
    )
}

const GROUPS: &str = "
    SELECT c.status, c.assigned_agent_id, c.team_id, c.widget_id, c.unread_count > 0, count(*)
    FROM conversations c
    WHERE c.last_message_at IS NOT NULL AND c.status <> 'closed'
    GROUP BY 1, 2, 3, 4, 5";

const BY_LABEL: &str = "
    SELECT l.label_id, count(*)
    FROM conversations c JOIN conversation_labels l ON l.conversation_id = c.id
    WHERE c.last_message_at IS NOT NULL AND c.status <> 'closed' AND c.status IN ('pending', 'active')
    GROUP BY 1 ORDER BY 1";

async fn open_counts(db: Db<'_>) -> Result<OpenCounts> {
    let groups = db.rows(GROUPS, &[]).await?;
    let by_label = db.rows(BY_LABEL, &[]).await?;
    Ok(OpenCounts {
        groups: groups.iter().map(group).collect::<Result<_>>()?,
        by_label: by_label
            .iter()
            .map(|row| Ok((LabelId(row.try_get(0)?), row.try_get(1)?)))
            .collect::<Result<_>>()?,
    })
}

fn group(row: &Row) -> Result<OpenGroup> {
    Ok(OpenGroup {
        status: Status::parse(row.try_get(0)?).map_err(|_| corrupt("conversations", "status"))?,
        agent_id: row.try_get::<_, Option<i64>>(1)?.map(AgentId),
        team_id: row.try_get::<_, Option<i64>>(2)?.map(TeamId),
        widget_id: WidgetId(row.try_get(3)?),
        unread: row.try_get(4)?,
        n: row.try_get(5)?,
    })
}
