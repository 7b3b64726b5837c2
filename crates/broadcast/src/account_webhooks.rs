//! The account's webhooks: a job for each that wants an event, in the transaction of what happened.
//!
//! Which webhooks there are is kept here, so that a write asks no database about it; whoever changes one, and everybody now and
//! then, reads them anew ([`AccountWebhooks::replace`]). What is told is the JSON that answers and broadcasts have, too.

use crate::{AnySocketId, Broadcaster};
use antiphon_domain::{DomainEvent, Timestamp, Webhook, WebhookEvent, WebhookId};
use antiphon_jobs::NewJob;
use antiphon_protocol::account_webhook::event_id;
use antiphon_store::{MAX_PAYLOAD, WEBHOOK_LANE};
use antiphon_wire::{FileLinks, InboxRowJson, MessageJson, rfc3339};
use parking_lot::RwLock;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use std::sync::Arc;

/// The kind of the jobs.
pub const WEBHOOK_JOBS: &str = "webhook";
/// Their queue.
pub const WEBHOOK_QUEUE: &str = "webhooks";
/// How often an event is tried.
pub const WEBHOOK_ATTEMPTS: u32 = 8;
/// A worker that dies takes an attempt with it; the handler ends by its own count before this.
const SPARE_ATTEMPTS: u32 = 4;
/// The version of the JSON, which is that of the API.
const API_VERSION: &str = "v1";

/// The webhooks of the account, as they are known in this process.
pub struct AccountWebhooks {
    active: RwLock<Arc<[Webhook]>>,
    links: FileLinks,
}

/// What a job carries. The body is sent as it stands here.
#[derive(Serialize)]
struct Payload<'a> {
    webhook_id: i64,
    event_id: &'a str,
    event: &'static str,
    body: &'a RawValue,
}

impl AccountWebhooks {
    /// None are known yet.
    pub fn new(links: FileLinks) -> Self {
        Self {
            active: RwLock::default(),
            links,
        }
    }

    /// From now on there are these.
    pub fn replace(&self, webhooks: Vec<Webhook>) {
        let active = webhooks.into_iter().filter(|webhook| webhook.active);
        *self.active.write() = active.collect();
    }

    fn told(&self, event: &DomainEvent, at: Timestamp, webhooks: &[Webhook]) -> Vec<NewJob> {
        let Some(update) = event.update() else {
            return Vec::new();
        };
        let conversation = &update.conversation;
        let mut jobs = Vec::new();
        for told in events(event) {
            let mut wanting = webhooks
                .iter()
                .filter(|webhook| webhook.wants(told, conversation.widget_id))
                .peekable();
            if wanting.peek().is_none() {
                continue;
            }
            let revision = conversation.revision.to_string();
            let id = event_id(&[told.as_str(), &revision, &at.as_micros().to_string()]);
            let row = json!(InboxRowJson::new(update, &self.links));
            let data = match message(event, &self.links) {
                Some(message) => json!({ "message": message, "conversation": row }),
                None => json!({ "conversation": row }),
            };
            let small = || json!({ "conversation_id": conversation.id.0, "reference": true });
            let body = body(&id, told.as_str(), at, &data);
            for webhook in wanting {
                let payload = payload(webhook.id, &id, told, &body);
                // What is larger than a job may be is fetched.
                let payload = match payload.len() > MAX_PAYLOAD {
                    true => {
                        let body = self::body(&id, told.as_str(), at, &small());
                        self::payload(webhook.id, &id, told, &body)
                    }
                    false => payload,
                };
                jobs.push(job(webhook.id, payload, at));
            }
        }
        jobs
    }
}

impl Broadcaster for AccountWebhooks {
    fn broadcast(&self, _: &DomainEvent, _: Option<AnySocketId>) {}

    fn makes_jobs(&self) -> bool {
        !self.active.read().is_empty()
    }

    fn jobs(&self, event: &DomainEvent, _: Option<AnySocketId>, at: Timestamp) -> Vec<NewJob> {
        let webhooks = Arc::clone(&self.active.read());
        self.told(event, at, &webhooks)
    }
}

impl std::fmt::Debug for AccountWebhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountWebhooks").finish_non_exhaustive()
    }
}

/// The JSON that is sent, of any event.
pub fn webhook_body(id: &str, event: &str, at: Timestamp, data: &Value) -> String {
    body(id, event, at, data).get().to_owned()
}

fn body(id: &str, event: &str, at: Timestamp, data: &Value) -> Box<RawValue> {
    let body = json!({
        "id": id,
        "event": event,
        "created_at": rfc3339(at),
        "api_version": API_VERSION,
        "data": data,
    });
    to_raw_value(&body).expect("a JSON value always serializes")
}

fn payload(webhook_id: WebhookId, id: &str, event: WebhookEvent, body: &RawValue) -> String {
    let payload = Payload {
        webhook_id: webhook_id.0,
        event_id: id,
        event: event.as_str(),
        body,
    };
    serde_json::to_string(&payload).expect("text, a number and JSON always serialize")
}

fn job(webhook_id: WebhookId, payload: String, at: Timestamp) -> NewJob {
    NewJob {
        queue: WEBHOOK_QUEUE.to_owned(),
        max_attempts: WEBHOOK_ATTEMPTS + SPARE_ATTEMPTS,
        lane: Some(format!("{WEBHOOK_LANE}{webhook_id}")),
        ..NewJob::new(WEBHOOK_JOBS, payload, at)
    }
}

/// What a webhook is told of something that happened.
fn events(event: &DomainEvent) -> Vec<WebhookEvent> {
    match event {
        DomainEvent::MessagePosted { message, .. } if message.seq == 1 => {
            vec![
                WebhookEvent::ConversationCreated,
                WebhookEvent::MessageCreated,
            ]
        }
        DomainEvent::MessagePosted { .. } => vec![WebhookEvent::MessageCreated],
        DomainEvent::MessageUpdated { message, .. } if message.deleted_at.is_some() => {
            vec![WebhookEvent::MessageDeleted]
        }
        DomainEvent::MessageUpdated { .. } => vec![WebhookEvent::MessageUpdated],
        DomainEvent::ConversationClosed(_) | DomainEvent::ConversationReopened(_) => {
            vec![WebhookEvent::ConversationStatusChanged]
        }
        DomainEvent::ConversationAssigned(_) => vec![WebhookEvent::ConversationAssigned],
        DomainEvent::ConversationRated(_) => vec![WebhookEvent::ConversationRated],
        DomainEvent::VisitorUpdated(_) => vec![WebhookEvent::VisitorUpdated],
        DomainEvent::ConversationTriaged(_) => vec![WebhookEvent::ConversationUpdated],
        // Marks, notes, visits and settings are for the team's own screens.
        _ => Vec::new(),
    }
}

fn message<'a>(event: &'a DomainEvent, links: &FileLinks) -> Option<MessageJson<'a>> {
    match event {
        DomainEvent::MessagePosted { message, .. }
        | DomainEvent::MessageUpdated { message, .. } => Some(MessageJson::new(message, links)),
        _ => None,
    }
}
