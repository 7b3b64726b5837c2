//! `X-Idempotency-Key`: a repetition is answered and publishes nothing.

use crate::support::{Answer, Backend, Server};
use serde_json::{Value, json};
use std::sync::Barrier;

fn event(name: &str) -> Value {
    json!({"name": name, "data": "{}", "channel": "a", "info": "subscription_count"})
}

/// What is answered to a request with this key, and whether that is an earlier answer.
fn post(backend: &mut Backend, resource: &str, key: &str, body: &Value) -> (Answer, bool) {
    let header = format!("X-Idempotency-Key: {key}\r\n");
    let answer = backend.post_with(resource, &header, body);
    let replayed = backend
        .head
        .lines()
        .any(|line| line == "idempotency-replayed: true");
    (answer, replayed)
}

#[test]
fn a_repetition_is_answered_as_the_first_and_publishes_nothing() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    let first = (200, json!({"channels": {"a": {"subscription_count": 1}}}));
    assert_eq!(
        post(&mut backend, "events", "k1", &event("one")),
        (first.clone(), false)
    );
    assert_eq!(client.next_on("a").0, "one");
    // What was true then is answered again, also on another connection.
    let mut later = server.connect();
    later.subscribe("a", None);
    for backend in [&mut backend, &mut server.backend()] {
        assert_eq!(
            post(backend, "events", "k1", &event("one")),
            (first.clone(), true)
        );
        assert!(backend.head.contains("content-type: application/json"));
    }
    client.fence();
    // Another key, and no key, are other requests.
    assert!(!post(&mut backend, "events", "k2", &event("one")).1);
    assert_eq!(client.next_on("a").0, "one");
    assert_eq!(backend.post("events", &event("one")).0, 200);
    assert_eq!(client.next_on("a").0, "one");
}

#[test]
fn a_batch_is_repeated_as_a_whole() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    let batch = json!({"batch": [
        {"name": "one", "data": "", "channel": "a"},
        {"name": "two", "data": "", "channel": "a"},
    ]});
    for replayed in [false, true, true] {
        assert_eq!(
            post(&mut backend, "batch_events", "k", &batch),
            ((200, json!({})), replayed)
        );
    }
    assert_eq!(client.next_on("a").0, "one");
    assert_eq!(client.next_on("a").0, "two");
    client.fence();
    // The same key at the other endpoint is another one.
    assert!(!post(&mut backend, "events", "k", &event("three")).1);
    assert_eq!(client.next_on("a").0, "three");
}

#[test]
fn a_key_with_another_body_is_refused() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    assert_eq!(post(&mut backend, "events", "k", &event("one")).0.0, 200);
    let ((status, text), replayed) = post(&mut backend, "events", "k", &event("two"));
    assert_eq!((status, replayed), (422, false));
    assert!(
        text.as_str()
            .unwrap()
            .contains("\"k\" came with another body"),
        "{text}"
    );
    assert_eq!(client.next_on("a").0, "one");
    client.fence();
    // The first answer stands.
    assert!(post(&mut backend, "events", "k", &event("one")).1);
}

#[test]
fn a_key_is_short_and_printable() {
    let server = Server::start();
    let mut backend = server.backend();
    for key in ["", " ", "a b", "é", "\u{1}", &"k".repeat(129)] {
        let ((status, text), _) = post(&mut backend, "events", key, &event("one"));
        assert_eq!(status, 400, "{key:?}");
        // A control character is refused with the whole head, before anybody looks at the key.
        if key != "\u{1}" {
            let text = text.as_str().unwrap();
            assert!(text.contains("1 to 128 characters"), "{key:?} {text}");
        } else {
            backend = server.backend();
        }
    }
    let twice = "X-Idempotency-Key: a\r\nX-Idempotency-Key: b\r\n";
    let (status, text) = backend.post_with("events", twice, &event("one"));
    assert_eq!(status, 400);
    assert!(text.as_str().unwrap().contains("more than once"), "{text}");
    let longest = "~".repeat(128);
    assert!(!post(&mut backend, "events", &longest, &event("one")).1);
    assert!(post(&mut backend, "events", &longest, &event("one")).1);
}

#[test]
fn a_refused_request_may_be_repeated() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    for _ in 0..2 {
        let ((status, _), replayed) = post(&mut backend, "events", "k", &event("pusher:error"));
        assert_eq!((status, replayed), (400, false));
    }
    let ((status, _), replayed) = post(&mut backend, "events", "k", &event("corrected"));
    assert_eq!((status, replayed), (200, false));
    assert_eq!(client.next_on("a").0, "corrected");
}

#[test]
fn one_of_many_at_once_publishes() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let barrier = Barrier::new(8);
    for round in 0..20 {
        let (key, body) = (format!("k{round}"), event(&format!("n{round}")));
        let published = std::thread::scope(|scope| {
            let attempts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut backend = server.backend();
                        barrier.wait();
                        let ((status, _), replayed) = post(&mut backend, "events", &key, &body);
                        assert_eq!(status, 200);
                        usize::from(!replayed)
                    })
                })
                .collect();
            let outcomes = attempts.into_iter().map(|attempt| attempt.join().unwrap());
            outcomes.sum::<usize>()
        });
        assert_eq!(published, 1);
        assert_eq!(client.next_on("a").0, format!("n{round}"));
        client.fence();
    }
}

#[test]
fn a_stranger_learns_nothing_of_a_key() {
    let server = Server::start();
    let mut backend = server.backend();
    post(&mut backend, "events", "k", &event("one"));
    let body = event("one").to_string();
    let headers = format!("X-Idempotency-Key: k\r\nContent-Length: {}\r\n", body.len());
    let (status, _) = backend.send_with("POST", "/apps/1/events", &headers, body.as_bytes());
    assert_eq!(status, 401);
}
