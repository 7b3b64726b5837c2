//! Looking into files is a job: it is done by whichever process works, and one that fails holds nobody up.

use super::media::png;
use super::{described, fetch, on_disk, send_file};
use crate::workspace;
use antiphon_testkit::{ReverbServer, TestApp, Visitor, Worker, Workspace};
use rusqlite::Connection;
use serde_json::Value;

/// A server that leaves the work to others.
fn idle_server(mut workspace: Workspace, websocket_port: u16) -> TestApp {
    workspace.set_env("ANTIPHON_QUEUE_WORKERS", "0");
    workspace.set_env("REVERB_SERVER_PORT", &websocket_port.to_string());
    TestApp::start_in(workspace)
}

/// A port that nobody has at the moment.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Does what is due, and ends.
#[track_caller]
fn work(workspace: &Workspace) {
    let done = workspace.cli(&["queue:work", "--stop-when-empty"]);
    assert!(done.status.success(), "{done:?}");
}

/// The jobs that look into files: id, state, and how often each was begun.
fn jobs(workspace: &Workspace) -> Vec<(i64, String, i64)> {
    let listed = workspace.cli(&["jobs:list", "--json"]).json();
    let jobs = listed["jobs"].as_array().unwrap().iter();
    jobs.filter(|job| job["kind"] == "attachment.describe")
        .map(|job| {
            (
                job["id"].as_i64().unwrap(),
                job["state"].as_str().unwrap().to_owned(),
                job["attempts"].as_i64().unwrap(),
            )
        })
        .collect()
}

fn attachment(visitor: &Visitor, message: usize) -> Value {
    visitor.read("")["data"]["messages"][message]["attachments"][0].clone()
}

#[test]
fn a_file_that_cannot_be_looked_into_is_given_up_and_holds_nobody_up() {
    let app = idle_server(workspace(), 0);
    let workspace = app.workspace();
    let visitor = app.visitor();
    send_file(&visitor, "poison.png", &png(30, 20));
    // What is there instead of the file cannot be read, however often it is tried.
    let file = on_disk(workspace).remove(0);
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    send_file(&visitor, "good.png", &png(40, 30));
    assert_eq!(jobs(workspace).len(), 2);

    work(workspace);
    assert!(attachment(&visitor, 1)["thumbnail_url"].is_string());
    let left = jobs(workspace);
    let id = left[0].0;
    assert_eq!(left, [(id, "waiting".to_owned(), 1)]);
    for _ in 1..3 {
        // Nobody waits for the pause between the attempts.
        let database = Connection::open(workspace.database()).unwrap();
        database.execute("UPDATE jobs SET run_at = 1", []).unwrap();
        work(workspace);
    }
    assert_eq!(jobs(workspace), [(id, "dead".to_owned(), 3)]);
    assert!(attachment(&visitor, 0).get("thumbnail_url").is_none());

    // Once somebody has seen to it, it can be tried again.
    std::fs::remove_dir(&file).unwrap();
    std::fs::rename(&aside, &file).unwrap();
    workspace.cli(&["jobs:retry", &id.to_string()]);
    work(workspace);
    assert!(attachment(&visitor, 0)["thumbnail_url"].is_string());
    assert_eq!(jobs(workspace), []);
}

#[test]
fn a_worker_beside_the_server_tells_its_sockets() {
    let app = idle_server(workspace(), free_port());
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    let _worker = Worker::start(app.workspace());
    send_file(&visitor, "a.png", &png(300, 200));
    let updated = socket.wait_for("MessageUpdated");
    let thumbnail = fetch(&app, &updated["attachments"][0]["thumbnail_url"]);
    assert_eq!(thumbnail.header("content-type"), Some("image/jpeg"));
}

#[test]
fn three_processes_share_one_folder() {
    let workspace = workspace();
    let reverb = ReverbServer::start(&workspace);
    let app = idle_server(workspace, reverb.address().port());
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    send_file(&visitor, "a.png", &png(300, 200));
    assert_eq!(
        socket.wait_for("ChatMessageReceived")["sender_type"],
        "visitor"
    );
    let _worker = Worker::start(app.workspace());
    let updated = socket.wait_for("MessageUpdated");
    let known = described(&visitor, "thumbnail_url");
    assert_eq!(
        updated["attachments"][0]["thumbnail_url"],
        known["thumbnail_url"]
    );
}
