//! `subscription_count` events, which an application may want.

use crate::support::{Client, Server, eventually};
use serde_json::{Value, json};

fn server() -> Server {
    Server::with(|app| app.subscription_count = true, |_| {})
}

/// The count that the event that must be next tells.
fn next_count(client: &mut Client, channel: &str) -> Value {
    let data = client.next_data(channel, "pusher_internal:subscription_count");
    let mut data: Value = serde_json::from_str(data.as_str().unwrap()).unwrap();
    data["subscription_count"].take()
}

#[test]
fn everybody_is_told_of_everybody_who_comes_or_leaves() {
    let server = server();
    for channel in ["a", "private-a"] {
        let (mut a, mut b) = (server.connect(), server.connect());
        a.subscribe(channel);
        assert_eq!(next_count(&mut a, channel), 1);
        b.subscribe(channel);
        assert_eq!(next_count(&mut b, channel), 2);
        assert_eq!(next_count(&mut a, channel), 2);
        b.subscribe(channel);
        a.fence();
        b.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
        assert_eq!(next_count(&mut a, channel), 1);
        b.subscribe(channel);
        assert_eq!(next_count(&mut a, channel), 2);
        drop(b);
        assert_eq!(next_count(&mut a, channel), 1);
    }
}

#[test]
fn presence_channels_and_other_applications_are_not_told() {
    let server = server();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.join("presence-a", &json!({"user_id": 1}));
    b.join("presence-a", &json!({"user_id": 1}));
    a.fence();
    b.fence();
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a");
    client.fence();
}

#[test]
fn a_large_channel_is_told_now_and_then_and_of_the_outcome() {
    let server = Server::with(
        |app| app.subscription_count = true,
        |limits| limits.subscription_count_every_ms = 1_000,
    );
    let mut watcher = server.connect();
    watcher.subscribe("a");
    let mut crowd: Vec<Client> = (0..140).map(|_| server.connect()).collect();
    for client in &mut crowd {
        client.subscribe("a");
    }
    eventually(|| server.subscribers("a") == 141);
    let mut counts = Vec::new();
    while counts.last() != Some(&json!(141)) {
        counts.push(next_count(&mut watcher, "a"));
    }
    assert!((1..=100).all(|n| counts.contains(&json!(n))));
    // Forty more came within a few intervals.
    assert!(counts.len() < 120, "{counts:?}");
    watcher.fence();
}
