//! Jobs on the command line: listed, retried, and worked on beside a server or without one.

use crate::{start, workspace};
use antiphon_testkit::{Finished, TestApp, Worker, Workspace, eventually};
use rusqlite::{Connection, params};
use serde_json::Value;

/// Makes a job of a kind that nobody knows, given up just now or not. One that died long ago may be forgotten before it is seen.
fn make_job(workspace: &Workspace, is_dead: bool) -> i64 {
    let connection = Connection::open(workspace.database()).unwrap();
    connection
        .query_row(
            "INSERT INTO jobs (queue, kind, payload, run_at, attempts, max_attempts, last_error, created_at, died_at)
             VALUES ('default', 'of.another.version', '{\"secret\":1}', 1, 3, 3, 'no luck', 1, iif(?1, unixepoch() * 1000000, NULL)) RETURNING id",
            params![is_dead],
            |row| row.get(0),
        )
        .unwrap()
}

fn listed(finished: &Finished) -> Vec<(i64, String)> {
    let json = finished.json();
    let row = |job: &Value| {
        (
            job["id"].as_i64().unwrap(),
            job["state"].as_str().unwrap().to_owned(),
        )
    };
    json["jobs"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn jobs_are_listed_and_retried_beside_the_server() {
    let app = start();
    let workspace = app.workspace();
    assert_eq!(workspace.cli(&["jobs:list"]).lines, ["There are no jobs."]);
    let waits = make_job(workspace, false);
    let dead = [(); 2].map(|()| make_job(workspace, true));
    let states = |args: &[&str]| listed(&workspace.cli(args));
    let row = |id: i64, state: &str| (id, state.to_owned());
    assert_eq!(
        states(&["jobs:list", "--json"]),
        [
            row(waits, "waiting"),
            row(dead[0], "dead"),
            row(dead[1], "dead")
        ]
    );
    let text = workspace.cli(&["jobs:list", "--dead"]);
    assert_eq!(text.lines.len(), 2, "{text:?}");
    assert!(text.lines[0].contains("no luck") && !text.lines[0].contains("secret"));

    let refused = workspace.cli(&["jobs:retry", &waits.to_string()]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let retried = workspace.cli(&["jobs:retry", &dead[0].to_string(), "--json"]);
    assert_eq!(retried.json()["retried"], 1);
    assert_eq!(
        states(&["jobs:list", "--dead", "--json"]),
        [row(dead[1], "dead")]
    );
    let retried = workspace.cli(&["jobs:retry", "--all", "--json"]);
    assert_eq!(retried.json()["retried"], 1);
    assert_eq!(
        workspace.cli(&["jobs:list", "--dead"]).lines,
        ["No job was given up."]
    );
    for args in [&["jobs:retry"][..], &["jobs:retry", "1", "--all"]] {
        assert_eq!(workspace.cli(args).status.code(), Some(2));
    }
}

#[test]
fn broadcasts_for_a_server_that_is_not_configured_any_more_are_given_up() {
    let workspace = workspace();
    assert!(workspace.cli(&["migrate"]).status.success());
    let job = |age_s: i64| {
        let connection = Connection::open(workspace.database()).unwrap();
        let sql = "INSERT INTO jobs (queue, kind, payload, run_at, attempts, max_attempts, created_at)
                   VALUES ('broadcast', 'broadcast.pusher', '{}', 1, 0, 120, (unixepoch() - ?1) * 1000000) RETURNING id";
        let id = connection.query_row(sql, [age_s], |row| row.get(0));
        id.unwrap()
    };
    // The other may still be somebody's: of a process that is stopped last while the configuration changes.
    let (old, new): (i64, i64) = (job(4_000), job(60));
    let _worker = Worker::start(&workspace);
    eventually("the old one is given up", || {
        let jobs = listed(&workspace.cli(&["jobs:list", "--json"]));
        jobs == [(old, "dead".to_owned()), (new, "waiting".to_owned())]
    });
    let dead = workspace.cli(&["jobs:list", "--dead"]);
    assert!(dead.lines[0].contains("BROADCAST_CONNECTION"), "{dead:?}");
}

#[test]
fn a_worker_runs_without_a_server_and_stops_when_asked() {
    let workspace = workspace();
    let mut worker = Worker::start(&workspace);
    assert!(worker.terminate().success());
    let left = make_job(&workspace, false);
    let done = workspace.cli(&["queue:listen", "--stop-when-empty", "--queue=default,mail"]);
    assert!(done.status.success(), "{done:?}");
    assert_eq!(done.lines, ["Working on default, mail."]);
    assert_eq!(
        listed(&workspace.cli(&["jobs:list", "--json"])),
        [(left, "waiting".to_owned())],
        "a kind that this version does not know is left alone"
    );
}

#[test]
fn with_sync_there_is_no_other_worker() {
    let refused = workspace()
        .with_env("QUEUE_CONNECTION", "sync")
        .cli(&["queue:work"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(refused.stderr.contains("QUEUE_CONNECTION"), "{refused:?}");
}

#[test]
fn metrics_tell_of_jobs() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0"));
    make_job(app.workspace(), false);
    make_job(app.workspace(), true);
    let address = crate::metrics::metrics_address(&app);
    eventually("the metrics tell of both jobs", || {
        let text = crate::metrics::scrape(address);
        text.contains("antiphon_jobs_waiting{queue=\"default\"} 1\n")
            && text.contains("antiphon_jobs_dead{queue=\"default\"} 1\n")
            && text.contains("antiphon_jobs_oldest_due_seconds{queue=\"default\"} ")
    });
}
