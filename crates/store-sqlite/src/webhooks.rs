//! Webhooks in SQL, and the log of what they were told.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{
    Timestamp, Webhook, WebhookDeliveryId, WebhookDisabled, WebhookEvents, WebhookId,
    WebhookSecret, WebhookUrl, WidgetId,
};
use antiphon_store::{
    FollowUp, MAX_DELIVERIES, NewWebhook, NewWebhookDelivery, StoreError, TriedDelivery,
    UpdateWebhook, WEBHOOK_LANE, WebhookAttempt, WebhookContent, WebhookDelivery,
    WebhookDeliveryState, Webhooks,
};
use rusqlite::{Connection, OptionalExtension as _, Result, Row, named_params, params};

const COLUMNS: &str =
    "id, url, events, widget_ids, active, secret, created_at, failing_since, disabled";
const DELIVERY_COLUMNS: &str = "id, webhook_id, event_id, event, body, state, attempts, status, error, duration_ms, response, \
     created_at, attempted_at, replay_of";

#[async_trait::async_trait]
impl Webhooks for SqliteStore {
    async fn create_webhook(
        &self,
        new: NewWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write_then(follow_up, move |connection| insert(connection, &new))
            .await
    }

    async fn list_webhooks(&self) -> std::result::Result<Vec<Webhook>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM webhooks ORDER BY id"))?
                .query_map([], webhook)?
                .collect()
        })
        .await
    }

    async fn webhook(&self, id: WebhookId) -> std::result::Result<Option<Webhook>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn update_webhook(
        &self,
        id: WebhookId,
        update: UpdateWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write_then(follow_up, move |connection| change(connection, id, &update))
            .await
    }

    async fn delete_webhook(
        &self,
        id: WebhookId,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let n_deleted = connection
                .prepare_cached("DELETE FROM webhooks WHERE id = ?1")?
                .execute([id.0])?;
            Ok(n_deleted > 0)
        })
        .await
    }

    async fn crowded_webhooks(&self, most: u32) -> std::result::Result<Vec<WebhookId>, StoreError> {
        self.read(move |connection| {
            // Counts no further than it matters.
            connection
                .prepare_cached(
                    "SELECT w.id FROM webhooks w WHERE w.active AND EXISTS (
                         SELECT 1 FROM jobs j WHERE j.lane = ?1 || w.id AND j.died_at IS NULL ORDER BY j.id LIMIT 1 OFFSET ?2
                     ) ORDER BY w.id",
                )?
                .query_map(params![WEBHOOK_LANE, most], |row| row.get(0).map(WebhookId))?
                .collect()
        })
        .await
    }

    async fn begin_webhook_delivery(
        &self,
        new: NewWebhookDelivery,
        follow_up: FollowUp<Option<WebhookDelivery>>,
    ) -> std::result::Result<Option<WebhookDelivery>, StoreError> {
        self.write_then(follow_up, move |connection| {
            if find(connection, new.webhook_id)?.is_none() {
                return Ok(None);
            }
            let sql = format!(
                "INSERT INTO webhook_deliveries
                     (webhook_id, event_id, event, body, state, attempts, duration_ms, created_at, replay_of)
                 VALUES (?1, ?2, ?3, ?4, 'waiting', 0, 0, ?5, ?6) RETURNING {DELIVERY_COLUMNS}"
            );
            let begun = connection.prepare_cached(&sql)?.query_row(
                params![
                    new.webhook_id.0,
                    new.content.event_id,
                    new.content.event,
                    new.content.body,
                    new.at.as_micros(),
                    new.replay_of.map(|id| id.0),
                ],
                delivery,
            )?;
            forget_old(connection, new.webhook_id)?;
            Ok(Some(begun))
        })
        .await
    }

    async fn webhook_delivery(
        &self,
        webhook_id: WebhookId,
        id: WebhookDeliveryId,
    ) -> std::result::Result<Option<WebhookDelivery>, StoreError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {DELIVERY_COLUMNS} FROM webhook_deliveries WHERE webhook_id = ?1 AND id = ?2"
            );
            connection
                .prepare_cached(&sql)?
                .query_row([webhook_id.0, id.0], delivery)
                .optional()
        })
        .await
    }

    async fn webhook_deliveries(
        &self,
        webhook_id: WebhookId,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> std::result::Result<Vec<WebhookDelivery>, StoreError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {DELIVERY_COLUMNS} FROM webhook_deliveries WHERE webhook_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
            );
            let before = before.map_or(i64::MAX, |id| id.0);
            connection
                .prepare_cached(&sql)?
                .query_map(params![webhook_id.0, before, limit.min(MAX_DELIVERIES)], delivery)?
                .collect()
        })
        .await
    }

    async fn note_webhook_attempt(
        &self,
        attempt: WebhookAttempt,
    ) -> std::result::Result<Option<Webhook>, StoreError> {
        self.write(move |connection| note(connection, &attempt))
            .await
    }
}

fn find(connection: &Connection, id: WebhookId) -> Result<Option<Webhook>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM webhooks WHERE id = ?1"))?
        .query_row([id.0], webhook)
        .optional()
}

fn insert(connection: &Connection, new: &NewWebhook) -> Result<Option<Webhook>> {
    let sql = format!(
        "INSERT INTO webhooks (url, events, widget_ids, active, secret, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE (SELECT count(*) FROM webhooks) < ?7
         RETURNING {COLUMNS}"
    );
    connection
        .prepare_cached(&sql)?
        .query_row(
            params![
                new.url.as_str(),
                events_json(&new.events),
                widgets_json(&new.widget_ids),
                new.active,
                new.secret.reveal(),
                new.at.as_micros(),
                new.most as i64,
            ],
            webhook,
        )
        .optional()
}

fn change(
    connection: &Connection,
    id: WebhookId,
    update: &UpdateWebhook,
) -> Result<Option<Webhook>> {
    let disabled = update.disabled.map(WebhookDisabled::as_str);
    // What a person switches on or off is no longer the server's doing.
    let active = update.disabled.map(|_| false).or(update.active);
    let sql = format!(
        "UPDATE webhooks
         SET url = coalesce(:url, url), events = coalesce(:events, events), widget_ids = coalesce(:widget_ids, widget_ids),
             secret = coalesce(:secret, secret), active = coalesce(:active, active),
             disabled = CASE WHEN :active IS NULL THEN disabled ELSE :disabled END,
             failing_since = CASE WHEN :active = 1 THEN NULL ELSE failing_since END
         WHERE id = :id
         RETURNING {COLUMNS}"
    );
    connection
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":id": id.0,
                ":url": update.url.as_ref().map(WebhookUrl::as_str),
                ":events": update.events.as_ref().map(events_json),
                ":widget_ids": update.widget_ids.as_deref().map(widgets_json),
                ":secret": update.secret.as_ref().map(WebhookSecret::reveal),
                ":active": active,
                ":disabled": disabled,
            },
            webhook,
        )
        .optional()
}

fn note(connection: &Connection, attempt: &WebhookAttempt) -> Result<Option<Webhook>> {
    let Some(found) = find(connection, attempt.webhook_id)? else {
        return Ok(None);
    };
    match &attempt.delivery {
        TriedDelivery::Asked(id) => {
            connection
                .prepare_cached(
                    "UPDATE webhook_deliveries
                     SET state = ?3, attempts = ?4, status = ?5, error = ?6, duration_ms = ?7, response = ?8, attempted_at = ?9
                     WHERE webhook_id = ?1 AND id = ?2",
                )?
                .execute(params![
                    attempt.webhook_id.0,
                    id.0,
                    attempt.state.as_str(),
                    attempt.attempt,
                    attempt.status,
                    attempt.error,
                    attempt.duration_ms,
                    attempt.response,
                    attempt.at.as_micros(),
                ])?;
            return Ok(Some(found));
        }
        TriedDelivery::OfEvent(content) => log(connection, attempt, content)?,
    }
    let (id, at) = (attempt.webhook_id.0, attempt.at.as_micros());
    if attempt.state == WebhookDeliveryState::Delivered {
        let sql =
            format!("UPDATE webhooks SET failing_since = NULL WHERE id = ?1 RETURNING {COLUMNS}");
        let mut statement = connection.prepare_cached(&sql)?;
        return statement.query_row([id], webhook).optional();
    }
    let sql = format!(
        "UPDATE webhooks
         SET failing_since = coalesce(failing_since, ?2),
             disabled = CASE WHEN active AND coalesce(failing_since, ?2) <= ?3 THEN 'failing' ELSE disabled END,
             active = active AND coalesce(failing_since, ?2) > ?3
         WHERE id = ?1 RETURNING {COLUMNS}"
    );
    connection
        .prepare_cached(&sql)?
        .query_row([id, at, attempt.failing_limit.as_micros()], webhook)
        .optional()
}

/// Writes the delivery of an event down, which may be there from an earlier attempt.
fn log(connection: &Connection, attempt: &WebhookAttempt, content: &WebhookContent) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO webhook_deliveries
                 (webhook_id, event_id, event, body, state, attempts, status, error, duration_ms, response, created_at, attempted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)
             ON CONFLICT (webhook_id, event_id) WHERE replay_of IS NULL DO UPDATE
             SET state = excluded.state, attempts = excluded.attempts, status = excluded.status, error = excluded.error,
                 duration_ms = excluded.duration_ms, response = excluded.response, attempted_at = excluded.attempted_at",
        )?
        .execute(params![
            attempt.webhook_id.0,
            content.event_id,
            content.event,
            content.body,
            attempt.state.as_str(),
            attempt.attempt,
            attempt.status,
            attempt.error,
            attempt.duration_ms,
            attempt.response,
            attempt.at.as_micros(),
        ])?;
    forget_old(connection, attempt.webhook_id)
}

fn forget_old(connection: &Connection, webhook_id: WebhookId) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND id <= (
                 SELECT id FROM webhook_deliveries WHERE webhook_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
             )",
        )?
        .execute(params![webhook_id.0, MAX_DELIVERIES])?;
    Ok(())
}

fn events_json(events: &WebhookEvents) -> String {
    serde_json::Value::from(events.names()).to_string()
}

fn widgets_json(ids: &[WidgetId]) -> String {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    serde_json::Value::from(ids).to_string()
}

fn webhook(row: &Row<'_>) -> Result<Webhook> {
    let events: Vec<String> = serde_json::from_str(row.get_ref(2)?.as_str()?)
        .map_err(|_| corrupt("webhooks", "events"))?;
    let widget_ids: Vec<i64> = serde_json::from_str(row.get_ref(3)?.as_str()?)
        .map_err(|_| corrupt("webhooks", "widget_ids"))?;
    let disabled: Option<String> = row.get(8)?;
    let disabled = disabled
        .map(|name| WebhookDisabled::parse(&name).map_err(|_| corrupt("webhooks", "disabled")));
    Ok(Webhook {
        id: WebhookId(row.get(0)?),
        url: WebhookUrl::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| corrupt("webhooks", "url"))?,
        events: WebhookEvents::parse(events.iter().map(String::as_str))
            .map_err(|_| corrupt("webhooks", "events"))?,
        widget_ids: widget_ids.into_iter().map(WidgetId).collect(),
        active: row.get(4)?,
        secret: WebhookSecret::stored(row.get(5)?),
        created_at: Timestamp::from_micros(row.get(6)?),
        failing_since: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_micros),
        disabled: disabled.transpose()?,
    })
}

fn delivery(row: &Row<'_>) -> Result<WebhookDelivery> {
    Ok(WebhookDelivery {
        id: WebhookDeliveryId(row.get(0)?),
        webhook_id: WebhookId(row.get(1)?),
        content: WebhookContent {
            event_id: row.get(2)?,
            event: row.get(3)?,
            body: row.get(4)?,
        },
        state: WebhookDeliveryState::parse(row.get_ref(5)?.as_str()?)
            .ok_or_else(|| corrupt("webhook_deliveries", "state"))?,
        attempts: row.get(6)?,
        status: row.get(7)?,
        error: row.get(8)?,
        duration_ms: row.get(9)?,
        response: row.get(10)?,
        created_at: Timestamp::from_micros(row.get(11)?),
        attempted_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_micros),
        replay_of: row.get::<_, Option<i64>>(13)?.map(WebhookDeliveryId),
    })
}
