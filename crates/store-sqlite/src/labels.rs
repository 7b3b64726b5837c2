//! Labels in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{Label, LabelColor, LabelId, LabelName, Timestamp};
use antiphon_store::{
    FollowUp, LabelOutcome, Labels, MAX_LABELS, NewLabel, StoreError, UpdateLabel,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, params};

/// The columns that [`label`] reads.
const COLUMNS: &str = "id, name, color, created_at";

#[async_trait::async_trait]
impl Labels for SqliteStore {
    async fn list_labels(&self) -> Result<Vec<Label>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM labels ORDER BY name_key"))?
                .query_map([], label)?
                .collect()
        })
        .await
    }

    async fn create_label(
        &self,
        new: NewLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> Result<LabelOutcome, StoreError> {
        self.write_then(follow_up, move |connection| create(connection, &new))
            .await
    }

    async fn update_label(
        &self,
        update: UpdateLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> Result<LabelOutcome, StoreError> {
        self.write_then(follow_up, move |connection| change(connection, &update))
            .await
    }

    async fn delete_label(
        &self,
        id: LabelId,
        follow_up: FollowUp<Option<Label>>,
    ) -> Result<Option<Label>, StoreError> {
        self.write_then(follow_up, move |connection| {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM labels WHERE id = ?1 RETURNING {COLUMNS}"
                ))?
                .query_row([id.0], label)
                .optional()
        })
        .await
    }
}

fn create(connection: &Connection, new: &NewLabel) -> Result<LabelOutcome> {
    if name_is_taken(connection, &new.name, None)? {
        return Ok(LabelOutcome::NameTaken);
    }
    let n_labels: i64 =
        connection.query_row("SELECT count(*) FROM labels", [], |row| row.get(0))?;
    if n_labels >= MAX_LABELS {
        return Ok(LabelOutcome::TooMany);
    }
    connection
        .prepare_cached(&format!(
            "INSERT INTO labels (name, name_key, color, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING {COLUMNS}"
        ))?
        .query_row(
            params![
                new.name.as_str(),
                new.name.key(),
                new.color.as_str(),
                new.at.as_micros()
            ],
            label,
        )
        .map(LabelOutcome::Saved)
}

fn change(connection: &Connection, update: &UpdateLabel) -> Result<LabelOutcome> {
    if let Some(name) = &update.name
        && name_is_taken(connection, name, Some(update.id))?
    {
        return Ok(LabelOutcome::NameTaken);
    }
    let changed = connection
        .prepare_cached(&format!(
            "UPDATE labels
             SET name = coalesce(?2, name), name_key = coalesce(?3, name_key), color = coalesce(?4, color)
             WHERE id = ?1 RETURNING {COLUMNS}"
        ))?
        .query_row(
            params![
                update.id.0,
                update.name.as_ref().map(LabelName::as_str),
                update.name.as_ref().map(LabelName::key),
                update.color.as_ref().map(LabelColor::as_str)
            ],
            label,
        )
        .optional()?;
    Ok(changed.map_or(LabelOutcome::Unknown, LabelOutcome::Saved))
}

fn name_is_taken(
    connection: &Connection,
    name: &LabelName,
    by_other_than: Option<LabelId>,
) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM labels WHERE name_key = ?1 AND id IS NOT ?2")?
        .exists(params![name.key(), by_other_than.map(|id| id.0)])
}

fn label(row: &Row<'_>) -> Result<Label> {
    Ok(Label {
        id: LabelId(row.get(0)?),
        name: LabelName::parse(row.get_ref(1)?.as_str()?).map_err(|_| corrupt("labels", "name"))?,
        color: LabelColor::parse(row.get_ref(2)?.as_str()?)
            .map_err(|_| corrupt("labels", "color"))?,
        created_at: Timestamp::from_micros(row.get(3)?),
    })
}
