//! Webhooks of the account, and the log of what they were told.

use crate::{FollowUp, StoreError};
use antiphon_domain::{
    Timestamp, Webhook, WebhookDeliveryId, WebhookDisabled, WebhookEvents, WebhookId,
    WebhookSecret, WebhookUrl, WidgetId,
};

/// How many deliveries of a webhook are kept; writing one forgets what is older.
pub const MAX_DELIVERIES: u32 = 200;
/// Every job that tells a webhook something is in its lane, which is named by this and the id.
pub const WEBHOOK_LANE: &str = "webhook:";

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where it is told.
    pub url: WebhookUrl,
    /// What it is told.
    pub events: WebhookEvents,
    /// Of which widgets' conversations; none named is all.
    pub widget_ids: Vec<WidgetId>,
    /// Whether it is told anything yet.
    pub active: bool,
    /// Requests are signed with it.
    pub secret: WebhookSecret,
    /// The most that there may be with it.
    pub most: usize,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a webhook; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateWebhook {
    /// Where it is told.
    pub url: Option<WebhookUrl>,
    /// What it is told.
    pub events: Option<WebhookEvents>,
    /// Of which widgets' conversations; none named is all.
    pub widget_ids: Option<Vec<WidgetId>>,
    /// Whether it is told anything. Switched on, it is as if it had never failed.
    pub active: Option<bool>,
    /// Requests are signed with it.
    pub secret: Option<WebhookSecret>,
    /// Why the server switches it off.
    pub disabled: Option<WebhookDisabled>,
}

/// What became of a delivery so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookDeliveryState {
    /// It is about to be made.
    Waiting,
    /// It failed and is tried again.
    Retrying,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
}

impl WebhookDeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Retrying, Self::Delivered, Self::Failed];

    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Retrying => "retrying",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What a webhook is told: the same however often it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookContent {
    /// The event's id; of a webhook there is one delivery of each, besides replays.
    pub event_id: String,
    /// The event's name.
    pub event: String,
    /// The JSON that is sent.
    pub body: String,
}

/// A delivery, as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookDelivery {
    /// Its id; later ones are larger.
    pub id: WebhookDeliveryId,
    /// Whom it is for.
    pub webhook_id: WebhookId,
    /// What is told.
    pub content: WebhookContent,
    /// What became of it.
    pub state: WebhookDeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// The status of the last answer, if there was one.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How long the last attempt took.
    pub duration_ms: i64,
    /// How the last answer began.
    pub response: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was tried last.
    pub attempted_at: Option<Timestamp>,
    /// The delivery that it repeats.
    pub replay_of: Option<WebhookDeliveryId>,
}

/// A delivery that a person asks for: a test, or a replay.
#[derive(Debug, Clone)]
pub struct NewWebhookDelivery {
    /// Whom it is for.
    pub webhook_id: WebhookId,
    /// What is told.
    pub content: WebhookContent,
    /// The delivery that it repeats.
    pub replay_of: Option<WebhookDeliveryId>,
    /// Now.
    pub at: Timestamp,
}

/// Which delivery was tried.
#[derive(Debug, Clone)]
pub enum TriedDelivery {
    /// The one of this event, which the log may not have yet, or not any more.
    OfEvent(WebhookContent),
    /// The one that a person asked for.
    Asked(WebhookDeliveryId),
}

/// How an attempt went.
#[derive(Debug, Clone)]
pub struct WebhookAttempt {
    /// Whose.
    pub webhook_id: WebhookId,
    /// Of what.
    pub delivery: TriedDelivery,
    /// What becomes of it: retried, delivered or failed.
    pub state: WebhookDeliveryState,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
    /// How the answer began.
    pub response: Option<String>,
    /// Now.
    pub at: Timestamp,
    /// The webhook is switched off if this attempt failed, too, and it has been failing since this or longer.
    pub failing_limit: Timestamp,
}

/// Use cases on webhooks.
#[async_trait::async_trait]
pub trait Webhooks: Send + Sync {
    /// Makes a webhook. `None`: there are as many as may be.
    async fn create_webhook(
        &self,
        new: NewWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> Result<Option<Webhook>, StoreError>;
    /// Every webhook, oldest first.
    async fn list_webhooks(&self) -> Result<Vec<Webhook>, StoreError>;
    /// The webhook with this id.
    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Changes a webhook, and answers it as it is then; none has this id.
    async fn update_webhook(
        &self,
        id: WebhookId,
        update: UpdateWebhook,
        follow_up: FollowUp<Option<Webhook>>,
    ) -> Result<Option<Webhook>, StoreError>;
    /// Forgets a webhook and its deliveries; answers whether there was one.
    async fn delete_webhook(
        &self,
        id: WebhookId,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// The active webhooks in whose lanes more jobs than this wait.
    async fn crowded_webhooks(&self, most: u32) -> Result<Vec<WebhookId>, StoreError>;
    /// Puts a delivery that a person asked for into the log, as one that waits. `None`: there is no such webhook.
    async fn begin_webhook_delivery(
        &self,
        new: NewWebhookDelivery,
        follow_up: FollowUp<Option<WebhookDelivery>>,
    ) -> Result<Option<WebhookDelivery>, StoreError>;
    /// A delivery of this webhook.
    async fn webhook_delivery(
        &self,
        webhook_id: WebhookId,
        id: WebhookDeliveryId,
    ) -> Result<Option<WebhookDelivery>, StoreError>;
    /// Deliveries of a webhook with smaller ids than `before`, newest first, at most [`MAX_DELIVERIES`].
    async fn webhook_deliveries(
        &self,
        webhook_id: WebhookId,
        before: Option<WebhookDeliveryId>,
        limit: u32,
    ) -> Result<Vec<WebhookDelivery>, StoreError>;
    /// Notes an attempt in the log, and with the webhook since when it has been failing: a success ends that, and a failure after
    /// `failing_limit` switches an active one off. What a person asked for is noted in the log alone. Answers the webhook as it is
    /// then; without one nothing is noted.
    async fn note_webhook_attempt(
        &self,
        attempt: WebhookAttempt,
    ) -> Result<Option<Webhook>, StoreError>;
}
