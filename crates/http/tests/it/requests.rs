//! Requests as such: signatures, addresses and connections.

use crate::support::{APP, NOW, Server};
use antiphon_protocol::auth::Credentials;
use antiphon_protocol::signature;
use serde_json::json;

const EVENT: &str = r#"{"name":"n","data":"{\"text\":\"日本語 é\"}","channel":"a"}"#;

fn signed(app: Credentials<'_>, path: &str, body: &str, at: u64) -> String {
    let query = signature::sign(app, "POST", path, &[], body.as_bytes(), at);
    format!("{path}?{query}")
}

#[test]
fn a_request_must_be_signed_for_this_application_and_this_time() {
    let server = Server::start();
    let status = |target: &str, body: &str| {
        let mut backend = server.backend();
        backend.send("POST", target, body.as_bytes()).0
    };
    let path = "/apps/1/events";
    let other = Credentials::new("other", "other secret");
    let guessed = Credentials {
        secret: "guess",
        ..APP
    };
    assert_eq!(status(&signed(APP, path, EVENT, NOW), EVENT), 200);
    assert_eq!(status(&signed(APP, path, EVENT, NOW - 600), EVENT), 200);
    assert_eq!(status(&signed(APP, path, EVENT, NOW + 600), EVENT), 200);
    assert_eq!(status(&signed(APP, path, EVENT, NOW - 601), EVENT), 401);
    assert_eq!(status(&signed(APP, path, EVENT, NOW + 601), EVENT), 401);
    assert_eq!(status(&signed(other, path, EVENT, NOW), EVENT), 401);
    assert_eq!(status(&signed(guessed, path, EVENT, NOW), EVENT), 401);
    assert_eq!(status(path, EVENT), 401);
    let tampered = EVENT.replace("é", "e");
    assert_eq!(status(&signed(APP, path, EVENT, NOW), &tampered), 401);
    assert_eq!(
        status(&signed(APP, path, "", NOW), EVENT),
        401,
        "without a digest"
    );
    assert_eq!(
        status(&signed(APP, "/apps/4/events", EVENT, NOW), EVENT),
        404
    );
}

#[test]
fn a_wrong_signature_is_told_what_had_to_be_signed() {
    let server = Server::start();
    let guessed = Credentials {
        secret: "guess",
        ..APP
    };
    let target = signed(guessed, "/apps/1/events", EVENT, NOW);
    let (status, text) = server.backend().send("POST", &target, EVENT.as_bytes());
    assert_eq!(status, 401);
    let expected = format!(
        "POST\\n/apps/1/events\\nauth_key=key&auth_timestamp={NOW}&auth_version=1.0&body_md5={}",
        signature::body_md5(EVENT.as_bytes())
    );
    let text = text.as_str().unwrap();
    assert!(text.contains(&expected), "{text}");
    // Neither the secret nor what it makes of that text.
    let right = signed(APP, "/apps/1/events", EVENT, NOW);
    let right = right.split("auth_signature=").nth(1).unwrap();
    assert!(
        !text.contains(&right[..64]) && !text.contains("\"secret\""),
        "{text}"
    );
}

#[test]
fn a_disabled_application_takes_no_requests() {
    let server = Server::start();
    let disabled = Credentials {
        key: "disabled",
        ..APP
    };
    let path = "/apps/3/events";
    let mut backend = server.backend();
    let target = signed(disabled, path, EVENT, NOW);
    assert_eq!(
        backend.send("POST", &target, EVENT.as_bytes()),
        (403, json!("This app is disabled"))
    );
    // Whether it is disabled is not told to strangers.
    assert_eq!(backend.send("POST", path, EVENT.as_bytes()).0, 401);
}

#[test]
fn every_resource_wants_a_signature() {
    let server = Server::start();
    let mut backend = server.backend();
    for (method, resource) in [
        ("POST", "events"),
        ("POST", "batch_events"),
        ("GET", "channels"),
        ("GET", "channels/a"),
        ("GET", "channels/presence-a/users"),
        ("GET", "connections"),
    ] {
        let (status, _) = backend.send(method, &format!("/apps/1/{resource}"), b"");
        assert_eq!(status, 401, "{resource}");
    }
    assert_eq!(backend.get("nothing", &[]).0, 404);
    assert_eq!(backend.get("events", &[]).0, 405);
}

#[test]
fn a_connection_serves_one_request_after_the_other() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    for n in 0..20 {
        let event = json!({"name": format!("n{n}"), "data": "é", "channel": "a"});
        assert_eq!(backend.post("events", &event), (200, json!({})));
        assert_eq!(
            backend.get("connections", &[]),
            (200, json!({"connections": 1}))
        );
        // A refusal does not end it either.
        assert_eq!(backend.post("events", &json!({})).0, 400);
        assert_eq!(client.next_on("a").0, format!("n{n}"));
    }
}

#[test]
fn a_path_prefix_is_no_part_of_what_is_signed() {
    let server = Server::start_under("/ws");
    let mut client = server.connect();
    client.subscribe("a", None);
    let mut backend = server.backend();
    let target = format!("/ws{}", signed(APP, "/apps/1/events", EVENT, NOW));
    assert_eq!(
        backend.send("POST", &target, EVENT.as_bytes()),
        (200, json!({}))
    );
    assert_eq!(client.next_on("a").0, "n");
    assert_eq!(backend.post("events", &json!({})).0, 404);
}
