//! Starts that cannot succeed: one clear line that says what to do, an exit code, and nothing damaged.

use crate::{start, workspace};
use antiphon_testkit::{Finished, TestApp, Workspace};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

/// What a refused start says.
#[track_caller]
fn one_line(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.status.code(), Some(code), "{finished:?}");
    let said: Vec<_> = finished
        .stderr
        .lines()
        .filter(|line| line.starts_with("antiphon: "))
        .collect();
    assert_eq!(said.len(), 1, "{finished:?}");
    for part in parts {
        assert!(said[0].contains(part), "{part:?} in {finished:?}");
    }
    assert!(!finished.stderr.contains("panicked"), "{finished:?}");
    assert!(
        !finished.lines.contains(&"Ready.".to_owned()),
        "{finished:?}"
    );
}

/// A folder with a conversation in it, whose server has ended.
fn with_history() -> (TestApp, antiphon_testkit::Visitor) {
    let mut app = start();
    let visitor = app.visitor();
    visitor.say("kept");
    assert!(app.terminate().success());
    (app, visitor)
}

/// With secrets of its own to keep, the configuration makes the folder; without, the server has to.
#[test]
fn a_first_start_with_all_secrets_configured_makes_the_data_folder() {
    let app = TestApp::start_in(
        workspace()
            .with_env(
                "APP_KEY",
                "base64:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            )
            .with_env("REVERB_APP_ID", "1")
            .with_env("REVERB_APP_KEY", "key")
            .with_env("REVERB_APP_SECRET", "secret"),
    );
    let mode = std::fs::metadata(app.workspace().data())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(
        mode & 0o777,
        0o700,
        "conversations are nobody else's business"
    );
}

#[test]
fn a_first_start_prints_where_everything_is() {
    let app = start();
    let lines = app.lines();
    let has = |part: &str| {
        assert!(
            lines.iter().any(|line| line.contains(part)),
            "{part} in {lines:?}"
        )
    };
    has(&format!("http://localhost:{}", app.http().port()));
    has(&format!("port {}", app.websocket().port()));
    has("/inbox/setup#cbi_");
    assert_eq!(lines.last().unwrap(), "Ready.");
    assert_ne!(
        app.http().port(),
        app.websocket().port(),
        "two ports of 0 are two ports"
    );
}

#[test]
fn a_taken_port_is_named_with_the_key_that_changes_it() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let http = workspace().with_env("ANTIPHON_PORT", &port);
    one_line(
        &http.cli(&["serve"]),
        1,
        &[&port, "in use", "ANTIPHON_PORT"],
    );
    let flag = workspace();
    one_line(
        &flag.cli(&["serve", "--port", &port]),
        1,
        &[&port, "in use", "--port"],
    );
    let websocket = workspace().with_env("REVERB_SERVER_PORT", &port);
    one_line(
        &websocket.cli(&["serve"]),
        1,
        &[&port, "in use", "REVERB_SERVER_PORT"],
    );
    one_line(
        &websocket.cli(&["reverb:start"]),
        1,
        &[&port, "in use", "REVERB_SERVER_PORT"],
    );
}

#[test]
fn a_port_that_another_app_serves_is_not_taken_for_our_own() {
    let other = start();
    let port = other.websocket().port().to_string();
    let mine = workspace().with_env("REVERB_SERVER_PORT", &port);
    one_line(&mine.cli(&["serve"]), 1, &[&port, "in use"]);
}

#[test]
fn an_address_of_another_machine_cannot_be_listened_on() {
    let workspace = workspace().with_env("ANTIPHON_HOST", "192.0.2.1");
    one_line(&workspace.cli(&["serve"]), 1, &["192.0.2.1", "ANTIPHON"]);
}

#[test]
fn an_unwritable_data_folder_is_named() {
    // Below a file nobody can make a folder, not even root.
    for folder in ["/proc/antiphon", "/dev/null/antiphon"] {
        let workspace = workspace().with_env("ANTIPHON_DATA", folder);
        for command in ["serve", "migrate", "widget:list"] {
            let finished = workspace.cli(&[command]);
            assert!(!finished.status.success(), "{finished:?}");
            assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
            assert!(finished.stderr.contains(folder), "{finished:?}");
            assert!(finished.stderr.contains("ANTIPHON_DATA"), "{finished:?}");
        }
    }
}

#[test]
fn a_data_folder_that_is_a_file_is_left_alone() {
    let workspace = workspace();
    std::fs::write(workspace.data(), "my notes").unwrap();
    let finished = workspace.cli(&["serve"]);
    assert!(!finished.status.success());
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    assert_eq!(
        std::fs::read_to_string(workspace.data()).unwrap(),
        "my notes"
    );
}

fn set_schema(workspace: &Workspace, version: i64) {
    let database = rusqlite::Connection::open(workspace.database()).unwrap();
    database
        .pragma_update(None, "user_version", version)
        .unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_not_touched() {
    let (mut app, visitor) = with_history();
    let known: i64 = rusqlite::Connection::open(app.workspace().database())
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    set_schema(app.workspace(), 9999);
    let before = std::fs::read(app.workspace().database()).unwrap();
    for command in ["serve", "migrate", "widget:list"] {
        let finished = app.workspace().cli(&[command]);
        one_line(&finished, 1, &["9999", "newer version"]);
    }
    assert!(std::fs::read(app.workspace().database()).unwrap() == before);
    set_schema(app.workspace(), known);
    app.restart();
    assert_eq!(visitor.texts(), ["kept"]);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_not_touched() {
    for content in ["this is my diary\n".repeat(100), "a note\n".to_owned()] {
        let workspace = workspace();
        std::fs::create_dir(workspace.data()).unwrap();
        std::fs::write(workspace.database(), &content).unwrap();
        let finished = workspace.cli(&["serve"]);
        one_line(&finished, 1, &["antiphon.sqlite", "not a database"]);
        assert_eq!(
            std::fs::read_to_string(workspace.database()).unwrap(),
            content
        );
    }
}

#[test]
fn another_programs_database_is_refused_and_not_touched() {
    let workspace = workspace();
    std::fs::create_dir(workspace.data()).unwrap();
    let other = rusqlite::Connection::open(workspace.database()).unwrap();
    other
        .execute_batch("CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('Antiphon')")
        .unwrap();
    drop(other);
    let before = std::fs::read(workspace.database()).unwrap();
    one_line(
        &workspace.cli(&["serve"]),
        1,
        &["antiphon.sqlite", "not a database"],
    );
    assert!(std::fs::read(workspace.database()).unwrap() == before);
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one_all_at_once() {
    let workspace = workspace()
        .with_env("ANTIPHON_PROT", "8000")
        .with_env("REVERB_APP_SECRT", "x")
        .with_env("ANTIPHON_SHARDS", "many");
    let finished = workspace.cli(&["serve"]);
    assert_eq!(finished.status.code(), Some(64), "{finished:?}");
    for part in [
        "ANTIPHON_PROT",
        "ANTIPHON_PORT",
        "REVERB_APP_SECRT",
        "REVERB_APP_SECRET",
        "ANTIPHON_SHARDS",
    ] {
        assert!(finished.stderr.contains(part), "{part} in {finished:?}");
    }
    assert!(!workspace.data().exists(), "a mistaken start makes nothing");
    let checked = workspace.cli(&["config:check"]);
    assert_eq!(checked.status.code(), Some(64), "{checked:?}");
}

#[test]
fn the_dot_env_file_counts_below_the_environment() {
    let workspace = workspace().without_env("ANTIPHON_RATE_LIMITS");
    let text =
        "APP_NAME=Laravel\nANTIPHON_RATE_LIMITS=off # for tests\nREVERB_APP_KEY=\"my-key\"\n";
    std::fs::write(workspace.folder().join(".env"), text).unwrap();
    let shown = workspace.cli(&["config:show", "--json"]).json();
    assert_eq!(shown["ANTIPHON_RATE_LIMITS"]["value"], "off");
    assert_eq!(shown["REVERB_APP_KEY"]["value"], "my-key");
    let workspace = workspace.with_env("REVERB_APP_KEY", "another");
    let app = TestApp::start_in(workspace);
    assert_eq!(app.config(&app.widget_token())["reverb"]["key"], "another");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let app = start();
    let visitor = app.visitor();
    let finished = app.workspace().cli(&["serve"]);
    one_line(&finished, 1, &["another antiphon server", "data"]);
    visitor.say("the first one goes on");
}

#[test]
fn a_server_that_was_killed_leaves_no_lock_behind() {
    let mut app = start();
    app.kill9();
    app.restart();
    app.visitor().say("hello");
}

#[test]
fn one_port_can_carry_everything() {
    let first = start();
    let port = first.http().port().to_string();
    drop(first);
    let workspace = workspace()
        .with_env("ANTIPHON_PORT", &port)
        .with_env("REVERB_SERVER_PORT", &port);
    let app = TestApp::start_in(workspace);
    assert_eq!(app.http(), app.websocket());
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    visitor.say("hello");
    assert_eq!(socket.next_event("ChatMessageReceived")["message"], "hello");
}
