//! Cache channels: what is remembered, for whom, and for how long.

use crate::support::{Client, Server, eventually};
use serde_json::{Value, json};

/// Subscribes and gives what the cache channel remembers, or `None` if it says that it does not.
fn remembered(client: &mut Client, channel: &str) -> Option<Value> {
    client.subscribe(channel);
    let mut message = client.next();
    assert_eq!(message["channel"], channel, "{message}");
    match message["event"].as_str() {
        Some("pusher:cache_miss") => None,
        _ => Some(message["data"].take()),
    }
}

#[test]
fn the_last_event_of_every_kind_of_cache_channel_is_replayed() {
    let server = Server::start();
    for channel in ["cache-a", "private-cache-a", "private-encrypted-cache-a"] {
        let mut early = server.connect();
        assert_eq!(remembered(&mut early, channel), None);
        server.publish(channel, "e", "first");
        server.publish(channel, "e", "last");
        assert_eq!(early.next_data(channel, "e"), "first");
        assert_eq!(early.next_data(channel, "e"), "last");
        let mut late = server.connect();
        assert_eq!(remembered(&mut late, channel), Some(json!("last")));
        late.fence();
        early.fence();
    }
}

#[test]
fn a_channel_remembers_while_nobody_is_there() {
    let server = Server::start();
    server.publish("cache-a", "e", "nobody heard it");
    let mut client = server.connect();
    assert_eq!(
        remembered(&mut client, "cache-a"),
        Some(json!("nobody heard it"))
    );
    drop(client);
    eventually(|| server.subscribers("cache-a") == 0);
    let mut next = server.connect();
    assert_eq!(
        remembered(&mut next, "cache-a"),
        Some(json!("nobody heard it"))
    );
}

#[test]
fn other_channels_remember_nothing() {
    let server = Server::start();
    for channel in [
        "my-cache-a",
        "cache",
        "private-a",
        "cached-a",
        "private-my-cache-a",
    ] {
        server.publish(channel, "e", "gone");
        let mut client = server.connect();
        client.subscribe(channel);
        client.fence();
    }
}

#[test]
fn client_events_are_not_remembered() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    assert_eq!(remembered(&mut a, "private-cache-a"), None);
    assert_eq!(remembered(&mut b, "private-cache-a"), None);
    a.send(&json!({"event": "client-e", "channel": "private-cache-a", "data": "whisper"}));
    b.next_data("private-cache-a", "client-e");
    assert_eq!(remembered(&mut server.connect(), "private-cache-a"), None);
}

#[test]
fn who_comes_and_leaves_is_not_remembered() {
    let server = Server::start();
    let channel = "presence-cache-a";
    server.publish(channel, "e", "kept");
    for id in ["1", "2"] {
        let mut client = server.connect();
        assert_eq!(client.join(channel, &json!({ "user_id": id }))["count"], 1);
        assert_eq!(client.next_data(channel, "e"), "kept");
        drop(client);
        eventually(|| server.subscribers(channel) == 0);
    }
}

#[test]
fn what_is_too_old_is_forgotten() {
    let server = Server::with(|_| {}, |limits| limits.cache_ttl_ms = 200);
    server.publish("cache-a", "e", "short-lived");
    let mut client = server.connect();
    eventually(|| {
        let found = remembered(&mut client, "cache-a");
        found.is_none()
    });
}

#[test]
fn the_number_of_remembered_events_is_bounded() {
    let server = Server::with(|_| {}, |limits| limits.cache_channels = 2);
    for channel in ["cache-a", "cache-b", "cache-c"] {
        server.publish(channel, "e", channel);
    }
    let mut client = server.connect();
    assert_eq!(remembered(&mut client, "cache-a"), None);
    assert_eq!(remembered(&mut client, "cache-c"), Some(json!("cache-c")));
}

#[test]
fn those_who_subscribe_during_publications_see_the_last_one_last() {
    let server = Server::start();
    let mut watcher = server.connect();
    assert_eq!(remembered(&mut watcher, "cache-a"), None);
    let n_events = 200;
    let mut late: Vec<Client> = (0..8).map(|_| server.connect()).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| (0..n_events).for_each(|n| server.publish("cache-a", "e", &n.to_string())));
        for client in &mut late {
            scope.spawn(move || client.subscribe("cache-a"));
        }
    });
    server.publish("cache-a", "end", "");
    let newest = (n_events - 1).to_string();
    for client in &mut late {
        let mut last = None;
        loop {
            let mut message = client.next();
            match message["event"].as_str() {
                Some("end") => break,
                Some("pusher:cache_miss") => {}
                _ => last = Some(message["data"].take()),
            }
        }
        // `None`: the end itself was replayed.
        assert!(
            last.is_none_or(|last| last == *newest),
            "another event came last"
        );
    }
}
