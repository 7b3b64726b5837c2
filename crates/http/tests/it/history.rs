//! Reading what was published on a channel.

use crate::support::Server;
use serde_json::{Value, json};

fn publish(server: &Server, channel: &str, data: &str) {
    let event = json!({"name": "n\\1", "data": data, "channel": channel});
    assert_eq!(server.post("events", &event).0, 200);
}

fn ids(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_history_is_read_from_its_oldest_event_and_on_from_any() {
    let server = Server::start();
    let empty = server.get("channels/private-a/events", &[]);
    assert_eq!(empty, (200, json!({"events": []})));
    for data in ["1", "\"zwei\"", "3"] {
        publish(&server, "private-a", data);
    }
    let (status, all) = server.get("channels/private-a/events", &[]);
    assert_eq!(status, 200);
    let first = &all["events"][0];
    assert_eq!(
        (&first["name"], &first["data"]),
        (&json!("n\\1"), &json!("1"))
    );
    assert!(first["time_ms"].is_u64());
    let ids = ids(&all);
    let (_, page) = server.get("channels/private-a/events", &[("limit", "2")]);
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
    let (_, rest) = server.get("channels/private-a/events", &[("after", ids[1])]);
    assert_eq!(rest["events"][0]["data"], "3");
    assert_eq!(rest["recovered"], true);
    let (_, none) = server.get("channels/private-a/events", &[("after", ids[2])]);
    assert_eq!(none, json!({"events": [], "recovered": true}));
}

#[test]
fn an_event_of_another_process_is_not_passed_off_as_known() {
    let server = Server::start();
    publish(&server, "a", "1");
    let (status, answer) = server.get("channels/a/events", &[("after", "00000000-000000000001")]);
    assert_eq!((status, &answer["recovered"]), (200, &json!(false)));
    assert_eq!(answer["events"][0]["data"], "1", "what there is");
}

#[test]
fn what_makes_no_sense_is_named() {
    let server = Server::start();
    for (parameter, value, expected) in [
        ("after", "x", "after: the id of an event is"),
        ("limit", "0", "limit must be a number from 1 to 1000"),
        ("limit", "1001", "limit must be a number from 1 to 1000"),
        ("limit", "many", "limit must be a number from 1 to 1000"),
    ] {
        let (status, text) = server.get("channels/a/events", &[(parameter, value)]);
        assert_eq!(status, 400);
        assert!(text.as_str().unwrap().starts_with(expected), "{text}");
    }
    assert_eq!(server.get("channels/a%20b/events", &[]).0, 400);
}
