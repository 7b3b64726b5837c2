//! A widget's own settings for files and recordings, which hold for its visitors.

use super::media::{png, wav};
use super::{form, on_disk, start, upload};
use antiphon_testkit::{Form, Response, TestApp, Visitor};
use serde_json::{Value, json};

#[track_caller]
fn set(app: &TestApp, settings: &Value) {
    let update = ["widget:update", "--id", "1", "--settings", "-"];
    let updated = app
        .workspace()
        .cli_with_input(&update, settings.to_string().as_bytes());
    assert!(updated.status.success(), "{updated:?}");
}

#[track_caller]
fn refused(app: &TestApp, answer: &Response, status: u16, setting: &str) {
    assert_eq!(answer.status, status, "{setting}: {answer}");
    assert!(answer.text().contains(setting), "{setting}: {answer}");
    assert!(on_disk(app.workspace()).is_empty(), "{setting}");
}

fn send(visitor: &Visitor, form: &Form) -> Response {
    upload(visitor, "/api/chatbot/file", form).send()
}

fn voice(visitor: &Visitor, duration_ms: u32) -> Response {
    let form =
        form(visitor)
            .field("duration_ms", &duration_ms)
            .file("voice_message", "a.wav", &wav(100));
    upload(visitor, "/api/chatbot/voice", &form).send()
}

fn announce(visitor: &Visitor, name: &str, size: usize) -> Response {
    let body = json!({ "conversation_id": visitor.conversation_id, "name": name, "size": size,
        "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69" });
    visitor.post("/api/chatbot/upload", &body).send()
}

#[test]
fn a_visitor_is_refused_what_the_widget_does_not_take() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    set(
        &app,
        &json!({ "files": { "max_bytes": 1000, "max_files": 2, "accept": ["image/*"] }, "voice": { "max_seconds": 3 } }),
    );
    let one = |content: &[u8]| form(&visitor).file("file", "a", content);
    let noise: Vec<u8> = (0..2000_u32).map(|n| ((n * n) >> 3) as u8).collect();
    let large = [&png(3, 3)[..], &noise].concat();
    refused(&app, &send(&visitor, &one(&large)), 413, "files.max_bytes");
    refused(&app, &send(&visitor, &one(b"words")), 415, "files.accept");
    let three = one(&png(3, 3))
        .file("file", "b", &png(3, 3))
        .file("file", "c", &png(3, 3));
    refused(&app, &send(&visitor, &three), 422, "files.max_files");
    refused(&app, &voice(&visitor, 4000), 422, "voice.max_seconds");
    // In several requests: the size is known first, the type by the beginning, what it is for at the end.
    set(
        &app,
        &json!({ "files": { "max_bytes": 1000, "accept": ["image/*"] }, "voice": { "enabled": false } }),
    );
    refused(
        &app,
        &announce(&visitor, "a.png", 1001),
        413,
        "files.max_bytes",
    );
    let begun = announce(&visitor, "a.txt", 5).expect(201).json();
    let path = format!(
        "/api/chatbot/upload/{}",
        begun["upload_id"].as_str().unwrap()
    );
    let part = app
        .request("PATCH", &path)
        .bearer(&visitor.token)
        .header("content-type", "application/octet-stream")
        .header("upload-offset", "0")
        .body("words");
    refused(&app, &part.send(), 415, "files.accept");

    // An agent may send what the installation takes.
    app.request("POST", "/api/chatbot/file")
        .header("cookie", &agent.cookie)
        .form(&one(b"words, and many more of them than a visitor may send").file("file", "b", b"b"))
        .send()
        .expect(201);
}

#[test]
fn what_is_switched_off_is_refused_before_it_is_read() {
    let app = start();
    let visitor = app.visitor();
    let picture = form(&visitor).file("file", "a.png", &png(3, 3));
    set(&app, &json!({ "files": { "enabled": false } }));
    refused(&app, &send(&visitor, &picture), 403, "files.enabled");
    voice(&visitor, 100).expect(201);
    set(
        &app,
        &json!({ "files": { "enabled": false }, "voice": { "enabled": false } }),
    );
    let refusal = voice(&visitor, 100);
    assert_eq!(refusal.status, 403, "{refusal}");
    assert!(refusal.text().contains("voice.enabled"), "{refusal}");
    let refusal = announce(&visitor, "a.png", 9);
    assert_eq!(refusal.status, 403, "{refusal}");
    visitor.say("words are always taken");
}

#[test]
fn an_upload_is_measured_by_the_settings_when_it_is_posted() {
    let app = start();
    let visitor = app.visitor();
    let picture = png(3, 3);
    let begun = announce(&visitor, "a.png", picture.len())
        .expect(201)
        .json();
    let path = format!(
        "/api/chatbot/upload/{}",
        begun["upload_id"].as_str().unwrap()
    );
    app.request("PATCH", &path)
        .bearer(&visitor.token)
        .header("content-type", "application/octet-stream")
        .header("upload-offset", "0")
        .body(picture)
        .send()
        .expect(200);
    let post = || {
        let body = json!({ "conversation_id": visitor.conversation_id, "upload_ids": [begun["upload_id"]],
            "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a70" });
        visitor.post("/api/chatbot/file", &body).send()
    };
    set(&app, &json!({ "files": { "enabled": false } }));
    let refusal = post();
    assert_eq!(refusal.status, 403, "{refusal}");
    set(&app, &json!({}));
    post().expect(201);
}
