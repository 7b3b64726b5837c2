//! Client events: who may send them, who gets them, and what is refused.

use crate::support::{Client, Server};
use serde_json::{Value, json};

/// Two connections, each subscribed to the same private channel.
fn pair(server: &Server) -> (Client, Client) {
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("private-a");
    b.subscribe("private-a");
    (a, b)
}

fn refused(client: &mut Client, message: &Value) -> String {
    client.send(message);
    let error = client.next_error();
    assert_eq!(error["code"], 4301, "{error}");
    client.fence();
    error["message"].as_str().unwrap().to_owned()
}

#[test]
fn an_event_reaches_all_but_its_sender_as_it_was_written() {
    let server = Server::start();
    let (mut sender, mut receiver) = pair(&server);
    sender.send_text(r#"{"event":"client-typing","channel":"private-a","data":{"n": 1.50, "s":"\u00e9"},"user_id":"forged"}"#);
    let expected =
        r#"{"event":"client-typing","channel":"private-a","data":{"n": 1.50, "s":"\u00e9"}}"#;
    assert_eq!(receiver.ws.read().unwrap().into_text().unwrap(), expected);
    sender.send_text(r#"{"event":"client-text","channel":"private-a","data":"{}"}"#);
    assert_eq!(
        receiver.next(),
        json!({"event": "client-text", "channel": "private-a", "data": "{}"})
    );
    sender.send_text(r#"{"event":"client-bare","channel":"private-a"}"#);
    assert_eq!(
        receiver.next(),
        json!({"event": "client-bare", "channel": "private-a"})
    );
    receiver.send(&json!({"event": "client-reply", "channel": "private-a", "data": 1}));
    assert_eq!(sender.next_data("private-a", "client-reply"), 1);
}

#[test]
fn an_application_may_forbid_them() {
    let server = Server::with(|app| app.client_events = false, |_| {});
    let (mut sender, _receiver) = pair(&server);
    let reason = refused(
        &mut sender,
        &json!({"event": "client-a", "channel": "private-a", "data": {}}),
    );
    assert!(reason.contains("not enabled"), "{reason}");
}

#[test]
fn they_are_for_private_channels_that_the_sender_is_in() {
    let server = Server::start();
    let (mut sender, mut receiver) = pair(&server);
    sender.subscribe("public");
    sender.subscribe("private-encrypted-a");
    for channel in [
        "public",
        "private-encrypted-a",
        "#server-to-user-1",
        "",
        "presence-a",
    ] {
        refused(
            &mut sender,
            &json!({"event": "client-a", "channel": channel, "data": {}}),
        );
    }
    let reason = refused(
        &mut sender,
        &json!({"event": "client-a", "channel": "private-b", "data": {}}),
    );
    assert!(reason.contains("not subscribed"), "{reason}");
    let mut stranger = server.connect();
    refused(
        &mut stranger,
        &json!({"event": "client-a", "channel": "private-a", "data": {}}),
    );
    receiver.fence();
}

#[test]
fn name_and_data_are_bounded() {
    let server = Server::start();
    let (mut sender, mut receiver) = pair(&server);
    let event =
        |name: &str, data: &str| json!({"event": name, "channel": "private-a", "data": data});
    let longest = format!("client-{}", "é".repeat(193));
    sender.send(&event(&longest, ""));
    receiver.next_event(&longest);
    refused(&mut sender, &event(&format!("{longest}x"), ""));
    sender.send(&event("client-a", &"x".repeat(10_238)));
    receiver.next_event("client-a");
    refused(&mut sender, &event("client-a", &"x".repeat(10_239)));
    receiver.fence();
}

#[test]
fn ten_a_second_are_relayed_and_the_rest_refused() {
    let server = Server::start();
    let (mut sender, mut receiver) = pair(&server);
    for n in 0..11 {
        sender.send(&json!({"event": "client-n", "channel": "private-a", "data": n}));
    }
    for n in 0..10 {
        assert_eq!(receiver.next_data("private-a", "client-n"), n);
    }
    let error = sender.next_error();
    assert_eq!(
        (&error["code"], &error["message"]),
        (
            &json!(4301),
            &json!("Client event rejected: more than 10 per second")
        )
    );
    receiver.fence();
    sender.fence();
}

#[test]
fn reserved_and_unknown_events_are_refused() {
    let server = Server::start();
    let (mut sender, mut receiver) = pair(&server);
    for name in [
        "pusher:subscription_error",
        "pusher_internal:member_added",
        "not-client-x",
        "typing",
        "",
    ] {
        sender.send(&json!({"event": name, "channel": "private-a", "data": {}}));
        assert_eq!(sender.next_error()["code"], Value::Null, "{name}");
    }
    receiver.fence();
}
