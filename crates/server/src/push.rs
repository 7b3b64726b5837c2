//! Sending to the push services of browsers: what is due, over the network that every foreign server is reached by.

use crate::clock::SystemClock;
use crate::jobs::WEBHOOK_TIME;
use antiphon_chat::{Chat, DuePush, PushAnswer, PushJobError, PushResult};
use antiphon_domain::Clock as _;
use antiphon_jobs::{Handler, Job, JobError};
use antiphon_outbound::{Network, Post, PostError};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::time::{Duration, SystemTime};

/// How much of an answer is kept, in bytes.
const MAX_RESPONSE_BYTES: usize = 1 << 10;

/// Sends to one browser.
pub(crate) struct SendPush {
    chat: Chat,
    network: Network,
    allow_private: bool,
}

impl SendPush {
    /// To public addresses only, unless it is allowed otherwise.
    pub(crate) fn new(chat: Chat, allow_private: bool) -> Self {
        Self {
            chat,
            network: Network::default(),
            allow_private,
        }
    }

    async fn send(&self, due: &DuePush) -> PushAnswer {
        let Some(post) = self.post(due) else {
            return PushAnswer {
                text: "the address of the push service is none".to_owned(),
                ..PushAnswer::default()
            };
        };
        match self.network.exchange(post, MAX_RESPONSE_BYTES).await {
            Ok(answer) => PushAnswer {
                status: Some(answer.status),
                retry_after: retry_after(&answer.headers),
                text: String::from_utf8_lossy(&answer.start).into_owned(),
            },
            Err(error) => PushAnswer {
                text: match error {
                    PostError::NotPublic => "the address of the push service is not public: ANTIPHON_PUSH_ALLOW_PRIVATE allows it, if that is meant".to_owned(),
                    error => error.to_string(),
                },
                ..PushAnswer::default()
            },
        }
    }

    fn post(&self, due: &DuePush) -> Option<Post> {
        let mut headers = HeaderMap::new();
        for (name, value) in &due.headers {
            let value = HeaderValue::from_str(value).ok()?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Some(Post {
            url: due.endpoint.as_str().parse().ok()?,
            headers,
            body: due.body.clone().into(),
            allow_private: self.allow_private,
        })
    }
}

#[async_trait::async_trait]
impl Handler for SendPush {
    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let due = match self.chat.due_push(&job.payload).await {
            Ok(Some(due)) => due,
            Ok(None) => return Ok(()),
            Err(PushJobError::Chat(error)) => return Err(JobError::Retry(error.to_string())),
            Err(error) => return Err(JobError::Hopeless(error.to_string())),
        };
        let answer = self.send(&due).await;
        let result = self.chat.push_answered(due, answer).await;
        match result.map_err(|error| JobError::Retry(error.to_string()))? {
            PushResult::Done => Ok(()),
            PushResult::Retry(reason) => Err(JobError::Retry(reason)),
            PushResult::RetryAfter(pause, reason) => Err(JobError::RetryAfter { pause, reason }),
            PushResult::Hopeless(reason) => Err(JobError::Hopeless(reason)),
        }
    }

    fn timeout(&self) -> Duration {
        WEBHOOK_TIME
    }
}

/// How long a server asks to be left alone: in seconds, or until a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = u64::try_from(SystemClock.now().as_seconds()).unwrap_or_default();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    httpdate::parse_http_date(text)
        .ok()?
        .duration_since(now)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_date() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            retry_after(&headers)
        };
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), None);
        let pause = asked("Fri, 31 Dec 9999 23:59:59 GMT").unwrap();
        assert!(pause > Duration::from_secs(86_400), "{pause:?}");
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
