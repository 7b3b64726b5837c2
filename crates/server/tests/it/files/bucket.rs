//! Files in a bucket: the same to everybody who sends and reads them, whatever the bucket does meanwhile.

use super::media::{png, wav};
use super::{described, fetch, form, get, on_disk, send_file, upload};
use antiphon_testkit::{Bucket, Form, Relay, Request, TestApp, eventually, unix_seconds};
use serde_json::Value;

/// A server whose files are in the bucket, by a line that the test holds in its hand.
fn start(bucket: &Bucket, env: &[(&str, &str)]) -> (TestApp, Relay) {
    let relay = Relay::start(bucket.server());
    let keys = bucket.env(relay.address());
    let keys = keys.iter().map(|(key, value)| (*key, value.as_str()));
    let workspace = keys
        .chain(env.iter().copied())
        .fold(crate::workspace(), |workspace, (key, value)| {
            workspace.with_env(key, value)
        });
    (TestApp::start_in(workspace), relay)
}

fn prune(app: &TestApp) -> Value {
    app.workspace().cli(&["files:prune", "--json"]).json()
}

/// What a file of so many megabytes of text holds.
fn text(megabytes: usize) -> Vec<u8> {
    b"every line of it is sixty-four bytes long, so it is easy to cut\n".repeat(megabytes << 14)
}

#[test]
fn a_picture_and_a_recording_are_kept_shown_and_heard() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let (app, _relay) = start(&bucket, &[]);
    let visitor = app.visitor();
    let picture = png(1200, 300);
    let sent = send_file(&visitor, "a.png", &picture);
    assert_eq!(fetch(&app, &sent["url"]).body, picture);
    let thumbnail = fetch(&app, &described(&visitor, "thumbnail_url")["thumbnail_url"]);
    assert_eq!(thumbnail.header("content-type"), Some("image/jpeg"));

    let recording = form(&visitor).file("voice_message", "blob", &wav(1500));
    upload(&visitor, "/api/chatbot/voice", &recording)
        .send()
        .expect(201);
    assert_eq!(described(&visitor, "waveform")["duration_ms"], 1500);

    let long = text(6);
    let sent = send_file(&visitor, "long.txt", &long);
    let whole = fetch(&app, &sent["url"]);
    assert!(whole.body == long);
    let part = |range: &str, status| {
        get(&app, &sent["url"])
            .header("range", range)
            .send()
            .expect(status)
    };
    assert_eq!(
        part("bytes=5242870-5242889", 206).body,
        long[5_242_870..5_242_890]
    );
    assert_eq!(part("bytes=-5", 206).body, b" cut\n");
    part("bytes=99999999-", 416);

    assert_eq!(bucket.keys().len(), 4);
    assert!(bucket.keys().iter().all(|key| key.starts_with("antiphon/")));
    assert!(on_disk(app.workspace()).is_empty());
}

#[test]
fn a_kill_in_mid_upload_leaves_what_pruning_takes() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let (mut app, relay) = start(&bucket, &[]);
    let visitor = app.visitor();
    let kept = send_file(&visitor, "kept.txt", b"kept");
    let body = form(&visitor).file("file", "a.txt", &text(8)).body();
    let _pending = app
        .request("POST", "/api/chatbot/file")
        .bearer(&visitor.token)
        .header("content-type", &Form::content_type())
        .header("content-length", &body.len().to_string())
        .body(&body[..6 << 20])
        .begin();
    eventually("the upload is under way", || bucket.uploads().len() == 1);
    app.kill9();
    app.restart();
    assert_eq!(visitor.read("")["last_seq"], 1);
    assert_eq!(fetch(&app, &kept["url"]).body, b"kept");

    let orphan = format!("antiphon/ab/ab{}", "0".repeat(30));
    bucket.put(&orphan, b"orphan");
    bucket.put("antiphon/notes.txt", b"somebody else's");
    // They are young: a message could still come that names them.
    let pruned = prune(&app);
    assert_eq!(
        (&pruned["removed"], &pruned["unfinished"]),
        (&0.into(), &0.into())
    );
    let year = 1970 + unix_seconds() / 31_556_952;
    relay.rewrite(&format!(">{year}-"), ">2001-");
    let pruned = prune(&app);
    assert_eq!(
        (
            &pruned["removed"],
            &pruned["removed_bytes"],
            &pruned["unfinished"],
            &pruned["kept"]
        ),
        (&1.into(), &6.into(), &1.into(), &1.into())
    );
    assert!(bucket.uploads().is_empty());
    let keys = bucket.keys();
    assert_eq!(keys.len(), 2);
    assert!(!keys.contains(&orphan) && keys.contains(&"antiphon/notes.txt".to_owned()));
    assert_eq!(fetch(&app, &kept["url"]).body, b"kept");
}

#[test]
fn a_bucket_that_is_away_keeps_nobody_from_talking() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let (mut app, relay) = start(&bucket, &[]);
    let visitor = app.visitor();
    let sent = send_file(&visitor, "a.txt", b"before");
    relay.cut();
    let file = form(&visitor).file("file", "b.txt", b"meanwhile");
    let refused = upload(&visitor, "/api/chatbot/file", &file)
        .send()
        .expect(503);
    assert_eq!(refused.header("retry-after"), Some("10"));
    assert!(
        refused.text().contains("Messages without files"),
        "{refused}"
    );
    get(&app, &sent["url"]).send().expect(503);
    assert_eq!(visitor.say("words need no bucket"), 2);
    // Nor from starting.
    app.restart();
    assert_eq!(visitor.say("nor does a start"), 3);

    relay.open();
    assert_eq!(fetch(&app, &sent["url"]).body, b"before");
    upload(&visitor, "/api/chatbot/file", &file)
        .send()
        .expect(201);
    assert_eq!(visitor.read("")["last_seq"], 4);
}

#[test]
fn a_bucket_that_does_not_answer_holds_up_files_only() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let (app, relay) = start(&bucket, &[]);
    let (visitor, other) = (app.visitor(), app.visitor());
    relay.hold();
    let file = form(&visitor).file("file", "a.txt", &text(6));
    let pending = upload(&visitor, "/api/chatbot/file", &file).begin();
    for n in 1..=20 {
        assert_eq!(visitor.say("still here"), n);
        assert_eq!(other.say("so am I"), n);
    }
    assert!(!pending.is_answered());
    relay.open();
    let sent = pending.finish().expect(201).json();
    assert!(fetch(&app, &sent["file_url"]).body == text(6));
}

#[test]
fn browsers_are_sent_on_to_the_bucket_if_they_may_go_there() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let (app, relay) = start(&bucket, &[("ANTIPHON_FILES_DIRECT", "on")]);
    let visitor = app.visitor();
    let page = app.get("/chatbot-test.html").send();
    if page.status == 200 {
        let policy = page.header("content-security-policy").unwrap();
        let bucket = format!("http://{}", relay.address());
        assert!(
            policy.contains(&format!("img-src 'self' {bucket}")),
            "{policy}"
        );
        assert!(
            policy.contains(&format!("media-src 'self' {bucket}")),
            "{policy}"
        );
    }
    for (name, content, content_type, shown) in [
        ("a.png", png(3, 2), "image/png", "inline"),
        (
            "b.txt",
            b"words".to_vec(),
            "text/plain; charset=utf-8",
            "attachment",
        ),
    ] {
        let sent = send_file(&visitor, name, &content);
        let answer = get(&app, &sent["url"]).send().expect(302);
        assert!(answer.header("cache-control").unwrap().contains("private"));
        let address = answer.header("location").unwrap();
        let (host, path) = address["http://".len()..].split_once('/').unwrap();
        let fetched = Request::new(host.parse().unwrap(), "GET", &format!("/{path}"))
            .header("range", "bytes=1-2")
            .send()
            .expect(206);
        assert_eq!(fetched.body, content[1..3]);
        assert_eq!(fetched.header("content-type"), Some(content_type));
        let disposition = fetched.header("content-disposition").unwrap();
        assert_eq!(disposition, format!("{shown}; filename=\"{name}\""));
    }
    // Without a signature of ours there is none of the bucket's.
    app.get("/files/1?expires=9999999999&signature=AAAA")
        .send()
        .expect(403);
}

#[test]
fn the_doctor_uses_the_bucket() {
    let Some(bucket) = Bucket::create() else {
        return;
    };
    let with = |name: &str, secret: &str| {
        let keys = bucket.env(bucket.server());
        let keys = keys.iter().map(|(key, value)| (*key, value.as_str()));
        let changed = [("AWS_BUCKET", name), ("AWS_SECRET_ACCESS_KEY", secret)];
        let workspace = keys
            .chain(changed)
            .fold(crate::workspace(), |workspace, (key, value)| {
                workspace.with_env(key, value)
            });
        // It ends with an error, where it has found one.
        let told = workspace.cli(&["doctor", "--offline", "--json"]).lines;
        let told: Value = serde_json::from_str(&told.concat()).unwrap();
        let findings = told["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["check"] == "bucket");
        found.unwrap().clone()
    };
    let good = with(bucket.name(), bucket.secret());
    assert_eq!(good["state"], "good", "{good}");
    assert!(bucket.keys().is_empty());
    for (found, fix) in [
        (with(bucket.name(), "wrong"), "AWS_SECRET_ACCESS_KEY"),
        (
            with("antiphon-no-such-bucket", bucket.secret()),
            "AWS_BUCKET",
        ),
    ] {
        assert_eq!(found["state"], "bad", "{found}");
        assert!(found["fix"].as_str().unwrap().contains(fix), "{found}");
    }
}
