//! Requests as the stock server libraries and their HTTP clients make them, in all their variety.

use crate::support::{APP, NOW, Server};
use antiphon_protocol::signature;
use serde_json::json;

const PATH: &str = "/apps/1/events";

fn target(body: &str) -> String {
    let query = signature::sign(APP, "POST", PATH, &[], body.as_bytes(), NOW);
    format!("{PATH}?{query}")
}

#[test]
fn a_client_may_wait_to_be_told_to_continue() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let body = r#"{"name":"n","data":"","channel":"a"}"#;
    let mut backend = server.backend();
    backend.write(
        format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            target(body),
            body.len()
        )
        .as_bytes(),
    );
    assert_eq!(backend.answer().0, 100);
    backend.write(body.as_bytes());
    assert_eq!(backend.answer(), (200, json!({})));
    assert_eq!(client.next_on("a"), ("n".to_owned(), json!("")));
    // What is announced as too large is refused before it is sent.
    backend.write(
        format!(
            "POST {} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n",
            target(body)
        )
        .as_bytes(),
    );
    let (status, text) = backend.answer();
    assert_eq!(status, 413);
    let text = text.as_str().unwrap();
    assert!(
        text.contains("262144 bytes, REVERB_MAX_REQUEST_SIZE"),
        "{text}"
    );
}

#[test]
fn a_body_may_come_in_chunks() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let body = r#"{"name":"n","data":"日本語 \ud83d\ude00","channel":"a"}"#;
    let mut chunks = Vec::new();
    // Cut in the midst of characters, too.
    for chunk in body.as_bytes().chunks(7) {
        chunks.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunks.extend_from_slice(chunk);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let mut backend = server.backend();
    let answer = backend.send_with(
        "POST",
        &target(body),
        "Transfer-Encoding: chunked\r\n",
        &chunks,
    );
    assert_eq!(answer, (200, json!({})));
    assert_eq!(client.next_on("a").1, "日本語 😀");
    assert_eq!(
        backend.get("connections", &[]).0,
        200,
        "it is still in step"
    );
}

#[test]
fn a_body_of_many_bytes_per_character_arrives_as_it_was_sent() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    for data in [
        "é",
        "日本語",
        "\u{1f600}\u{2028}\u{0}",
        "{\"t\":\"\\u00e9\"}",
    ] {
        let event = json!({"name": "n", "data": data, "channel": "a"});
        assert_eq!(server.post("events", &event), (200, json!({})));
        assert_eq!(client.next_on("a").1, data);
    }
}

#[test]
fn a_get_may_carry_the_digest_of_no_body() {
    // As the Python library sends it.
    let server = Server::start();
    let digest = signature::body_md5(b"");
    assert_eq!(
        server.get("channels", &[("body_md5", &digest)]),
        (200, json!({"channels": {}}))
    );
}

#[test]
fn members_that_are_null_are_not_there() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let event = json!({"name": "n", "data": "", "channels": ["a"], "channel": null,
        "socket_id": null, "info": null, "tags": {"unknown": "to us"}});
    assert_eq!(server.post("events", &event), (200, json!({})));
    assert_eq!(client.next_on("a").1, "");
}

#[test]
fn a_user_is_shut_out_with_and_without_a_body() {
    let server = Server::start();
    let path = "/apps/1/users/u1/terminate_connections";
    for body in ["", "{}"] {
        let query = signature::sign(APP, "POST", path, &[], body.as_bytes(), NOW);
        let answer = server
            .backend()
            .send("POST", &format!("{path}?{query}"), body.as_bytes());
        assert_eq!(answer, (200, json!({})), "{body:?}");
    }
}

#[test]
fn a_channel_is_named_in_the_path_as_it_is_or_escaped() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a=b@c,d.e;f", None);
    let occupied = (200, json!({"occupied": true}));
    assert_eq!(server.get("channels/a=b@c,d.e;f", &[]), occupied);
    assert_eq!(server.get("channels/a%3Db%40c%2Cd.e%3Bf", &[]), occupied);
}

#[test]
fn an_event_may_list_a_channel_twice_and_is_sent_twice() {
    let server = Server::start();
    let mut client = server.connect();
    client.subscribe("a", None);
    let event = json!({"name": "n", "data": "", "channels": ["a", "a"]});
    assert_eq!(server.post("events", &event), (200, json!({})));
    client.next_on("a");
    client.next_on("a");
    client.fence();
}
