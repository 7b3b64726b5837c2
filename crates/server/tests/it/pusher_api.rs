//! The Pusher HTTP API: what any backend with a Pusher library can rely on.

use crate::{start, workspace};
use antiphon_testkit::{Backend, PusherClient, Request, Response, TestApp, unix_seconds};
use serde_json::{Value, json};

/// A server, a backend, and a socket that listens on the public channel `news`.
fn scene() -> (TestApp, Backend, PusherClient) {
    let app = start();
    let backend = app.backend();
    let mut socket = app.connect();
    socket.subscribe("news", "");
    (app, backend, socket)
}

fn event(name: &str, channels: &[&str], data: &str) -> Value {
    json!({ "name": name, "channels": channels, "data": data })
}

/// What a refusal of the Pusher API looks like: a status and a line for the developer.
#[track_caller]
fn refused(answer: Response, status: u16, part: &str) {
    let answer = answer.expect(status);
    assert!(answer.text().contains(part), "{part:?} in {answer}");
}

#[test]
fn a_signed_event_reaches_the_channels_subscribers() {
    let (app, backend, mut socket) = scene();
    let answer = backend
        .trigger(&event("order.created", &["news"], "{\"id\":1}"))
        .send()
        .expect(200);
    assert_eq!(answer.json(), json!({}));
    let mut message = socket.next_message();
    assert!(message["id"].take().is_string(), "its name in the history");
    assert_eq!(
        message,
        json!({ "event": "order.created", "channel": "news", "data": "{\"id\":1}", "id": null })
    );
    // The application's own port has the API too.
    backend
        .at(app.http())
        .trigger(&event("two", &["news"], "{}"))
        .send()
        .expect(200);
    socket.next_event("two");
}

#[test]
fn one_event_goes_to_many_channels_and_one_may_be_named_alone() {
    let (_app, backend, mut socket) = scene();
    socket.subscribe("sports", "");
    backend
        .trigger(&event("e", &["news", "sports", "nobody"], "{}"))
        .send()
        .expect(200);
    let channels =
        [socket.next_message(), socket.next_message()].map(|message| message["channel"].clone());
    assert_eq!(channels, [json!("news"), json!("sports")]);
    backend
        .trigger(&json!({ "name": "alone", "channel": "news", "data": "{}" }))
        .send()
        .expect(200);
    socket.next_event("alone");
}

#[test]
fn the_named_socket_is_left_out() {
    let (app, backend, mut socket) = scene();
    let mut other = app.connect();
    other.subscribe("news", "");
    let mut body = event("first", &["news"], "{}");
    body["socket_id"] = json!(socket.socket_id());
    backend.trigger(&body).send().expect(200);
    backend
        .trigger(&event("second", &["news"], "{}"))
        .send()
        .expect(200);
    other.next_event("first");
    other.next_event("second");
    socket.next_event("second");
    for wrong in ["1", "1.2.3", "a.b", "1.2:x"] {
        body["socket_id"] = json!(wrong);
        refused(backend.trigger(&body).send(), 400, "socket_id");
    }
}

#[test]
fn private_channels_take_events_of_a_backend() {
    let (app, backend, _) = scene();
    let mut socket = app.connect();
    let auth = backend.authorize(socket.socket_id(), "private-x");
    socket.subscribe("private-x", &auth);
    backend
        .trigger(&event("e", &["private-x"], "\"text\""))
        .send()
        .expect(200);
    assert_eq!(socket.next_event("e"), "text");
}

/// The query with one parameter replaced, or left out.
fn with(query: &str, name: &str, value: Option<&str>) -> String {
    let others = query
        .split('&')
        .filter(|pair| !pair.starts_with(&format!("{name}=")));
    let replaced = value.map(|value| format!("{name}={value}"));
    others
        .map(str::to_owned)
        .chain(replaced)
        .collect::<Vec<_>>()
        .join("&")
}

#[test]
fn every_part_of_the_signature_counts() {
    let (_app, backend, mut socket) = scene();
    let body = event("forged", &["news"], "{}").to_string();
    let path = backend.events_path();
    let query = backend.sign("POST", &path, body.as_bytes());
    let zeros = "0".repeat(64);
    for (wrong, part) in [
        (
            with(&query, "auth_signature", Some(&zeros)),
            "Invalid signature",
        ),
        (
            with(&query, "auth_signature", Some("")),
            "Invalid signature",
        ),
        (with(&query, "auth_signature", None), "auth_signature"),
        (with(&query, "auth_key", Some("other")), "auth_key"),
        (with(&query, "auth_key", None), "auth_key"),
        (with(&query, "auth_version", Some("2.0")), "auth_version"),
        (with(&query, "auth_version", None), "auth_version"),
        (
            with(&query, "auth_timestamp", Some("soon")),
            "auth_timestamp",
        ),
        (with(&query, "auth_timestamp", None), "auth_timestamp"),
        (with(&query, "body_md5", None), "body_md5"),
        (with(&query, "body_md5", Some(&"0".repeat(32))), "signature"),
        (format!("{query}&auth_key={}", backend.key), "auth_key"),
        (format!("{query}&info=user_count"), "Invalid signature"),
        (String::new(), "auth_key"),
    ] {
        refused(backend.events(&wrong, body.clone()).send(), 401, part);
    }
    // Signed, and then sent with another body, another method's signature, or for another path.
    let other = event("other", &["news"], "{}").to_string();
    refused(backend.events(&query, other).send(), 401, "body_md5");
    let of_get = backend.sign("GET", &path, body.as_bytes());
    refused(
        backend.events(&of_get, body.clone()).send(),
        401,
        "Invalid signature",
    );
    let of_other = backend.sign("POST", "/apps/2/events", body.as_bytes());
    refused(
        backend.events(&of_other, body.clone()).send(),
        401,
        "Invalid signature",
    );
    let mut guess = backend.clone();
    guess.secret = "guess".to_owned();
    let guessed = guess.sign("POST", &path, body.as_bytes());
    refused(
        backend.events(&guessed, body.clone()).send(),
        401,
        "Invalid signature",
    );
    backend.events(&query, body).send().expect(200);
    socket.next_event("forged");
    assert_eq!(socket.fence(), [Value::Null; 0]);
}

#[test]
fn a_signature_is_good_for_ten_minutes() {
    let (_app, backend, _) = scene();
    let body = event("e", &["news"], "{}").to_string();
    let at = |seconds: u64| {
        let query = backend.sign_at("POST", &backend.events_path(), body.as_bytes(), seconds);
        backend.events(&query, body.clone()).send()
    };
    let now = unix_seconds();
    at(now - 590).expect(200);
    at(now + 590).expect(200);
    refused(at(now - 700), 401, "auth_timestamp");
    refused(at(now + 700), 401, "auth_timestamp");
    refused(at(0), 401, "auth_timestamp");
}

#[test]
fn the_secret_is_never_told() {
    let (_app, backend, _) = scene();
    let body = event("e", &["news"], "{}").to_string();
    let query = backend.sign("POST", &backend.events_path(), body.as_bytes());
    let answer = backend
        .events(&with(&query, "auth_signature", Some("x")), body)
        .send()
        .expect(401);
    let right = query
        .split("auth_signature=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    assert!(!answer.text().contains(&backend.secret));
    assert!(!answer.text().contains(right), "{answer}");
}

#[test]
fn an_unknown_app_is_not_found() {
    let (_app, mut backend, _) = scene();
    for id in ["0", "x", "%00", "1%2f2"] {
        backend.app_id = id.to_owned();
        refused(
            backend.trigger(&event("e", &["news"], "{}")).send(),
            404,
            "app",
        );
    }
}

#[test]
fn limits_are_pushers_own() {
    let (_app, backend, mut socket) = scene();
    let trigger = |name: &str, channels: &[&str], data: &str| {
        backend.trigger(&event(name, channels, data)).send()
    };
    trigger(&"n".repeat(200), &["news"], "{}").expect(200);
    refused(trigger(&"n".repeat(201), &["news"], "{}"), 400, "name");
    refused(trigger("", &["news"], "{}"), 400, "name");
    let data = format!("\"{}\"", "d".repeat(10_238));
    trigger("largest", &["news"], &data).expect(200);
    refused(
        trigger("larger", &["news"], &format!("{data} ")),
        413,
        "exceeds",
    );
    let names: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    trigger("many", &names[..100], "{}").expect(200);
    refused(trigger("more", &names, "{}"), 400, "channels");
    refused(trigger("none", &[], "{}"), 400, "channels");
    trigger("long", &[&"c".repeat(200)], "{}").expect(200);
    refused(trigger("longer", &[&"c".repeat(201)], "{}"), 400, "channel");
    for channel in ["", "a b", "a/b", "ü", "a\u{0}", "#server-to-user-1 "] {
        refused(trigger("e", &["news", channel], "{}"), 400, "channel");
    }
    for reserved in ["pusher:error", "pusher_internal:subscription_succeeded"] {
        refused(trigger(reserved, &["news"], "{}"), 400, "name");
    }
    socket.next_event(&"n".repeat(200));
    assert_eq!(socket.next_event("largest").as_str().unwrap().len(), 10_238);
    assert_eq!(
        socket.fence(),
        [Value::Null; 0],
        "what was refused reached nobody"
    );
}

#[test]
fn a_body_that_is_no_event_is_refused() {
    let (_app, backend, mut socket) = scene();
    let send = |body: &[u8]| {
        let query = backend.sign("POST", &backend.events_path(), body);
        backend.events(&query, body).send()
    };
    for body in [
        &b"{"[..],
        b"[]",
        b"null",
        b"{}",
        br#"{"name":1,"channels":["news"],"data":"{}"}"#,
        br#"{"name":"e","channels":"news","data":"{}"}"#,
        br#"{"name":"e","channels":[1],"data":"{}"}"#,
        br#"{"name":"e","channels":["news"],"data":{"an":"object"}}"#,
        br#"{"name":"e","channels":["news"]}"#,
        b"{\"name\":\"\xff\",\"channels\":[\"news\"],\"data\":\"{}\"}",
        br#"{"name":"\ud800","channels":["news"],"data":"{}"}"#,
    ] {
        refused(send(body), 400, "");
    }
    refused(send(&[b'['; 100_000]), 400, "");
    refused(send(b""), 400, "");
    assert_eq!(socket.fence(), [Value::Null; 0]);
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let (_app, backend, _) = scene();
    let path = backend.events_path();
    let request = |body: &str| {
        backend
            .request(
                "POST",
                &format!("{path}?{}", backend.sign("POST", &path, b"x")),
            )
            .body(body)
    };
    let announced: Request = request("").header("content-length", "1000000000");
    refused(announced.send(), 413, "bytes");
    let chunk = "x".repeat(64 * 1024);
    let chunks = format!("{:x}\r\n{chunk}\r\n", chunk.len()).repeat(20) + "0\r\n\r\n";
    refused(
        request(&chunks)
            .header("transfer-encoding", "chunked")
            .send(),
        413,
        "bytes",
    );
}

#[test]
fn the_number_of_sockets_is_told_to_who_signs() {
    let (app, backend, _first) = scene();
    let path = format!("/apps/{}/connections", backend.app_id);
    let count = || {
        let query = backend.sign("GET", &path, b"");
        backend
            .request("GET", &format!("{path}?{query}"))
            .send()
            .expect(200)
            .json()
    };
    assert_eq!(count(), json!({ "connections": 1 }));
    let _second = app.connect();
    assert_eq!(count(), json!({ "connections": 2 }));
    backend.request("GET", &path).send().expect(401);
}

#[test]
fn the_servers_own_path_prefix_is_no_part_of_the_signature() {
    let app = TestApp::start_in(workspace().with_env("REVERB_SERVER_PATH", "/ws"));
    let backend = app.backend();
    let mut socket = PusherClient::connect_at(app.websocket(), &format!("/ws/app/{}", backend.key));
    socket.subscribe("news", "");
    let body = event("e", &["news"], "{}").to_string();
    // SDKs sign the path that they know, and know nothing of the prefix.
    let query = backend.sign("POST", &backend.events_path(), body.as_bytes());
    let prefixed = |query: &str| {
        let target = format!("/ws{}?{query}", backend.events_path());
        backend
            .request("POST", &target)
            .header("content-type", "application/json")
            .body(body.clone())
            .send()
    };
    prefixed(&query).expect(200);
    socket.next_event("e");
    backend.events(&query, body.clone()).send().expect(404);
    assert!(PusherClient::open(app.websocket(), &format!("/app/{}", backend.key)).is_err());
}

#[test]
fn health_is_told_on_both_ports() {
    let app = start();
    let up = app.get("/up").send().expect(200);
    assert_eq!(up.json(), json!({ "health": "OK" }));
    assert_eq!(up.header("cache-control"), Some("no-store"));
    Request::new(app.websocket(), "GET", "/up")
        .send()
        .expect(200);
}

#[test]
fn an_unknown_key_is_told_so_that_the_client_stops_trying() {
    let app = start();
    for address in [app.http(), app.websocket()] {
        let mut socket = PusherClient::open(address, "/app/unknown").unwrap();
        let (messages, code, _) = socket.wait_for_close();
        assert_eq!(code, 4001);
        assert_eq!(messages[0]["data"]["code"], 4001, "{messages:?}");
    }
}
