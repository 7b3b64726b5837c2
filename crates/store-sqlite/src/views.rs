//! Saved views in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{AgentId, Timestamp, View, ViewId, ViewName};
use antiphon_store::{FollowUp, MAX_VIEWS, NewView, NewViewOutcome, StoreError, UpdateView, Views};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

/// The columns that [`view`] reads.
const COLUMNS: &str = "id, agent_id, name, filter, shared, created_at";

#[async_trait::async_trait]
impl Views for SqliteStore {
    async fn list_views(&self, agent_id: AgentId) -> Result<Vec<View>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM views WHERE agent_id = ?1 OR shared = 1 ORDER BY id"
                ))?
                .query_map([agent_id.0], view)?
                .collect()
        })
        .await
    }

    async fn view(&self, id: ViewId) -> Result<Option<View>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM views WHERE id = ?1"))?
                .query_row([id.0], view)
                .optional()
        })
        .await
    }

    async fn create_view(
        &self,
        new: NewView,
        follow_up: FollowUp<NewViewOutcome>,
    ) -> Result<NewViewOutcome, StoreError> {
        self.write_then(follow_up, move |connection| create(connection, &new))
            .await
    }

    async fn update_view(
        &self,
        update: UpdateView,
        follow_up: FollowUp<Option<View>>,
    ) -> Result<Option<View>, StoreError> {
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(&format!(
                    "UPDATE views
                     SET name = coalesce(?2, name), filter = coalesce(?3, filter), shared = coalesce(?4, shared)
                     WHERE id = ?1 RETURNING {COLUMNS}"
                ))?
                .query_row(
                    params![
                        update.id.0,
                        update.name.as_ref().map(ViewName::as_str),
                        update.filter,
                        update.shared
                    ],
                    view,
                )
                .optional()
        })
        .await
    }

    async fn delete_view(
        &self,
        id: ViewId,
        follow_up: FollowUp<Option<View>>,
    ) -> Result<Option<View>, StoreError> {
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM views WHERE id = ?1 RETURNING {COLUMNS}"
                ))?
                .query_row([id.0], view)
                .optional()
        })
        .await
    }
}

fn create(connection: &Connection, new: &NewView) -> Result<NewViewOutcome> {
    let n_views: i64 = connection
        .prepare_cached("SELECT count(*) FROM views WHERE agent_id = ?1")?
        .query_row([new.agent_id.0], |row| row.get(0))?;
    if n_views >= MAX_VIEWS {
        return Ok(NewViewOutcome::TooMany);
    }
    connection
        .prepare_cached(&format!(
            "INSERT INTO views (agent_id, name, filter, shared, created_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING {COLUMNS}"
        ))?
        .query_row(
            params![
                new.agent_id.0,
                new.name.as_str(),
                new.filter,
                new.shared,
                new.at.as_micros()
            ],
            view,
        )
        .map(NewViewOutcome::Created)
}

fn view(row: &Row<'_>) -> Result<View> {
    Ok(View {
        id: ViewId(row.get(0)?),
        agent_id: AgentId(row.get(1)?),
        name: ViewName::parse(row.get_ref(2)?.as_str()?).map_err(|_| corrupt("views", "name"))?,
        filter: row.get(3)?,
        shared: row.get(4)?,
        created_at: Timestamp::from_micros(row.get(5)?),
    })
}
