//! A server of the Pusher protocol in another process or another place, driven by its HTTP API.
//!
//! Each change is a job, made in its own transaction, in the lane of its conversation; the runner of this process is woken by the
//! commit and sends at once what is due, up to ten events in one request. A lane is sent in order, whichever process sends it: the
//! job is the truth, and there is no faster way past it. A server that does not answer is left alone by a circuit breaker.

use crate::api::{Api, ApiEndpoint, ApiError};
use crate::breaker::Breaker;
use crate::outgoing::Outgoing;
use crate::{AnySocketId, Broadcaster};
use antiphon_domain::{Clock, DomainEvent, Timestamp};
use antiphon_jobs::{Backoff, BatchHandler, Job, JobError, JobId, NewJob};
use antiphon_wire::{FileLinks, agent_user};
use http::Method;
use serde_json::json;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

/// The kind of the jobs for this program's own server in another process.
pub const REVERB_JOBS: &str = "broadcast.reverb";
/// The kind of the jobs for the server of the `PUSHER_*` keys.
pub const PUSHER_JOBS: &str = "broadcast.pusher";
/// The most jobs that are sent in one run: ten requests, which end before the run's own time does even if each takes its longest.
pub const MAX_JOBS: u32 = 50;
/// The pauses of a broadcast that failed: short at first, since somebody waits for it.
pub const BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    most: Duration::from_secs(30),
};

/// The queue of all broadcasts.
const QUEUE: &str = "broadcast";
/// Events of one request; Pusher's limit.
const MAX_BATCH: usize = 10;
/// With pauses of up to 30 s, about an hour. Who has waited so long has fetched the conversation by other means.
const ATTEMPTS: u32 = 120;
const RUN_TIMEOUT: Duration = Duration::from_secs(120);

/// Makes the jobs for one server, and does them.
pub struct RemoteBroadcaster {
    api: Api,
    kind: &'static str,
    breaker: Breaker,
    links: FileLinks,
    clock: Arc<dyn Clock>,
}

impl RemoteBroadcaster {
    /// For the server at this endpoint; `kind` is [`REVERB_JOBS`] or [`PUSHER_JOBS`], and `links` makes the addresses of files.
    pub fn new(
        endpoint: ApiEndpoint,
        kind: &'static str,
        links: FileLinks,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            api: Api::new(endpoint)?,
            kind,
            breaker: Breaker::default(),
            links,
            clock,
        })
    }

    /// The kind of its jobs.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Sends the events of some jobs in one request, or has the sockets closed that a single one names.
    async fn send(&self, jobs: &[Sending]) -> Result<(), ApiError> {
        let (resource, body) = match jobs {
            [
                Sending {
                    shut_out: Some(user),
                    ..
                },
            ] => (format!("users/{user}/terminate_connections"), json!({})),
            _ => {
                let events: Vec<&Outgoing> = jobs.iter().flat_map(|job| &job.events).collect();
                ("batch_events".to_owned(), json!({ "batch": events }))
            }
        };
        let body = body.to_string();
        let now = u64::try_from(self.clock.now().as_seconds()).unwrap_or_default();
        let key = format!("{:016x}", request_hash(jobs, &body));
        let call = self
            .api
            .call(Method::POST, &resource, body, Some(&key), now);
        let sent = call.await;
        match &sent {
            // A server that refuses what it was sent is there.
            Ok(()) => self.note_success(),
            Err(error) if is_refusal_of_events(error) => self.note_success(),
            Err(error) => {
                if self.breaker.failed(self.clock.now()) {
                    tracing::warn!(url = self.api.endpoint.base_url, %error, "cannot broadcast to the server: it is left alone for a while, and nothing is lost");
                }
            }
        }
        sent
    }

    fn note_success(&self) {
        if self.breaker.succeeded() {
            tracing::info!(
                url = self.api.endpoint.base_url,
                "broadcasting to the server again"
            );
        }
    }

    /// Sends jobs that fit into one request. If the server refuses their events, each is sent by itself, so that the one that is to
    /// blame is found and does not keep the others.
    async fn send_chunk(&self, chunk: &[Sending]) -> Vec<Result<(), JobError>> {
        match self.send(chunk).await {
            Ok(()) => chunk.iter().map(|_| Ok(())).collect(),
            Err(error) if is_refusal_of_events(&error) => {
                let mut results = Vec::with_capacity(chunk.len());
                for job in chunk {
                    let sent = match chunk.len() {
                        1 => Err(error.clone()),
                        _ => self.send(std::slice::from_ref(job)).await,
                    };
                    let stop = sent
                        .as_ref()
                        .is_err_and(|error| !is_refusal_of_events(error));
                    results.push(sent.map_err(|error| match is_refusal_of_events(&error) {
                        true => JobError::Hopeless(error.to_string()),
                        false => JobError::Retry(error.to_string()),
                    }));
                    if stop {
                        break;
                    }
                }
                results
            }
            Err(error) => vec![Err(JobError::Retry(error.to_string()))],
        }
    }
}

/// Whether the server found fault with the events and not with us: anything but credentials, a wrong place, and overload.
fn is_refusal_of_events(error: &ApiError) -> bool {
    matches!(error, ApiError::Refused { status, .. } if matches!(status, 400 | 413 | 422))
}

/// The same for the same jobs, in every process and at every attempt. Two changes may have the same text: that the labels are others,
/// say, which is true each time.
fn request_hash(jobs: &[Sending], body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for job in jobs {
        job.id.0.hash(&mut hasher);
    }
    body.hash(&mut hasher);
    hasher.finish()
}

impl Broadcaster for RemoteBroadcaster {
    fn broadcast(&self, _: &DomainEvent, _: Option<AnySocketId>) {}

    fn makes_jobs(&self) -> bool {
        true
    }

    fn jobs(&self, event: &DomainEvent, except: Option<AnySocketId>, at: Timestamp) -> Vec<NewJob> {
        // What is about no conversation keeps its order among its like.
        let lane = match event.conversation_id() {
            Some(id) => format!("{}:{id}", self.kind),
            None => format!("{}:team", self.kind),
        };
        let payload = match event {
            DomainEvent::AgentShutOut(id) => json!({ "events": [], "shut_out": agent_user(*id) }),
            _ => json!({ "events": Outgoing::of(event, except, &self.links) }),
        };
        let payload = payload.to_string();
        vec![NewJob {
            queue: QUEUE.to_owned(),
            max_attempts: ATTEMPTS,
            lane: Some(lane),
            ..NewJob::new(self.kind, payload, at)
        }]
    }
}

#[async_trait::async_trait]
impl BatchHandler for RemoteBroadcaster {
    async fn run(&self, jobs: &[Job]) -> Vec<Result<(), JobError>> {
        let mut results = Vec::with_capacity(jobs.len());
        let parsed: Vec<_> = jobs
            .iter()
            .map(|job| (job.attempts, Sending::of(job)))
            .collect();
        let mut parsed = parsed.into_iter().peekable();
        while let Some((attempts, first)) = parsed.next() {
            let first = match first {
                Ok(job) => job,
                Err(error) => {
                    results.push(Err(error));
                    continue;
                }
            };
            let mut n_events = first.events.len();
            let is_alone = first.shut_out.is_some();
            let mut chunk = vec![first];
            // What was tried before goes out in the same request again, without what came since: it may have been taken, and
            // only its answer been lost.
            while let Some((_, Ok(next))) = parsed.next_if(|(tried, next)| {
                !is_alone
                    && *tried == attempts
                    && next.as_ref().is_ok_and(|job| {
                        job.shut_out.is_none() && n_events + job.events.len() <= MAX_BATCH
                    })
            }) {
                n_events += next.events.len();
                chunk.push(next);
            }
            if let Err(pause) = self.breaker.admit(self.clock.now()) {
                let reason = "the server does not answer and is left alone".to_owned();
                // Everything behind waits as well: lanes stay in order.
                results.resize(jobs.len(), Err(JobError::RetryAfter { pause, reason }));
                return results;
            }
            results.extend(self.send_chunk(&chunk).await);
            if let Some(Err(error @ JobError::Retry(_))) = results.last() {
                let error = error.clone();
                results.resize(jobs.len(), Err(error));
                return results;
            }
        }
        results
    }

    fn timeout(&self) -> Duration {
        RUN_TIMEOUT
    }
}

/// A job that is being sent.
struct Sending {
    id: JobId,
    events: Vec<Outgoing>,
    /// The user whose sockets are to be closed. Such a job says nothing else, and goes out by itself.
    shut_out: Option<String>,
}

impl Sending {
    fn of(job: &Job) -> Result<Self, JobError> {
        #[derive(serde::Deserialize)]
        struct Payload {
            events: Vec<Outgoing>,
            shut_out: Option<String>,
        }
        let payload: Payload = serde_json::from_str(&job.payload).map_err(|error| {
            JobError::Hopeless(format!("the payload is not understood: {error}"))
        })?;
        Ok(Self {
            id: job.id,
            events: payload.events,
            shut_out: payload.shut_out,
        })
    }
}

impl std::fmt::Debug for RemoteBroadcaster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteBroadcaster")
            .field("kind", &self.kind)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
