//! Frames and bytes from strangers cost the stranger at most its own socket.

use crate::support::{PATH, Server, handshake, read_until, send_lossy};
use antiphon_protocol::ws::{Opcode, client};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use tungstenite::Message;

#[test]
fn nonsense_is_answered_and_costs_nothing() {
    let server = Server::start();
    let mut client = server.connect();
    let deep = "[".repeat(10_000);
    for text in [
        "",
        "hello",
        "{",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{}",
        &deep,
        r#"{"event":null}"#,
        r#"{"event":7}"#,
        r#"{"event":{}}"#,
        r#"["pusher:ping"]"#,
        r#"{"event":"pusher:subscribe"}"#,
        r#"{"event":"pusher:subscribe","data":null}"#,
        r#"{"event":"pusher:subscribe","data":[]}"#,
        r#"{"event":"pusher:subscribe","data":"x"}"#,
        r#"{"event":"pusher:subscribe","data":{}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":7}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":null}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"a","auth":7}}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:x","channel_data":{}}}"#,
        r#"{"event":"pusher:unsubscribe"}"#,
        r#"{"event":"pusher:unsubscribe","data":{"channel":[]}}"#,
        r#"{"event":"pusher:signin"}"#,
        r#"{"event":"pusher:signin","data":{"auth":null}}"#,
        r#"{"event":"client-x"}"#,
        r#"{"event":"client-x","channel":7}"#,
    ] {
        client.send_text(text);
        let error = client.next_error();
        assert_eq!(error["code"], Value::Null, "{text} {error}");
    }
    client.fence();
    assert_eq!(server.hub.panic_count(), 0);
}

#[test]
fn bytes_are_taken_for_text_if_they_are() {
    let server = Server::start();
    let mut client = server.connect();
    client
        .ws
        .send(Message::binary(&br#"{"event":"pusher:ping"}"#[..]))
        .unwrap();
    client.next_event("pusher:pong");
    client.ws.send(Message::binary(&b"\xff\xfe"[..])).unwrap();
    assert_eq!(client.next_error()["code"], Value::Null);
    client.fence();
}

#[test]
fn too_large_a_message_costs_its_sender_the_connection_and_no_one_else() {
    let server = Server::with(|app| app.max_message_bytes = 1000, |_| {});
    let mut neighbor = server.connect();
    for fragmented in [false, true] {
        let mut client = server.connect();
        if fragmented {
            let mut bytes = vec![0x01, 0x80 | 126, 0x03, 0x00, 0, 0, 0, 0];
            bytes.extend_from_slice(&[b'x'; 0x300]);
            bytes.extend_from_slice(&[0x80, 0x80 | 126, 0x03, 0x00, 0, 0, 0, 0]);
            bytes.extend_from_slice(&[b'x'; 0x300]);
            send_lossy(client.ws.get_mut(), &bytes);
        } else {
            client.send_text(&"x".repeat(1001));
        }
        let reason = "Message too large: the most is 1000 bytes";
        assert_eq!(client.next_close(), (1009, reason.to_owned()));
    }
    neighbor.fence();
}

#[test]
fn broken_framing_costs_its_sender_the_connection() {
    let server = Server::start();
    for (bytes, code) in [
        (&[0x81, 0x01, b'x'][..], 1002),         // not masked
        (&[0xf1, 0x80, 0, 0, 0, 0], 1002),       // reserved bits
        (&[0x80, 0x80, 0, 0, 0, 0], 1002),       // a continuation of nothing
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007), // not UTF-8
        (&[0x88, 0x81, 0, 0, 0, 0, 3], 1002),    // half a close code
    ] {
        let mut client = server.connect();
        send_lossy(client.ws.get_mut(), bytes);
        assert_eq!(client.next_close().0, code, "{bytes:x?}");
    }
    server.connect().fence();
}

#[test]
fn a_flood_of_messages_ends_the_connection() {
    let server = Server::with(|_| {}, |limits| limits.messages_per_second = 50);
    let mut flooder = server.connect();
    let mut neighbor = server.connect();
    let ping = json!({"event": "pusher:ping"}).to_string();
    for _ in 0..100 {
        flooder.ws.write(Message::text(&*ping)).unwrap();
    }
    flooder.ws.flush().unwrap();
    let mut pongs = 0;
    let error = loop {
        let message = flooder.next();
        match message["event"] == "pusher:pong" {
            true => pongs += 1,
            false => break message,
        }
    };
    assert_eq!(error["data"]["code"], 4301);
    assert!((50..60).contains(&pongs), "{pongs}");
    assert_eq!(flooder.next_close().0, 4301);
    neighbor.fence();
}

#[test]
fn an_address_that_opens_sockets_and_says_nothing_has_no_more_than_its_share() {
    let limit = |limits: &mut antiphon_realtime::Limits| {
        limits.max_connections_per_address = Some(3);
    };
    let server = Server::with(|_| {}, limit);
    let mut client = server.connect();
    let mut silent: Vec<_> = (0..2).map(|_| server.tcp()).collect();
    let mut http = server.tcp();
    http.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    read_until(&mut http, "GET / HTTP/1.1\r\n\r\n");
    crate::support::eventually(|| server.hub.socket_count() == 4);
    for _ in 0..10 {
        assert_eq!(
            server.tcp().read(&mut [0; 10]).unwrap(),
            0,
            "closed at once"
        );
    }
    assert_eq!(server.hub.socket_count(), 4);
    client.fence();
    // A place is free again with the end of a socket of either kind.
    drop(http);
    crate::support::eventually(|| server.hub.socket_count() == 3);
    let mut second = server.connect();
    second.fence();
    silent.clear();
    crate::support::eventually(|| server.hub.socket_count() == 2);
    server.connect().fence();
}

#[test]
fn a_trusted_proxy_opens_as_many_sockets_as_its_clients_need() {
    let server = Server::with(
        |_| {},
        |limits| {
            limits.max_connections_per_address = Some(1);
            limits.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        },
    );
    let _silent: Vec<_> = (0..20).map(|_| server.tcp()).collect();
    crate::support::eventually(|| server.hub.socket_count() == 20);
    let mut client = server.open_with(PATH, &[("X-Forwarded-For", "192.0.2.1")]);
    client.established();
}

#[test]
fn one_socket_cannot_fill_the_server_with_channels() {
    let server = Server::with(|_| {}, |limits| limits.messages_per_second = 1_000_000);
    let mut greedy = server.connect();
    let mut succeeded = 0;
    for n in 0..10_000 {
        let data = json!({"channel": format!("c{n}")});
        greedy.send(&json!({"event": "pusher:subscribe", "data": data}));
        let answer = greedy.next();
        if answer["event"] == "pusher_internal:subscription_succeeded" {
            succeeded += 1;
        } else {
            let error = greedy.next_event("pusher:subscription_error");
            assert_eq!(error["data"]["type"], "LimitReached");
        }
        // Without its subscriptions, the same connection may have others, and the old ones leave nothing behind.
        if n == 5_000 {
            assert_eq!(server.hub.occupied_channels("1", "").len(), 1_000);
            let data = json!({"channel": "c7"});
            greedy.send(&json!({"event": "pusher:unsubscribe", "data": data}));
        }
    }
    assert_eq!(succeeded, 1_001);
    assert_eq!(server.hub.occupied_channels("1", "").len(), 1_000);
    server.connect().subscribe("another");
    drop(greedy);
    crate::support::eventually(|| server.hub.occupied_channels("1", "").is_empty());
}

#[test]
fn a_client_that_sends_and_never_reads_is_cut_off() {
    let server = Server::with(
        |_| {},
        |limits| {
            limits.backlog_bytes = 10_000;
            limits.close_timeout_ms = 100;
            limits.messages_per_second = 1_000_000;
        },
    );
    let mut stream = server.tcp();
    send_lossy(&mut stream, handshake(PATH).as_bytes());
    let mut pings = Vec::new();
    for _ in 0..1000 {
        client::write(&mut pings, Opcode::Ping, &[b'x'; 125], [1, 2, 3, 4]);
    }
    // Writes until the server, which cannot get rid of its pongs, gives this connection up.
    while stream.write_all(&pings).is_ok() {}
    crate::support::eventually(|| server.hub.socket_count() == 0);
    server.connect().fence();
}

#[test]
fn noise_instead_of_http_harms_nobody() {
    let server = Server::start();
    let mut neighbor = server.connect();
    for noise in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\0\0\0\0",
        b"\r\n\r\n",
        b"GET",
        b"\xff".repeat(70_000).as_slice(),
    ] {
        let mut stream = server.tcp();
        send_lossy(&mut stream, noise);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read(&mut [0; 1000]);
    }
    neighbor.fence();
}

#[test]
fn a_head_that_never_ends_goes_to_http_which_limits_it() {
    let server = Server::with(|_| {}, |limits| limits.head_bytes = 2000);
    let mut stream = server.tcp();
    let head = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(3000));
    send_lossy(&mut stream, head.as_bytes());
    let answer = read_until(&mut stream, "xxx");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[test]
fn a_panic_costs_one_connection_and_is_counted() {
    let server = Server::start();
    let mut neighbors: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for n in 1..4 {
        let mut stream = server.tcp();
        send_lossy(&mut stream, b"PANIC / HTTP/1.1\r\n\r\n");
        assert_eq!(stream.read(&mut [0; 10]).unwrap_or(0), 0);
        crate::support::eventually(|| {
            server.hub.panic_count() == n && server.hub.socket_count() == 8
        });
    }
    for neighbor in &mut neighbors {
        neighbor.subscribe("a");
    }
    server.publish("a", "alive", "");
    for neighbor in &mut neighbors {
        neighbor.next_data("a", "alive");
    }
}

#[test]
fn no_frame_of_a_stranger_harms_anybody() {
    let server = Server::with(|_| {}, |limits| limits.messages_per_second = 1_000_000);
    let mut neighbor = server.connect();
    let mut stranger = server.connect();
    let names = [
        "pusher:ping",
        "pusher:pong",
        "pusher:subscribe",
        "pusher:unsubscribe",
        "pusher:signin",
        "client-x",
        "pusher_internal:subscription_succeeded",
        "\u{0}",
        "",
    ];
    let long = "x".repeat(5000);
    let values = [
        json!(null),
        json!(true),
        json!(-1e300),
        json!(""),
        json!("a"),
        json!("private-a"),
        json!("presence-a"),
        json!("#server-to-user-1"),
        json!("\u{0}\u{1f600}"),
        json!(long),
        json!("{}"),
        json!("{\"channel\":\"a\"}"),
        json!([]),
        json!([["a"]]),
        json!({}),
        json!({"channel": {}}),
    ];
    let mut datas: Vec<Value> = values.to_vec();
    for channel in &values {
        for other in &values {
            datas.push(json!({"channel": channel, "auth": other, "channel_data": other}));
            datas.push(json!({"channel": "private-a", "auth": channel, "channel_data": other}));
            datas.push(json!({"auth": channel, "user_data": other}));
        }
    }
    let mut n_sent = 0;
    for name in names {
        for (n, data) in datas.iter().enumerate() {
            let channel = &values[n % values.len()];
            stranger
                .ws
                .write(Message::text(
                    json!({"event": name, "channel": channel, "data": data}).to_string(),
                ))
                .unwrap();
            n_sent += 1;
            if n_sent % 50 == 0 {
                drain(&mut stranger);
            }
        }
    }
    drain(&mut stranger);
    neighbor.fence();
    assert_eq!(server.hub.panic_count(), 0);
}

/// Reads all answers so far. The connection must be open.
fn drain(client: &mut crate::support::Client) {
    client.send_text(r#"{"event":"the end"}"#);
    while !client.next().to_string().contains("the end") {}
}
