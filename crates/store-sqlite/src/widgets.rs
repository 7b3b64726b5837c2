//! Widgets in SQL.

use crate::SqliteStore;
use crate::rows;
use antiphon_domain::{AllowedDomains, Widget, WidgetId, WidgetName, WidgetToken};
use antiphon_store::{NewWidget, StoreError, UpdateWidget, Widgets};
use rusqlite::{Connection, OptionalExtension as _, named_params};

const COLUMNS: &str = "id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings";

#[async_trait::async_trait]
impl Widgets for SqliteStore {
    async fn create_widget(&self, new: NewWidget) -> Result<Widget, StoreError> {
        self.write(move |connection| insert(connection, &new)).await
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
    ) -> Result<Option<Widget>, StoreError> {
        self.write(move |connection| change(connection, id, &update))
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

    async fn widget_by_token(&self, token: &WidgetToken) -> Result<Option<Widget>, StoreError> {
        let token = token.clone();
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM widgets WHERE token = ?1"))?
                .query_row([token.as_str()], rows::widget)
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
             welcome_message = coalesce(:welcome_message, welcome_message), settings = coalesce(:settings, settings)
         WHERE id = :id
         RETURNING {COLUMNS}"
    );
    let settings = update.settings.as_ref();
    connection
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":id": id.0,
                ":name": update.name.as_ref().map(WidgetName::as_str),
                ":allowed_domains": update.allowed_domains.as_ref().map(domains_json),
                ":welcome_message": update.welcome_message,
                ":settings": settings.map(|settings| settings.own_document().to_string()),
            },
            rows::widget,
        )
        .optional()
}

fn domains_json(domains: &AllowedDomains) -> String {
    serde_json::Value::from(domains.as_slice()).to_string()
}
