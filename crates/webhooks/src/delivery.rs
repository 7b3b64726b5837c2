//! The task of one target: takes what waits for it, sends it signed, and tries again until it is taken or given up.
//!
//! One request at a time, so that a target gets events in their order. A body stays as it is through all attempts; it is signed
//! for each with the secret of that moment.

use crate::app::{WebhookApp, millis};
use crate::log::{Attempt, DeliveryRecord, DeliveryState};
use crate::retry::{RETRY_FOR, pause};
use crate::target::{Event, Replay, Target, Work};
use crate::webhooks::Surrounded;
use antiphon_outbound::{Post, PostError};
use antiphon_protocol::webhook::{self, KEY_HEADER, SIGNATURE_HEADER};
use antiphon_realtime::OccurrenceKinds;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// Who sends. A target that adds this header itself replaces it.
const AGENT: &str = concat!("Antiphon/", env!("CARGO_PKG_VERSION"));

/// Brings one target what is for it.
#[derive(Debug)]
pub(crate) struct Courier {
    pub(crate) app: Arc<WebhookApp>,
    pub(crate) target: Arc<Target>,
    pub(crate) surrounded: Arc<Surrounded>,
    /// Whether the last delivery was taken. A change is logged, each failure is not.
    pub(crate) is_reachable: bool,
}

/// How a delivery is to go on after an attempt.
enum Next {
    Over,
    Again,
}

impl Courier {
    /// Works until the target has ended, or nothing waits any more and the server is closing.
    pub(crate) async fn run(mut self) {
        while let Some(work) = self.target.next(&self.surrounded.closing).await {
            match work {
                Work::Events(events) => {
                    let (id, body) = self.begin(&events);
                    self.deliver(id, &body).await;
                }
                Work::Replay(Replay { id, body }) => self.deliver(id, &body).await,
                Work::Expired(n) => {
                    self.app.counts.dropped_events.add(n);
                    tracing::warn!(
                        app = &*self.app.id,
                        target = self.target.settings().url.origin(),
                        events = n,
                        "events waited too long for a webhook and are dropped"
                    );
                }
            }
        }
    }

    /// Makes a body of events, and a record of the delivery.
    fn begin(&self, events: &[Event]) -> (u64, Arc<str>) {
        let time_ms = (self.surrounded.surroundings.unix_ms)();
        let jsons = events.iter().map(|event| &*event.json);
        let body: Arc<str> = webhook::body(time_ms, jsons).into();
        let kinds: OccurrenceKinds = events.iter().map(|event| event.kind).collect();
        let id = self.surrounded.next_id();
        let record = DeliveryRecord {
            id,
            time_ms,
            url: self.target.settings().url.to_string(),
            kinds: kinds.iter().collect(),
            n_events: events.len(),
            state: DeliveryState::Sending,
            status: None,
            error: None,
            attempts: 0,
            duration_ms: 0,
            replay_of: None,
            body: Some(Arc::clone(&body)),
        };
        self.app.log.lock().begin(record, &self.target);
        (id, body)
    }

    async fn deliver(&mut self, id: u64, body: &Arc<str>) {
        let give_up_at = Instant::now() + RETRY_FOR;
        let mut failures = 0;
        loop {
            // Looked at before the attempt: an attempt that began after the end did is the last one.
            let is_last = self.surrounded.closing.is_cancelled();
            let started = Instant::now();
            let answer = tokio::select! {
                answer = self.surrounded.transport.post(self.post(body)) => answer,
                () = self.target.ended.cancelled() => return self.abandon(id),
            };
            let pause = pause(failures + 1, (self.surrounded.surroundings.random)());
            let may_retry = !is_last && Instant::now() + pause <= give_up_at;
            match self.judge(id, answer, millis(started.elapsed()), may_retry) {
                Next::Over => return,
                Next::Again => failures += 1,
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = self.surrounded.closing.cancelled() => {}
                () = self.target.ended.cancelled() => return self.abandon(id),
            }
        }
    }

    fn post(&self, body: &Arc<str>) -> Post {
        let settings = self.target.settings();
        let credentials = self.app.credentials();
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        // Replaces ours by those of the same names.
        headers.extend(settings.headers.map().clone());
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(webhook::CONTENT_TYPE),
        );
        // A key that could be no header could be no part of a WebSocket's URL either.
        if let Ok(key) = HeaderValue::from_str(&credentials.key) {
            headers.insert(HeaderName::from_static(KEY_HEADER), key);
        }
        let signature = HeaderValue::from_str(&credentials.sign(body));
        let signature = signature.expect("hexadecimal digits can be a header");
        headers.insert(HeaderName::from_static(SIGNATURE_HEADER), signature);
        Post {
            url: settings.url.uri().clone(),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
            allow_private: settings.allow_private,
        }
    }

    /// Notes how an attempt went, and says how to go on.
    fn judge(
        &mut self,
        id: u64,
        answer: Result<u16, PostError>,
        duration_ms: u64,
        may_retry: bool,
    ) -> Next {
        let counts = &self.app.counts;
        let (state, count) = match &answer {
            Ok(200..=299) => (DeliveryState::Delivered, &counts.delivered),
            Err(PostError::NotPublic) => (DeliveryState::Refused, &counts.refused),
            _ if may_retry => (DeliveryState::Retrying, &counts.retried),
            _ => (DeliveryState::GivenUp, &counts.given_up),
        };
        count.add(1);
        let status = answer.as_ref().ok().copied();
        let error = answer.err().map(|error| error.to_string());
        self.note(state, status, error.as_deref());
        self.app.log.lock().attempted(
            id,
            Attempt {
                state,
                status,
                error,
                duration_ms,
            },
        );
        match state {
            DeliveryState::Retrying => Next::Again,
            _ => Next::Over,
        }
    }

    /// Says in the log when a target begins to fail, what is given up, and when it works again.
    fn note(&mut self, state: DeliveryState, status: Option<u16>, error: Option<&str>) {
        let (app, target) = (&*self.app.id, self.target.settings().url.origin());
        match state {
            DeliveryState::Delivered if !self.is_reachable => {
                tracing::info!(app, target, "a webhook is taken again");
            }
            DeliveryState::Retrying if self.is_reachable => {
                tracing::warn!(
                    app,
                    target,
                    status,
                    error,
                    "a webhook failed and is tried again for five minutes"
                );
            }
            DeliveryState::Refused if self.is_reachable => {
                tracing::warn!(app, target, error, "a webhook was not sent");
            }
            DeliveryState::GivenUp => {
                tracing::warn!(app, target, status, error, "a webhook is given up");
            }
            _ => {}
        }
        self.is_reachable = state == DeliveryState::Delivered;
    }

    fn abandon(&self, id: u64) {
        self.app.counts.given_up.add(1);
        self.app.log.lock().give_up(id);
    }
}
