//! Widgets in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::rows;
use crate::writer::Tx;
use antiphon_domain::{
    AllowedDomains, SiteHost, Timestamp, Widget, WidgetId, WidgetName, WidgetToken,
};
use antiphon_store::{
    FollowUp, MAX_SIGHTINGS, MAX_WIDGETS, NewSighting, NewWidget, SIGHTING_SECONDS, Sighting,
    StoreError, UpdateWidget, Widgets,
};
use tokio_postgres::Row;

/// The columns that `rows::widget` reads.
macro_rules! columns {
    () => {
        "id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings, \
         previous_token, previous_token_ends_at, previous_identity_secret, previous_identity_secret_ends_at"
    };
}

#[async_trait::async_trait]
impl Widgets for PostgresStore {
    /// By the writer, as all changes of widgets: two that are made at once do not pass the limit.
    async fn create_widget(
        &self,
        new: NewWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> std::result::Result<Option<Widget>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let n_widgets: i64 = tx
                .db
                .one("a count", "SELECT count(*) FROM widgets", &[])
                .await?
                .try_get(0)?;
            match n_widgets < MAX_WIDGETS {
                true => insert(tx.db, &new).await.map(Some),
                false => Ok(None),
            }
        })
        .await
    }

    /// By the writer: of two processes that start at once, the second finds the widget of the first.
    async fn create_first_widget(
        &self,
        new: NewWidget,
    ) -> std::result::Result<Option<Widget>, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| {
            let there_is_one: bool = tx
                .db
                .one("an answer", "SELECT EXISTS (SELECT 1 FROM widgets)", &[])
                .await?
                .try_get(0)?;
            if there_is_one {
                Ok(None)
            } else {
                insert(tx.db, &new).await.map(Some)
            }
        })
        .await
    }

    async fn update_widget(
        &self,
        id: WidgetId,
        update: UpdateWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> std::result::Result<Option<Widget>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change(tx.db, id, &update).await
        })
        .await
    }

    async fn list_widgets(&self) -> std::result::Result<Vec<Widget>, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = concat!("SELECT ", columns!(), " FROM widgets ORDER BY id");
            db.rows(sql, &[]).await?.iter().map(rows::widget).collect()
        })
        .await
    }

    async fn widget_by_token(
        &self,
        token: &WidgetToken,
        now: Timestamp,
    ) -> std::result::Result<Option<Widget>, StoreError> {
        let token = token.clone();
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                columns!(),
                " FROM widgets WHERE token = $1 OR (previous_token = $1 AND previous_token_ends_at > $2)"
            );
            let row = db
                .optional(sql, &[&token.as_str(), &now.as_micros()])
                .await?;
            row.as_ref().map(rows::widget).transpose()
        })
        .await
    }

    async fn widget(&self, id: WidgetId) -> std::result::Result<Option<Widget>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!("SELECT ", columns!(), " FROM widgets WHERE id = $1");
            let row = db.optional(sql, &[&id.0]).await?;
            row.as_ref().map(rows::widget).transpose()
        })
        .await
    }

    async fn note_sightings(
        &self,
        sightings: Vec<NewSighting>,
        follow_up: FollowUp<Vec<WidgetId>>,
    ) -> std::result::Result<Vec<WidgetId>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let mut noted = Vec::new();
            for sighting in &sightings {
                if note(tx.db, sighting).await? && !noted.contains(&sighting.widget_id) {
                    noted.push(sighting.widget_id);
                }
            }
            Ok(noted)
        })
        .await
    }

    async fn sightings(&self, id: WidgetId) -> std::result::Result<Vec<Sighting>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let rows = db
                .rows(
                    "SELECT host, answered, first_seen_at, last_seen_at FROM widget_sightings
                     WHERE widget_id = $1 ORDER BY last_seen_at DESC, host COLLATE \"C\"",
                    &[&id.0],
                )
                .await?;
            rows.iter().map(sighting).collect()
        })
        .await
    }

    async fn last_sightings(&self) -> std::result::Result<Vec<(WidgetId, Timestamp)>, StoreError> {
        self.read(async |db: Db<'_>| {
            let rows = db
                .rows(
                    "SELECT widget_id, max(last_seen_at) FROM widget_sightings WHERE answered
                     GROUP BY widget_id ORDER BY widget_id",
                    &[],
                )
                .await?;
            rows.iter()
                .map(|row| {
                    let at = Timestamp::from_micros(row.try_get(1)?);
                    Ok((WidgetId(row.try_get(0)?), at))
                })
                .collect()
        })
        .await
    }
}

/// Whether it was worth a change.
async fn note(db: Db<'_>, new: &NewSighting) -> Result<bool> {
    let n_changed = db
        .execute(
            "INSERT INTO widget_sightings AS known (widget_id, host, answered, first_seen_at, last_seen_at)
             SELECT $1::bigint, $2::text, $3::boolean, $4::bigint, $4::bigint
             WHERE EXISTS (SELECT 1 FROM widgets WHERE id = $1::bigint)
             ON CONFLICT (widget_id, host) DO UPDATE
             SET answered = excluded.answered, last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at)
             WHERE known.answered <> excluded.answered OR known.last_seen_at <= $5",
            &[
                &new.widget_id.0,
                &new.host.as_str(),
                &new.answered,
                &new.at.as_micros(),
                &new.at.plus_seconds(-SIGHTING_SECONDS).as_micros(),
            ],
        )
        .await?;
    if n_changed == 0 {
        return Ok(false);
    }
    db.execute(
        "DELETE FROM widget_sightings WHERE widget_id = $1 AND host IN (
             SELECT host FROM widget_sightings WHERE widget_id = $1 AND answered = $2
             ORDER BY last_seen_at DESC, host COLLATE \"C\" OFFSET $3
         )",
        &[&new.widget_id.0, &new.answered, &i64::from(MAX_SIGHTINGS)],
    )
    .await?;
    Ok(true)
}

fn sighting(row: &Row) -> Result<Sighting> {
    Ok(Sighting {
        host: SiteHost::parse(row.try_get(0)?).map_err(|_| corrupt("widget_sightings", "host"))?,
        answered: row.try_get(1)?,
        first_seen_at: Timestamp::from_micros(row.try_get(2)?),
        last_seen_at: Timestamp::from_micros(row.try_get(3)?),
    })
}

async fn insert(db: Db<'_>, new: &NewWidget) -> Result<Widget> {
    let row = db
        .one(
            "a new widget",
            concat!(
                "INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, active, created_at)
                 VALUES ($1, $2, $3, $4, $5, TRUE, $6) RETURNING ",
                columns!()
            ),
            &[
                &new.token.as_str(),
                &new.name.as_str(),
                &domains_json(&new.allowed_domains),
                &new.welcome_message,
                &new.identity_secret,
                &new.at.as_micros(),
            ],
        )
        .await?;
    rows::widget(&row)
}

async fn change(db: Db<'_>, id: WidgetId, update: &UpdateWidget) -> Result<Option<Widget>> {
    let settings = update.settings.as_ref();
    let (token, secret) = (update.token.as_ref(), update.identity_secret.as_ref());
    let row = db
        .optional(
            concat!(
                "UPDATE widgets
                 SET name = coalesce($2, name), allowed_domains = coalesce($3, allowed_domains),
                     welcome_message = coalesce($4, welcome_message), settings = coalesce($5, settings),
                     active = coalesce($6, active),
                     previous_token = CASE WHEN $7::text IS NULL THEN previous_token WHEN $8::bigint IS NOT NULL THEN token END,
                     previous_token_ends_at = CASE WHEN $7::text IS NULL THEN previous_token_ends_at ELSE $8::bigint END,
                     token = coalesce($7::text, token),
                     previous_identity_secret =
                         CASE WHEN $9::text IS NULL THEN previous_identity_secret WHEN $10::bigint IS NOT NULL THEN identity_secret END,
                     previous_identity_secret_ends_at =
                         CASE WHEN $9::text IS NULL THEN previous_identity_secret_ends_at ELSE $10::bigint END,
                     identity_secret = coalesce($9::text, identity_secret)
                 WHERE id = $1 RETURNING ",
                columns!()
            ),
            &[
                &id.0,
                &update.name.as_ref().map(WidgetName::as_str),
                &update.allowed_domains.as_ref().map(domains_json),
                &update.welcome_message,
                &settings.map(|settings| settings.own_document().to_string()),
                &update.active,
                &token.map(|rotation| rotation.new.as_str()),
                &token
                    .and_then(|rotation| rotation.previous_ends_at)
                    .map(Timestamp::as_micros),
                &secret.map(|rotation| rotation.new.as_str()),
                &secret
                    .and_then(|rotation| rotation.previous_ends_at)
                    .map(Timestamp::as_micros),
            ],
        )
        .await?;
    row.as_ref().map(rows::widget).transpose()
}

fn domains_json(domains: &AllowedDomains) -> String {
    serde_json::Value::from(domains.as_slice()).to_string()
}
