//! `X-Idempotency-Key`: a backend that did not hear the answer sends its events again under the same key, and nobody gets them
//! twice.
//!
//! Only what was published is remembered: after a refusal, for the events or for the server's load, a repetition is a first
//! attempt. The events are published under the lock of their application's memory, so of two requests at once one publishes and
//! the other is answered from memory; publishing never waits for a socket. A restart forgets everything.
//!
//! Another node of a cluster does not know the answers of this one. It publishes what is repeated there, under the same number: by that
//! all nodes know it, and it is not delivered again.

use super::error::PusherError;
use super::signed::Signed;
use crate::state::WebSocketState;
use antiphon_domain::Timestamp;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

const HEADER: &str = "x-idempotency-key";
/// Says that an answer is the one to an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in characters: a digest in hexadecimal twice over.
pub(super) const MAX_KEY: usize = 128;
/// How long an answer is remembered. As long as a signature is good: what is repeated byte for byte is refused
/// after that anyway, and a queue that retries for longer should ask a person.
pub(super) const WINDOW_SECONDS: i64 = 600;
/// The most keys that are remembered of an application; the oldest go first. Far above what backends send in ten minutes who
/// give every event a key, and some 30 MB.
pub(super) const MAX_KEYS: usize = 100_000;
/// The most bytes of keys and answers that are remembered of an application; the oldest go first. Most answers are `{}`, and
/// then [`MAX_KEYS`] is reached first.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// What a remembered key takes besides its text and its answer: the entries of map and queue, and their allocations.
const ENTRY_BYTES: usize = 256;

/// What has been answered lately, by application.
#[derive(Default)]
pub(crate) struct Idempotency {
    apps: Mutex<HashMap<String, Arc<Mutex<Answers>>>>,
}

/// What one application has been answered lately.
#[derive(Default)]
struct Answers {
    by_id: HashMap<Id, Answer>,
    /// All of them, the oldest first, each with the end of its time.
    order: VecDeque<(Timestamp, Id)>,
    bytes: usize,
}

/// A key, and which endpoint it was used at.
type Id = (&'static str, Arc<str>);

struct Answer {
    /// The MD5 digest of the request's body, which its signature has vouched for.
    body_md5: String,
    json: Bytes,
}

/// Answers a request, and publishes unless its key says that this has been done.
pub(super) fn once(
    state: &WebSocketState,
    endpoint: &'static str,
    signed: &Signed,
    publish: impl FnOnce(Option<u128>) -> Result<Value, PusherError>,
) -> Result<Response, PusherError> {
    let Some(key) = key(signed)? else {
        return Ok(json(Bytes::from(publish(None)?.to_string())));
    };
    let id = (endpoint, Arc::from(key));
    let body_md5 = signed.parameter("body_md5");
    let once = number([endpoint, key, &body_md5]);
    let now = state.clock.now();
    let app = state.idempotency.of(&signed.app.id, now);
    let mut answers = app.lock();
    answers.forget_old(now);
    if let Some(answer) = answers.by_id.get(&id) {
        if answer.body_md5 != body_md5 {
            return Err(PusherError {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                text: format!(
                    "X-Idempotency-Key {key:?} came with another body within the last {} minutes: a new request needs a new key",
                    WINDOW_SECONDS / 60
                ),
            });
        }
        let mut response = json(answer.json.clone());
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        return Ok(response);
    }
    let answer = Answer {
        json: Bytes::from(publish(Some(once))?.to_string()),
        body_md5,
    };
    let response = json(answer.json.clone());
    answers.remember(id, answer, now.plus_seconds(WINDOW_SECONDS));
    answers.shrink_to(MAX_KEYS, MAX_BYTES);
    Ok(response)
}

/// The number by which all nodes know a request: of what its sender chose, so a digest that nobody can make collide.
fn number(parts: [&str; 3]) -> u128 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    let first = digest.first_chunk().expect("a SHA-256 has 32 bytes");
    u128::from_be_bytes(*first)
}

/// The request's key, if it has one.
fn key(signed: &Signed) -> Result<Option<&str>, PusherError> {
    let mut values = signed.headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let is_good = |text: &&str| {
        (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match (value.to_str().ok().filter(is_good), values.next()) {
        (Some(text), None) => Ok(Some(text)),
        (_, Some(_)) => Err(PusherError::bad_request(
            "X-Idempotency-Key is given more than once",
        )),
        (None, None) => Err(PusherError::bad_request(format!(
            "X-Idempotency-Key must have 1 to {MAX_KEY} characters, letters, digits and punctuation of ASCII"
        ))),
    }
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl Idempotency {
    fn of(&self, app_id: &str, now: Timestamp) -> Arc<Mutex<Answers>> {
        let mut apps = self.apps.lock();
        if let Some(answers) = apps.get(app_id) {
            return Arc::clone(answers);
        }
        // Applications that have been removed, or have not used a key for long.
        // Those at work are held by somebody else too, and stay.
        apps.retain(|_, answers| {
            Arc::strong_count(answers) > 1 || {
                let mut answers = answers.lock();
                answers.forget_old(now);
                !answers.order.is_empty()
            }
        });
        let answers = Arc::default();
        apps.insert(app_id.to_owned(), Arc::clone(&answers));
        answers
    }
}

impl Answers {
    fn remember(&mut self, id: Id, answer: Answer, until: Timestamp) {
        self.bytes += size(&id, &answer);
        self.order.push_back((until, id.clone()));
        self.by_id.insert(id, answer);
    }

    /// Forgets the answers whose time is over.
    fn forget_old(&mut self, now: Timestamp) {
        while self.order.front().is_some_and(|(until, _)| *until <= now) {
            self.forget_oldest();
        }
    }

    /// Forgets the oldest answers until no more than this is remembered.
    fn shrink_to(&mut self, max_keys: usize, max_bytes: usize) {
        while self.by_id.len() > max_keys || self.bytes > max_bytes {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, id)) = self.order.pop_front() else {
            return;
        };
        if let Some(answer) = self.by_id.remove(&id) {
            self.bytes -= size(&id, &answer);
        }
    }
}

fn size((_, key): &Id, answer: &Answer) -> usize {
    ENTRY_BYTES + key.len() + answer.json.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::Clock;
    use antiphon_realtime::{App, Apps, Hub, Limits};
    use axum::http::{HeaderMap, Uri};
    use serde_json::json;

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            at(0)
        }
    }

    #[test]
    fn a_refusal_is_not_remembered() {
        let apps = Apps::new([App::new("1", "key", "secret")]).unwrap();
        let hub = Hub::new(apps, Limits::default(), 1).unwrap();
        let app = hub.app("1").unwrap();
        let state = WebSocketState::new(hub, Arc::new(Still), 1024);
        let signed = Signed {
            app,
            body: Bytes::new(),
            headers: HeaderMap::from_iter([(
                HeaderName::from_static(HEADER),
                HeaderValue::from_static("k"),
            )]),
            uri: Uri::from_static("/"),
        };
        let status = |outcome: Result<Value, PusherError>| {
            let response = once(&state, "events", &signed, |_| outcome).into_response();
            (
                response.status().as_u16(),
                response.headers().contains_key(REPLAYED),
            )
        };
        let refused = |text: &str| PusherError::bad_request(text);
        assert_eq!(status(Err(PusherError::overloaded())), (503, false));
        assert_eq!(status(Err(refused("name"))), (400, false));
        assert_eq!(status(Ok(json!({}))), (200, false));
        assert_eq!(status(Err(refused("not called"))), (200, true));
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(second)
    }

    /// Remembers an answer of so many bytes.
    fn remember(answers: &mut Answers, key: &str, json_bytes: usize, second: i64) {
        let answer = Answer {
            body_md5: String::new(),
            json: vec![b' '; json_bytes].into(),
        };
        let until = at(second).plus_seconds(WINDOW_SECONDS);
        answers.remember(("events", key.into()), answer, until);
    }

    fn keys(answers: &Answers) -> Vec<&str> {
        assert_eq!(answers.by_id.len(), answers.order.len());
        answers.order.iter().map(|(_, (_, key))| &**key).collect()
    }

    #[test]
    fn an_application_without_answers_is_forgotten() {
        let idempotency = Idempotency::default();
        remember(&mut idempotency.of("old", at(0)).lock(), "k", 2, 0);
        remember(&mut idempotency.of("new", at(0)).lock(), "k", 2, 9);
        let known = || {
            let mut known: Vec<String> = idempotency.apps.lock().keys().cloned().collect();
            known.sort();
            known
        };
        assert_eq!(known(), ["new", "old"]);
        idempotency.of("another", at(WINDOW_SECONDS));
        assert_eq!(known(), ["another", "new"]);
    }

    #[test]
    fn an_answer_is_forgotten_when_its_time_is_over() {
        let mut answers = Answers::default();
        remember(&mut answers, "a", 2, 0);
        remember(&mut answers, "b", 2, 5);
        answers.forget_old(at(WINDOW_SECONDS - 1));
        assert_eq!(keys(&answers), ["a", "b"]);
        answers.forget_old(at(WINDOW_SECONDS));
        assert_eq!(keys(&answers), ["b"]);
        answers.forget_old(at(WINDOW_SECONDS + 5));
        assert_eq!((keys(&answers).len(), answers.bytes), (0, 0));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_they_are_too_large() {
        let mut answers = Answers::default();
        for n in 0..10 {
            remember(&mut answers, &n.to_string(), 1_000, 0);
            answers.shrink_to(3, usize::MAX);
        }
        assert_eq!(keys(&answers), ["7", "8", "9"]);
        remember(&mut answers, "large", 10_000, 0);
        answers.shrink_to(100, 12_000);
        assert_eq!(keys(&answers), ["9", "large"]);
        assert!(answers.bytes <= 12_000, "{}", answers.bytes);
    }
}
