//! Labels in SQL. They are changed by the writer: two that are made at once never share a name, nor pass the limit.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{Label, LabelColor, LabelId, LabelName, Timestamp};
use antiphon_store::{
    FollowUp, LabelOutcome, Labels, MAX_LABELS, NewLabel, StoreError, UpdateLabel,
};
use tokio_postgres::Row;

/// The columns that [`label`] reads.
macro_rules! columns {
    () => {
        "id, name, color, created_at"
    };
}

#[async_trait::async_trait]
impl Labels for PostgresStore {
    async fn list_labels(&self) -> std::result::Result<Vec<Label>, StoreError> {
        self.read(async |db: Db<'_>| {
            // As the other driver sorts: by code points.
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM labels ORDER BY name_key COLLATE \"C\""
            );
            db.rows(sql, &[]).await?.iter().map(label).collect()
        })
        .await
    }

    async fn create_label(
        &self,
        new: NewLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> std::result::Result<LabelOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            create(tx.db, &new).await
        })
        .await
    }

    async fn update_label(
        &self,
        update: UpdateLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> std::result::Result<LabelOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change(tx.db, &update).await
        })
        .await
    }

    async fn delete_label(
        &self,
        id: LabelId,
        follow_up: FollowUp<Option<Label>>,
    ) -> std::result::Result<Option<Label>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!("DELETE FROM labels WHERE id = $1 RETURNING ", columns!());
            let row = tx.db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(label).transpose()
        })
        .await
    }
}

async fn create(db: Db<'_>, new: &NewLabel) -> Result<LabelOutcome> {
    if name_is_taken(db, &new.name, None).await? {
        return Ok(LabelOutcome::NameTaken);
    }
    let n_labels: i64 = db
        .one("a count", "SELECT count(*) FROM labels", &[])
        .await?
        .try_get(0)?;
    if n_labels >= MAX_LABELS {
        return Ok(LabelOutcome::TooMany);
    }
    let row = db
        .one(
            "a new label",
            concat!(
                "INSERT INTO labels (name, name_key, color, created_at) VALUES ($1, $2, $3, $4) RETURNING ",
                columns!()
            ),
            &[
                &new.name.as_str(),
                &new.name.key(),
                &new.color.as_str(),
                &new.at.as_micros(),
            ],
        )
        .await?;
    label(&row).map(LabelOutcome::Saved)
}

async fn change(db: Db<'_>, update: &UpdateLabel) -> Result<LabelOutcome> {
    if let Some(name) = &update.name
        && name_is_taken(db, name, Some(update.id)).await?
    {
        return Ok(LabelOutcome::NameTaken);
    }
    let row = db
        .optional(
            concat!(
                "UPDATE labels
                 SET name = coalesce($2, name), name_key = coalesce($3, name_key), color = coalesce($4, color)
                 WHERE id = $1 RETURNING ",
                columns!()
            ),
            &[
                &update.id.0,
                &update.name.as_ref().map(LabelName::as_str),
                &update.name.as_ref().map(LabelName::key),
                &update.color.as_ref().map(LabelColor::as_str),
            ],
        )
        .await?;
    match row {
        Some(row) => label(&row).map(LabelOutcome::Saved),
        None => Ok(LabelOutcome::Unknown),
    }
}

async fn name_is_taken(
    db: Db<'_>,
    name: &LabelName,
    by_other_than: Option<LabelId>,
) -> Result<bool> {
    let taken = db
        .optional(
            "SELECT 1 FROM labels WHERE name_key = $1 AND id IS DISTINCT FROM $2",
            &[&name.key(), &by_other_than.map(|id| id.0)],
        )
        .await?;
    Ok(taken.is_some())
}

fn label(row: &Row) -> Result<Label> {
    Ok(Label {
        id: LabelId(row.try_get(0)?),
        name: LabelName::parse(row.try_get(1)?).map_err(|_| corrupt("labels", "name"))?,
        color: LabelColor::parse(row.try_get(2)?).map_err(|_| corrupt("labels", "color"))?,
        created_at: Timestamp::from_micros(row.try_get(3)?),
    })
}
