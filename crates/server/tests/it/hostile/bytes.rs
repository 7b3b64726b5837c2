//! What is hardly HTTP: heads that are too large, headers that are no text, requests that do not end, and what follows them.

use super::scene::Scene;
use antiphon_testkit::{Pending, PusherClient, Stopwatch};
use std::time::Duration;

/// A head with this in it.
fn head(line: &str, headers: &[u8]) -> Vec<u8> {
    [line.as_bytes(), b"\r\nhost: x\r\n", headers, b"\r\n"].concat()
}

/// Each is refused with a 4xx or by closing, on both ports, and harms nobody.
#[track_caller]
fn refused_or_closed(scene: &Scene, attacks: &[(&str, Vec<u8>)]) {
    let before = scene.counts();
    let mut bystander = scene.visitor.listen();
    for address in [scene.app.http(), scene.app.websocket()] {
        for (what, bytes) in attacks {
            let answer = Pending::send_raw(address, bytes).end_of_request().read();
            if let Some(answer) = answer {
                assert!((400..500).contains(&answer.status), "{what}: {answer}");
            }
        }
    }
    scene.unharmed(&before);
    assert!(bystander.fence().is_empty());
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let scene = Scene::new();
    let long = "x".repeat(64 * 1024);
    let many: String = (0..2000).map(|n| format!("x-{n}: y\r\n")).collect();
    refused_or_closed(
        &scene,
        &[
            (
                "a long header",
                head("GET /up HTTP/1.1", format!("x: {long}\r\n").as_bytes()),
            ),
            (
                "a long name",
                head("GET /up HTTP/1.1", format!("{long}: x\r\n").as_bytes()),
            ),
            ("many headers", head("GET /up HTTP/1.1", many.as_bytes())),
            ("a long path", head(&format!("GET /{long} HTTP/1.1"), b"")),
            (
                "a long query",
                head(
                    &format!("GET /api/v1/conversations?limit={long} HTTP/1.1"),
                    b"",
                ),
            ),
            ("a long method", head(&format!("{long} / HTTP/1.1"), b"")),
            (
                "a long cookie",
                head(
                    "GET /api/v1/me HTTP/1.1",
                    format!("cookie: antiphon_session={long}\r\n").as_bytes(),
                ),
            ),
            (
                "a long token",
                head(
                    "GET /api/v1/me HTTP/1.1",
                    format!("authorization: Bearer {long}\r\n").as_bytes(),
                ),
            ),
        ],
    );
}

#[test]
fn what_is_no_http_is_refused() {
    let scene = Scene::new();
    refused_or_closed(
        &scene,
        &[
            ("nothing", Vec::new()),
            ("NULs", vec![0; 1000]),
            ("every byte", (0..=255).collect()),
            (
                "TLS",
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            ),
            ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
            ("SSH", b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
            ("no version", b"GET /up\r\n\r\n".to_vec()),
            ("another version", head("GET /up HTTP/9.9", b"")),
            (
                "half a head",
                b"POST /api/chatbot/message HTTP/1.1\r\nhost: x".to_vec(),
            ),
            (
                "a NUL in a header",
                head("GET /up HTTP/1.1", b"x: a\0b\r\n"),
            ),
            (
                "a header without a name",
                head("GET /up HTTP/1.1", b": x\r\n"),
            ),
            (
                "a space before the colon",
                head("POST /up HTTP/1.1", b"content-length : 1\r\n"),
            ),
            (
                "a negative length",
                head("POST /api/chatbot/init HTTP/1.1", b"content-length: -1\r\n"),
            ),
            (
                "two lengths",
                head(
                    "POST /api/chatbot/init HTTP/1.1",
                    b"content-length: 1\r\ncontent-length: 2\r\n",
                ),
            ),
            (
                "a length that is none",
                head(
                    "POST /api/chatbot/init HTTP/1.1",
                    b"content-length: 1,1x\r\n",
                ),
            ),
            (
                "an unknown coding",
                head(
                    "POST /api/chatbot/init HTTP/1.1",
                    b"transfer-encoding: rot13\r\n",
                ),
            ),
            ("a space in the path", head("GET /up up HTTP/1.1", b"")),
        ],
    );
}

#[test]
fn credentials_that_are_no_text_are_nobodys() {
    let scene = Scene::new();
    let before = scene.counts();
    for headers in [
        &b"authorization: Bearer \xff\xfe\r\n"[..],
        b"authorization: Bearer\r\n",
        b"authorization: \r\n",
        b"authorization: Bearer cbv_\xc3\xa9\r\n",
        b"cookie: antiphon_session=\xff\r\n",
        b"cookie: ;;;===;antiphon_session\r\n",
        b"cookie: antiphon_session=\"cbs_x\"\r\n",
    ] {
        let bytes = head("GET /api/v1/me HTTP/1.1", headers);
        let answer = scene.app.raw(&bytes).finish().expect(401);
        assert!(answer.json()["request_id"].is_string(), "{answer}");
    }
    scene.unharmed(&before);
}

#[test]
fn other_headers_that_are_no_text_count_as_none() {
    let scene = Scene::new();
    let headers = b"origin: \xff\r\nx-forwarded-for: \xff, , x\r\nx-socket-id: \xff\r\nif-none-match: \xff\r\naccept-encoding: \xff\r\nsec-fetch-site: \xff\r\n";
    let answer = scene
        .app
        .raw(&head("GET /chatbot-test.json HTTP/1.1", headers))
        .finish();
    answer.expect(200);
    let own = scene
        .visitor
        .message("x")
        .header("x-socket-id", "no socket");
    own.send().expect(201);
}

#[test]
fn what_follows_a_request_is_a_request_or_the_end() {
    let scene = Scene::new();
    let before = scene.counts();
    // The first is answered; the garbage behind it ends the connection, and harms nobody.
    let garbage = [&head("GET /up HTTP/1.1", b"")[..], b"\0\0GARBAGE\r\n\r\n"].concat();
    scene.app.raw(&garbage).finish().expect(200);
    // A message hidden in the body of a request that reads none, and in one whose two lengths disagree.
    let hidden = format!(
        "POST /api/chatbot/message HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\ncontent-length: 4\r\n\r\n{{}}{{}}",
        scene.visitor.token
    );
    for headers in [
        format!("content-length: {}\r\n", hidden.len()),
        format!(
            "content-length: {}\r\ntransfer-encoding: chunked\r\n",
            hidden.len()
        ),
        "content-length: 4\r\ntransfer-encoding: chunked\r\n".to_owned(),
    ] {
        let bytes = [
            &head("POST /api/v1/setup/check HTTP/1.1", headers.as_bytes())[..],
            hidden.as_bytes(),
        ]
        .concat();
        let _answer = scene.app.raw(&bytes).end_of_request().read();
    }
    scene.unharmed(&before);
}

#[test]
fn a_hundred_clients_that_say_nothing_hold_nobody_up() {
    let scene = Scene::new();
    let silent: Vec<_> = (0..100)
        .flat_map(|_| {
            [
                scene.app.raw(b""),
                scene.app.raw(b"POST /api/chatbot/message HTTP/1.1\r\n"),
                scene.app.raw(&head(
                    "POST /api/chatbot/message HTTP/1.1",
                    b"content-length: 100\r\n",
                )),
            ]
        })
        .collect();
    let watch = Stopwatch::start();
    let mut socket = scene.visitor.listen();
    scene.visitor.say("still here");
    assert_eq!(
        socket.next_event("ChatMessageReceived")["message"],
        "still here"
    );
    assert!(
        watch.elapsed() < Duration::from_secs(5),
        "{:?}",
        watch.elapsed()
    );
    drop(silent);
}

#[test]
fn a_websocket_that_talks_nonsense_is_alone_with_it() {
    let scene = Scene::new();
    let mut bystander = scene.visitor.listen();
    for path in [
        "/app/",
        "/app/%00",
        "/app/x/y",
        "/app/..%2f",
        &format!("/app/{}", "k".repeat(5000)),
    ] {
        for address in [scene.app.http(), scene.app.websocket()] {
            // Refused before or after the handshake; both are fine, and neither is a connection.
            if let Ok(mut socket) = PusherClient::open(address, path) {
                socket.wait_for_close();
            }
        }
    }
    scene.visitor.say("marker");
    assert_eq!(
        bystander.next_event("ChatMessageReceived")["message"],
        "marker"
    );
}
