//! Backups: of a running server, restored elsewhere, and never half.

use crate::files::media::png;
use crate::files::{described, fetch, send_file};
use crate::{start, workspace};
use antiphon_testkit::{Agent, Postgres, TestApp, Visitor, Workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Makes a backup into a file beside the data.
#[track_caller]
fn back_up(workspace: &Workspace) -> PathBuf {
    let path = workspace.folder().join("backup.tar");
    let made = workspace.cli(&["backup", "--to", path.to_str().unwrap(), "--json"]);
    assert!(made.status.success(), "{made:?}");
    let json = made.json();
    assert_eq!(json["missing_files"], 0, "{json}");
    assert_eq!(json["bytes"], path.metadata().unwrap().len(), "{json}");
    path
}

#[track_caller]
fn restore(workspace: &Workspace, archive: &Path, more: &[&str]) -> Value {
    let mut args = vec!["restore", archive.to_str().unwrap(), "--json"];
    args.extend(more);
    let restored = workspace.cli(&args);
    assert!(restored.status.success(), "{restored:?}");
    restored.json()
}

/// What the command says when it refuses.
#[track_caller]
fn refused(workspace: &Workspace, archive: &Path, more: &[&str]) -> String {
    let mut args = vec!["restore", archive.to_str().unwrap()];
    args.extend(more);
    let refused = workspace.cli(&args);
    assert!(!refused.status.success(), "{refused:?}");
    refused.stderr
}

/// The same visitor, at another server.
fn at(app: &TestApp, visitor: &Visitor) -> Visitor {
    Visitor {
        api: (**app).clone(),
        ..visitor.clone()
    }
}

fn on(place: &Postgres) -> Workspace {
    place
        .env()
        .into_iter()
        .fold(workspace(), |workspace, (key, value)| {
            workspace.with_env(&key, &value)
        })
}

#[test]
fn a_backup_of_a_running_server_is_restored_elsewhere_whole() {
    let app = start();
    let agent = app.agent();
    let visitor = app.visitor();
    visitor.say("hello");
    let picture = png(40, 30);
    let sent = send_file(&visitor, "a.png", &picture);
    let thumbnail = described(&visitor, "thumbnail_url")["thumbnail_url"].clone();
    let small = fetch(&app, &thumbnail).body;
    agent.say(visitor.conversation_id, "good day");
    let archive = back_up(app.workspace());
    let mode = archive.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    visitor.say("too late for it");
    assert!(
        !app.workspace()
            .data()
            .join("backups")
            .join(".backup")
            .exists(),
        "nothing is left of the work"
    );

    let elsewhere = workspace();
    let restored = restore(&elsewhere, &archive, &[]);
    assert_eq!(restored["files"], 2, "the picture and its thumbnail");
    assert!(restored["aside"].is_null(), "{restored}");
    let other = TestApp::start_in(elsewhere);
    assert!(other.setup_token().is_none(), "there is an agent already");
    let visitor = at(&other, &visitor);
    assert_eq!(visitor.texts(), ["hello", "", "good day"]);
    // Addresses that were given out before are signed with the same secret.
    assert_eq!(fetch(&other, &sent["url"]).body, picture);
    assert_eq!(fetch(&other, &thumbnail).body, small);
    Agent::log_in(&other, Agent::EMAIL, Agent::PASSWORD);
    assert_eq!(visitor.say("and on"), 4);
}

#[test]
fn what_is_no_whole_backup_puts_nothing_in_place() {
    let app = start();
    let visitor = app.visitor();
    visitor.say("hello");
    send_file(&visitor, "a.txt", b"something to lose");
    let archive = back_up(app.workspace());
    let whole = std::fs::read(&archive).unwrap();
    let damaged = app.workspace().folder().join("damaged.tar");
    let elsewhere = workspace();

    let refuse = |bytes: &[u8], what: &str| {
        std::fs::write(&damaged, bytes).unwrap();
        let reason = refused(&elsewhere, &damaged, &[]);
        assert!(reason.contains(what), "{what} in {reason}");
        assert!(!elsewhere.database().exists(), "{reason}");
        assert!(!elsewhere.data().join("secrets.env").exists(), "{reason}");
    };
    for length in [0, 300, whole.len() / 2, whole.len() - 1024 - 600] {
        refuse(&whole[..length], "nothing was restored");
    }
    for place in [whole.len() / 2, whole.len() / 3] {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        refuse(&flipped, "damaged or missing");
    }
    refuse(
        b"PK\x03\x04 this is another thing entirely",
        "nothing was restored",
    );
    let other = String::from_utf8_lossy(&whole).contains("\"format\":1");
    assert!(other, "the manifest stands at the beginning in plain text");
    let at = whole
        .windows(10)
        .position(|text| text == b"\"format\":1")
        .unwrap();
    let mut newer = whole;
    newer[at + 9] = b'2';
    refuse(&newer, "format 1");
    // And the whole one is taken after all that.
    restore(&elsewhere, &archive, &[]);
}

#[test]
fn what_is_there_is_put_aside_only_when_told() {
    let mut app = start();
    app.agent();
    let visitor = app.visitor();
    visitor.say("first");
    let archive = back_up(app.workspace());
    visitor.say("second");
    let reason = refused(app.workspace(), &archive, &["--replace"]);
    assert!(reason.contains("stop the server"), "{reason}");
    app.terminate();
    let reason = refused(app.workspace(), &archive, &[]);
    assert!(reason.contains("--replace"), "{reason}");

    let restored = restore(app.workspace(), &archive, &["--replace"]);
    let aside = restored["aside"].as_str().unwrap();
    let aside = app.workspace().folder().join(aside);
    app.restart();
    assert_eq!(visitor.texts(), ["first"]);
    let kept = rusqlite::Connection::open(aside.join("antiphon.sqlite")).unwrap();
    let n_messages: i64 = kept
        .query_row("SELECT count(*) FROM messages", [], |row| row.get(0))
        .unwrap();
    assert_eq!(n_messages, 2, "what was replaced is whole");
}

#[test]
fn a_backup_moves_between_sqlite_and_postgresql() {
    let app = start();
    app.agent();
    let visitor = app.visitor();
    visitor.say("on a file");
    let sent = send_file(&visitor, "a.txt", b"kept");
    let archive = back_up(app.workspace());
    let place = Postgres::schema();
    let server = on(&place);
    restore(&server, &archive, &[]);
    let reason = refused(&server, &archive, &[]);
    assert!(reason.contains("copy to a new database"), "{reason}");
    let app = TestApp::start_in(server);
    let visitor = at(&app, &visitor);
    visitor.say("on a server");
    assert_eq!(fetch(&app, &sent["url"]).body, b"kept");

    let archive = back_up(app.workspace());
    let file = workspace();
    restore(&file, &archive, &[]);
    let app = TestApp::start_in(file);
    let visitor = at(&app, &visitor);
    assert_eq!(visitor.texts(), ["on a file", "", "on a server"]);
    assert_eq!(fetch(&app, &sent["url"]).body, b"kept");
    Agent::log_in(&app, Agent::EMAIL, Agent::PASSWORD);
}

#[test]
fn backups_get_names_by_time_and_the_oldest_go() {
    let app = start();
    let folder = app.workspace().data().join("backups");
    std::fs::create_dir_all(&folder).unwrap();
    let old = |year: u32| folder.join(format!("antiphon-{year}0101T000000Z.tar"));
    for year in [2020, 2021, 2022] {
        std::fs::write(old(year), b"an old one").unwrap();
    }
    std::fs::write(folder.join("antiphon-v7-1.sqlite"), b"of an upgrade").unwrap();
    let made = app
        .workspace()
        .cli(&["backup", "--keep", "2", "--json"])
        .json();
    assert_eq!(made["removed_backups"], 2, "{made}");
    let made = app
        .workspace()
        .folder()
        .join(made["path"].as_str().unwrap());
    assert!(made.exists());
    assert!(old(2022).exists() && !old(2021).exists() && !old(2020).exists());
    assert!(folder.join("antiphon-v7-1.sqlite").exists());
}

#[test]
fn a_backup_goes_through_a_pipe() {
    let app = start();
    let visitor = app.visitor();
    visitor.say("hello");
    let piped = std::process::Command::new(env!("CARGO_BIN_EXE_antiphon"))
        .args(["backup", "--to", "-"])
        .current_dir(app.workspace().folder())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(piped.status.success());
    let elsewhere = workspace();
    let restored = elsewhere.cli_with_input(&["restore", "-"], &piped.stdout);
    assert!(restored.status.success(), "{restored:?}");
    let other = TestApp::start_in(elsewhere);
    assert_eq!(at(&other, &visitor).texts(), ["hello"]);
}

#[test]
fn an_export_comes_back_as_the_same_account_by_an_import() {
    let app = start();
    let agent = app.agent();
    let visitor = app.visitor();
    visitor.say("hello");
    let picture = png(20, 20);
    let sent = send_file(&visitor, "a.png", &picture);
    described(&visitor, "thumbnail_url");
    agent.say(visitor.conversation_id, "good day");
    let export = |workspace: &Workspace, name: &str| {
        let path = workspace.folder().join(name);
        let made = workspace.cli(&["export", "--to", path.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        path
    };
    let first = export(app.workspace(), "export.tar");

    let place = Postgres::schema();
    let elsewhere = on(&place);
    let imported = elsewhere.cli(&["import", first.to_str().unwrap()]);
    assert!(imported.status.success(), "{imported:?}");
    // What is exported from there, another database, is the same to the byte.
    let second = export(&elsewhere, "again.tar");
    let (mut first, mut second) = (tables(&first), tables(&second));
    let names: Vec<_> = first.keys().cloned().collect();
    assert!(
        names.contains(&"tables/messages.jsonl".to_owned()),
        "{names:?}"
    );
    for secret in [
        "secrets.env",
        "tables/agent_sessions.jsonl",
        "tables/setup_tokens.jsonl",
        "tables/invitations.jsonl",
        "tables/password_resets.jsonl",
        "tables/jobs.jsonl",
    ] {
        assert!(!names.contains(&secret.to_owned()), "{names:?}");
    }
    for lines in first.values_mut().chain(second.values_mut()) {
        lines.sort_by_key(Value::to_string);
    }
    assert_eq!(first, second);

    let other = TestApp::start_in(elsewhere);
    let visitor = at(&other, &visitor);
    assert_eq!(visitor.texts(), ["hello", "", "good day"]);
    Agent::log_in(&other, Agent::EMAIL, Agent::PASSWORD);
    // Signed with another secret, an address of before is none here.
    let read = visitor.read("?limit=200");
    let url = &read["data"]["messages"][1]["attachments"][0]["url"];
    assert_ne!(url, &sent["url"]);
    assert_eq!(fetch(&other, url).body, picture);
}

/// The entries of an archive that are lines of JSON, and the files.
fn tables(archive: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut archive = tar::Archive::new(std::fs::File::open(archive).unwrap());
    let mut tables = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        if name.ends_with(".jsonl") {
            entry.read_to_string(&mut text).unwrap();
        }
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        if name.contains('/') {
            tables.insert(name, lines.collect());
        }
    }
    tables
}
