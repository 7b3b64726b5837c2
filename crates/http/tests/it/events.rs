//! `POST /events`: who gets it, what is refused, what `info` answers.

use crate::support::Server;
use serde_json::{Value, json};

fn event(channels: &Value) -> Value {
    json!({"name": "news", "data": "{\"id\":1}", "channels": channels})
}

#[test]
fn an_event_reaches_its_channels_and_is_answered_with_an_empty_object() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    client.subscribe("b", None);
    assert_eq!(
        server.post("events", &event(&json!(["a", "b", "empty"]))),
        (200, json!({}))
    );
    let news = ("news".to_owned(), json!("{\"id\":1}"));
    assert_eq!(client.next_on("a"), news);
    assert_eq!(client.next_on("b"), news);
    let one = json!({"name": "App\\Events\\Sent", "data": "é", "channel": "a"});
    assert_eq!(server.post("events", &one), (200, json!({})));
    assert_eq!(
        client.next_on("a"),
        ("App\\Events\\Sent".to_owned(), json!("é"))
    );
}

#[test]
fn the_connection_that_caused_it_gets_it_on_none_of_the_channels() {
    let server = Server::start();
    let (mut sender, mut other) = (server.connect(), server.connect());
    for client in [&mut sender, &mut other] {
        client.subscribe("a", None);
        client.subscribe("b", None);
    }
    let mut body = event(&json!(["a", "b"]));
    body["socket_id"] = json!(sender.socket_id);
    assert_eq!(server.post("events", &body).0, 200);
    other.next_on("a");
    other.next_on("b");
    sender.fence();
    body["socket_id"] = json!("x");
    assert_eq!(server.post("events", &body).0, 400);
    body["socket_id"] = json!("");
    assert_eq!(server.post("events", &body).0, 200);
    sender.next_on("a");
}

#[test]
fn sizes_are_bounded() {
    let server = Server::start();
    let names = |n: usize| Value::from((0..n).map(|n| format!("c{n}")).collect::<Vec<_>>());
    assert_eq!(server.post("events", &event(&names(100))).0, 200);
    assert_eq!(server.post("events", &event(&names(101))).0, 400);
    assert_eq!(server.post("events", &event(&names(0))).0, 400);
    let with = |member: &str, value: String| {
        let mut body = event(&json!(["a"]));
        body[member] = value.into();
        server.post("events", &body)
    };
    assert_eq!(with("name", "é".repeat(200)).0, 200);
    assert_eq!(with("name", "é".repeat(201)).0, 400);
    assert_eq!(with("data", "x".repeat(10_240)).0, 200);
    let (status, text) = with("data", "é".repeat(5_121));
    assert_eq!(status, 413);
    assert!(
        text.as_str().unwrap().contains("content of this event"),
        "{text}"
    );
}

#[test]
fn what_is_no_event_is_refused() {
    let server = Server::start();
    for body in [
        json!([]),
        json!({}),
        json!({"name": "n", "channels": ["a"]}),
        json!({"name": "n", "data": {"id": 1}, "channels": ["a"]}),
        json!({"name": "", "data": "", "channels": ["a"]}),
        json!({"name": "pusher:error", "data": "", "channels": ["a"]}),
        json!({"name": "pusher_internal:member_added", "data": "", "channels": ["a"]}),
        json!({"name": "n", "data": "", "channels": ["a b"]}),
        json!({"name": "n", "data": "", "channels": [""]}),
        json!({"name": "n", "data": "", "channels": "a"}),
        json!({"name": "n", "data": "", "channels": ["a"], "info": "color"}),
        json!({"name": "n", "data": "", "channels": ["a"], "info": 1}),
    ] {
        assert_eq!(server.post("events", &body).0, 400, "{body}");
    }
}

#[test]
fn info_answers_what_each_kind_of_channel_has() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("presence-a", Some("1"));
    b.subscribe("presence-a", Some("1"));
    a.subscribe("b", None);
    let mut body = event(&json!(["presence-a", "b", "presence-empty"]));
    body["info"] = json!("user_count,subscription_count");
    assert_eq!(
        server.post("events", &body),
        (
            200,
            json!({"channels": {
                "presence-a": {"user_count": 1, "subscription_count": 2},
                "b": {"subscription_count": 1},
                "presence-empty": {"user_count": 0, "subscription_count": 0},
            }})
        )
    );
}
