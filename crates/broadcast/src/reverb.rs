//! A Reverb-compatible server in another process, driven by its HTTP API: `antiphon reverb:start` on the same `.env`.
//!
//! Events wait in a bounded queue and are sent one after the other, so that their order holds. An event that cannot be
//! delivered is tried again for a moment and then dropped and counted: while the server is away its sockets are too, and
//! every client fetches what it missed when it comes back. Each event has an idempotency key, so that one whose answer was lost
//! is not published twice.

use crate::{Broadcaster, SocketId, note_dropped};
use antiphon_domain::DomainEvent;
use antiphon_protocol::auth::Credentials;
use antiphon_protocol::signature;
use antiphon_wire::{ChannelEvent, channel_events};
use serde::Serialize;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Events that may wait. At 20 kB for the largest, 80 MB at the very worst; a thousand is what a busy desk writes in seconds.
const QUEUE: usize = 4096;
/// Pusher's limit of an event's data, in bytes; larger ones go as a reference.
const MAX_DATA: usize = 10_000;
/// How often one event is tried, and how long it waits in between.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(150);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// Where the server is, and as which app it is called.
#[derive(Clone)]
pub struct ReverbEndpoint {
    /// `http://host:port`, plus the server's path prefix if it has one.
    pub base_url: String,
    /// `REVERB_APP_ID`.
    pub app_id: String,
    /// `REVERB_APP_KEY`.
    pub key: String,
    /// `REVERB_APP_SECRET`.
    pub secret: String,
}

impl std::fmt::Debug for ReverbEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReverbEndpoint")
            .field("base_url", &self.base_url)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// Queues events for a server in another process.
#[derive(Debug)]
pub struct ReverbBroadcaster {
    queue: mpsc::Sender<Job>,
    dropped: AtomicU64,
    /// What the keys of this broadcaster begin with.
    key_prefix: u64,
    next_key: AtomicU64,
}

#[derive(Debug)]
struct Job {
    /// Different for each event, also of other processes with the same application.
    idempotency_key: String,
    event: ChannelEvent,
    except: Option<SocketId>,
}

impl ReverbBroadcaster {
    /// The broadcaster, and the future that sends what is queued until the broadcaster is dropped; the caller spawns it.
    /// `now` gives Unix seconds, for the signature.
    pub fn new(
        endpoint: ReverbEndpoint,
        now: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Result<(Self, impl Future<Output = ()> + Send), ReverbUnusable> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let client = Client::new(endpoint)?;
        Ok((
            Self {
                queue,
                dropped: AtomicU64::new(0),
                key_prefix: RandomState::new().hash_one(std::process::id()),
                next_key: AtomicU64::new(0),
            },
            send_all(client, jobs, now),
        ))
    }
}

impl Broadcaster for ReverbBroadcaster {
    fn broadcast(&self, event: &DomainEvent, except: Option<SocketId>) {
        for event in channel_events(event) {
            let number = self.next_key.fetch_add(1, Ordering::Relaxed);
            let job = Job {
                idempotency_key: format!("{:016x}-{number}", self.key_prefix),
                except: except.filter(|_| event.to_others),
                event,
            };
            if self.queue.try_send(job).is_err() {
                note_dropped(&self.dropped, "the queue to the WebSocket server is full");
            }
        }
    }
}

async fn send_all(client: Client, mut jobs: mpsc::Receiver<Job>, now: impl Fn() -> u64) {
    let mut reachable = true;
    while let Some(job) = jobs.recv().await {
        // A server that is known to be away gets one try per event, so that the queue drains and the first success is noticed.
        let attempts = if reachable { ATTEMPTS } else { 1 };
        let sent = send_with_retry(&client, &job, attempts, &now).await;
        if reachable != sent.is_ok() {
            match &sent {
                Ok(()) => tracing::info!(
                    url = client.endpoint.base_url,
                    "broadcasting to the WebSocket server again"
                ),
                Err(error) => {
                    tracing::warn!(url = client.endpoint.base_url, %error, "cannot broadcast to the WebSocket server")
                }
            }
        }
        reachable = sent.is_ok();
    }
}

async fn send_with_retry(
    client: &Client,
    job: &Job,
    attempts: u32,
    now: &impl Fn() -> u64,
) -> Result<(), ReverbUnusable> {
    let mut sent = client.trigger(job, now()).await;
    for _ in 1..attempts {
        match sent {
            Err(ReverbUnusable::Unreachable(_)) => tokio::time::sleep(PAUSE).await,
            _ => break,
        }
        sent = client.trigger(job, now()).await;
    }
    sent
}

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReverbUnusable {
    /// Nothing answers there, or not in time.
    #[error("no answer: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// Something answers, but not as our app: another server, or other credentials.
    #[error("it answered {status}: {body}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The start of the body.
        body: String,
    },
}

/// Whether a server of our own app runs there: asks for its number of connections, signed.
pub async fn check_reverb(endpoint: ReverbEndpoint, now: u64) -> Result<(), ReverbUnusable> {
    Client::new(endpoint)?
        .call("GET", "connections", String::new(), None, now)
        .await
}

struct Client {
    http: reqwest::Client,
    endpoint: ReverbEndpoint,
}

impl Client {
    fn new(endpoint: ReverbEndpoint) -> Result<Self, ReverbUnusable> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(ReverbUnusable::Unreachable)?;
        Ok(Self { http, endpoint })
    }

    async fn trigger(&self, job: &Job, now: u64) -> Result<(), ReverbUnusable> {
        let data = match &job.event.reference {
            Some(reference) if job.event.data.len() > MAX_DATA => reference,
            _ => &job.event.data,
        };
        let socket_id = job.except.map(|id| id.to_string());
        let body = Trigger {
            name: job.event.event,
            channels: [&job.event.channel],
            data,
            socket_id,
        };
        let body = serde_json::to_string(&body).expect("a struct of strings always serializes");
        let key = Some(&*job.idempotency_key);
        self.call("POST", "events", body, key, now).await
    }

    async fn call(
        &self,
        method: &'static str,
        resource: &str,
        body: String,
        idempotency_key: Option<&str>,
        now: u64,
    ) -> Result<(), ReverbUnusable> {
        let path = format!("/apps/{}/{resource}", self.endpoint.app_id);
        let credentials = Credentials::new(&self.endpoint.key, &self.endpoint.secret);
        let query = signature::sign(credentials, method, &path, &[], body.as_bytes(), now);
        let url = format!("{}{path}?{query}", self.endpoint.base_url);
        let mut request = if method == "GET" {
            self.http.get(url)
        } else {
            self.http.post(url)
        };
        if let Some(key) = idempotency_key {
            request = request.header("X-Idempotency-Key", key);
        }
        let answer = request
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            // The URL carries a signature, which has no place in a log.
            .map_err(|error| ReverbUnusable::Unreachable(error.without_url()))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let status = answer.status().as_u16();
        let body = answer
            .text()
            .await
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect();
        Err(ReverbUnusable::Refused { status, body })
    }
}

#[derive(Serialize)]
struct Trigger<'a> {
    name: &'a str,
    channels: [&'a str; 1],
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    /// Reads a request to its end, and gives its idempotency key and its body.
    fn read_request(stream: &TcpStream) -> (String, String) {
        let mut reader = BufReader::new(stream);
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            match &*name.to_ascii_lowercase() {
                "x-idempotency-key" => value.clone_into(&mut key),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        (key, String::from_utf8(body).unwrap())
    }

    fn job(key: &str, data: &str) -> Job {
        Job {
            idempotency_key: key.to_owned(),
            event: ChannelEvent {
                channel: "private-a".to_owned(),
                event: "Said",
                data: data.to_owned(),
                reference: None,
                to_others: false,
            },
            except: None,
        }
    }

    #[tokio::test]
    async fn an_event_whose_answer_was_lost_is_repeated_under_its_own_key() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = ReverbEndpoint {
            base_url: format!("http://{}", listener.local_addr().unwrap()),
            app_id: "1".to_owned(),
            key: "key".to_owned(),
            secret: "secret".to_owned(),
        };
        let server = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for n in 0..3 {
                let (mut stream, _) = listener.accept().unwrap();
                requests.push(read_request(&stream));
                // The first is heard, and its connection lost before the answer.
                if n > 0 {
                    let answer =
                        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
                    stream.write_all(answer).unwrap();
                }
            }
            requests
        });
        let client = Client::new(endpoint).unwrap();
        for (key, data) in [("k1", "one"), ("k2", "two")] {
            let sent = send_with_retry(&client, &job(key, data), ATTEMPTS, &|| 1).await;
            assert!(sent.is_ok(), "{sent:?}");
        }
        let requests = server.join().unwrap();
        let keys: Vec<&str> = requests.iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["k1", "k1", "k2"]);
        assert_eq!(requests[0].1, requests[1].1);
        assert!(requests[2].1.contains("two"));
    }

    #[tokio::test]
    async fn two_broadcasters_never_use_the_same_key() {
        let broadcaster = || {
            let endpoint = ReverbEndpoint {
                base_url: "http://127.0.0.1:1".to_owned(),
                app_id: "1".to_owned(),
                key: "key".to_owned(),
                secret: "secret".to_owned(),
            };
            let (broadcaster, _sending) = ReverbBroadcaster::new(endpoint, || 1).unwrap();
            broadcaster.key_prefix
        };
        assert_ne!(broadcaster(), broadcaster());
    }
}
