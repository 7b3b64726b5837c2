//! From the job of something that happened to what each browser's push service is sent, and how that goes on after its answer.

use super::news::{About, shortened};
use crate::{Chat, ChatError};
use antiphon_broadcast::PUSH_QUEUE;
use antiphon_domain::{AgentId, ConversationId, PushEndpoint, PushSubscriptionId, Timestamp};
use antiphon_push::{Claims, EncryptionError, Ephemeral, Recipient, encrypt};
use antiphon_store::{MAX_PUSH_PAGE, NewJob, PushAudience, PushTarget};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// The kind of the jobs that send, one for each browser.
pub const PUSH_SEND_JOBS: &str = "push.send";

/// After so long nobody is told of something any more, in seconds: half a day. A push service that cannot reach the browser forgets it then,
/// too.
const TTL_SECONDS: i64 = 12 * 3_600;
/// Until when a proof is good, in seconds; push services take a day at most.
const PROOF_SECONDS: i64 = 12 * 3_600;
/// The longest that a push service may ask to be left alone at once.
const MAX_PAUSE: Duration = Duration::from_secs(3_600);
/// How much of an answer that is no good is kept, in characters.
const ERROR_CHARS: usize = 200;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    subscription_id: i64,
    about: About,
}

/// A request to a push service.
#[derive(Debug)]
pub struct DuePush {
    /// Where it goes.
    pub endpoint: PushEndpoint,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// What it carries, which only the browser can read.
    pub body: Vec<u8>,
    id: PushSubscriptionId,
}

/// How a push service answered.
#[derive(Debug, Default)]
pub struct PushAnswer {
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// How long it asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How its body began, or why there was no answer.
    pub text: String,
}

/// How a job goes on after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushResult {
    /// It is done: taken, or the browser is gone.
    Done,
    /// It is tried again.
    Retry(String),
    /// It is tried again, not before.
    RetryAfter(Duration, String),
    /// It can never be taken.
    Hopeless(String),
}

/// Why a job cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum PushJobError {
    /// The payload is not of this program's making: it never can.
    #[error("the payload cannot be read: {0}")]
    Payload(#[from] serde_json::Error),
    /// The browser's key is none: it never can.
    #[error("{0}")]
    Encryption(EncryptionError),
    /// The store failed; it may work later.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

/// The job that sends a test.
pub(super) fn test_job(id: PushSubscriptionId, at: Timestamp) -> NewJob {
    NewJob {
        // A person waits for it, and presses the button again.
        max_attempts: 1,
        ..send_job(id, About::Test { test: true }, at)
    }
}

fn send_job(id: PushSubscriptionId, about: About, at: Timestamp) -> NewJob {
    let payload = Payload {
        subscription_id: id.0,
        about,
    };
    let payload = json!(payload).to_string();
    NewJob {
        queue: PUSH_QUEUE.to_owned(),
        dedupe_key: Some(format!("{PUSH_SEND_JOBS} {payload}")),
        ..NewJob::new(PUSH_SEND_JOBS, payload, at)
    }
}

impl Chat {
    /// Makes a job for each browser that is to be told of what this one names.
    pub async fn spread_push(&self, payload: &str) -> Result<(), PushJobError> {
        let about: About = serde_json::from_str(payload)?;
        let audience = match about {
            About::Message {
                conversation_id, ..
            } => {
                let found = self
                    .ports
                    .store
                    .conversation(ConversationId(conversation_id));
                let Some(conversation) = found.await.map_err(ChatError::from)? else {
                    return Ok(());
                };
                PushAudience::Message {
                    assigned_to: conversation.assigned_to.map(|assignee| assignee.id),
                }
            }
            About::Mention { agent_id, .. } => PushAudience::Mention(AgentId(agent_id)),
            About::Test { .. } => return Ok(()),
        };
        if self.news(about).await?.is_none() {
            return Ok(());
        }
        let (store, mut after) = (&self.ports.store, None);
        loop {
            let now = self.ports.clock.now();
            let page = store.push_audience(audience, after, now).await;
            let page = page.map_err(ChatError::from)?;
            // All at once, so that the store commits them together.
            let jobs = page
                .iter()
                .map(|id| store.enqueue(send_job(*id, about, now)));
            for made in futures_util::future::join_all(jobs).await {
                made.map_err(ChatError::from)?;
            }
            after = page.last().copied();
            if page.len() < MAX_PUSH_PAGE as usize {
                return Ok(());
            }
        }
    }

    /// What the job is to send. `None`: nothing any more. The browser is not subscribed any more, the agent looks at an inbox, or what
    /// happened was read or taken back meanwhile.
    pub async fn due_push(&self, payload: &str) -> Result<Option<DuePush>, PushJobError> {
        let payload: Payload = serde_json::from_str(payload)?;
        let now = self.ports.clock.now();
        let id = PushSubscriptionId(payload.subscription_id);
        let target = self.ports.store.push_target(id, now).await;
        let Some(target) = target.map_err(ChatError::from)? else {
            return Ok(None);
        };
        let (json, topic, left) = match payload.about {
            About::Test { .. } => (json!({ "kind": "test" }), None, TTL_SECONDS),
            _ if target.looking => return Ok(None),
            about => {
                let Some(news) = self.news(about).await? else {
                    return Ok(None);
                };
                let left = news.at.as_seconds() + TTL_SECONDS - now.as_seconds();
                let mut json = news.json;
                json["conversation_id"] = news.conversation_id.0.into();
                json["text"] = news.text.filter(|_| target.subscription.with_text).into();
                (json, Some(news.topic), left)
            }
        };
        if left <= 0 {
            return Ok(None);
        }
        self.sealed(&target, json, topic, left, now).await.map(Some)
    }

    /// The request, encrypted and signed.
    async fn sealed(
        &self,
        target: &PushTarget,
        mut json: Value,
        topic: Option<String>,
        ttl_seconds: i64,
        now: Timestamp,
    ) -> Result<DuePush, PushJobError> {
        let language = target.language.as_ref();
        json["language"] = language.map(|language| language.as_str()).into();
        let subscription = &target.subscription;
        let recipient = Recipient {
            public_key: subscription.keys.public_key,
            auth: subscription.keys.auth,
        };
        let ephemeral = Ephemeral {
            private_key: self.ports.random.bytes()?,
            salt: self.ports.random.bytes()?,
        };
        let body = encrypt(json.to_string().as_bytes(), &recipient, &ephemeral);
        let claims = Claims {
            audience: subscription.endpoint.origin(),
            expires_at_seconds: now.as_seconds() + PROOF_SECONDS,
            contact: self.ports.push.contact.as_deref(),
        };
        let proof = self.vapid_key().await?.authorization(claims);
        let mut headers = vec![
            ("authorization", proof),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", ttl_seconds.to_string()),
            // A visitor waits: a phone that saves power is not to keep it until somebody looks.
            ("urgency", "high".to_owned()),
        ];
        headers.extend(topic.map(|topic| ("topic", topic)));
        Ok(DuePush {
            endpoint: subscription.endpoint.clone(),
            headers,
            body: body.map_err(|error| match error {
                EncryptionError::BadEphemeral => ChatError::Internal(Box::new(error)).into(),
                error => PushJobError::Encryption(error),
            })?,
            id: subscription.id,
        })
    }

    /// Notes how it went, and says how the job goes on.
    pub async fn push_answered(
        &self,
        due: DuePush,
        answer: PushAnswer,
    ) -> Result<PushResult, ChatError> {
        let result = judge(&answer);
        let store = &self.ports.store;
        if let Some(404 | 410) = answer.status {
            store.forget_push_subscription(due.id, due.endpoint).await?;
            return Ok(result);
        }
        let error = match &result {
            PushResult::Done => None,
            PushResult::Retry(reason)
            | PushResult::RetryAfter(_, reason)
            | PushResult::Hopeless(reason) => Some(reason.clone()),
        };
        store
            .note_push(due.id, error, self.ports.clock.now())
            .await?;
        Ok(result)
    }
}

fn judge(answer: &PushAnswer) -> PushResult {
    let said = shortened(&answer.text, ERROR_CHARS);
    let Some(status) = answer.status else {
        return PushResult::Retry(said);
    };
    let reason = match said.is_empty() {
        true => format!("the push service answered {status}"),
        false => format!("the push service answered {status}: {said}"),
    };
    match status {
        // 404 and 410: the browser is not subscribed any more.
        200..=299 | 404 | 410 => PushResult::Done,
        408 | 425 | 429 | 500..=599 => match answer.retry_after {
            Some(pause) => PushResult::RetryAfter(pause.min(MAX_PAUSE), reason),
            None => PushResult::Retry(reason),
        },
        _ => PushResult::Hopeless(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> PushAnswer {
        PushAnswer {
            status: Some(status),
            retry_after: None,
            text: "slow\n down".to_owned(),
        }
    }

    #[test]
    fn an_answer_says_how_the_job_goes_on() {
        for status in [200, 201, 202, 204, 404, 410] {
            assert_eq!(judge(&answer(status)), PushResult::Done, "{status}");
        }
        let reason = |status| format!("the push service answered {status}: slow down");
        for status in [429, 500, 503] {
            let result = judge(&answer(status));
            assert_eq!(result, PushResult::Retry(reason(status)), "{status}");
        }
        for status in [301, 400, 401, 403, 413] {
            let result = judge(&answer(status));
            assert_eq!(result, PushResult::Hopeless(reason(status)), "{status}");
        }
        let nobody = PushAnswer {
            text: "Connection refused".to_owned(),
            ..PushAnswer::default()
        };
        let retried = PushResult::Retry("Connection refused".to_owned());
        assert_eq!(judge(&nobody), retried);
    }

    #[test]
    fn a_push_service_is_left_alone_for_as_long_as_it_asks_up_to_an_hour() {
        for (asked, granted) in [(7, 7), (86_400, 3_600)] {
            let answer = PushAnswer {
                retry_after: Some(Duration::from_secs(asked)),
                text: String::new(),
                ..answer(429)
            };
            let reason = "the push service answered 429".to_owned();
            let result = PushResult::RetryAfter(Duration::from_secs(granted), reason);
            assert_eq!(judge(&answer), result);
        }
    }

    #[test]
    fn jobs_name_what_happened_and_nothing_else() {
        let at = Timestamp::from_micros(0);
        for (about, json) in [
            (
                About::Message {
                    conversation_id: 3,
                    seq: 4,
                },
                r#"{"conversation_id":3,"seq":4}"#,
            ),
            (
                About::Mention {
                    agent_id: 5,
                    mention_id: 6,
                },
                r#"{"agent_id":5,"mention_id":6}"#,
            ),
            (About::Test { test: true }, r#"{"test":true}"#),
        ] {
            assert_eq!(json!(about).to_string(), json);
            assert_eq!(serde_json::from_str::<About>(json).unwrap(), about);
            let job = send_job(PushSubscriptionId(2), about, at);
            let payload = format!(r#"{{"about":{json},"subscription_id":2}}"#);
            assert_eq!(job.payload, payload);
        }
    }
}
