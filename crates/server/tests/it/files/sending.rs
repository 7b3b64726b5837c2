//! Files that are taken: what the answer says, what everybody else is told, and what becomes known later.

use super::media::{docx, png, sideways_photo, wav};
use super::{described, fetch, form, on_disk, send_file, start, upload};
use antiphon_testkit::{Form, eventually};
use serde_json::json;

const CLIENT_ID: &str = "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69";

#[test]
fn a_picture_is_sent_and_everybody_sees_it() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut socket = agent.listen(&visitor.channel);
    let picture = png(1200, 300);
    let form = form(&visitor)
        .field("message", " look ")
        .field("client_id", CLIENT_ID)
        .file("file", "Ünter den Linden.png", &picture);
    let answer = upload(&visitor, "/api/chatbot/file", &form)
        .send()
        .expect(201)
        .json();
    assert_eq!(answer["success"], true);
    assert_eq!(answer["seq"], 1);
    assert!(answer["message_id"].is_i64());
    assert_eq!(answer["timestamp"].as_str().unwrap().len(), 19);
    assert!(answer["created_at"].is_string());
    let attachment = &answer["attachments"][0];
    assert_eq!(answer["file_url"], attachment["url"]);
    assert_eq!(attachment["name"], "Ünter den Linden.png");
    assert_eq!(attachment["content_type"], "image/png");
    assert_eq!(attachment["size"], picture.len());
    assert_eq!(
        (&attachment["width"], &attachment["height"]),
        (&json!(1200), &json!(300))
    );

    let received = socket.wait_for("ChatMessageReceived");
    assert_eq!(received["message"], "look");
    assert_eq!(received["is_voice"], false);
    assert_eq!(received["attachments"][0]["id"], attachment["id"]);
    assert_eq!(
        fetch(&app, &received["attachments"][0]["url"]).body,
        picture
    );

    let updated = socket.wait_for("MessageUpdated");
    assert_eq!(updated["id"], received["id"]);
    assert!(updated["revision"].as_i64() > received["revision"].as_i64());
    let thumbnail = fetch(&app, &updated["attachments"][0]["thumbnail_url"]);
    assert_eq!(thumbnail.header("content-type"), Some("image/jpeg"));
    let thumbnail = image::load_from_memory(&thumbnail.body).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (512, 128));
    assert_eq!(
        visitor.read("")["data"]["messages"][0]["attachments"][0]["thumbnail_url"],
        updated["attachments"][0]["thumbnail_url"]
    );
}

#[test]
fn a_photo_is_shown_upright_and_tells_no_place() {
    let app = start();
    let visitor = app.visitor();
    let sent = send_file(&visitor, "photo.jpg", &sideways_photo(1200, 600));
    assert_eq!(
        (&sent["width"], &sent["height"]),
        (&json!(600), &json!(1200))
    );
    let names = |bytes: &[u8], wanted: &[u8]| bytes.windows(4).any(|part| part == wanted);
    let photo = fetch(&app, &sent["url"]).body;
    assert!(names(&photo, b"Exif") && !names(&photo, b"GPS "));
    assert_eq!(sent["size"], photo.len());
    let thumbnail = fetch(&app, &described(&visitor, "thumbnail_url")["thumbnail_url"]).body;
    assert!(!names(&thumbnail, b"Exif") && !names(&thumbnail, b"GPS "));
    let upright = image::load_from_memory(&thumbnail).unwrap().to_rgb8();
    assert_eq!(upright.dimensions(), (256, 512));
    assert!(upright.get_pixel(128, 10).0[0] > 200 && upright.get_pixel(128, 500).0[2] > 200);
}

#[test]
fn several_files_are_one_message_in_their_order() {
    let app = start();
    let visitor = app.visitor();
    let files = [
        ("a.png", png(3, 2), "image/png"),
        ("b.txt", "words, año".as_bytes().to_vec(), "text/plain"),
        ("c.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "application/pdf"),
        (
            "d.docx",
            docx(5000),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ];
    // Where the message goes to may be said last.
    let form = files.iter().fold(Form::new(), |form, (name, content, _)| {
        form.file("file", name, content)
    });
    let form = form.field("conversation_id", &visitor.conversation_id);
    let answer = upload(&visitor, "/api/chatbot/file", &form)
        .send()
        .expect(201)
        .json();
    let attachments = answer["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), files.len());
    for (attachment, (name, content, content_type)) in attachments.iter().zip(&files) {
        assert_eq!(attachment["name"], *name);
        assert_eq!(attachment["content_type"], *content_type);
        assert_eq!(&fetch(&app, &attachment["url"]).body, content);
    }
    let read = visitor.read("");
    let message = &read["data"]["messages"][0];
    assert_eq!(message["message"], "");
    assert_eq!(message["attachments"].as_array().unwrap().len(), 4);
    assert_eq!(read["last_seq"], 1);
}

#[test]
fn an_agent_sends_files_too() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut socket = visitor.listen();
    let form = form(&visitor).file("file", "offer.pdf", b"%PDF-1.7\n1 0 obj");
    app.request("POST", "/api/chatbot/file")
        .header("cookie", &agent.cookie)
        .form(&form)
        .send()
        .expect(201);
    let received = socket.wait_for("ChatMessageReceived");
    assert_eq!(received["sender_type"], "employee");
    assert_eq!(received["attachments"][0]["name"], "offer.pdf");
    let rows = agent.get("/api/v1/conversations").send().expect(200).json();
    assert_eq!(
        rows["conversations"][0]["last_message"]["attachments"][0]["content_type"],
        "application/pdf"
    );
}

#[test]
fn a_repeat_is_answered_with_the_first_and_leaves_no_second_file() {
    let app = start();
    let visitor = app.visitor();
    let form = form(&visitor)
        .field("client_id", CLIENT_ID)
        .file("file", "a.txt", b"first");
    let first = upload(&visitor, "/api/chatbot/file", &form).send();
    let first = first.expect(201).json();
    let again = upload(&visitor, "/api/chatbot/file", &form).send();
    let again = again.expect(200).json();
    for field in ["message_id", "seq", "timestamp", "created_at"] {
        assert_eq!(again[field], first[field], "{field}");
    }
    assert_eq!(again["attachments"][0]["id"], first["attachments"][0]["id"]);
    assert_eq!(on_disk(app.workspace()).len(), 1);
    let many: Vec<_> = (0..4)
        .map(|_| upload(&visitor, "/api/chatbot/file", &form).begin())
        .collect();
    for answer in many {
        assert_eq!(answer.finish().expect(200).json()["seq"], 1);
    }
    assert_eq!(on_disk(app.workspace()).len(), 1);
    assert_eq!(visitor.read("")["last_seq"], 1);
}

#[test]
fn a_repeat_is_answered_without_its_files() {
    let app = start();
    let visitor = app.visitor();
    let form = form(&visitor).field("client_id", CLIENT_ID).file(
        "file",
        "a.txt",
        &b"first ".repeat(50_000),
    );
    let first = upload(&visitor, "/api/chatbot/file", &form).send();
    let first = first.expect(201).json();
    let body = form.body();
    let again = upload(&visitor, "/api/chatbot/file", &form)
        .header("content-length", &body.len().to_string())
        .body(&body[..1000])
        .begin();
    // The rest never comes, and nobody misses it.
    let again = again.end_of_request().finish().expect(200).json();
    assert_eq!(again["message_id"], first["message_id"]);
    assert_eq!(on_disk(app.workspace()).len(), 1);
}

#[test]
fn a_recording_is_measured() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut socket = agent.listen(&visitor.channel);
    let form = form(&visitor)
        .field("duration_ms", &9000)
        .file("voice_message", "blob", &wav(1500));
    let answer = upload(&visitor, "/api/chatbot/voice", &form)
        .send()
        .expect(201)
        .json();
    let said = &answer["attachments"][0];
    assert_eq!(said["content_type"], "audio/wav");
    assert_eq!(said["duration_ms"], 9000);
    let received = socket.wait_for("ChatMessageReceived");
    assert_eq!(
        (&received["is_voice"], &received["message"]),
        (&json!(true), &json!(""))
    );

    let updated = socket.wait_for("MessageUpdated");
    let measured = &updated["attachments"][0];
    assert_eq!(measured["duration_ms"], 1500);
    let waveform = measured["waveform"].as_array().unwrap();
    assert_eq!(waveform.len(), 64);
    assert!(waveform[..30].iter().all(|part| *part == 0), "{waveform:?}");
    assert!(
        waveform[34..]
            .iter()
            .all(|part| part.as_i64().unwrap() > 40)
    );
    let message = &visitor.read("")["data"]["messages"][0];
    assert_eq!(message["is_voice"], true);
    assert_eq!(message["attachments"][0]["waveform"], measured["waveform"]);
}

#[test]
fn uploads_at_once_are_not_mixed_up() {
    let app = start();
    let visitors: Vec<_> = (0..8).map(|_| app.visitor()).collect();
    let contents: Vec<String> = (0..8)
        .map(|n| format!("{n} is the content of this file\n").repeat(20_000 + n))
        .collect();
    let pending: Vec<_> = visitors
        .iter()
        .zip(&contents)
        .map(|(visitor, content)| {
            let form = form(visitor).file("file", "large.txt", content.as_bytes());
            upload(visitor, "/api/chatbot/file", &form).begin()
        })
        .collect();
    for (pending, content) in pending.into_iter().zip(&contents) {
        let answer = pending.finish().expect(201).json();
        assert!(fetch(&app, &answer["file_url"]).body == content.as_bytes());
    }
}

#[test]
fn what_cannot_be_decoded_is_a_file_all_the_same() {
    let app = start();
    let visitor = app.visitor();
    let mut broken = png(300, 200);
    for byte in &mut broken[60..90] {
        *byte = 0x55;
    }
    let sent = send_file(&visitor, "broken.png", &broken);
    assert_eq!(fetch(&app, &sent["url"]).body, broken);
    // The next one is looked into after it.
    send_file(&visitor, "good.png", &png(30, 20));
    described(&visitor, "thumbnail_url");
    let read = visitor.read("");
    let first = &read["data"]["messages"][0]["attachments"][0];
    assert!(first.get("thumbnail_url").is_none(), "{first}");
    eventually("nothing but two files and a thumbnail", || {
        on_disk(app.workspace()).len() == 3
    });
}

#[test]
fn a_widget_is_told_what_it_may_send() {
    let app = super::start_with(&[("ANTIPHON_FILES_MAX_BYTES", "1234")]);
    let limits = &app.config(&app.widget_token())["widget"]["limits"];
    assert_eq!(limits["file_max_bytes"], 1234);
    assert_eq!(limits["file_max_count"], 10);
    let types = limits["file_types"].as_array().unwrap();
    assert!(types.contains(&json!("image/png")) && types.contains(&json!("audio/*")));
}
