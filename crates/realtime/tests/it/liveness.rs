//! Pings, pongs and time limits, for subscribed and unsubscribed sockets alike.

use crate::support::{PATH, Server};
use antiphon_realtime::Limits;
use serde_json::json;
use std::io::{Read as _, Write as _};
use tungstenite::Message;

fn impatient(limits: &mut Limits) {
    limits.ping_after_ms = 100;
    limits.pong_timeout_ms = 150;
    limits.sweep_ms = 20;
}

#[test]
fn pings_of_both_kinds_are_answered() {
    let server = Server::start();
    let mut client = server.connect();
    client.fence();
    client.ws.send(Message::Ping("payload".into())).unwrap();
    assert_eq!(client.ws.read().unwrap(), Message::Pong("payload".into()));
}

#[test]
fn an_idle_client_is_pinged_and_lives_on_by_its_pong() {
    let server = Server::with(|_| {}, impatient);
    let mut client = server.connect();
    for _ in 0..5 {
        assert_eq!(client.next(), json!({"event": "pusher:ping", "data": {}}));
        client.send(&json!({"event": "pusher:pong", "data": {}}));
    }
}

#[test]
fn any_sign_of_life_counts() {
    let server = Server::with(|_| {}, impatient);
    let mut client = server.connect();
    for _ in 0..3 {
        client.next_event("pusher:ping");
        client.ws.send(Message::Pong("".into())).unwrap();
    }
    client.next_event("pusher:ping");
    client.send(&json!({"event": "client-nonsense", "channel": "a"}));
    client.next_error();
    client.next_event("pusher:ping");
}

#[test]
fn a_silent_client_is_closed_whether_subscribed_or_not() {
    let server = Server::with(|_| {}, impatient);
    let mut idle = server.connect();
    let mut subscribed = server.connect();
    subscribed.subscribe("a");
    for client in [&mut idle, &mut subscribed] {
        client.next_event("pusher:ping");
        assert_eq!(client.next_fatal().0, 4201);
    }
    assert_eq!(server.subscribers("a"), 0);
    drop((idle, subscribed));
    crate::support::eventually(|| server.hub.socket_count() == 0);
}

#[test]
fn events_to_a_client_are_no_sign_of_its_life() {
    let server = Server::with(|_| {}, impatient);
    let mut client = server.connect();
    client.subscribe("a");
    let code = loop {
        server.publish("a", "tick", "{}");
        match client.ws.read().unwrap() {
            Message::Close(Some(frame)) => break u16::from(frame.code),
            Message::Text(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 4201);
}

#[test]
fn a_request_that_never_ends_is_dropped() {
    let server = Server::with(|_| {}, |limits| limits.head_timeout_ms = 100);
    let mut streams = [server.tcp(), server.tcp()];
    streams[0]
        .write_all(b"GET /app/key HTTP/1.1\r\nHost: ")
        .unwrap();
    for stream in &mut streams {
        assert_eq!(stream.read(&mut [0; 10]).unwrap(), 0);
    }
    crate::support::eventually(|| server.hub.socket_count() == 0);
}

#[test]
fn a_client_that_does_not_close_when_told_is_dropped() {
    let server = Server::with(|_| {}, |limits| limits.close_timeout_ms = 100);
    // Never reads the close frame, and never closes.
    let _client = server.open("/app/unknown?protocol=7", None);
    assert_eq!(server.hub.socket_count(), 1);
    crate::support::eventually(|| server.hub.socket_count() == 0);
}

#[test]
fn a_close_is_answered_with_its_code() {
    let server = Server::start();
    let mut client = server.connect();
    client
        .ws
        .close(Some(tungstenite::protocol::CloseFrame {
            code: 3001.into(),
            reason: "bye".into(),
        }))
        .unwrap();
    assert_eq!(client.next_close().0, 3001);
    server.open(PATH, None).established();
}
