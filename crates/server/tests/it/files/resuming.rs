//! Files in several requests: announced, sent in parts, continued after whatever happens, and posted.

use super::media::{picture, png, wav};
use super::{fetch, form, on_disk, start, start_with, upload};
use antiphon_testkit::{Request, Response, TestApp, Visitor, Workspace, eventually};
use image::ImageFormat;
use serde_json::{Value, json};

const FILE: &str = "/api/chatbot/file";

/// A client's id.
fn uuid(n: usize) -> String {
    format!("018f2f5e-7b6a-7c3e-9a51-{n:012x}")
}

/// A file that is announced, as a request that may be changed before it is sent.
fn announce(visitor: &Visitor, n: usize, name: &str, size: usize) -> Request {
    visitor.post(
        "/api/chatbot/upload",
        &json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(n), "name": name, "size": size }),
    )
}

#[track_caller]
pub(super) fn begin(visitor: &Visitor, n: usize, name: &str, size: usize) -> String {
    let begun = announce(visitor, n, name, size).send().expect(201).json();
    assert_eq!(
        (&begun["success"], &begun["offset"]),
        (&true.into(), &0.into())
    );
    assert_eq!(begun["size"], size);
    assert!(begun["expires_at"].is_string(), "{begun}");
    begun["upload_id"].as_str().unwrap().to_owned()
}

/// A part of a file.
pub(super) fn part(visitor: &Visitor, id: &str, offset: usize, bytes: &[u8]) -> Request {
    visitor
        .api
        .request("PATCH", &format!("/api/chatbot/upload/{id}"))
        .bearer(&visitor.token)
        .header("content-type", "application/octet-stream")
        .header("upload-offset", &offset.to_string())
        .body(bytes)
}

#[track_caller]
pub(super) fn send(visitor: &Visitor, id: &str, offset: usize, bytes: &[u8]) {
    let answer = part(visitor, id, offset, bytes).send().expect(200).json();
    assert_eq!(
        answer,
        json!({ "success": true, "offset": offset + bytes.len() })
    );
}

/// A message of these uploads.
pub(super) fn post(visitor: &Visitor, n: usize, ids: &[&str]) -> Request {
    visitor.post(
        FILE,
        &json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(n), "message": "look", "upload_ids": ids }),
    )
}

/// How far the upload is, as its sender is told who asks after it.
#[track_caller]
pub(super) fn reached(visitor: &Visitor, n: usize, name: &str, size: usize) -> usize {
    let answer = announce(visitor, n, name, size).send().expect(200).json();
    usize::try_from(answer["offset"].as_u64().unwrap()).unwrap()
}

/// The bytes of unfinished uploads, by the disk.
fn received(workspace: &Workspace) -> u64 {
    let paths = on_disk(workspace).into_iter();
    let parts = paths.filter(|path| path.extension().is_some_and(|end| end == "part"));
    parts
        .map(|path| path.metadata().map_or(0, |file| file.len()))
        .sum()
}

#[track_caller]
fn refused(answer: &Response, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {answer}");
    assert!(answer.json()["error"].is_string(), "{what}: {answer}");
}

pub(super) fn words(n: usize) -> Vec<u8> {
    b"some words and others "
        .iter()
        .copied()
        .cycle()
        .take(n)
        .collect()
}

#[test]
fn a_file_in_parts_becomes_one_message() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut socket = agent.listen(&visitor.channel);
    let (text, picture) = (words(3_000_000), png(300, 200));
    let first = begin(&visitor, 1, "Año.txt", text.len());
    let second = begin(&visitor, 2, "b.png", picture.len());
    send(&visitor, &first, 0, &text[..10]);
    send(&visitor, &first, 10, b"");
    send(&visitor, &first, 10, &text[10..2_000_000]);
    send(&visitor, &second, 0, &picture);
    refused(
        &post(&visitor, 9, &[&first, &second]).send(),
        409,
        "not complete",
    );
    send(&visitor, &first, 2_000_000, &text[2_000_000..]);
    assert_eq!(visitor.read("")["last_seq"], 0);

    let answer = post(&visitor, 9, &[&first, &second])
        .send()
        .expect(201)
        .json();
    let attachments = answer["attachments"].as_array().unwrap();
    assert_eq!(answer["file_url"], attachments[0]["url"]);
    for (attachment, (name, content)) in attachments
        .iter()
        .zip([("Año.txt", &text), ("b.png", &picture)])
    {
        assert_eq!(
            (&attachment["name"], &attachment["size"]),
            (&json!(name), &json!(content.len()))
        );
        assert!(fetch(&app, &attachment["url"]).body == *content, "{name}");
    }
    assert_eq!(attachments[1]["width"], 300);
    let heard = socket.wait_for("ChatMessageReceived");
    assert_eq!(
        (&heard["message"], &heard["client_id"]),
        (&json!("look"), &json!(uuid(9)))
    );

    // Nothing of the uploads is left, and the answer is the same for whoever did not get it.
    assert_eq!(received(app.workspace()), 0);
    refused(&part(&visitor, &first, 0, b"x").send(), 404, "posted");
    refused(&post(&visitor, 10, &[&first]).send(), 404, "posted");
    let again = post(&visitor, 9, &[&first, &second])
        .send()
        .expect(200)
        .json();
    assert_eq!(again["message_id"], answer["message_id"]);
    assert_eq!(again["attachments"][1]["id"], attachments[1]["id"]);
    // Who has lost even that begins anew, and is told then.
    let first = begin(&visitor, 1, "Año.txt", text.len());
    assert_eq!(
        post(&visitor, 9, &[&first]).send().expect(200).json()["seq"],
        1
    );
    refused(&part(&visitor, &first, 0, b"x").send(), 404, "not needed");
    assert_eq!(visitor.read("")["last_seq"], 1);
}

#[test]
fn a_body_that_is_cut_off_is_kept_as_far_as_it_came() {
    let app = start();
    let visitor = app.visitor();
    let text = words(2_000_000);
    let id = begin(&visitor, 1, "a.txt", text.len());
    let cut = part(&visitor, &id, 0, &text[..1_300_000])
        .header("content-length", &text.len().to_string())
        .begin();
    eventually("it is under way", || received(app.workspace()) > 500_000);
    // The sender's network is gone, and the server does not know it yet.
    drop(cut.end_of_request());
    let so_far = reached(&visitor, 1, "a.txt", text.len());
    assert!((500_000..=1_300_000).contains(&so_far), "{so_far}");
    let wrong = part(&visitor, &id, so_far - 1, b"x").send();
    refused(&wrong, 409, "an offset before");
    assert_eq!(wrong.json()["offset"], so_far);
    refused(
        &part(&visitor, &id, so_far + 1, b"x").send(),
        409,
        "an offset behind",
    );
    send(&visitor, &id, so_far, &text[so_far..]);
    let answer = post(&visitor, 9, &[&id]).send().expect(201).json();
    assert!(fetch(&app, &answer["file_url"]).body == text);
}

#[test]
fn who_comes_back_takes_over_from_a_connection_that_hangs() {
    let app = start();
    let visitor = app.visitor();
    let text = words(100_000);
    let id = begin(&visitor, 1, "a.txt", text.len());
    let hanging = part(&visitor, &id, 0, &text[..40_000])
        .header("content-length", &text.len().to_string())
        .begin();
    eventually("it hangs", || received(app.workspace()) == 40_000);
    assert_eq!(reached(&visitor, 1, "a.txt", text.len()), 40_000);
    let answer = hanging.finish();
    refused(&answer, 409, "taken over");
    assert_eq!(answer.json()["offset"], 40_000);
    send(&visitor, &id, 40_000, &text[40_000..]);
    post(&visitor, 9, &[&id]).send().expect(201);
}

#[test]
fn an_upload_goes_on_after_a_kill() {
    let mut app = start();
    let visitor = app.visitor();
    let text = words(4_000_000);
    let id = begin(&visitor, 1, "a.txt", text.len());
    send(&visitor, &id, 0, &text[..1_000_000]);
    let _pending = part(&visitor, &id, 1_000_000, &text[1_000_000..3_000_000])
        .header("content-length", "3000000")
        .begin();
    eventually("the second part is under way", || {
        received(app.workspace()) > 1_500_000
    });
    app.kill9();
    app.restart();
    let so_far = reached(&visitor, 1, "a.txt", text.len());
    assert!((1_500_000..=3_000_000).contains(&so_far), "{so_far}");
    send(&visitor, &id, so_far, &text[so_far..]);
    // All is there and nobody was told: it may be posted all the same.
    app.kill9();
    app.restart();
    let answer = post(&visitor, 9, &[&id]).send().expect(201).json();
    assert!(fetch(&app, &answer["file_url"]).body == text);
}

#[test]
fn what_is_announced_is_checked_before_anything_is_sent() {
    let app = start_with(&[("ANTIPHON_FILES_MAX_BYTES", "1000")]);
    let (agent, visitor, stranger) = (app.agent(), app.visitor(), app.visitor());
    let answer = announce(&visitor, 1, "a.txt", 1001).send();
    refused(&answer, 413, "too large");
    assert!(answer.text().contains("1000 bytes"), "{answer}");
    for (name, size, field) in [
        ("../a.txt", 9, "name"),
        ("", 9, "name"),
        ("a\u{202e}txt.exe", 9, "name"),
        ("a.txt", 0, "size"),
    ] {
        let answer = announce(&visitor, 1, name, size).send();
        refused(&answer, 422, field);
        assert!(answer.json()["details"][field][0].is_string(), "{answer}");
    }
    let at = |visitor: &Visitor, id: i64| {
        let body =
            json!({ "conversation_id": id, "client_id": uuid(1), "name": "a.txt", "size": 9 });
        visitor.post("/api/chatbot/upload", &body).send()
    };
    refused(&at(&stranger, visitor.conversation_id), 403, "a stranger's");
    refused(&at(&visitor, 987_654), 404, "unknown");
    let id = begin(&visitor, 1, "a.txt", 9);
    // The id of another file.
    for (name, size) in [("b.txt", 9), ("a.txt", 8)] {
        let answer = announce(&visitor, 1, name, size).send();
        refused(&answer, 422, "another file");
        assert!(
            answer.json()["details"]["client_id"][0].is_string(),
            "{answer}"
        );
    }
    agent.change(visitor.conversation_id, "close", &json!({}));
    refused(&announce(&visitor, 2, "a.txt", 9).send(), 409, "closed");
    send(&visitor, &id, 0, b"nine here");
    refused(&post(&visitor, 9, &[&id]).send(), 409, "closed");
    agent.change(visitor.conversation_id, "reopen", &json!({}));
    post(&visitor, 9, &[&id]).send().expect(201);
}

#[test]
fn an_upload_is_its_senders_own() {
    let app = start();
    let (agent, visitor, stranger) = (app.agent(), app.visitor(), app.visitor());
    let id = begin(&visitor, 1, "a.txt", 9);
    refused(&part(&stranger, &id, 0, b"x").send(), 404, "another's");
    let delete = |visitor: &Visitor| {
        let path = format!("/api/chatbot/upload/{id}");
        visitor
            .api
            .request("DELETE", &path)
            .bearer(&visitor.token)
            .send()
    };
    refused(&delete(&stranger), 404, "another's");
    send(&visitor, &id, 0, b"nine here");
    refused(&post(&stranger, 9, &[&id]).send(), 404, "another's");
    let by_agent = app
        .request("POST", FILE)
        .header("cookie", &agent.cookie)
        .json(&json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(9), "upload_ids": [id] }));
    refused(&by_agent.send(), 404, "an agent is not the visitor");
    // Nor is a stranger's file of the same id the visitor's.
    let theirs = begin(&stranger, 1, "a.txt", 9);
    assert_ne!(theirs, id);
    delete(&visitor).expect(200);
    refused(&delete(&visitor), 404, "given up");
    refused(&post(&visitor, 9, &[&id]).send(), 404, "given up");

    let announced = app
        .request("POST", "/api/chatbot/upload")
        .header("cookie", &agent.cookie)
        .json(&json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(1), "name": "offer.txt", "size": 5 }))
        .send()
        .expect(201)
        .json();
    let id = announced["upload_id"].as_str().unwrap();
    app.request("PATCH", &format!("/api/chatbot/upload/{id}"))
        .header("cookie", &agent.cookie)
        .header("content-type", "application/octet-stream")
        .header("upload-offset", "0")
        .body("offer")
        .send()
        .expect(200);
    let posted = app
        .request("POST", FILE)
        .header("cookie", &agent.cookie)
        .json(&json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(9), "upload_ids": [id] }))
        .send()
        .expect(201)
        .json();
    assert_eq!(fetch(&app, &posted["file_url"]).body, b"offer");
}

#[test]
fn what_is_refused_ends_the_upload() {
    let app = start();
    let visitor = app.visitor();
    let jpeg = picture(90, 90, ImageFormat::Jpeg);
    let program = [b"MZ\x90\0".to_vec(), vec![0; 2_000_000]].concat();
    // The second comes behind what is looked back at.
    let late = [words(1_200_000), vec![0; 10]].concat();
    for (n, (name, content, at, status)) in [
        ("photo.jpg", program, 1000, 415),
        ("invoice.pdf", jpeg, 3, 422),
        ("a.docx", late, 1_100_000, 422),
    ]
    .into_iter()
    .enumerate()
    {
        let id = begin(&visitor, n, name, content.len());
        let mut answer = part(&visitor, &id, 0, &content[..at]).send();
        if answer.status == 200 {
            answer = part(&visitor, &id, at, &content[at..]).send();
        }
        refused(&answer, status, name);
        refused(&part(&visitor, &id, 0, b"x").send(), 404, name);
        assert_eq!(received(app.workspace()), 0, "{name}");
        // The same file again is another try.
        assert_ne!(begin(&visitor, n, name, content.len()), id);
    }
    let id = begin(&visitor, 7, "a.txt", 5);
    refused(
        &part(&visitor, &id, 0, b"six is").send(),
        413,
        "more than announced",
    );
    refused(
        &part(&visitor, &id, 0, b"x").send(),
        404,
        "more than announced",
    );
    let id = begin(&visitor, 7, "a.txt", 5);
    let chunked = part(&visitor, &id, 0, b"6\r\nsix is\r\n0\r\n\r\n");
    let chunked = chunked.header("transfer-encoding", "chunked");
    refused(&chunked.send(), 413, "more than announced, in chunks");
    assert_eq!(visitor.read("")["last_seq"], 0);
}

#[test]
fn a_part_that_is_none_is_refused_and_does_no_harm() {
    let app = start();
    let visitor = app.visitor();
    let id = begin(&visitor, 1, "a.txt", 9);
    let path = format!("/api/chatbot/upload/{id}");
    let bare = || {
        app.request("PATCH", &path)
            .bearer(&visitor.token)
            .body("nine here")
    };
    let octets = || bare().header("content-type", "application/octet-stream");
    refused(&bare().header("upload-offset", "0").send(), 415, "no type");
    for content_type in ["text/plain", "multipart/form-data; boundary=x", ""] {
        let answer = bare()
            .header("upload-offset", "0")
            .header("content-type", content_type);
        refused(&answer.send(), 415, content_type);
    }
    refused(&octets().send(), 422, "no offset");
    refused(
        &octets()
            .header("upload-offset", "0")
            .header("upload-offset", "0")
            .send(),
        422,
        "two",
    );
    for offset in [
        "",
        "-1",
        "+0",
        "0x0",
        "1e3",
        " ",
        "99999999999999999999999",
        "zero",
    ] {
        refused(
            &octets().header("upload-offset", offset).send(),
            422,
            offset,
        );
    }
    for offset in ["1", "9", "18446744073709551615"] {
        refused(
            &octets().header("upload-offset", offset).send(),
            409,
            offset,
        );
    }
    for id in [
        "x",
        "..%2f..%2fetc",
        &"0".repeat(32),
        &id.to_uppercase().replace(char::is_numeric, "A"),
    ] {
        refused(&part(&visitor, id, 0, b"nine here").send(), 404, id);
    }
    let nobody = app.request("PATCH", &path).header("upload-offset", "0");
    refused(
        &nobody
            .header("content-type", "application/octet-stream")
            .send(),
        401,
        "nobody",
    );
    send(&visitor, &id, 0, b"nine here");

    let fields = |change: fn(&mut Value)| {
        let mut body = json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(9), "upload_ids": [id] });
        change(&mut body);
        visitor.post(FILE, &body).send()
    };
    for (field, change) in [
        (
            "conversation_id",
            (|body| body["conversation_id"] = json!("1")) as fn(&mut Value),
        ),
        ("conversation_id", |body| {
            body["conversation_id"] = Value::Null
        }),
        ("client_id", |body| body["client_id"] = Value::Null),
        ("client_id", |body| body["client_id"] = json!("x")),
        ("message", |body| body["message"] = json!("x".repeat(5001))),
        ("message", |body| body["message"] = json!([])),
        ("duration_ms", |body| body["duration_ms"] = json!(-1)),
        ("sender_type", |body| body["sender_type"] = json!("boss")),
        ("upload_ids", |body| body["upload_ids"] = Value::Null),
        ("upload_ids", |body| body["upload_ids"] = json!([])),
        ("upload_ids", |body| body["upload_ids"] = json!([1])),
        ("upload_ids", |body| body["upload_ids"] = json!("x")),
        ("upload_ids", |body| {
            body["upload_ids"] = json!(vec!["x"; 11])
        }),
        ("upload_ids", |body| {
            body["upload_ids"] = json!([body["upload_ids"][0], body["upload_ids"][0]])
        }),
    ] {
        let answer = fields(change);
        refused(&answer, 422, field);
        assert!(
            answer.json()["details"][field][0].is_string(),
            "{field}: {answer}"
        );
    }
    refused(
        &fields(|body| body["upload_ids"] = json!(["x"])),
        404,
        "no id",
    );
    refused(
        &fields(|body| body["sender_type"] = json!("employee")),
        403,
        "not the sender",
    );
    refused(
        &fields(|body| body["conversation_id"] = json!(987_654)),
        404,
        "no conversation",
    );
    fields(|_| {}).expect(201);
}

#[test]
fn a_recording_is_sent_in_parts_too() {
    let app = start();
    let visitor = app.visitor();
    let sound = wav(1500);
    let id = begin(&visitor, 1, "voice-message", sound.len());
    send(&visitor, &id, 0, &sound[..5000]);
    send(&visitor, &id, 5000, &sound[5000..]);
    let text = begin(&visitor, 2, "a.txt", 9);
    send(&visitor, &text, 0, b"nine here");
    let voice = |n: usize, ids: &[&str]| {
        let body = json!({ "conversation_id": visitor.conversation_id, "client_id": uuid(n), "duration_ms": 9000, "upload_ids": ids });
        visitor.post("/api/chatbot/voice", &body).send()
    };
    refused(&voice(8, &[&id, &text]), 422, "two");
    refused(&voice(8, &[&text]), 415, "no sound");
    let posted = voice(9, &[&id]).expect(201).json();
    assert_eq!(posted["attachments"][0]["duration_ms"], 9000);
    let message = &visitor.read("")["data"]["messages"][0];
    assert_eq!(message["is_voice"], true);
    assert_eq!(super::described(&visitor, "waveform")["duration_ms"], 1500);
}

#[test]
fn so_many_unfinished_uploads_and_no_more() {
    let app = start();
    let visitor = app.visitor();
    let ids: Vec<String> = (0..6).map(|n| begin(&visitor, n, "a.txt", 9)).collect();
    let answer = announce(&visitor, 6, "a.txt", 9).send();
    refused(&answer, 429, "a seventh");
    assert!(answer.header("retry-after").is_some());
    // One of the six is none more.
    assert_eq!(reached(&visitor, 3, "a.txt", 9), 0);
    begin(&app.visitor(), 1, "a.txt", 9);
    // Complete ones wait for their message, which has ten at most; they have a bound too.
    for n in 6..20 {
        send(
            &visitor,
            &ids[0],
            if n == 6 { 0 } else { 9 },
            if n == 6 { b"nine here" } else { b"" },
        );
        let id = begin(&visitor, n, "a.txt", 9);
        send(&visitor, &id, 0, b"nine here");
    }
    for id in &ids[1..] {
        send(&visitor, id, 0, b"nine here");
    }
    refused(
        &announce(&visitor, 20, "a.txt", 9).send(),
        429,
        "too many unposted",
    );
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    post(&visitor, 99, &all).send().expect(201);
    let id = begin(&visitor, 20, "a.txt", 9);

    // Those that nobody goes on with give way.
    for path in on_disk(app.workspace()) {
        if path.extension().is_some_and(|end| end == "part") {
            super::durability::age(&path);
        }
    }
    for n in 30..50 {
        let id = begin(&visitor, n, "a.txt", 9);
        send(&visitor, &id, 0, b"nine here");
    }
    refused(
        &part(&visitor, &id, 0, b"nine here").send(),
        404,
        "left alone for too long",
    );
}

#[test]
fn an_upload_that_takes_too_long_is_forgotten() {
    let app = start_with(&[
        ("ANTIPHON_FILES_RESUME_SECONDS", "1"),
        ("ANTIPHON_FILES_VISITOR_BYTES_PER_DAY", "1000"),
    ]);
    let visitor = app.visitor();
    let id = begin(&visitor, 1, "a.txt", 900);
    eventually("it is over", || {
        part(&visitor, &id, 0, b"").send().status == 404
    });
    refused(&post(&visitor, 9, &[&id]).send(), 404, "over");
    let pruned = app.workspace().cli(&["files:prune", "--json"]).json();
    assert_eq!(pruned["unfinished"], 1);
    assert_eq!(on_disk(app.workspace()).len(), 0);
    // It does not count any more.
    assert_ne!(begin(&visitor, 1, "a.txt", 900), id);
}

#[test]
fn uploads_at_once_do_not_overrun_the_day() {
    let app = start_with(&[("ANTIPHON_FILES_VISITOR_BYTES_PER_DAY", "100000")]);
    let visitor = app.visitor();
    let id = begin(&visitor, 1, "a.txt", 40_000);
    let answer = announce(&visitor, 2, "b.txt", 60_001).send();
    refused(&answer, 429, "with what is announced");
    assert!(answer.text().contains("100000 bytes"), "{answer}");
    send(&visitor, &id, 0, &words(40_000));
    // Two forms at once that are too much only together: the first is stuck in its middle when the second comes.
    let text = words(50_000);
    let whole = form(&visitor).file("file", "c.txt", &text).body();
    let stuck = upload(&visitor, FILE, &form(&visitor))
        .header("content-length", &whole.len().to_string())
        .body(&whole[..40_000])
        .begin();
    eventually("the first is under way", || {
        on_disk(app.workspace()).iter().any(|path| {
            path.parent()
                .is_some_and(|folder| folder.ends_with("incoming"))
                && path.metadata().is_ok_and(|file| file.len() > 39_000)
        })
    });
    let second = form(&visitor).file("file", "d.txt", &words(30_000));
    refused(&upload(&visitor, FILE, &second).send(), 429, "two at once");
    drop(stuck);
    eventually("the first is given up, and gives back what it took", || {
        upload(&visitor, FILE, &second).send().status == 201
    });
    post(&visitor, 9, &[&id]).send().expect(201);
    // 70,000 are posted.
    begin(&visitor, 3, "e.txt", 30_000);
    refused(
        &announce(&visitor, 4, "f.txt", 1).send(),
        429,
        "the day is over",
    );
}

#[test]
fn a_message_is_posted_once_however_often_it_is_asked_for() {
    let app: TestApp = start();
    let visitor = app.visitor();
    let text = words(500_000);
    let id = begin(&visitor, 1, "a.txt", text.len());
    send(&visitor, &id, 0, &text);
    let many: Vec<_> = (0..6).map(|_| post(&visitor, 9, &[&id]).begin()).collect();
    let mut statuses: Vec<u16> = many.into_iter().map(|post| post.finish().status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    assert_eq!(visitor.read("")["last_seq"], 1);
    assert_eq!(on_disk(app.workspace()).len(), 1);
}
