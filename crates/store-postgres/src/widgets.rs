//! Widgets in SQL.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::Result;
use crate::rows;
use crate::writer::Tx;
use antiphon_domain::{AllowedDomains, Widget, WidgetId, WidgetName, WidgetToken};
use antiphon_store::{NewWidget, StoreError, UpdateWidget, Widgets};

/// The columns that `rows::widget` reads.
macro_rules! columns {
    () => {
        "id, token, name, allowed_domains, welcome_message, identity_secret, active, created_at, settings"
    };
}

#[async_trait::async_trait]
impl Widgets for PostgresStore {
    async fn create_widget(&self, new: NewWidget) -> std::result::Result<Widget, StoreError> {
        self.change(async move |db: Db<'_>| insert(db, &new).await)
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
    ) -> std::result::Result<Option<Widget>, StoreError> {
        self.change(async move |db: Db<'_>| change(db, id, &update).await)
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
    ) -> std::result::Result<Option<Widget>, StoreError> {
        let token = token.clone();
        self.read(async move |db: Db<'_>| {
            let sql = concat!("SELECT ", columns!(), " FROM widgets WHERE token = $1");
            let row = db.optional(sql, &[&token.as_str()]).await?;
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
    let row = db
        .optional(
            concat!(
                "UPDATE widgets
                 SET name = coalesce($2, name), allowed_domains = coalesce($3, allowed_domains),
                     welcome_message = coalesce($4, welcome_message), settings = coalesce($5, settings)
                 WHERE id = $1 RETURNING ",
                columns!()
            ),
            &[
                &id.0,
                &update.name.as_ref().map(WidgetName::as_str),
                &update.allowed_domains.as_ref().map(domains_json),
                &update.welcome_message,
                &settings.map(|settings| settings.own_document().to_string()),
            ],
        )
        .await?;
    row.as_ref().map(rows::widget).transpose()
}

fn domains_json(domains: &AllowedDomains) -> String {
    serde_json::Value::from(domains.as_slice()).to_string()
}
