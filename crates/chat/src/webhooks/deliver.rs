//! A delivery from its job to the log: what is to be told, and how it goes on after an attempt.

use crate::{Chat, ChatError};
use antiphon_broadcast::WEBHOOK_ATTEMPTS;
use antiphon_domain::{Webhook, WebhookDeliveryId, WebhookId};
use antiphon_store::{TriedDelivery, WebhookAttempt, WebhookContent, WebhookDeliveryState};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;

/// The pauses between attempts, in seconds: at once for a restart, then ever longer, 23 hours in all.
const PAUSES_S: [u64; WEBHOOK_ATTEMPTS as usize - 1] = [1, 15, 120, 900, 3_600, 21_600, 57_600];
/// For how long a webhook may take nothing before it is switched off, in seconds: three days, a weekend and a morning to notice.
const FAILING_SECONDS: i64 = 3 * 86_400;

/// Something to be told now.
#[derive(Debug)]
pub struct DueDelivery {
    /// Whom.
    pub webhook: Webhook,
    /// What.
    pub content: WebhookContent,
    tried: TriedDelivery,
}

/// How an attempt went.
#[derive(Debug)]
pub struct WebhookAnswer {
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    /// How the answer began.
    pub response: Option<String>,
    /// How long it took.
    pub duration: Duration,
}

/// Why a job cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum WebhookJobError {
    /// The payload is not of this program's making: it never can.
    #[error("the payload cannot be read: {0}")]
    Payload(serde_json::Error),
    /// The store failed; it may work later.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

/// Of an event, or of a delivery that a person asked for.
#[derive(Deserialize)]
struct Payload {
    webhook_id: i64,
    delivery_id: Option<i64>,
    #[serde(default)]
    event_id: String,
    #[serde(default)]
    event: String,
    body: Option<Box<RawValue>>,
}

impl Chat {
    /// What the job is to tell. `None`: there is no such webhook any more, or it is switched off.
    pub async fn due_webhook_delivery(
        &self,
        payload: &str,
    ) -> Result<Option<DueDelivery>, WebhookJobError> {
        let payload: Payload = serde_json::from_str(payload).map_err(WebhookJobError::Payload)?;
        let store = &self.ports.store;
        let webhook_id = WebhookId(payload.webhook_id);
        let webhook = store.webhook(webhook_id).await.map_err(ChatError::from)?;
        let Some(webhook) = webhook else {
            return Ok(None);
        };
        if let Some(id) = payload.delivery_id.map(WebhookDeliveryId) {
            let found = store.webhook_delivery(webhook_id, id).await;
            let found = found.map_err(ChatError::from)?;
            return Ok(found.map(|delivery| DueDelivery {
                webhook,
                content: delivery.content,
                tried: TriedDelivery::Asked(id),
            }));
        }
        if !webhook.active {
            return Ok(None);
        }
        let content = WebhookContent {
            event_id: payload.event_id,
            event: payload.event,
            body: payload
                .body
                .map(|body| body.get().to_owned())
                .unwrap_or_default(),
        };
        Ok(Some(DueDelivery {
            webhook,
            tried: TriedDelivery::OfEvent(content.clone()),
            content,
        }))
    }

    /// Notes how an attempt went, the first being 1. Answers the pause before the next, if there is to be one.
    pub async fn webhook_attempted(
        &self,
        due: DueDelivery,
        attempt: u32,
        answer: WebhookAnswer,
    ) -> Result<Option<Duration>, ChatError> {
        let taken = matches!(answer.status, Some(200..=299));
        // A person looks at what became of what it asked for, and can ask again.
        let pause = match due.tried {
            TriedDelivery::OfEvent(_) => PAUSES_S.get(attempt.saturating_sub(1) as usize),
            TriedDelivery::Asked(_) => None,
        };
        let (state, pause) = match (taken, pause) {
            (true, _) => (WebhookDeliveryState::Delivered, None),
            (false, Some(pause)) => (
                WebhookDeliveryState::Retrying,
                Some(Duration::from_secs(*pause)),
            ),
            (false, None) => (WebhookDeliveryState::Failed, None),
        };
        let at = self.ports.clock.now();
        let noted = WebhookAttempt {
            webhook_id: due.webhook.id,
            delivery: due.tried,
            state,
            attempt,
            status: answer.status,
            error: answer.error,
            duration_ms: i64::try_from(answer.duration.as_millis()).unwrap_or(i64::MAX),
            response: answer.response,
            at,
            failing_limit: at.plus_seconds(-FAILING_SECONDS),
        };
        let webhook = self.ports.store.note_webhook_attempt(noted).await?;
        let is_active = webhook.as_ref().is_some_and(|webhook| webhook.active);
        if due.webhook.active && !is_active {
            self.read_webhooks().await?;
            if let Some(webhook) = webhook.filter(|webhook| webhook.disabled.is_some()) {
                tracing::warn!(
                    webhook.id = webhook.id.0,
                    target = webhook.url.origin(),
                    "a webhook took nothing for three days and is switched off"
                );
            }
        }
        Ok(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_tried_for_about_a_day() {
        let hours = PAUSES_S.iter().sum::<u64>() / 3600;
        assert_eq!(hours, 23);
        assert!(PAUSES_S.is_sorted());
    }
}
