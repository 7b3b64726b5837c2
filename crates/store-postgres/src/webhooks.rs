//! Webhooks in SQL, and the log of what they were told.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{
    Timestamp, Webhook, WebhookDeliveryId, WebhookDisabled, WebhookEvents, WebhookId,
    WebhookSecret, WebhookUrl, WidgetId,
};
use antiphon_store::{
    FollowUp, MAX_DELIVERIES, NewWebhook, NewWebhookDelivery, StoreError, TriedDelivery,
    UpdateWebhook, WEBHOOK_LANE, WebhookAttempt, WebhookContent, WebhookDelivery,
    WebhookDeliveryState, Webhooks,
};
use tokio_postgres::Row;

/// The columns that [`webhook`] reads.
macro_rules! columns {
    () => {
        "id, url, events, widget_ids, active, secret, created_at, failing_since, disabled"
    };
}

/// The columns that [`delivery`] reads.
macro_rules! delivery_columns {
    () => {
        "id, webhook_id, event_id, event, body, state, attempts, status, error, duration_ms, response, created_at, \
         attempted_at, replay_of"
    };
}

#[async_trait::async_trait]
impl Webhooks for PostgresStore {
    /// By the writer, one after the other, so that there are never more than there may be.
    async fn create_webhook(
        &self,
        new: NewWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            insert(tx.db, &new).await
        })
        .await
    }

    async fn list_webhooks(&self) -> std::result::Result<Vec<Webhook>, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = concat!("SELECT ", columns!(), " FROM webhooks ORDER BY id");
            db.rows(sql, &[]).await?.iter().map(webhook).collect()
        })
        .await
    }

    async fn webhook(&self, id: WebhookId) -> std::result::Result<Option<Webhook>, StoreError> {
        self.read(async move |db: Db<'_>| find(db, id).await).await
    }

    async fn update_webhook(
        &self,
        id: WebhookId,
        update: UpdateWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change(tx.db, id, &update).await
        })
        .await
    }

    async fn delete_webhook(
        &self,
        id: WebhookId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = "DELETE FROM webhooks WHERE id = $1";
            Ok(tx.db.execute(sql, &[&id.0]).await? > 0)
        })
        .await
    }

    async fn crowded_webhooks(&self, most: u32) -> std::result::Result<Vec<WebhookId>, StoreError> {
        self.read(async move |db: Db<'_>| {
            // Counts no further than it matters.
            let sql = "SELECT w.id FROM webhooks w WHERE w.active AND EXISTS (
                           SELECT 1 FROM jobs j WHERE j.lane = $1 || w.id::text AND j.died_at IS NULL ORDER BY j.id LIMIT 1 OFFSET $2
                       ) ORDER BY w.id";
            let found = db.rows(sql, &[&WEBHOOK_LANE, &i64::from(most)]).await?;
            let ids = found.iter().map(|row| Ok(WebhookId(row.try_get(0)?)));
            ids.collect()
        })
        .await
    }

    async fn begin_webhook_delivery(
        &self,
        new: NewWebhookDelivery,
        follow_up: FollowUp<Option<WebhookDelivery>>,
    ) -> std::result::Result<Option<WebhookDelivery>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let sql = concat!(
                "INSERT INTO webhook_deliveries
                     (webhook_id, event_id, event, body, state, attempts, duration_ms, created_at, replay_of)
                 SELECT id, $2, $3, $4, 'waiting', 0, 0, $5, $6 FROM webhooks WHERE id = $1 RETURNING ",
                delivery_columns!()
            );
            let begun = tx
                .db
                .optional(
                    sql,
                    &[
                        &new.webhook_id.0,
                        &new.content.event_id,
                        &new.content.event,
                        &new.content.body,
                        &new.at.as_micros(),
                        &new.replay_of.map(|id| id.0),
                    ],
                )
                .await?;
            forget_old(tx.db, new.webhook_id).await?;
            begun.as_ref().map(delivery).transpose()
        })
        .await
    }

    async fn webhook_delivery(
        &self,
        webhook_id: WebhookId,
        id: WebhookDeliveryId,
    ) -> std::result::Result<Option<WebhookDelivery>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2"
            );
            let row = db.optional(sql, &[&webhook_id.0, &id.0]).await?;
            row.as_ref().map(delivery).transpose()
        })
        .await
    }

    async fn webhook_deliveries(
        &self,
        webhook_id: WebhookId,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> std::result::Result<Vec<WebhookDelivery>, StoreError> {
        self.read(async move |db: Db<'_>| {
            let sql = concat!(
                "SELECT ",
                delivery_columns!(),
                " FROM webhook_deliveries WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
            );
            let before = before.map_or(i64::MAX, |id| id.0);
            let limit = i64::from(limit.min(MAX_DELIVERIES));
            let found = db.rows(sql, &[&webhook_id.0, &before, &limit]).await?;
            found.iter().map(delivery).collect()
        })
        .await
    }

    /// By the writer: two attempts at once must not forget each other's rows.
    async fn note_webhook_attempt(
        &self,
        attempt: WebhookAttempt,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write(async move |tx: &mut Tx<'_>| note(tx.db, &attempt).await)
            .await
    }
}

async fn find(db: Db<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    let sql = concat!("SELECT ", columns!(), " FROM webhooks WHERE id = $1");
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(webhook).transpose()
}

async fn insert(db: Db<'_>, new: &NewWebhook) -> Result<Option<Webhook>> {
    let sql = concat!(
        "INSERT INTO webhooks (url, events, widget_ids, active, secret, created_at)
         SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM webhooks) < $7 RETURNING ",
        columns!()
    );
    let row = db
        .optional(
            sql,
            &[
                &new.url.as_str(),
                &events_json(&new.events),
                &widgets_json(&new.widget_ids),
                &new.active,
                &new.secret.reveal(),
                &new.at.as_micros(),
                &(new.most as i64),
            ],
        )
        .await?;
    row.as_ref().map(webhook).transpose()
}

async fn change(db: Db<'_>, id: WebhookId, update: &UpdateWebhook) -> Result<Option<Webhook>> {
    let disabled = update.disabled.map(WebhookDisabled::as_str);
    // What a person switches on or off is no longer the server's doing.
    let active = update.disabled.map(|_| false).or(update.active);
    let sql = concat!(
        "UPDATE webhooks
         SET url = coalesce($2, url), events = coalesce($3, events), widget_ids = coalesce($4, widget_ids),
             secret = coalesce($5, secret), active = coalesce($6, active),
             disabled = CASE WHEN $6::boolean IS NULL THEN disabled ELSE $7::text END,
             failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END
         WHERE id = $1 RETURNING ",
        columns!()
    );
    let row = db
        .optional(
            sql,
            &[
                &id.0,
                &update.url.as_ref().map(WebhookUrl::as_str),
                &update.events.as_ref().map(events_json),
                &update.widget_ids.as_deref().map(widgets_json),
                &update.secret.as_ref().map(WebhookSecret::reveal),
                &active,
                &disabled,
            ],
        )
        .await?;
    row.as_ref().map(webhook).transpose()
}

async fn note(db: Db<'_>, attempt: &WebhookAttempt) -> Result<Option<Webhook>> {
    let Some(found) = find(db, attempt.webhook_id).await? else {
        return Ok(None);
    };
    let (attempts, status) = (i64::from(attempt.attempt), attempt.status.map(i64::from));
    match &attempt.delivery {
        TriedDelivery::Asked(id) => {
            db.execute(
                "UPDATE webhook_deliveries
                 SET state = $3, attempts = $4, status = $5, error = $6, duration_ms = $7, response = $8, attempted_at = $9
                 WHERE webhook_id = $1 AND id = $2",
                &[
                    &attempt.webhook_id.0,
                    &id.0,
                    &attempt.state.as_str(),
                    &attempts,
                    &status,
                    &attempt.error,
                    &attempt.duration_ms,
                    &attempt.response,
                    &attempt.at.as_micros(),
                ],
            )
            .await?;
            return Ok(Some(found));
        }
        TriedDelivery::OfEvent(content) => log(db, attempt, content).await?,
    }
    let row = match attempt.state {
        WebhookDeliveryState::Delivered => {
            let sql = concat!(
                "UPDATE webhooks SET failing_since = NULL WHERE id = $1 RETURNING ",
                columns!()
            );
            db.optional(sql, &[&attempt.webhook_id.0]).await?
        }
        _ => {
            let sql = concat!(
                "UPDATE webhooks
                 SET failing_since = coalesce(failing_since, $2),
                     disabled = CASE WHEN active AND coalesce(failing_since, $2) <= $3 THEN 'failing' ELSE disabled END,
                     active = active AND coalesce(failing_since, $2) > $3
                 WHERE id = $1 RETURNING ",
                columns!()
            );
            let (at, limit) = (attempt.at.as_micros(), attempt.failing_limit.as_micros());
            db.optional(sql, &[&attempt.webhook_id.0, &at, &limit])
                .await?
        }
    };
    row.as_ref().map(webhook).transpose()
}

/// Writes the delivery of an event down, which may be there from an earlier attempt.
async fn log(db: Db<'_>, attempt: &WebhookAttempt, content: &WebhookContent) -> Result<()> {
    db.execute(
        "INSERT INTO webhook_deliveries
             (webhook_id, event_id, event, body, state, attempts, status, error, duration_ms, response, created_at, attempted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         ON CONFLICT (webhook_id, event_id) WHERE replay_of IS NULL DO UPDATE
         SET state = excluded.state, attempts = excluded.attempts, status = excluded.status, error = excluded.error,
             duration_ms = excluded.duration_ms, response = excluded.response, attempted_at = excluded.attempted_at",
        &[
            &attempt.webhook_id.0,
            &content.event_id,
            &content.event,
            &content.body,
            &attempt.state.as_str(),
            &i64::from(attempt.attempt),
            &attempt.status.map(i64::from),
            &attempt.error,
            &attempt.duration_ms,
            &attempt.response,
            &attempt.at.as_micros(),
        ],
    )
    .await?;
    forget_old(db, attempt.webhook_id).await
}

async fn forget_old(db: Db<'_>, webhook_id: WebhookId) -> Result<()> {
    let sql = "DELETE FROM webhook_deliveries WHERE webhook_id = $1 AND id <= (
                   SELECT id FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2
               )";
    db.execute(sql, &[&webhook_id.0, &i64::from(MAX_DELIVERIES)])
        .await?;
    Ok(())
}

fn events_json(events: &WebhookEvents) -> String {
    serde_json::Value::from(events.names()).to_string()
}

fn widgets_json(ids: &[WidgetId]) -> String {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    serde_json::Value::from(ids).to_string()
}

fn webhook(row: &Row) -> Result<Webhook> {
    let events: Vec<String> =
        serde_json::from_str(row.try_get(2)?).map_err(|_| corrupt("webhooks", "events"))?;
    let widget_ids: Vec<i64> =
        serde_json::from_str(row.try_get(3)?).map_err(|_| corrupt("webhooks", "widget_ids"))?;
    let disabled: Option<&str> = row.try_get(8)?;
    let disabled = disabled
        .map(|name| WebhookDisabled::parse(name).map_err(|_| corrupt("webhooks", "disabled")));
    Ok(Webhook {
        id: WebhookId(row.try_get(0)?),
        url: WebhookUrl::parse(row.try_get(1)?).map_err(|_| corrupt("webhooks", "url"))?,
        events: WebhookEvents::parse(events.iter().map(String::as_str))
            .map_err(|_| corrupt("webhooks", "events"))?,
        widget_ids: widget_ids.into_iter().map(WidgetId).collect(),
        active: row.try_get(4)?,
        secret: WebhookSecret::stored(row.try_get(5)?),
        created_at: Timestamp::from_micros(row.try_get(6)?),
        failing_since: time(row, 7)?,
        disabled: disabled.transpose()?,
    })
}

fn delivery(row: &Row) -> Result<WebhookDelivery> {
    let status: Option<i64> = row.try_get(7)?;
    let status = status
        .map(|status| u16::try_from(status).map_err(|_| corrupt("webhook_deliveries", "status")));
    Ok(WebhookDelivery {
        id: WebhookDeliveryId(row.try_get(0)?),
        webhook_id: WebhookId(row.try_get(1)?),
        content: WebhookContent {
            event_id: row.try_get(2)?,
            event: row.try_get(3)?,
            body: row.try_get(4)?,
        },
        state: WebhookDeliveryState::parse(row.try_get(5)?)
            .ok_or_else(|| corrupt("webhook_deliveries", "state"))?,
        attempts: u32::try_from(row.try_get::<_, i64>(6)?)
            .map_err(|_| corrupt("webhook_deliveries", "attempts"))?,
        status: status.transpose()?,
        error: row.try_get(8)?,
        duration_ms: row.try_get(9)?,
        response: row.try_get(10)?,
        created_at: Timestamp::from_micros(row.try_get(11)?),
        attempted_at: time(row, 12)?,
        replay_of: row.try_get::<_, Option<i64>>(13)?.map(WebhookDeliveryId),
    })
}

fn time(row: &Row, index: usize) -> Result<Option<Timestamp>> {
    let micros: Option<i64> = row.try_get(index)?;
    Ok(micros.map(Timestamp::from_micros))
}
