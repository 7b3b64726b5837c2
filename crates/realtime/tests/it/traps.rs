//! Traps of the protocol, each of which has caught another server of it: what clients then saw, and must not see here.

use crate::support::{Client, PATH, Server};
use antiphon_protocol::auth;
use antiphon_realtime::App;
use serde_json::{Value, json};
use std::io::Write as _;
use tungstenite::Message;

fn message_of(error: &Value) -> &str {
    error["message"].as_str().unwrap()
}

#[test]
fn parameters_that_nobody_knows_are_ignored() {
    let server = Server::start();
    for query in [
        "protocol=7",
        "client=js&version=8.6.0&flash=false&protocol=7",
        "protocol=7&x=%zz&&=&y",
        "client=pusher-websocket-java&protocol=5&version=2.2.5",
        "protocol=7&protocol=nonsense",
    ] {
        let path = format!("/app/key?{query}");
        server.open(&path, None).established();
    }
}

#[test]
fn the_first_message_is_exactly_this_text() {
    let server = Server::start();
    let mut client = server.open(PATH, None);
    let text = client.ws.read().unwrap().into_text().unwrap();
    let id = text
        .strip_prefix(r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\""#)
        .and_then(|rest| rest.strip_suffix(r#"\",\"activity_timeout\":120}"}"#))
        .unwrap_or_else(|| panic!("{text}"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (first, second) = id.split_once('.').unwrap();
    assert!(is_number(first) && is_number(second), "{id}");
}

#[test]
fn what_a_refused_connection_asks_for_is_not_done() {
    let server = Server::with(|app| app.max_connections = Some(1), |_| {});
    let _first = server.connect();
    let mut refused = server.open(PATH, None);
    // Sent before the refusal is read, as by a client in a hurry.
    refused.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    assert_eq!(refused.next_fatal().0, 4004);
    assert_eq!(server.subscribers("a"), 0);
    let server = Server::with(
        |app| app.allowed_origins = vec!["example.com".to_owned()],
        |_| {},
    );
    let mut refused = server.open(PATH, Some("https://evil.net"));
    refused.send(&json!({"event": "pusher:subscribe", "data": {"channel": "a"}}));
    assert_eq!(refused.next_fatal().0, 4009);
    assert_eq!(server.subscribers("a"), 0);
}

#[test]
fn a_wrong_signature_is_told_what_had_to_be_signed() {
    let server = Server::start();
    let mut client = server.connect();
    let id = client.socket_id.clone();
    let told = |text: &str| format!("Invalid signature: Expected HMAC SHA256 hex digest of {text}");
    let wrong = format!("key:{}", "0".repeat(64));
    let data = r#"{"user_id":"1"}"#;
    for (subscribe, signed) in [
        (
            json!({"channel": "private-a", "auth": wrong}),
            format!("{id}:private-a"),
        ),
        (
            json!({"channel": "presence-a", "auth": wrong, "channel_data": data}),
            format!("{id}:presence-a:{data}"),
        ),
        (
            json!({"channel": "private-cache-a", "auth": wrong, "channel_data": ""}),
            format!("{id}:private-cache-a:"),
        ),
    ] {
        let (error, subscription_error) = client.refused(&subscribe);
        assert_eq!(message_of(&error), told(&signed));
        assert_eq!(subscription_error["error"], told(&signed));
    }
    client.send(&json!({"event": "pusher:signin",
        "data": {"auth": wrong, "user_data": r#"{"id":"1"}"#}}));
    let error = client.next_error();
    let signed = told(&format!(r#"{id}::user::{{"id":"1"}}"#));
    assert_eq!(message_of(&error), format!("Sign-in refused: {signed}"));
}

#[test]
fn a_missing_or_malformed_auth_is_told_apart() {
    let server = Server::start();
    let mut client = server.connect();
    for (auth, reason) in [
        (json!(null), "no auth was given"),
        (json!(""), "no auth was given"),
        (json!("nonsense"), "auth must be KEY:SIGNATURE"),
        (
            json!("other:00"),
            "the key in auth is not the key of this application",
        ),
    ] {
        let (error, _) = client.refused(&json!({"channel": "private-a", "auth": auth}));
        assert_eq!(message_of(&error), reason);
    }
}

#[test]
fn channel_data_counts_as_it_was_sent() {
    let server = Server::start();
    let mut client = server.connect();
    // Laravel escapes slashes and everything that is not ASCII.
    let escaped = r#"{"user_id":"1","user_info":{"name":"J\u00fcrgen","page":"https:\/\/x"}}"#;
    client.ask_to_join("presence-a", escaped);
    let members = client.next_members("presence-a");
    assert_eq!(
        members["hash"]["1"],
        json!({"name": "Jürgen", "page": "https://x"})
    );
    // The same to a JSON parser, and not what was signed.
    let rewritten = serde_json::from_str::<Value>(escaped).unwrap().to_string();
    let auth = client.auth("presence-b", Some(escaped));
    client.refused(&json!({"channel": "presence-b", "auth": auth, "channel_data": rewritten}));
}

#[test]
fn data_may_be_a_text_in_every_message() {
    let server = Server::start();
    let mut client = server.connect();
    let text = |data: Value| json!(data.to_string());
    let send = |client: &mut Client, event: &str, data: Value| {
        client.send(&json!({"event": event, "data": data}));
    };
    send(
        &mut client,
        "pusher:subscribe",
        text(json!({"channel": "a"})),
    );
    client.next_event("pusher_internal:subscription_succeeded");
    send(
        &mut client,
        "pusher:unsubscribe",
        text(json!({"channel": "a"})),
    );
    let user = r#"{"id":"u1"}"#;
    let auth = auth::sign_user(
        App::new("1", "key", "secret").credentials(),
        client.socket_id(),
        user,
    );
    send(
        &mut client,
        "pusher:signin",
        text(json!({"auth": auth, "user_data": user})),
    );
    client.next_event("pusher:signin_success");
    assert_eq!(server.subscribers("a"), 0);
    for empty in [json!(""), json!("null"), json!("[]"), json!([])] {
        for event in ["pusher:subscribe", "pusher:unsubscribe", "pusher:signin"] {
            send(&mut client, event, empty.clone());
            assert_eq!(client.next_error()["code"], Value::Null, "{event} {empty}");
        }
    }
    client.fence();
}

#[test]
fn every_refused_subscription_says_type_reason_and_status_on_its_channel() {
    let server = Server::with(|_| {}, |limits| limits.subscriptions_per_connection = 1);
    let mut client = server.connect();
    client.subscribe("one");
    for (subscribe, kind, status) in [
        (json!({"channel": "private-a"}), "AuthError", 401),
        (json!({"channel": "#server-to-user-1"}), "AuthError", 401),
        (json!({"channel": "a b"}), "InvalidChannel", 400),
        (json!({"channel": ""}), "InvalidChannel", 400),
        (
            json!({"channel": "#server-to-user-"}),
            "InvalidChannel",
            400,
        ),
        (json!({"channel": "two"}), "LimitReached", 403),
    ] {
        let (error, subscription_error) = client.refused(&subscribe);
        assert_eq!(subscription_error["type"], kind, "{subscribe}");
        assert_eq!(subscription_error["status"], status, "{subscribe}");
        assert_eq!(subscription_error["error"], error["message"]);
        assert!(!message_of(&error).is_empty());
    }
    client.fence();
}

#[test]
fn a_message_that_is_wrong_is_told_its_member_and_its_channel() {
    let server = Server::start();
    let mut client = server.connect();
    for (event, data, channel, problem) in [
        (
            "pusher:subscribe",
            json!({"channel": "private-a", "auth": 7}),
            json!("private-a"),
            "integer `7`, expected a string",
        ),
        (
            "pusher:subscribe",
            json!({"channel": 7}),
            Value::Null,
            "integer `7`, expected a string",
        ),
        (
            "pusher:subscribe",
            json!({}),
            Value::Null,
            "missing field `channel`",
        ),
        (
            "pusher:signin",
            json!({"auth": "key:x"}),
            Value::Null,
            "missing field `user_data`",
        ),
    ] {
        client.send(&json!({"event": event, "data": data}));
        let error = client.next_event("pusher:error");
        assert_eq!(error["channel"], channel, "{error}");
        let message = message_of(&error["data"]);
        assert!(
            message.contains(event) && message.contains(problem),
            "{message}"
        );
    }
}

#[test]
fn subscribing_again_as_somebody_else_changes_nobody() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.join("presence-a", &json!({"user_id": "a"}));
    b.join("presence-a", &json!({"user_id": "b"}));
    a.next_event("pusher_internal:member_added");
    let there = b.join("presence-a", &json!({"user_id": "mallory"}));
    assert_eq!(there["ids"], json!(["a", "b"]));
    b.send(&json!({"event": "client-x", "channel": "presence-a", "data": 1}));
    assert_eq!(a.next_event("client-x")["user_id"], "b");
    a.fence();
}

#[test]
fn a_frame_that_says_something_twice_is_not_half_believed() {
    let server = Server::start();
    let mut client = server.connect();
    for text in [
        r#"{"event":"pusher:subscribe","event":"pusher:ping","data":{"channel":"a"}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"a","channel":"b"}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"a"},"data":{"channel":"b"}}"#,
    ] {
        client.send_text(text);
        assert_eq!(client.next_error()["code"], Value::Null, "{text}");
    }
    client.fence();
    assert_eq!((server.subscribers("a"), server.subscribers("b")), (0, 0));
}

#[test]
fn a_backends_event_is_not_sent_to_a_user_who_only_has_the_channels_name() {
    let server = Server::start();
    let mut client = server.connect();
    let channel = "#server-to-user-u1";
    for data in [
        json!({"channel": channel}),
        json!({"channel": channel, "auth": client.auth(channel, None)}),
        json!({"channel": channel, "channel_data": r#"{"user_id":"u1"}"#}),
    ] {
        client.refused(&data);
    }
    client.send(&json!({"event": "client-x", "channel": channel, "data": {}}));
    assert_eq!(client.next_error()["code"], 4301);
    server.publish(channel, "secret", "{}");
    client.fence();
}

#[test]
fn one_event_in_several_frames_and_pings_between_them_is_one_event() {
    let server = Server::start();
    let mut client = server.connect();
    // "pusher:ping" cut in three, with a WebSocket ping after the first part. The mask is 0.
    let mut bytes = Vec::new();
    for (first_byte, payload) in [
        (0x01, &br#"{"event""#[..]),
        (0x89, b"hi"),
        (0x00, br#":"pusher:"#),
        (0x80, br#"ping"}"#),
    ] {
        bytes.extend_from_slice(&[first_byte, 0x80 | payload.len() as u8, 0, 0, 0, 0]);
        bytes.extend_from_slice(payload);
    }
    client.ws.get_mut().write_all(&bytes).unwrap();
    assert_eq!(client.ws.read().unwrap(), Message::Pong("hi".into()));
    client.next_event("pusher:pong");
}

#[test]
fn counts_are_not_what_a_cache_channel_remembers() {
    let server = Server::with(|app| app.subscription_count = true, |_| {});
    let mut client = server.connect();
    client.subscribe("cache-a");
    client.next_event("pusher:cache_miss");
    client.next_event("pusher_internal:subscription_count");
    let mut next = server.connect();
    next.subscribe("cache-a");
    next.next_event("pusher:cache_miss");
}

#[test]
fn whoever_is_shut_out_may_come_back_as_the_user_of_a_new_signature() {
    let server = Server::start();
    let sign_in = |client: &mut Client| {
        let user = r#"{"id":"u1"}"#;
        let app = App::new("1", "key", "secret");
        let auth = auth::sign_user(app.credentials(), client.socket_id(), user);
        client.send(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user}}));
        client.next_event("pusher:signin_success");
        auth
    };
    let mut client = server.connect();
    let old = sign_in(&mut client);
    server.hub.terminate_user("1", "u1");
    assert_eq!(client.next_fatal().0, 4009);
    let mut again = server.connect();
    // The signature was for the socket that is gone.
    again.send(&json!({"event": "pusher:signin",
        "data": {"auth": old, "user_data": r#"{"id":"u1"}"#}}));
    assert_eq!(again.next_error()["code"], 4009);
    sign_in(&mut again);
}
