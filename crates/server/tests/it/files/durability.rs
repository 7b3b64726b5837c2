//! Files through a kill, a full disk, and a cleaning up.

use super::media::png;
use super::resuming::{begin, part, post, reached, send, words};
use super::{fetch, form, on_disk, send_file, start, start_with, upload};
use antiphon_testkit::{Form, TestApp, Visitor, eventually};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Makes a file look as if it had been there for a day.
pub(super) fn age(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    file.set_modified(long_ago).unwrap();
}

fn prune(app: &TestApp) -> Value {
    app.workspace().cli(&["files:prune", "--json"]).json()
}

#[test]
fn a_kill_in_mid_upload_leaves_no_message_and_pruning_takes_the_rest() {
    let mut app = start();
    let visitor = app.visitor();
    let kept = send_file(&visitor, "kept.txt", b"kept");
    let body = form(&visitor)
        .file("file", "a.txt", &[b'a'; 500_000])
        .body();
    let _pending = app
        .request("POST", "/api/chatbot/file")
        .bearer(&visitor.token)
        .header("content-type", &Form::content_type())
        .header("content-length", &body.len().to_string())
        .body(&body[..400_000])
        .begin();
    eventually("the upload is under way", || {
        on_disk(app.workspace()).len() == 2
    });
    app.kill9();
    app.restart();
    assert_eq!(visitor.read("")["last_seq"], 1);
    assert_eq!(fetch(&app, &kept["url"]).body, b"kept");

    // It is young: an upload could still be writing to it.
    assert_eq!(prune(&app)["unfinished"], 0);
    let orphan = app.workspace().data().join("files/ab");
    std::fs::create_dir_all(&orphan).unwrap();
    let orphan = orphan.join(format!("ab{}", "0".repeat(30)));
    std::fs::write(&orphan, b"orphan").unwrap();
    for path in on_disk(app.workspace()) {
        age(&path);
    }
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
    assert_eq!(on_disk(app.workspace()).len(), 1);
    assert_eq!(fetch(&app, &kept["url"]).body, b"kept");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill_and_looked_into_then() {
    let mut app = start();
    let visitor = app.visitor();
    let pictures: Vec<Vec<u8>> = (1..6).map(|n| png(900 + n, 700)).collect();
    let sent: Vec<Value> = pictures
        .iter()
        .map(|picture| send_file(&visitor, "a.png", picture))
        .collect();
    app.kill9();
    app.restart();
    for (sent, picture) in sent.iter().zip(&pictures) {
        assert!(fetch(&app, &sent["url"]).body == *picture);
    }
    // What was being looked into is another's when the lease of the killed process is over.
    let mut read = Value::Null;
    eventually("all were looked into", || {
        read = visitor.read("");
        let messages = read["data"]["messages"].as_array().unwrap();
        let mut files = messages.iter().map(|message| &message["attachments"][0]);
        files.all(|file| file["thumbnail_url"].is_string())
    });
    for message in read["data"]["messages"].as_array().unwrap() {
        fetch(&app, &message["attachments"][0]["thumbnail_url"]);
    }
    for path in on_disk(app.workspace()) {
        age(&path);
    }
    // A thumbnail may have been made twice, if the kill came between the file and its row.
    let pruned = prune(&app);
    assert!(pruned["removed"].as_i64().unwrap() <= 1, "{pruned}");
    assert_eq!(on_disk(app.workspace()).len(), 10);
}

/// No file is taken, and messages are.
#[track_caller]
fn takes_words_only(app: &TestApp, visitor: &Visitor, content: &[u8]) {
    let n_before = on_disk(app.workspace()).len();
    let form = form(visitor).file("file", "a.txt", content);
    let answer = upload(visitor, "/api/chatbot/file", &form)
        .send()
        .expect(507);
    assert!(answer.text().contains("no space for files"), "{answer}");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(on_disk(app.workspace()).len(), n_before);
    let seq = visitor.say("words need little space");
    assert_eq!(visitor.read("")["last_seq"], seq);
}

#[test]
fn files_leave_space_for_words() {
    let app = start_with(&[("ANTIPHON_FILES_MIN_FREE_BYTES", "1099511627776")]);
    takes_words_only(&app, &app.visitor(), b"a");
}

/// A small disk in a folder, for as long as this lives.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// `None` where this process may not mount one.
    fn mount(folder: &'a Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder)
            .output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_takes_no_file_and_loses_no_message() {
    let workspace = crate::workspace().with_env("ANTIPHON_FILES_MIN_FREE_BYTES", "0");
    let folder = workspace.data().join("files");
    let Some(_disk) = SmallDisk::mount(&folder, 2) else {
        println!("skipped: this process may not mount a disk");
        return;
    };
    let app = TestApp::start_in(workspace);
    let visitor = app.visitor();
    takes_words_only(
        &app,
        &visitor,
        &b"more than there is room for ".repeat(100_000),
    );
    send_file(&visitor, "small.txt", b"there is room for this");
}

/// Takes everything that is left of a disk.
fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    while file.write_all(&[b'f'; 4096]).is_ok() {}
}

#[test]
fn what_a_full_disk_does_not_take_is_not_acknowledged() {
    let workspace = crate::workspace().with_env("ANTIPHON_FILES_MIN_FREE_BYTES", "0");
    let folder = workspace.data();
    let Some(_disk) = SmallDisk::mount(&folder, 8) else {
        println!("skipped: this process may not mount a disk");
        return;
    };
    let mut app = TestApp::start_in(workspace);
    let visitor = app.visitor();
    let text = words(300_000);
    let id = begin(&visitor, 1, "a.txt", text.len());
    send(&visitor, &id, 0, &text[..100_000]);
    let filler = folder.join("filler");
    fill(&filler);

    let rest = part(&visitor, &id, 100_000, &text[100_000..]).send();
    assert_eq!(rest.status, 507, "{rest}");
    let form = form(&visitor).file("file", "b.txt", &words(50_000));
    let refused = upload(&visitor, "/api/chatbot/file", &form).send();
    assert!(matches!(refused.status, 503 | 507), "{refused}");
    // What the log of the database has room for is taken, and then nothing.
    let long = "words ".repeat(800);
    let mut said = 0;
    let refused = loop {
        let answer = visitor.message(&long).send();
        match answer.status {
            201 => said += 1,
            _ => break answer,
        }
        assert!(said < 5_000, "the disk is never full");
    };
    assert_eq!(refused.status, 503, "{refused}");
    assert!(refused.header("retry-after").is_some(), "{refused}");
    assert_eq!(visitor.read("")["last_seq"], said);

    std::fs::remove_file(&filler).unwrap();
    eventually("messages are taken again", || {
        visitor.message("again").send().status == 201
    });
    said += 1;
    let so_far = reached(&visitor, 1, "a.txt", text.len());
    send(&visitor, &id, so_far, &text[so_far..]);
    let posted = post(&visitor, 9, &[&id]).send().expect(201).json();
    assert_eq!(posted["seq"], said + 1);
    app.kill9();
    app.restart();
    assert_eq!(visitor.read("")["last_seq"], said + 1);
    assert!(fetch(&app, &posted["file_url"]).body == text);
}
