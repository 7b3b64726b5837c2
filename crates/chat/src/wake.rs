//! The end of a conversation's sleep. Each gets a job that is due then; the job looks again, since the conversation may have been woken by
//! a message meanwhile, or put aside until later, which made a job of its own. So a job too many does nothing, and so does one run twice.

use crate::routing::jobs_of_wake;
use crate::{Chat, ChatError};
use antiphon_domain::{ConversationId, DomainEvent, Timestamp};
use antiphon_store::{NewJob, WakeOutcome};
use serde::{Deserialize, Serialize};

/// The kind of the jobs.
pub const WAKE_JOBS: &str = "conversation.wake";

/// Why a conversation was not woken.
#[derive(Debug, thiserror::Error)]
pub enum WakeError {
    /// The job says what none of this version says.
    #[error("the job names no conversation: {0}")]
    Payload(#[source] serde_json::Error),
    /// The store failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    conversation_id: i64,
}

/// The job that ends a sleep.
pub(crate) fn wake_job(id: ConversationId, until: Timestamp, at: Timestamp) -> NewJob {
    let payload = serde_json::json!(Payload {
        conversation_id: id.0
    });
    NewJob {
        run_at: until,
        dedupe_key: Some(format!("{WAKE_JOBS} {id} {}", until.as_micros())),
        ..NewJob::new(WAKE_JOBS, payload.to_string(), at)
    }
}

impl Chat {
    /// Wakes the conversation that a job names, if its sleep is over. Cancellation-safe.
    pub async fn wake_conversation(&self, payload: &str) -> Result<(), WakeError> {
        let payload: Payload = serde_json::from_str(payload).map_err(WakeError::Payload)?;
        let told = self.announce(None, |outcome| match outcome {
            WakeOutcome::Woken(update) => {
                Some(DomainEvent::ConversationTriaged((**update).clone()))
            }
            WakeOutcome::Unchanged => None,
        });
        let id = ConversationId(payload.conversation_id);
        let now = self.ports.clock.now();
        let told = told.and_jobs(move |outcome| jobs_of_wake(outcome, now));
        let woken = self.ports.store.wake(id, now, told).await;
        woken.map_err(ChatError::from)?;
        Ok(())
    }
}
