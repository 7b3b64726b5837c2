//! The beginning of a connection: the handshake, the first message, and every refusal with its code.

use crate::support::{PATH, Server, handshake, read_to_end};
use serde_json::json;
use std::collections::HashSet;
use std::io::Write as _;

fn refused(server: &Server, path: &str) -> (u16, String) {
    server.open(path, None).next_fatal()
}

#[test]
fn the_first_message_names_the_socket_and_its_timeout() {
    let server = Server::with(|app| app.activity_timeout_s = 33, |_| {});
    let mut client = server.open(PATH, None);
    let data = client.established();
    assert_eq!(
        data,
        json!({"socket_id": client.socket_id, "activity_timeout": 33})
    );
    client.fence();
}

#[test]
fn socket_ids_are_two_numbers_and_all_different() {
    let server = Server::start();
    let clients: Vec<_> = (0..50).map(|_| server.connect()).collect();
    let ids: HashSet<_> = clients.iter().map(|client| client.socket_id()).collect();
    assert_eq!(ids.len(), clients.len());
    assert_eq!(server.hub.connection_count("1"), 50);
}

#[test]
fn an_unknown_key_is_refused_for_good() {
    let server = Server::start();
    let (code, reason) = refused(&server, "/app/other?protocol=7");
    assert_eq!((code, &*reason), (4001, "Application does not exist"));
}

#[test]
fn a_disabled_application_is_refused() {
    let server = Server::with(|app| app.enabled = false, |_| {});
    assert_eq!(refused(&server, PATH).0, 4003);
}

#[test]
fn the_protocol_version_is_checked() {
    let server = Server::start();
    for version in ["5", "6", "7"] {
        server
            .open(&format!("/app/key?protocol={version}"), None)
            .established();
    }
    assert_eq!(refused(&server, "/app/key").0, 4008);
    assert_eq!(refused(&server, "/app/key?client=js").0, 4008);
    for garbage in ["", "seven", "7.0", "-7", "99999999999"] {
        assert_eq!(
            refused(&server, &format!("/app/key?protocol={garbage}")).0,
            4006,
            "{garbage}"
        );
    }
    for unsupported in ["0", "4", "8"] {
        assert_eq!(
            refused(&server, &format!("/app/key?protocol={unsupported}")).0,
            4007,
            "{unsupported}"
        );
    }
}

#[test]
fn an_application_over_its_quota_takes_nobody_until_somebody_leaves() {
    let server = Server::with(|app| app.max_connections = Some(2), |_| {});
    let (first, mut second) = (server.connect(), server.connect());
    assert_eq!(refused(&server, PATH).0, 4004);
    assert_eq!(server.hub.connection_count("1"), 2);
    drop(first);
    crate::support::eventually(|| server.hub.connection_count("1") == 1);
    server.connect();
    second.fence();
}

#[test]
fn only_listed_origins_may_connect() {
    let server = Server::with(
        |app| app.allowed_origins = vec!["*.example.com".to_owned(), "localhost".to_owned()],
        |_| {},
    );
    for origin in ["https://shop.example.com", "http://localhost:5173"] {
        server.open(PATH, Some(origin)).established();
    }
    for origin in [
        Some("https://example.com"),
        Some("https://shop.example.com.evil.net"),
        Some("null"),
        None,
    ] {
        let (code, reason) = server.open(PATH, origin).next_fatal();
        assert_eq!((code, &*reason), (4009, "Origin not allowed"), "{origin:?}");
    }
}

#[test]
fn a_full_node_says_so() {
    let server = Server::with(|_| {}, |limits| limits.max_connections = 2);
    let clients = [server.connect(), server.connect()];
    assert_eq!(refused(&server, PATH).0, 4100);
    drop(clients);
    crate::support::eventually(|| server.hub.socket_count() == 0);
    server.connect();
}

#[test]
fn an_address_may_not_take_all_places() {
    let server = Server::with(
        |_| {},
        |limits| {
            limits.max_connections_per_address = Some(1);
            limits.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        },
    );
    let open = |address: &str| server.open_with(PATH, &[("X-Forwarded-For", address)]);
    let mut first = open("192.0.2.1");
    first.established();
    open("192.0.2.2").established();
    assert_eq!(
        open("192.0.2.1").next_fatal(),
        (
            4100,
            "Too many connections from this address: the most is 1".to_owned()
        )
    );
    drop(first);
    crate::support::eventually(|| server.hub.socket_count() == 0);
    open("192.0.2.1").established();
}

#[test]
fn a_wrong_handshake_gets_a_plain_answer() {
    let server = Server::start();
    let answer = |request: String| {
        let mut stream = server.tcp();
        stream.write_all(request.as_bytes()).unwrap();
        read_to_end(&mut stream)
    };
    let old = answer(handshake(PATH).replace("Version: 13", "Version: 8"));
    assert!(
        old.starts_with("HTTP/1.1 426 ") && old.contains("Sec-WebSocket-Version: 13\r\n"),
        "{old}"
    );
    let keyless = answer(handshake(PATH).replace("dGhlIHNhbXBsZSBub25jZQ==", "x"));
    assert!(keyless.starts_with("HTTP/1.1 400 "), "{keyless}");
    assert_eq!(server.hub.connection_count("1"), 0);
}

#[test]
fn a_client_may_write_one_byte_at_a_time() {
    use antiphon_protocol::ws::{Opcode, client};
    let server = Server::start();
    let mut stream = server.tcp();
    let mut bytes = handshake(PATH).into_bytes();
    client::write(
        &mut bytes,
        Opcode::Text,
        br#"{"event":"pusher:ping"}"#,
        [9, 8, 7, 6],
    );
    client::write(&mut bytes, Opcode::Ping, b"hello", [1, 2, 3, 4]);
    client::write(
        &mut bytes,
        Opcode::Close,
        &1000u16.to_be_bytes(),
        [1, 2, 3, 4],
    );
    for byte in bytes {
        stream.write_all(&[byte]).unwrap();
    }
    let answers = read_to_end(&mut stream);
    assert!(answers.contains("connection_established"), "{answers}");
    assert!(
        answers.contains(r#"{"event":"pusher:pong","data":{}}"#),
        "{answers}"
    );
    assert!(answers.contains("hello"), "{answers}");
}

#[test]
fn a_client_may_send_all_at_once_and_leave() {
    use antiphon_protocol::ws::{Opcode, client};
    let server = Server::start();
    let mut stream = server.tcp();
    let mut bytes = handshake(PATH).into_bytes();
    let subscribe = br#"{"event":"pusher:subscribe","data":{"channel":"a"}}"#;
    client::write(&mut bytes, Opcode::Text, subscribe, [9, 8, 7, 6]);
    stream.write_all(&bytes).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(read_to_end(&mut stream).contains("subscription_succeeded"));
    crate::support::eventually(|| server.hub.socket_count() == 0 && server.subscribers("a") == 0);
}
