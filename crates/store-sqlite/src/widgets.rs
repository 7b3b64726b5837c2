//! Widgets in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use crate::rows;
use antiphon_domain::{
    AllowedDomains, SiteHost, Timestamp, Widget, WidgetId, WidgetName, WidgetToken,
};
use antiphon_store::{
    FollowUp, MAX_SIGHTINGS, MAX_WIDGETS, NewSighting, NewWidget, SIGHTING_SECONDS, Sighting,
    StoreError, UpdateWidget, Widgets,
};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

const COLUMNS: &str = "id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings, \
     previous_token, previous_token_ends_at, previous_identity_secret, previous_identity_secret_ends_at";

#[async_trait::async_trait]
impl Widgets for SqliteStore {
    async fn create_widget(
        &self,
        new: NewWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> Result<Option<Widget>, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_widgets: i64 = connection
                .prepare_cached("SELECT count(*) FROM widgets")?
                .query_row([], |row| row.get(0))?;
            match n_widgets < MAX_WIDGETS {
                true => insert(connection, &new).map(Some),
                false => Ok(None),
            }
        })
        .await
    }

    async fn create_first_widget(&self, new: NewWidget) -> Result<Option<Widget>, StoreError> {
        self.write(move |connection| {
            let there_is_one: bool =
                connection.query_row("SELECT EXISTS (SELECT 1 FROM widgets)", [], |row| {
                    row.get(0)
                })?;
            if there_is_one {
                Ok(None)
            } else {
                insert(connection, &new).map(Some)
            }
        })
        .await
    }

    async fn update_widget(
        &self,
        id: WidgetId,
        update: UpdateWidget,
        follow_up: FollowUp<Option<Widget>>,
    ) -> Result<Option<Widget>, StoreError> {
        self.write_then(follow_up, move |connection| change(connection, id, &update))
            .await
    }

    async fn list_widgets(&self) -> Result<Vec<Widget>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM widgets ORDER BY id"))?
                .query_map([], rows::widget)?
                .collect()
        })
        .await
    }

    async fn widget_by_token(
        &self,
        token: &WidgetToken,
        now: Timestamp,
    ) -> Result<Option<Widget>, StoreError> {
        let token = token.clone();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM widgets WHERE token = ?1 OR (previous_token = ?1 AND previous_token_ends_at > ?2)"
            );
            connection
                .prepare_cached(&sql)?
                .query_row(params![token.as_str(), now.as_micros()], rows::widget)
                .optional()
        })
        .await
    }

    async fn widget(&self, id: WidgetId) -> Result<Option<Widget>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM widgets WHERE id = ?1"))?
                .query_row([id.0], rows::widget)
                .optional()
        })
        .await
    }

    async fn note_sightings(
        &self,
        sightings: Vec<NewSighting>,
        follow_up: FollowUp<Vec<WidgetId>>,
    ) -> Result<Vec<WidgetId>, StoreError> {
        self.write_then(follow_up, move |connection| {
            let mut noted = Vec::new();
            for sighting in &sightings {
                if note(connection, sighting)? && !noted.contains(&sighting.widget_id) {
                    noted.push(sighting.widget_id);
                }
            }
            Ok(noted)
        })
        .await
    }

    async fn sightings(&self, id: WidgetId) -> Result<Vec<Sighting>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT host, answered, first_seen_at, last_seen_at FROM widget_sightings
                     WHERE widget_id = ?1 ORDER BY last_seen_at DESC, host",
                )?
                .query_map([id.0], sighting)?
                .collect()
        })
        .await
    }

    async fn last_sightings(&self) -> Result<Vec<(WidgetId, Timestamp)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT widget_id, max(last_seen_at) FROM widget_sightings WHERE answered
                     GROUP BY widget_id ORDER BY widget_id",
                )?
                .query_map([], |row| {
                    Ok((WidgetId(row.get(0)?), Timestamp::from_micros(row.get(1)?)))
                })?
                .collect()
        })
        .await
    }
}

/// Whether it was worth a change.
fn note(connection: &Connection, new: &NewSighting) -> rusqlite::Result<bool> {
    let (id, at) = (new.widget_id.0, new.at.as_micros());
    let n_changed = connection
        .prepare_cached(
            "INSERT INTO widget_sightings (widget_id, host, answered, first_seen_at, last_seen_at)
             SELECT ?1, ?2, ?3, ?4, ?4 WHERE EXISTS (SELECT 1 FROM widgets WHERE id = ?1)
             ON CONFLICT (widget_id, host) DO UPDATE
             SET answered = excluded.answered, last_seen_at = max(last_seen_at, excluded.last_seen_at)
             WHERE answered <> excluded.answered OR last_seen_at <= ?5",
        )?
        .execute(params![
            id,
            new.host.as_str(),
            new.answered,
            at,
            new.at.plus_seconds(-SIGHTING_SECONDS).as_micros(),
        ])?;
    if n_changed == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached(
            "DELETE FROM widget_sightings WHERE widget_id = ?1 AND host IN (
                 SELECT host FROM widget_sightings WHERE widget_id = ?1 AND answered = ?2
                 ORDER BY last_seen_at DESC, host LIMIT -1 OFFSET ?3
             )",
        )?
        .execute(params![id, new.answered, MAX_SIGHTINGS])?;
    Ok(true)
}

fn sighting(row: &Row<'_>) -> rusqlite::Result<Sighting> {
    Ok(Sighting {
        host: SiteHost::parse(row.get_ref(0)?.as_str()?)
            .map_err(|_| corrupt("widget_sightings", "host"))?,
        answered: row.get(1)?,
        first_seen_at: Timestamp::from_micros(row.get(2)?),
        last_seen_at: Timestamp::from_micros(row.get(3)?),
    })
}

fn insert(connection: &Connection, new: &NewWidget) -> rusqlite::Result<Widget> {
    let sql = format!(
        "INSERT INTO widgets (token, name, allowed_domains, welcome_message, identity_secret, active, created_at)
         VALUES (:token, :name, :allowed_domains, :welcome_message, :identity_secret, 1, :at)
         RETURNING {COLUMNS}"
    );
    connection.prepare_cached(&sql)?.query_row(
        named_params! {
            ":token": new.token.as_str(),
            ":name": new.name.as_str(),
            ":allowed_domains": domains_json(&new.allowed_domains),
            ":welcome_message": new.welcome_message,
            ":identity_secret": new.identity_secret,
            ":at": new.at.as_micros(),
        },
        rows::widget,
    )
}

fn change(
    connection: &Connection,
    id: WidgetId,
    update: &UpdateWidget,
) -> rusqlite::Result<Option<Widget>> {
    let sql = format!(
        "UPDATE widgets
         SET name = coalesce(:name, name), allowed_domains = coalesce(:allowed_domains, allowed_domains),
             welcome_message = coalesce(:welcome_message, welcome_message), settings = coalesce(:settings, settings),
             active = coalesce(:active, active),
             previous_token = CASE WHEN :token IS NULL THEN previous_token WHEN :token_ends_at IS NOT NULL THEN token END,
             previous_token_ends_at = CASE WHEN :token IS NULL THEN previous_token_ends_at ELSE :token_ends_at END,
             token = coalesce(:token, token),
             previous_identity_secret =
                 CASE WHEN :secret IS NULL THEN previous_identity_secret WHEN :secret_ends_at IS NOT NULL THEN identity_secret END,
             previous_identity_secret_ends_at =
                 CASE WHEN :secret IS NULL THEN previous_identity_secret_ends_at ELSE :secret_ends_at END,
             identity_secret = coalesce(:secret, identity_secret)
         WHERE id = :id
         RETURNING {COLUMNS}"
    );
    let settings = update.settings.as_ref();
    let (token, secret) = (update.token.as_ref(), update.identity_secret.as_ref());
    connection
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":id": id.0,
                ":name": update.name.as_ref().map(WidgetName::as_str),
                ":allowed_domains": update.allowed_domains.as_ref().map(domains_json),
                ":welcome_message": update.welcome_message,
                ":settings": settings.map(|settings| settings.own_document().to_string()),
                ":active": update.active,
                ":token": token.map(|rotation| rotation.new.as_str()),
                ":token_ends_at": token.and_then(|rotation| rotation.previous_ends_at).map(Timestamp::as_micros),
                ":secret": secret.map(|rotation| rotation.new.as_str()),
                ":secret_ends_at": secret.and_then(|rotation| rotation.previous_ends_at).map(Timestamp::as_micros),
            },
            rows::widget,
        )
        .optional()
}

fn domains_json(domains: &AllowedDomains) -> String {
    serde_json::Value::from(domains.as_slice()).to_string()
}
