//! Files that are not taken: the status and the words, and that nothing is left of them.

use super::media::{docx, picture, pixel_bomb, png, wav, zip};
use super::{form, on_disk, send_file, start, start_with, upload};
use antiphon_testkit::{Form, Response, TestApp, Visitor, eventually};
use image::ImageFormat;
use serde_json::json;

const FILE: &str = "/api/chatbot/file";
const VOICE: &str = "/api/chatbot/voice";

/// A refusal in the contract's form, with nothing left of what was sent.
#[track_caller]
fn refused(app: &TestApp, visitor: &Visitor, answer: &Response, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {answer}");
    let body = answer.json();
    assert!(body["error"].is_string(), "{what}: {answer}");
    assert_eq!(
        body["request_id"],
        answer.header("x-request-id").unwrap(),
        "{what}"
    );
    assert_eq!(
        on_disk(app.workspace()),
        Vec::<std::path::PathBuf>::new(),
        "{what}"
    );
    assert_eq!(visitor.read("")["last_seq"], 0, "{what}");
}

#[test]
fn what_a_file_holds_decides() {
    let app = start();
    let visitor = app.visitor();
    let jpeg = picture(9, 9, ImageFormat::Jpeg);
    let mut with_pdf = jpeg[..2].to_vec();
    with_pdf.extend(b"\xff\xfe\0\x0b%PDF-1.4\n");
    with_pdf.extend(&jpeg[2..]);
    let with_zip = [&jpeg[..], &zip(&[("evil.class", 4)])].concat();
    let gif = picture(9, 9, ImageFormat::Gif);
    let with_script = [&gif[..10], b"=1;/*<script>alert(1)</script>*/"].concat();
    let cut_off = png(200, 200);
    let cut_off = cut_off[..cut_off.len() - 20].to_vec();
    for (name, content, status) in [
        (
            "a.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            415,
        ),
        ("a.png", b"<html><script>alert(1)</script>".to_vec(), 415),
        ("a.txt", b"<!DOCTYPE html><p>hi".to_vec(), 415),
        (
            "photo.jpg",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec(),
            415,
        ),
        ("a.sh", b"#!/bin/sh\nrm -rf /".to_vec(), 415),
        ("a.zip", zip(&[("a.txt", 4)]), 415),
        ("a.bin", vec![0; 5000], 415),
        ("run.bat", b"del *.*".to_vec(), 422),
        ("invoice.pdf", png(9, 9), 422),
        ("photo.png", b"just words".to_vec(), 422),
        ("a.gif", with_script, 422),
        ("a.jpg", with_pdf, 422),
        ("b.jpg", with_zip, 422),
        ("a.png", cut_off, 422),
        ("bomb.png", pixel_bomb(), 422),
        ("bomb.docx", docx(2_000_000_000), 422),
        ("empty.txt", Vec::new(), 422),
    ] {
        let form = form(&visitor).file("file", name, &content);
        let answer = upload(&visitor, FILE, &form).send();
        if status == 422 {
            assert!(answer.json()["details"]["file"][0].is_string(), "{answer}");
        }
        refused(&app, &visitor, &answer, status, name);
    }
}

#[test]
fn a_name_is_a_name_and_no_path() {
    let app = start();
    let visitor = app.visitor();
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "a/b.txt",
        "C:\\temp\\b.txt",
        "..",
        "",
        "a%0Ab.txt",
        "a\u{202e}txt.exe",
        &format!("{}.txt", "x".repeat(255)),
    ] {
        let form = form(&visitor).file("file", name, b"words");
        let answer = upload(&visitor, FILE, &form).send();
        refused(&app, &visitor, &answer, 422, name);
    }
}

#[test]
fn what_is_too_large_is_refused_and_the_limit_named() {
    let app = start_with(&[("ANTIPHON_FILES_MAX_BYTES", "100000")]);
    let visitor = app.visitor();
    let words = b"words ".repeat(20_000);
    let one = form(&visitor).file("file", "a.txt", &words);
    let answer = upload(&visitor, FILE, &one).send();
    assert!(answer.text().contains("100000"), "{answer}");
    refused(&app, &visitor, &answer, 413, "a file");
    // What is announced as too large is not waited for.
    let answer = app
        .request("POST", FILE)
        .bearer(&visitor.token)
        .header("content-type", &Form::content_type())
        .header("content-length", "999999999999")
        .begin();
    refused(&app, &visitor, &answer.finish(), 413, "announced");
    let second = form(&visitor)
        .file("file", "a.txt", b"small")
        .file("file", "b.txt", &words);
    let answer = upload(&visitor, FILE, &second).send();
    refused(&app, &visitor, &answer, 413, "the second");
    let just = form(&visitor).file("file", "a.txt", &words[..100_000]);
    upload(&visitor, FILE, &just).send().expect(201);
}

#[test]
fn fields_are_checked_and_named() {
    let app = start();
    let visitor = app.visitor();
    let with_file = || form(&visitor).file("file", "a.txt", b"words");
    let many = (0..11).fold(form(&visitor), |form, _| form.file("file", "a.txt", b"x"));
    let bare = || Form::new().file("file", "a.txt", b"words");
    for (form, field) in [
        (form(&visitor), "file"),
        (form(&visitor).field("file", "no file"), "file"),
        (many, "file"),
        (bare(), "conversation_id"),
        (bare().field("conversation_id", "one"), "conversation_id"),
        (with_file().field("conversation_id", &1), "conversation_id"),
        (with_file().field("client_id", "1"), "client_id"),
        (with_file().field("message", &"x".repeat(5001)), "message"),
        (with_file().field("message", "a\0b"), "message"),
        (
            with_file().part("form-data; name=\"message\"", b"\xff\xfe"),
            "message",
        ),
        (with_file().field("message", &"x".repeat(70_000)), "message"),
        (with_file().field("sender_type", "boss"), "sender_type"),
        (with_file().field("duration_ms", "-1"), "duration_ms"),
        (with_file().field("colour", "red"), "colour"),
        (
            with_file().file("voice_message", "a.wav", &wav(10)),
            "voice_message",
        ),
    ] {
        let answer = upload(&visitor, FILE, &form).send();
        let details = answer.json()["details"].clone();
        assert!(details[field][0].is_string(), "{field}: {answer}");
        refused(&app, &visitor, &answer, 422, field);
    }
    let bot = with_file().field("sender_type", "employee");
    let answer = upload(&visitor, FILE, &bot).send();
    refused(&app, &visitor, &answer, 403, "sender_type");
}

#[test]
fn a_voice_message_is_one_sound() {
    let app = start();
    let visitor = app.visitor();
    let voice = |name: &str, content: &[u8]| form(&visitor).file("voice_message", name, content);
    let picture = upload(&visitor, VOICE, &voice("a.png", &png(3, 3))).send();
    refused(&app, &visitor, &picture, 415, "a picture");
    let two = voice("a.wav", &wav(10)).file("voice_message", "b.wav", &wav(10));
    let answer = upload(&visitor, VOICE, &two).send();
    refused(&app, &visitor, &answer, 422, "two");
    let none = upload(&visitor, VOICE, &form(&visitor)).send();
    refused(&app, &visitor, &none, 422, "none");
}

#[test]
fn what_is_no_form_is_refused() {
    let app = start();
    let visitor = app.visitor();
    let post = |content_type: &str, body: &[u8]| {
        app.request("POST", FILE)
            .bearer(&visitor.token)
            .header("content-type", content_type)
            .body(body)
    };
    let whole = form(&visitor).file("file", "a.txt", b"words").body();
    let form_type = Form::content_type();
    for (content_type, body, status) in [
        ("application/xml", b"<a/>".to_vec(), 415),
        ("multipart/form-data", whole.clone(), 415),
        ("multipart/mixed; boundary=x", whole.clone(), 415),
        ("multipart/form-data; boundary=other", whole.clone(), 400),
        (form_type.as_str(), Vec::new(), 400),
        (&form_type, b"conversation_id=1".to_vec(), 400),
        (&form_type, whole[..whole.len() - 10].to_vec(), 400),
        (&form_type, whole[..80].to_vec(), 400),
        (&form_type, vec![b'-'; 100_000], 400),
    ] {
        let answer = post(content_type, &body).send();
        refused(&app, &visitor, &answer, status, content_type);
    }
    for disposition in [
        "form-data",
        "form-data; filename=\"a.txt\"",
        "attachment; name=\"file\"; filename=\"a.txt\"",
        "form-data; name=\"file\"; name=\"message\"; filename=\"a.txt\"",
        &format!(
            "form-data; name=\"file\"; filename=\"{}\"",
            "x".repeat(5000)
        ),
    ] {
        let form = form(&visitor).part(disposition, b"words");
        let answer = upload(&visitor, FILE, &form).send();
        refused(&app, &visitor, &answer, 400, disposition);
    }
}

#[test]
fn an_upload_that_is_cut_off_leaves_nothing() {
    let app = start();
    let visitor = app.visitor();
    let body = form(&visitor)
        .file("file", "a.txt", &b"words ".repeat(100_000))
        .body();
    for sent in [body.len() - 5, body.len() / 2, 200] {
        let pending = app
            .request("POST", FILE)
            .bearer(&visitor.token)
            .header("content-type", &Form::content_type())
            .header("content-length", &body.len().to_string())
            .body(&body[..sent])
            .begin();
        // The sender goes away.
        drop(pending);
        eventually("nothing is left", || on_disk(app.workspace()).is_empty());
    }
    assert_eq!(visitor.read("")["last_seq"], 0);
}

#[test]
fn who_may_not_post_there_uploads_nothing() {
    let app = start();
    let (agent, visitor, stranger) = (app.agent(), app.visitor(), app.visitor());
    let with_file = form(&visitor).file("file", "a.txt", b"words");
    let post = || app.request("POST", FILE).form(&with_file);
    refused(&app, &visitor, &post().send(), 401, "nobody");
    let widget = post().bearer(&app.widget_token()).send();
    refused(&app, &visitor, &widget, 403, "a widget");
    let theirs = post().bearer(&stranger.token).send();
    refused(&app, &visitor, &theirs, 403, "a stranger");
    let last = Form::new()
        .file("file", "a.txt", b"words")
        .field("conversation_id", &visitor.conversation_id);
    let theirs = upload(&stranger, FILE, &last).send();
    refused(&app, &visitor, &theirs, 403, "a stranger, at the end");
    let unknown = Form::new()
        .field("conversation_id", &987_654)
        .file("file", "a.txt", b"words");
    let unknown = upload(&visitor, FILE, &unknown).send();
    refused(&app, &visitor, &unknown, 404, "unknown");
    let forged = post()
        .header("cookie", &agent.cookie)
        .header("origin", "https://evil.example")
        .send();
    refused(&app, &visitor, &forged, 403, "another site");
    agent.change(visitor.conversation_id, "close", &json!({}));
    let closed = post().bearer(&visitor.token).send();
    refused(&app, &visitor, &closed, 409, "closed");
}

#[test]
fn a_visitors_day_has_an_end() {
    let app = start_with(&[("ANTIPHON_FILES_VISITOR_BYTES_PER_DAY", "1000")]);
    let (agent, visitor, other) = (app.agent(), app.visitor(), app.visitor());
    send_file(&visitor, "a.txt", &[b'a'; 600]);
    let second = form(&visitor).file("file", "b.txt", &[b'b'; 600]);
    let answer = upload(&visitor, FILE, &second).send().expect(429);
    assert!(answer.header("retry-after").is_some());
    assert!(answer.text().contains("1000 bytes"), "{answer}");
    send_file(&visitor, "c.txt", &[b'c'; 400]);
    let third = form(&visitor).file("file", "d.txt", b"d");
    upload(&visitor, FILE, &third).send().expect(429);
    send_file(&other, "e.txt", &[b'e'; 900]);
    app.request("POST", FILE)
        .header("cookie", &agent.cookie)
        .form(&form(&visitor).file("file", "f.txt", &[b'f'; 5000]))
        .send()
        .expect(201);
    assert_eq!(visitor.read("")["last_seq"], 3);
    assert_eq!(on_disk(app.workspace()).len(), 4);
}

/// An upload that has begun and does not go on.
fn stuck(app: &TestApp, visitor: &Visitor) -> antiphon_testkit::Pending {
    let body = form(visitor).file("file", "a.txt", &[b'a'; 100_000]).body();
    app.request("POST", FILE)
        .bearer(&visitor.token)
        .header("content-type", &Form::content_type())
        .header("content-length", &body.len().to_string())
        .body(&body[..50_000])
        .begin()
}

#[test]
fn an_upload_that_takes_too_long_is_ended() {
    let app = start_with(&[("ANTIPHON_FILES_UPLOAD_SECONDS", "1")]);
    let visitor = app.visitor();
    let answer = stuck(&app, &visitor).finish();
    refused(&app, &visitor, &answer, 408, "slow");
}

#[test]
fn so_many_uploads_at_once_and_no_more() {
    let app = start_with(&[("ANTIPHON_FILES_UPLOADS", "1")]);
    let visitor = app.visitor();
    let first = stuck(&app, &visitor);
    eventually("the first upload is under way", || {
        !on_disk(app.workspace()).is_empty()
    });
    let second = form(&visitor).file("file", "b.txt", b"b");
    let answer = upload(&visitor, FILE, &second).send().expect(503);
    assert!(answer.header("retry-after").is_some());
    // Messages are not uploads.
    visitor.say("and words?");
    drop(first);
    eventually("there is room again", || {
        upload(&visitor, FILE, &second).send().status == 201
    });
}
