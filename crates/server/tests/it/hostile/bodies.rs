//! Bodies that are not what they should be, at every endpoint that reads one.

use super::scene::{By, Scene};
use serde_json::json;

/// What no endpoint can take for a JSON object.
fn no_objects() -> Vec<(&'static str, Vec<u8>)> {
    let mut long_key = b"{\"".to_vec();
    long_key.extend([b'k'; 1000]);
    vec![
        ("an open brace", b"{".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", b"\"x\"".to_vec()),
        ("a number", b"1".to_vec()),
        ("null", b"null".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("something after the object", b"{} x".to_vec()),
        ("single quotes", b"{'message':'x'}".to_vec()),
        ("a comma too many", b"{\"message\":\"x\",}".to_vec()),
        ("not a number", b"{\"conversation_id\":NaN}".to_vec()),
        (
            "a number out of range",
            b"{\"conversation_id\":1e999}".to_vec(),
        ),
        ("a control character", b"{\"message\":\"a\x01b\"}".to_vec()),
        ("a raw NUL", b"{\"message\":\"a\0b\"}".to_vec()),
        ("NULs", vec![0; 64]),
        ("bad UTF-8", b"{\"message\":\"\xff\xfe\"}".to_vec()),
        ("overlong UTF-8", b"{\"message\":\"\xc0\x80\"}".to_vec()),
        (
            "a raw surrogate",
            b"{\"message\":\"\xed\xa0\x80\"}".to_vec(),
        ),
        ("a lone surrogate", b"{\"message\":\"\\ud800\"}".to_vec()),
        (
            "surrogates the wrong way round",
            b"{\"message\":\"\\udc00\\ud800\"}".to_vec(),
        ),
        ("deep lists", b"[".repeat(50_000)),
        ("deep objects", b"{\"a\":".repeat(20_000)),
        ("an open key", long_key),
        (
            "UTF-16",
            "{\"message\":\"x\"}"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
        ("HTML", b"<!doctype html><script>".to_vec()),
        ("a form", b"conversation_id=1&message=x".to_vec()),
    ]
}

#[test]
fn what_is_no_json_object_is_refused() {
    let scene = Scene::new();
    let before = scene.counts();
    for (endpoint, _) in scene.with_body() {
        for (what, body) in no_objects() {
            let answer = scene.call_json(&endpoint, &body).send();
            assert_eq!(answer.status, 400, "{what} at {}: {answer}", endpoint.route);
            scene.is_refused(&endpoint, what, &answer);
        }
    }
    scene.unharmed(&before);
}

#[test]
fn a_deep_object_in_a_field_is_refused() {
    let scene = Scene::new();
    let before = scene.counts();
    let deep = format!(
        "{{\"visitor_metadata\":{}{}}}",
        "{\"a\":".repeat(10_000),
        "}".repeat(10_000)
    );
    for (endpoint, _) in scene.with_body() {
        let answer = scene.call_json(&endpoint, deep.as_bytes()).send();
        scene.is_refused(&endpoint, "a deep object", &answer);
    }
    scene.unharmed(&before);
}

#[test]
fn a_body_of_another_content_type_is_refused() {
    let scene = Scene::new();
    let before = scene.counts();
    for (endpoint, body) in scene.with_body() {
        // The Pusher API is signed over the bytes, and its SDKs are free in what they call them.
        if endpoint.by == By::Backend {
            continue;
        }
        for content_type in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/jsonx",
            "application/json5",
            "json",
            "*/*",
            "",
        ] {
            let request = scene.call(&endpoint, body.to_string().as_bytes());
            let answer = request.header("content-type", content_type).send();
            assert_eq!(
                answer.status, 415,
                "{content_type} at {}: {answer}",
                endpoint.route
            );
            scene.is_refused(&endpoint, content_type, &answer);
        }
        let answer = scene.call(&endpoint, body.to_string().as_bytes()).send();
        assert_eq!(answer.status, 415, "none at {}: {answer}", endpoint.route);
        // A page of another site can send a form without asking first; only the authorization of sockets takes one.
        if !endpoint.route.starts_with("/broadcasting/") {
            let form = scene
                .call(&endpoint, b"message=x")
                .header("content-type", "application/x-www-form-urlencoded");
            assert_eq!(form.send().status, 415, "a form at {}", endpoint.route);
        }
    }
    scene.unharmed(&before);
}

#[test]
fn a_megabyte_is_too_large_however_it_is_sent() {
    let scene = Scene::new();
    let before = scene.counts();
    let megabyte = "x".repeat(1 << 20);
    for (endpoint, mut body) in scene.with_body() {
        let field = body.as_object().unwrap().keys().next().unwrap().clone();
        body[field] = json!(megabyte);
        let body = body.to_string();
        let chunks: Vec<u8> = body
            .as_bytes()
            .chunks(50_000)
            .flat_map(|chunk| {
                [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
            })
            .chain(*b"0\r\n\r\n")
            .collect();
        for (what, answer) in [
            (
                "a megabyte",
                scene.call_json(&endpoint, body.as_bytes()).send(),
            ),
            (
                "an announced gigabyte",
                scene
                    .call_json(&endpoint, b"")
                    .header("content-length", "1073741824")
                    .send(),
            ),
            (
                "chunks",
                scene
                    .call_json(&endpoint, &chunks)
                    .header("transfer-encoding", "chunked")
                    .send(),
            ),
        ] {
            assert_eq!(answer.status, 413, "{what} at {}: {answer}", endpoint.route);
            assert!(
                answer.text().contains("bytes"),
                "the limit is named: {answer}"
            );
            scene.is_refused(&endpoint, what, &answer);
        }
    }
    scene.unharmed(&before);
}

#[test]
fn a_body_that_breaks_off_stores_nothing() {
    let scene = Scene::new();
    let before = scene.counts();
    for (endpoint, body) in scene.with_body() {
        let body = body.to_string();
        let half = &body.as_bytes()[..body.len() / 2];
        let length = body.len().to_string();
        let cut = scene
            .call_json(&endpoint, half)
            .header("content-length", &length)
            .begin();
        // Whether it is answered is the server's choice: the client has gone.
        if let Some(answer) = cut.end_of_request().read() {
            scene.is_refused(&endpoint, "half a body", &answer);
        }
        let chunk = scene
            .call_json(&endpoint, b"5\r\n{\"me")
            .header("transfer-encoding", "chunked")
            .begin();
        if let Some(answer) = chunk.end_of_request().read() {
            scene.is_refused(&endpoint, "half a chunk", &answer);
        }
    }
    scene.unharmed(&before);
}

#[test]
fn a_body_where_none_is_read_does_no_harm() {
    let scene = Scene::new();
    let before = scene.counts();
    let megabyte = vec![b'x'; 1 << 20];
    for endpoint in scene.endpoints() {
        // Closing and reopening do what they are asked, whatever is said with it; a tail has no end; and whoever is still sending
        // loses the end of a long answer.
        if endpoint.body.is_some()
            || endpoint.by == By::Backend
            || endpoint.route == "/api/v1/openapi.json"
            || endpoint.route == "/console/api/tail"
            || endpoint.route.starts_with("/api/v1/conversations/{id}/")
        {
            continue;
        }
        let length = megabyte.len().to_string();
        let answer = scene
            .call(&endpoint, &megabyte)
            .header("content-length", &length)
            .send();
        assert!(answer.status < 500, "{}: {answer}", endpoint.route);
    }
    scene.unharmed(&before);
}
