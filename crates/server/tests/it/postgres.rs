//! The whole program on PostgreSQL: one process, several, and a database that fails.

use crate::workspace;
use antiphon_testkit::{
    Agent, Postgres, Proxy, Response, TestApp, Visitor, WebhookSink, Worker, Workspace, eventually,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// An installation on this place.
fn on(place: &Postgres) -> Workspace {
    place
        .env()
        .into_iter()
        .fold(workspace(), |workspace, (key, value)| {
            workspace.with_env(&key, &value)
        })
}

fn texts(read: &Value) -> Vec<&str> {
    let messages = read["data"]["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["message"].as_str().unwrap())
        .collect()
}

#[test]
fn visitors_and_agents_talk_and_all_of_it_outlives_the_process() {
    let place = Postgres::schema();
    let mut app = TestApp::start_in(on(&place));
    assert!(!app.workspace().database().exists(), "no file is made");
    let agent = app.agent();
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    assert_eq!(visitor.say("hello"), 1);
    let poll = visitor.conversation("?after_seq=1&wait=25").begin();
    assert_eq!(agent.say(visitor.conversation_id, "good day"), 2);
    let polled = poll.finish().expect(200).json();
    assert_eq!(texts(&polled), ["good day"]);
    socket.wait_for("ChatMessageReceived");
    let inbox = agent.get("/api/v1/conversations").send().expect(200).json();
    let rows = inbox["conversations"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{inbox}");

    app.kill9();
    app.restart();
    assert_eq!(visitor.texts(), ["hello", "good day"]);
    assert!(app.setup_token().is_none(), "there is an agent already");
    Agent::log_in(&app, Agent::EMAIL, Agent::PASSWORD);
}

/// Fills a place as the first version did.
fn fill_as_the_first_version(place: &Postgres) {
    use sha2::{Digest as _, Sha256};
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../store-postgres/src/migrations/0001_initial.sql"
    );
    let sql = std::fs::read_to_string(path).unwrap();
    let digest = Sha256::digest(sql.as_bytes());
    let checksum: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    place.run(&sql);
    place.run(&format!(
        "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
         INSERT INTO schema_migrations VALUES (1, 'initial', '{checksum}', 1)"
    ));
}

#[test]
fn an_upgrade_begins_with_a_backup_where_one_can_be_made() {
    let place = Postgres::schema();
    fill_as_the_first_version(&place);
    let workspace = on(&place);
    let needed = |workspace: Workspace| {
        let workspace = workspace
            .with_env("ANTIPHON_DB_BACKUP", "on")
            .with_env("PATH", "/nowhere");
        let ended = workspace.cli(&["serve"]);
        (ended, workspace)
    };
    let (refused, workspace) = needed(workspace);
    assert!(!refused.status.success());
    for part in ["ANTIPHON_DB_BACKUP", "pg_dump", "postgresql-client-"] {
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    let versions = "SELECT max(version) FROM schema_migrations";
    assert_eq!(place.run(versions), ["1"], "nothing was migrated");

    let workspace = workspace
        .without_env("PATH")
        .with_env("ANTIPHON_DB_BACKUP", "auto");
    let migrated = workspace.cli(&["migrate", "--json"]).json();
    assert_eq!(migrated["from"], 1, "{migrated}");
    let backup = std::path::Path::new(migrated["backup"].as_str().unwrap());
    let backup = workspace.folder().join(backup);
    let mode = std::fs::metadata(&backup).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "it holds what people wrote");
    assert_eq!(
        std::fs::read_dir(backup.parent().unwrap()).unwrap().count(),
        1
    );
    // Brought back, it is what it was.
    let restored = Postgres::database();
    let (host, port) = restored.address();
    let status = std::process::Command::new("pg_restore")
        .args(["--exit-on-error", "-h", &host, "-p", &port.to_string()])
        .args(["-U", restored.user(), "-d", restored.name()])
        .arg(&backup)
        .status();
    assert!(status.unwrap().success());
    let schema = place.schema_name();
    assert_eq!(
        restored.run(&format!(
            "SELECT max(version) FROM {schema}.schema_migrations"
        )),
        ["1"]
    );
}

#[test]
fn an_upgrade_without_a_backup_says_so() {
    let place = Postgres::schema();
    fill_as_the_first_version(&place);
    let migrated = on(&place).with_env("PATH", "/nowhere").cli(&["migrate"]);
    assert!(migrated.status.success(), "{migrated:?}");
    assert!(
        migrated.lines[0].contains("without a backup") && migrated.lines[0].contains("pg_dump"),
        "{migrated:?}"
    );
}

#[test]
fn every_command_works_on_the_server() {
    let place = Postgres::schema();
    let workspace = on(&place);
    let migrated = workspace.cli(&["migrate", "--json"]).json();
    assert!(migrated["from"] == 0 && migrated["backup"].is_null());
    let again = workspace.cli(&["migrate"]);
    assert!(again.lines[0].contains("up to date"), "{again:?}");
    let made = workspace.cli(&[
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
        "--json",
    ]);
    let made = made.json();
    assert!(
        made["token"].as_str().unwrap().starts_with("cbw_"),
        "{made}"
    );
    let agent = workspace.cli(&[
        "agent:create",
        "--name",
        "Ana",
        "--email",
        "ana@example.com",
        "--json",
    ]);
    assert_eq!(agent.json()["email"], "ana@example.com");
    place.run("INSERT INTO jobs (queue, kind, payload, run_at, attempts, max_attempts, created_at, died_at) VALUES ('default', 'of.another.version', '{}', 1, 3, 3, 1, 2)");
    let listed = workspace.cli(&["jobs:list", "--json"]).json();
    let mut jobs = listed["jobs"].as_array().unwrap().iter();
    let ours = jobs.find(|job| job["kind"] == "of.another.version");
    assert_eq!(ours.unwrap()["state"], "dead", "{listed}");
    let retried = workspace.cli(&["jobs:retry", "--all", "--json"]).json();
    assert_eq!(retried["retried"], 1);
    let mut worker = Worker::start(&workspace);
    assert!(worker.terminate().success());
    let seen = workspace.cli(&["doctor", "--offline"]);
    assert!(
        seen.lines.iter().any(|line| line.contains("PostgreSQL ")),
        "{seen:?}"
    );
    let shown = workspace
        .with_env("DB_PASSWORD", "hidden-word")
        .with_env("DB_URL", "postgres://ana:hidden-word@db/chat")
        .cli(&["config:show"]);
    let shown = shown.lines.join("\n");
    assert!(shown.contains("DB_PASSWORD") && !shown.contains("hidden-word"));
}

/// Two servers with nothing in common but the database.
#[test]
fn a_message_to_one_process_wakes_who_waits_at_another() {
    let place = Postgres::schema();
    let here = TestApp::start_in(on(&place));
    let there = TestApp::start_in(on(&place));
    assert_eq!(
        here.widget_token(),
        there.widget_token(),
        "one first widget"
    );
    let visitor = here.visitor();
    let elsewhere = Visitor {
        api: (*there).clone(),
        ..visitor.clone()
    };
    visitor.say("first");
    for n in 1..=3 {
        let poll = elsewhere
            .conversation(&format!("?after_seq={n}&wait=25"))
            .begin();
        visitor.say("news");
        let polled = poll.finish().expect(200).json();
        assert_eq!(texts(&polled), ["news"]);
    }
}

/// A broadcast to another server is a job: what the server could not send before it was killed, a worker does.
#[test]
fn a_worker_does_what_a_killed_server_left_on_the_database() {
    let place = Postgres::schema();
    let sink = WebhookSink::start();
    let pusher = Proxy::to("127.0.0.1", sink.address().port());
    pusher.cut();
    let workspace = on(&place)
        .with_env("BROADCAST_CONNECTION", "pusher")
        .with_env("PUSHER_APP_ID", "7")
        .with_env("PUSHER_APP_KEY", "key")
        .with_env("PUSHER_APP_SECRET", "secret")
        .with_env("PUSHER_HOST", "127.0.0.1")
        .with_env("PUSHER_PORT", &pusher.address().port().to_string())
        .with_env("PUSHER_SCHEME", "http");
    let mut app = TestApp::start_in(workspace);
    app.visitor().say("hello");
    app.kill9();
    assert_ne!(place.run("SELECT count(*) FROM jobs"), ["0"]);
    pusher.mend();
    let _worker = Worker::start(app.workspace());
    let request = sink.next();
    assert!(request.line.contains("/apps/7/"), "{}", request.line);
    eventually("the jobs are done and gone", || {
        place.run("SELECT count(*) FROM jobs") == ["0"]
    });
}

fn is_refused(answer: &Response) -> bool {
    if answer.status == 503 {
        assert!(answer.header("retry-after").is_some(), "{answer}");
        return true;
    }
    false
}

/// Posts until it is over. What was refused is sent again with the same id, as a client does.
fn write(
    visitor: &Visitor,
    over: &AtomicBool,
    n_acknowledged: &AtomicUsize,
) -> BTreeMap<String, i64> {
    let mut acknowledged = BTreeMap::new();
    let mut n_sent = 0;
    while !over.load(Ordering::SeqCst) {
        n_sent += 1;
        let id = format!(
            "{n_sent:08x}-0000-4000-8000-{:012x}",
            visitor.conversation_id
        );
        let body =
            json!({ "conversation_id": visitor.conversation_id, "message": id, "client_id": id });
        let answer = loop {
            let answer = visitor.post("/api/chatbot/message", &body).send();
            if !is_refused(&answer) {
                break answer;
            }
        };
        // 200 says that the try before, whose answer was lost, had stored it.
        assert!([200, 201].contains(&answer.status), "{answer}");
        acknowledged.insert(id, answer.json()["seq"].as_i64().unwrap());
        n_acknowledged.fetch_add(1, Ordering::SeqCst);
    }
    acknowledged
}

#[test]
fn an_outage_is_503_and_loses_nothing_and_ends_by_itself() {
    let place = Postgres::database();
    let (host, port) = place.address();
    let proxy = Proxy::to(&host, port);
    let workspace = on(&place)
        .with_env("DB_HOST", &proxy.address().ip().to_string())
        .with_env("DB_PORT", &proxy.address().port().to_string())
        .with_env("ANTIPHON_DB_TIMEOUT", "1");
    let app = TestApp::start_in(workspace);
    let visitors = [app.visitor(), app.visitor()];
    let (over, n_acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let more = || {
        let before = n_acknowledged.load(Ordering::SeqCst);
        eventually("messages are acknowledged", || {
            n_acknowledged.load(Ordering::SeqCst) > before + 20
        });
    };
    let refused = || {
        eventually("a message is refused", || {
            is_refused(&visitors[0].message("refused").send())
        });
    };
    let acknowledged: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = visitors
            .iter()
            .map(|visitor| scope.spawn(|| write(visitor, &over, &n_acknowledged)))
            .collect();
        more();
        place.end_sessions();
        more();
        proxy.cut();
        refused();
        proxy.mend();
        more();
        place.run_outside(&format!(
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            place.name()
        ));
        place.end_sessions();
        refused();
        assert!(
            !visitors[0].read("?limit=1")["data"]["messages"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        place.run_outside(&format!(
            "ALTER DATABASE {} RESET default_transaction_read_only",
            place.name()
        ));
        more();
        over.store(true, Ordering::SeqCst);
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    for (visitor, acknowledged) in visitors.iter().zip(acknowledged) {
        let mut stored = BTreeMap::new();
        loop {
            let after = stored.len();
            let read = visitor.read(&format!("?after_seq={after}&limit=200"));
            let page = read["data"]["messages"].as_array().unwrap().clone();
            if page.is_empty() {
                break;
            }
            for message in page {
                let seq = message["seq"].as_i64().unwrap();
                let text = message["message"].as_str().unwrap().to_owned();
                assert!(stored.insert(seq, text).is_none());
            }
        }
        for (id, seq) in acknowledged {
            assert_eq!(stored.get(&seq), Some(&id), "acknowledged");
            let n_times = stored.values().filter(|text| **text == id).count();
            assert_eq!(n_times, 1, "{id} is there once");
        }
    }
}

#[test]
fn an_installation_moves_from_sqlite_to_the_server_and_back() {
    let place = Postgres::schema();
    let workspace = workspace();
    let mut app = TestApp::start_in(workspace);
    let agent = app.agent();
    let visitor = app.visitor();
    visitor.say("on sqlite");
    agent.say(visitor.conversation_id, "yes");
    let (host, port) = place.address();
    let file = format!("sqlite:{}", app.workspace().database().display());
    let server = format!(
        "postgres://{}@{host}:{port}/{}?search_path={}",
        place.user(),
        place.name(),
        place.schema_name()
    );
    let running = app
        .workspace()
        .cli(&["db:copy", "--from", &file, "--to", &server]);
    assert!(running.stderr.contains("stop the server"), "{running:?}");
    assert!(app.terminate().success());
    let copied = app
        .workspace()
        .cli(&["db:copy", "--from", &file, "--to", &server, "--json"]);
    assert_eq!(copied.json()["tables"]["messages"]["rows"], 2);
    let again = app
        .workspace()
        .cli(&["db:copy", "--from", &file, "--to", &server]);
    assert!(
        !again.status.success() && again.stderr.contains("has rows in"),
        "{again:?}"
    );

    let env = place.env();
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    app.restart_with(&env);
    assert_eq!(visitor.texts(), ["on sqlite", "yes"]);
    assert_eq!(visitor.say("on the server"), 3);
    assert!(app.terminate().success());

    let back = app.workspace().folder().join("back/antiphon.sqlite");
    std::fs::create_dir(back.parent().unwrap()).unwrap();
    let file = format!("sqlite:{}", back.display());
    let copied = app
        .workspace()
        .cli(&["db:copy", "--from", &server, "--to", &file, "--json"]);
    assert_eq!(copied.json()["tables"]["messages"]["rows"], 3);
    std::fs::copy(&back, app.workspace().database()).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _absent = std::fs::remove_file(
            app.workspace()
                .data()
                .join(format!("antiphon.sqlite{suffix}")),
        );
    }
    app.restart();
    assert_eq!(visitor.texts(), ["on sqlite", "yes", "on the server"]);
}
