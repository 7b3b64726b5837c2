//! Subscriptions: names, signatures, duplicates, limits, and leaving.

use crate::support::Server;
use antiphon_protocol::auth;
use antiphon_realtime::App;
use serde_json::json;

#[test]
fn a_public_channel_needs_no_signature() {
    let server = Server::start();
    let mut client = server.connect();
    for data in [
        json!({"channel": "orders"}),
        json!({"channel": "other", "auth": "", "channel_data": null}),
        json!(r#"{"channel":"as-text"}"#),
    ] {
        client.send(&json!({"event": "pusher:subscribe", "data": data}));
        client.next_event("pusher_internal:subscription_succeeded");
    }
    for channel in ["orders", "other", "as-text"] {
        server.publish(channel, "new", r#"{"id":1}"#);
        assert_eq!(client.next_data(channel, "new"), r#"{"id":1}"#);
    }
}

#[test]
fn private_channels_of_every_kind_need_a_good_signature() {
    let server = Server::start();
    let mut client = server.connect();
    for channel in [
        "private-a",
        "private-cache-a",
        "private-encrypted-a",
        "private-encrypted-cache-a",
    ] {
        let (error, subscription_error) = client.refused(&json!({"channel": channel}));
        assert_eq!(error["code"], 4009);
        assert_eq!(subscription_error["type"], "AuthError");
        assert_eq!(subscription_error["status"], 401);
        assert_eq!(server.subscribers(channel), 0);
        client.subscribe(channel);
        if channel.contains("cache") {
            client.next_event("pusher:cache_miss");
        }
        assert_eq!(server.subscribers(channel), 1);
    }
}

#[test]
fn signatures_for_something_else_are_refused() {
    let server = Server::start();
    let (mut client, other) = (server.connect(), server.connect());
    let mut forged = App::new("1", "key", "guess");
    let wrong_secret =
        auth::sign_channel(forged.credentials(), client.socket_id(), "private-a", None);
    forged = App::new("1", "other", "secret");
    let wrong_key = auth::sign_channel(forged.credentials(), client.socket_id(), "private-a", None);
    for auth in [
        client.auth("private-b", None),
        client.auth("private-a", Some("{}")),
        other.auth("private-a", None),
        wrong_secret,
        wrong_key,
        String::new(),
        "key".to_owned(),
        "key:".to_owned(),
        "key:é".to_owned(),
    ] {
        let (error, _) = client.refused(&json!({"channel": "private-a", "auth": auth}));
        assert_eq!(error["code"], 4009, "{auth}");
        assert!(
            !error["message"].as_str().unwrap().contains("secret:"),
            "{error}"
        );
    }
    assert_eq!(server.subscribers("private-a"), 0);
}

#[test]
fn channel_data_is_part_of_the_signature_wherever_it_is_sent() {
    let server = Server::start();
    let mut client = server.connect();
    let data = r#"{"user_id":"1"}"#;
    let without = client.auth("private-a", None);
    client.refused(&json!({"channel": "private-a", "auth": without, "channel_data": data}));
    let with = client.auth("private-a", Some(data));
    client.send(
        &json!({"event": "pusher:subscribe", "data": {"channel": "private-a", "auth": with, "channel_data": data}}),
    );
    client.next_event("pusher_internal:subscription_succeeded");
}

#[test]
fn nobody_may_listen_in_on_a_user() {
    let server = Server::start();
    let mut client = server.connect();
    let auth = client.auth("#server-to-user-1", None);
    let (error, _) = client.refused(&json!({"channel": "#server-to-user-1", "auth": auth}));
    assert_eq!(error["code"], 4009);
}

#[test]
fn names_are_checked() {
    let server = Server::start();
    let mut client = server.connect();
    for name in ["", "#room", "a b", "é", "a/b", &"x".repeat(201)] {
        let (_, error) = client.refused(&json!({"channel": name}));
        assert_eq!(
            (error["type"].as_str(), error["status"].as_u64()),
            (Some("InvalidChannel"), Some(400))
        );
    }
    client.subscribe(&"x".repeat(200));
}

#[test]
fn a_prefix_counts_only_when_it_is_exact() {
    let server = Server::start();
    let mut client = server.connect();
    for channel in [
        "privateer",
        "my-private-x",
        "my-cache-x",
        "presences",
        "private",
    ] {
        client.send(&json!({"event": "pusher:subscribe", "data": {"channel": channel}}));
        client.next_event("pusher_internal:subscription_succeeded");
    }
}

#[test]
fn subscribing_twice_is_answered_twice_and_counts_once() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a");
    client.subscribe("a");
    assert_eq!(server.subscribers("a"), 1);
    server.publish("a", "once", "");
    assert_eq!(client.next_data("a", "once"), "");
    client.fence();
}

#[test]
fn unsubscribing_ends_delivery_and_may_be_repeated() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a");
    client.subscribe("b");
    for channel in ["a", "a", "never", "\u{e9}"] {
        client.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
    }
    client.fence();
    assert_eq!((server.subscribers("a"), server.subscribers("b")), (0, 1));
    server.publish("a", "missed", "");
    server.publish("b", "seen", "");
    client.next_data("b", "seen");
    client.subscribe("a");
    server.publish("a", "back", "");
    client.next_data("a", "back");
}

#[test]
fn a_connection_has_a_bounded_number_of_subscriptions() {
    let server = Server::with(|_| {}, |limits| limits.subscriptions_per_connection = 3);
    let mut client = server.connect();
    for channel in ["a", "b", "c"] {
        client.subscribe(channel);
    }
    let (_, error) = client.refused(&json!({"channel": "d"}));
    assert_eq!(error["type"], "LimitReached");
    client.subscribe("a");
    client.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": "b"}}));
    client.subscribe("d");
}

#[test]
fn losing_a_connection_ends_its_subscriptions() {
    let server = Server::start();
    let mut stays = server.connect();
    stays.subscribe("a");
    let mut leaves = server.connect();
    for channel in ["a", "b", "c"] {
        leaves.subscribe(channel);
    }
    assert_eq!(server.subscribers("a"), 2);
    drop(leaves);
    crate::support::eventually(|| server.subscribers("a") == 1 && server.subscribers("c") == 0);
    server.publish("a", "still", "");
    stays.next_data("a", "still");
}
