//! `POST /batch_events`: ten events in one request, all of them or none.

use crate::support::Server;
use serde_json::{Value, json};

fn event(channel: &str, name: &str) -> Value {
    json!({"name": name, "data": "1", "channel": channel})
}

#[test]
fn a_batch_is_delivered_in_its_order() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let batch: Vec<Value> = (0..10).map(|n| event("a", &format!("n{n}"))).collect();
    assert_eq!(
        server.post("batch_events", &json!({ "batch": batch })),
        (200, json!({}))
    );
    for n in 0..10 {
        assert_eq!(client.next_on("a"), (format!("n{n}"), json!("1")));
    }
    assert_eq!(
        server.post("batch_events", &json!({"batch": []})),
        (200, json!({}))
    );
}

#[test]
fn ten_of_the_largest_events_fit() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let data = "x".repeat(10_240);
    let batch = vec![json!({"name": "n", "data": data, "channel": "a"}); 10];
    assert_eq!(
        server.post("batch_events", &json!({ "batch": batch })).0,
        200
    );
    for _ in 0..10 {
        assert_eq!(client.next_on("a").1, data);
    }
}

#[test]
fn an_eleventh_event_is_too_many() {
    let server = Server::start();
    let (status, text) = server.post("batch_events", &json!({"batch": vec![event("a", "n"); 11]}));
    assert_eq!(status, 400);
    assert!(text.as_str().unwrap().contains("Batch too large"), "{text}");
}

#[test]
fn one_bad_event_stops_the_whole_batch() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let good = event("a", "n");
    for (bad, expected) in [
        (event("a b", "n"), 400),
        (event("a", "pusher:n"), 400),
        (json!({"name": "n", "channel": "a"}), 400),
        (json!({"name": "n", "data": "", "channels": ["a"]}), 400),
        (
            json!({"name": "n", "data": "x".repeat(10_241), "channel": "a"}),
            413,
        ),
    ] {
        let (status, text) = server.post("batch_events", &json!({"batch": [good, bad]}));
        assert_eq!(status, expected, "{text}");
    }
    for body in [json!([good]), json!({}), json!({"batch": good})] {
        assert_eq!(server.post("batch_events", &body).0, 400);
    }
    client.fence();
}

#[test]
fn each_event_spares_its_own_connection() {
    let server = Server::start();
    let (mut a, mut b) = (server.connect(), server.connect());
    a.subscribe("x", None);
    b.subscribe("x", None);
    let from = |socket_id: &str, name: &str| {
        let mut event = event("x", name);
        event["socket_id"] = json!(socket_id);
        event
    };
    let batch = json!({"batch": [from(&a.socket_id, "of a"), from(&b.socket_id, "of b")]});
    assert_eq!(server.post("batch_events", &batch).0, 200);
    assert_eq!(a.next_on("x").0, "of b");
    assert_eq!(b.next_on("x").0, "of a");
    a.fence();
    b.fence();
}

#[test]
fn info_is_answered_at_the_place_of_its_event() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("presence-a", Some("1"));
    let with_info = |channel: &str, info: &str| {
        let mut event = event(channel, "n");
        event["info"] = json!(info);
        event
    };
    let batch = json!({"batch": [
        event("a", "n"),
        with_info("presence-a", "user_count"),
        event("presence-a", "n"),
        with_info("a", "subscription_count"),
        with_info("a", "user_count"),
    ]});
    assert_eq!(
        server.post("batch_events", &batch),
        (
            200,
            json!({"batch": [{}, {"user_count": 1}, {}, {"subscription_count": 0}, {}]})
        )
    );
}
