//! Saved views in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{AgentId, Timestamp, View, ViewId, ViewName};
use antiphon_store::{FollowUp, MAX_VIEWS, NewView, NewViewOutcome, StoreError, UpdateView, Views};
use tokio_postgres::Row;

/// The columns that [`view`] reads.
macro_rules! columns {
    () => {
        "id, agent_id, name, filter, shared, created_at"
    };
}

#[async_trait::async_trait]
impl Views for PostgresStore {
    async fn list_views(&self, agent_id: AgentId) -> std::result::Result<Vec<View>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM views WHERE agent_id = $1 OR shared ORDER BY id"
            );
            db.rows(sql, &[&agent_id.0])
                .await?
                .iter()
                .map(view)
                .collect()
        })
        .await
    }

    async fn view(&self, id: ViewId) -> std::result::Result<Option<View>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!("SELECT ", columns!(), " FROM views WHERE id = $1");
            let row = db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(view).transpose()
        })
        .await
    }

    async fn create_view(
        &self,
        new: NewView,
        follow_up: FollowUp<NewViewOutcome>,
    ) -> std::result::Result<NewViewOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            create(tx.db, &new).await
        })
        .await
    }

    async fn update_view(
        &self,
        update: UpdateView,
        follow_up: FollowUp<Option<View>>,
    ) -> std::result::Result<Option<View>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "UPDATE views
                 SET name = coalesce($2, name), filter = coalesce($3, filter), shared = coalesce($4, shared)
                 WHERE id = $1 RETURNING ",
                columns!()
            );
            let name = update.name.as_ref().map(ViewName::as_str);
            let row = tx
                .db
                .optional(sql, &[&update.id.0, &name, &update.filter, &update.shared])
                .await?;
            row.as_ref().map(view).transpose()
        })
        .await
    }

    async fn delete_view(
        &self,
        id: ViewId,
        follow_up: FollowUp<Option<View>>,
    ) -> std::result::Result<Option<View>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!("DELETE FROM views WHERE id = $1 RETURNING ", columns!());
            let row = tx.db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(view).transpose()
        })
        .await
    }
}

async fn create(db: Db<'_>, new: &NewView) -> Result<NewViewOutcome> {
    let n_views: i64 = db
        .one(
            "a count",
            "SELECT count(*) FROM views WHERE agent_id = $1",
            &[&new.agent_id.0],
        )
        .await?
        .try_get(0)?;
    if n_views >= MAX_VIEWS {
        return Ok(NewViewOutcome::TooMany);
    }
    let row = db
        .one(
            "a new view",
            concat!(
                "INSERT INTO views (agent_id, name, filter, shared, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ",
                columns!()
            ),
            &[
                &new.agent_id.0,
                &new.name.as_str(),
                &new.filter,
                &new.shared,
                &new.at.as_micros(),
            ],
        )
        .await?;
    view(&row).map(NewViewOutcome::Created)
}

fn view(row: &Row) -> Result<View> {
    Ok(View {
        id: ViewId(row.try_get(0)?),
        agent_id: AgentId(row.try_get(1)?),
        name: ViewName::parse(row.try_get(2)?).map_err(|_| corrupt("views", "name"))?,
        filter: row.try_get(3)?,
        shared: row.try_get(4)?,
        created_at: Timestamp::from_micros(row.try_get(5)?),
    })
}
