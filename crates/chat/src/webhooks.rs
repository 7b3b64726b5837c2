//! Webhooks of the account: other programs that are told what happens. Administrators only.
//!
//! What happens becomes jobs by [`antiphon_broadcast::AccountWebhooks`], which knows the webhooks; it is told here whenever they
//! change. How a delivery goes on after an attempt is decided in `webhooks/deliver`.

mod deliver;

pub use deliver::{DueDelivery, WebhookAnswer, WebhookJobError};

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_broadcast::{WEBHOOK_JOBS, WEBHOOK_QUEUE, webhook_body, webhook_event_id};
use antiphon_domain::webhook::{MAX_WEBHOOKS, MAX_WIDGETS};
use antiphon_domain::{
    Permission, Webhook, WebhookDeliveryId, WebhookDisabled, WebhookEvents, WebhookId,
    WebhookSecret, WebhookUrl, WidgetId,
};
use antiphon_store::{
    FollowUp, MAX_DELIVERIES, NewJob, NewWebhook, NewWebhookDelivery, Subject, UpdateWebhook,
    WebhookContent, WebhookDelivery, nothing,
};
use serde_json::json;

/// The event of a test.
const TEST_EVENT: &str = "webhook.test";
/// The most jobs that may wait for a webhook: some hours of a busy desk. Then it is switched off.
const MAX_WAITING: u32 = 10_000;

/// A webhook as an administrator wants it.
#[derive(Debug)]
pub struct NewWebhookRequest {
    /// Where it is told.
    pub url: WebhookUrl,
    /// What it is told.
    pub events: WebhookEvents,
    /// Of which widgets' conversations; none named is all.
    pub widget_ids: Vec<WidgetId>,
    /// Whether it is told anything yet.
    pub active: bool,
}

/// What is to be another about a webhook; what is absent stays.
#[derive(Debug, Default)]
pub struct ChangeWebhook {
    /// Where it is told.
    pub url: Option<WebhookUrl>,
    /// What it is told.
    pub events: Option<WebhookEvents>,
    /// Of which widgets' conversations; none named is all.
    pub widget_ids: Option<Vec<WidgetId>>,
    /// Whether it is told anything.
    pub active: Option<bool>,
}

/// A page of a webhook's log.
#[derive(Debug)]
pub struct WebhookLog {
    /// Newest first.
    pub deliveries: Vec<WebhookDelivery>,
    /// Whether there are older ones.
    pub has_more: bool,
}

impl Chat {
    /// Every webhook, oldest first.
    pub async fn webhooks(&self, principal: &Principal) -> Result<Vec<Webhook>, ChatError> {
        require(principal, Permission::Administer)?;
        Ok(self.ports.store.list_webhooks().await?)
    }

    /// Makes a webhook, with a secret of its own.
    pub async fn create_webhook(
        &self,
        principal: &Principal,
        request: NewWebhookRequest,
    ) -> Result<Webhook, ChatError> {
        require(principal, Permission::Administer)?;
        self.check_widgets(&request.widget_ids).await?;
        let new = NewWebhook {
            url: request.url,
            events: request.events,
            widget_ids: request.widget_ids,
            active: request.active,
            secret: self.new_webhook_secret()?,
            most: MAX_WEBHOOKS,
            at: self.ports.clock.now(),
        };
        let entry = self.audit(principal, "webhook.created", Subject::new("webhook"));
        let audit = FollowUp::audit(move |made: &Option<Webhook>| {
            let made = made.as_ref()?;
            Some(entry.about(made.id.0).with(details(made)))
        });
        let made = self.ports.store.create_webhook(new, audit).await?;
        let made = made.ok_or_else(|| {
            FieldErrors::one(
                "url",
                format!("cannot be added: there are {MAX_WEBHOOKS} webhooks already"),
            )
        })?;
        self.read_webhooks().await?;
        Ok(made)
    }

    /// Changes a webhook. Switched on, it is as if it had never failed.
    pub async fn change_webhook(
        &self,
        principal: &Principal,
        id: WebhookId,
        change: ChangeWebhook,
    ) -> Result<Webhook, ChatError> {
        require(principal, Permission::Administer)?;
        if let Some(widget_ids) = &change.widget_ids {
            self.check_widgets(widget_ids).await?;
        }
        let update = UpdateWebhook {
            url: change.url,
            events: change.events,
            widget_ids: change.widget_ids,
            active: change.active,
            ..UpdateWebhook::default()
        };
        self.update_webhook(principal, id, update, "webhook.changed")
            .await
    }

    /// Gives a webhook another secret. What is on its way is signed with the new one from the next attempt on.
    pub async fn rotate_webhook_secret(
        &self,
        principal: &Principal,
        id: WebhookId,
    ) -> Result<Webhook, ChatError> {
        require(principal, Permission::Administer)?;
        let update = UpdateWebhook {
            secret: Some(self.new_webhook_secret()?),
            ..UpdateWebhook::default()
        };
        self.update_webhook(principal, id, update, "webhook.secret_rotated")
            .await
    }

    async fn update_webhook(
        &self,
        principal: &Principal,
        id: WebhookId,
        update: UpdateWebhook,
        action: &'static str,
    ) -> Result<Webhook, ChatError> {
        let entry = self.audit(principal, action, Subject::of("webhook", id.0));
        let audit = FollowUp::audit(move |changed: &Option<Webhook>| {
            Some(entry.with(details(changed.as_ref()?)))
        });
        let changed = self.ports.store.update_webhook(id, update, audit).await?;
        let changed = changed.ok_or(ChatError::NotFound("webhook"))?;
        self.read_webhooks().await?;
        Ok(changed)
    }

    /// Forgets a webhook and its log. What waits for it is not sent.
    pub async fn delete_webhook(
        &self,
        principal: &Principal,
        id: WebhookId,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self.audit(principal, "webhook.deleted", Subject::of("webhook", id.0));
        let audit = FollowUp::audit(move |deleted: &bool| deleted.then_some(entry));
        if !self.ports.store.delete_webhook(id, audit).await? {
            return Err(ChatError::NotFound("webhook"));
        }
        self.read_webhooks().await
    }

    /// The log of a webhook, newest first, at most `limit` (≤ 199) deliveries.
    pub async fn webhook_log(
        &self,
        principal: &Principal,
        id: WebhookId,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> Result<WebhookLog, ChatError> {
        require(principal, Permission::Administer)?;
        let store = &self.ports.store;
        if store.webhook(id).await?.is_none() {
            return Err(ChatError::NotFound("webhook"));
        }
        // One more than asked for tells whether there is another page.
        let limit = limit.clamp(1, MAX_DELIVERIES - 1);
        let mut deliveries = store.webhook_deliveries(id, before, limit + 1).await?;
        let has_more = deliveries.len() > limit as usize;
        deliveries.truncate(limit as usize);
        Ok(WebhookLog {
            deliveries,
            has_more,
        })
    }

    /// Tells a webhook something that did not happen, once, whether it is active or not.
    pub async fn test_webhook(
        &self,
        principal: &Principal,
        id: WebhookId,
    ) -> Result<WebhookDelivery, ChatError> {
        require(principal, Permission::Administer)?;
        let at = self.ports.clock.now();
        let random = u64::from_ne_bytes(self.ports.random.bytes()?).to_string();
        let event_id = webhook_event_id(&[TEST_EVENT, &random]);
        let data = json!({ "webhook_id": id.0 });
        let content = WebhookContent {
            body: webhook_body(&event_id, TEST_EVENT, at, &data),
            event_id,
            event: TEST_EVENT.to_owned(),
        };
        self.begin_delivery(id, content, None).await
    }

    /// Tells a webhook something once more, once: the same event with the same id.
    pub async fn replay_webhook_delivery(
        &self,
        principal: &Principal,
        id: WebhookId,
        delivery_id: WebhookDeliveryId,
    ) -> Result<WebhookDelivery, ChatError> {
        require(principal, Permission::Administer)?;
        let store = &self.ports.store;
        let found = store.webhook_delivery(id, delivery_id).await?;
        let found = found.ok_or(ChatError::NotFound("delivery"))?;
        self.begin_delivery(id, found.content, Some(delivery_id))
            .await
    }

    async fn begin_delivery(
        &self,
        webhook_id: WebhookId,
        content: WebhookContent,
        replay_of: Option<WebhookDeliveryId>,
    ) -> Result<WebhookDelivery, ChatError> {
        let at = self.ports.clock.now();
        let new = NewWebhookDelivery {
            webhook_id,
            content,
            replay_of,
            at,
        };
        // In no lane: somebody waits for it, and what fails is in its lane.
        let job = FollowUp::jobs(move |begun: &Option<WebhookDelivery>| {
            let payload = |delivery: &WebhookDelivery| {
                json!({ "webhook_id": webhook_id.0, "delivery_id": delivery.id.0 }).to_string()
            };
            let job = |delivery| NewJob {
                queue: WEBHOOK_QUEUE.to_owned(),
                ..NewJob::new(WEBHOOK_JOBS, payload(delivery), at)
            };
            begun.iter().map(job).collect()
        });
        let begun = self.ports.store.begin_webhook_delivery(new, job).await?;
        begun.ok_or(ChatError::NotFound("webhook"))
    }

    /// Reads which webhooks there are, for what happens from now on. Every process does so now and then; the one that changes them, at once.
    pub async fn read_webhooks(&self) -> Result<(), ChatError> {
        let webhooks = self.ports.store.list_webhooks().await?;
        self.ports.webhooks.replace(webhooks);
        Ok(())
    }

    /// Switches webhooks off for which too much waits. Answers them.
    pub async fn disable_crowded_webhooks(&self) -> Result<Vec<Webhook>, ChatError> {
        let store = &self.ports.store;
        let mut disabled = Vec::new();
        for id in store.crowded_webhooks(MAX_WAITING).await? {
            let update = UpdateWebhook {
                disabled: Some(WebhookDisabled::Crowded),
                ..UpdateWebhook::default()
            };
            disabled.extend(store.update_webhook(id, update, nothing()).await?);
        }
        if !disabled.is_empty() {
            self.read_webhooks().await?;
        }
        Ok(disabled)
    }

    fn new_webhook_secret(&self) -> Result<WebhookSecret, ChatError> {
        Ok(WebhookSecret::from_random(&self.ports.random.bytes()?))
    }

    async fn check_widgets(&self, ids: &[WidgetId]) -> Result<(), ChatError> {
        if ids.len() > MAX_WIDGETS {
            let reason = format!("must not be more than {MAX_WIDGETS}");
            return Err(FieldErrors::one("widget_ids", reason).into());
        }
        for id in ids {
            if self.ports.store.widget(*id).await?.is_none() {
                return Err(FieldErrors::one("widget_ids", "must be widgets' ids").into());
            }
        }
        Ok(())
    }
}

/// What the audit log is told: not the whole address, where tokens are put.
fn details(webhook: &Webhook) -> serde_json::Value {
    json!({ "url": webhook.url.origin(), "events": webhook.events.names(), "active": webhook.active })
}
