//! `antiphon doctor`: it finds nothing where nothing is wrong, and each fault where there is one.

use crate::{start, workspace};
use antiphon_testkit::{Finished, Postgres, RedisServer, Workspace};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;

struct Findings(Value);

impl Findings {
    fn of(workspace: &Workspace, more: &[&str]) -> Self {
        let args: Vec<&str> = ["doctor", "--json"].iter().chain(more).copied().collect();
        Self::read(&workspace.cli(&args))
    }

    fn read(finished: &Finished) -> Self {
        let json: Value = serde_json::from_str(&finished.lines[0]).unwrap();
        assert_eq!(
            finished.status.success(),
            json["ok"] == true,
            "the exit code tells scripts: {finished:?}"
        );
        Self(json)
    }

    /// The states of what was found about something.
    fn states(&self, check: &str) -> Vec<&str> {
        let findings = self.0["findings"].as_array().unwrap().iter();
        let of_check = findings.filter(|finding| finding["check"] == check);
        of_check
            .map(|finding| finding["state"].as_str().unwrap())
            .collect()
    }

    fn message(&self, check: &str) -> &str {
        let findings = self.0["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["check"] == check);
        found.unwrap()["message"].as_str().unwrap()
    }
}

/// A workspace beside the server's, that looks at the server through this address.
fn looking_at(app: &antiphon_testkit::TestApp, url: &str) -> Workspace {
    let data = app.workspace().data();
    let key = app.workspace().secret("REVERB_APP_KEY");
    workspace()
        .with_env("ANTIPHON_DATA", data.to_str().unwrap())
        .with_env("REVERB_APP_KEY", &key)
        .with_env("APP_URL", url)
}

/// A proxy that answers some requests itself, with what `answers` says for their first line, and passes on the others.
fn proxy(to: String, answers: fn(&str) -> Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            if let Some(answer) = answers(head.lines().next().unwrap_or_default()) {
                stream.write_all(answer.as_bytes()).unwrap();
                continue;
            }
            let mut server = TcpStream::connect(&to).unwrap();
            server.write_all(head.as_bytes()).unwrap();
            let mut back = server.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut back, &mut stream));
            std::thread::spawn(move || std::io::copy(&mut reader, &mut server));
        }
    });
    url
}

#[test]
fn a_good_installation_is_called_good() {
    let app = start();
    app.workspace().cli_with_input(
        &[
            "agent:create",
            "--name",
            "A",
            "--email",
            "a@example.com",
            "--password-stdin",
        ],
        b"a long password\n",
    );
    let found = Findings::of(
        &looking_at(&app, &format!("http://{}", app.http())),
        &["--idle", "1"],
    );
    assert_eq!(found.0["bad"], 0, "{:#}", found.0);
    for check in [
        "configuration",
        "data folder",
        "database",
        "jobs",
        "team",
        "APP_URL",
        "public address",
        "clock",
        "proxy",
        "files",
        "WebSocket",
    ] {
        assert_eq!(found.states(check), ["good"], "{check} in {:#}", found.0);
    }
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_out_of_reach() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let workspace = workspace().with_env("APP_URL", &format!("http://{gone}"));
    let found = Findings::of(&workspace, &[]);
    assert_eq!(found.states("public address"), ["bad"]);
    assert!(found.message("public address").contains("nothing answers"));
    assert!(!workspace.data().exists(), "looking makes nothing");
    let offline = Findings::of(&workspace, &["--offline"]);
    assert!(offline.states("public address").is_empty());
    assert_eq!(offline.0["ok"], true);
}

#[test]
fn a_proxy_that_keeps_something_back_is_found_out() {
    let app = start();
    let url = proxy(app.http().to_string(), |line| {
        if line.contains("/app/") {
            Some("HTTP/1.1 400 Bad Request\r\nServer: small\r\nContent-Length: 0\r\n\r\n")
        } else if line.starts_with("POST") {
            Some("HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 0\r\n\r\n")
        } else {
            None
        }
    });
    let found = Findings::of(&looking_at(&app, &url), &[]);
    assert_eq!(found.states("public address"), ["good"]);
    assert_eq!(found.states("files"), ["bad"]);
    assert_eq!(found.states("WebSocket"), ["bad"]);
    assert!(found.message("WebSocket").contains("answered 400"));
}

#[test]
fn a_proxy_is_named_and_a_clock_that_is_off_is_found_out() {
    let app = start();
    let url = proxy(app.http().to_string(), |line| {
        line.contains("/up").then_some(
            "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
        )
    });
    let found = Findings::of(&looking_at(&app, &url), &[]);
    assert_eq!(found.states("proxy"), ["note"]);
    assert!(found.message("proxy").contains("127.0.0.0/8"));
    assert_eq!(found.states("clock"), ["bad"]);
}

#[test]
fn another_server_at_the_address_is_found_out() {
    let (app, other) = (start(), start());
    let found = Findings::of(&looking_at(&app, &format!("http://{}", other.http())), &[]);
    assert_eq!(found.states("WebSocket"), ["bad"]);
    assert!(
        found
            .message("WebSocket")
            .contains("does not know this app")
    );
}

#[test]
fn mistakes_in_the_configuration_are_findings() {
    let workspace = workspace().with_env("ANTIPHON_PROT", "8000");
    let found = Findings::of(&workspace, &["--offline"]);
    assert_eq!(found.states("configuration"), ["bad"]);
    assert!(found.message("configuration").contains("ANTIPHON_PORT"));
}

#[test]
fn secrets_that_everybody_can_read_are_found() {
    let workspace = workspace();
    let path = workspace.folder().join(".env");
    std::fs::write(&path, "APP_URL=http://localhost\n").unwrap();
    let set =
        |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o644);
    assert_eq!(
        Findings::of(&workspace, &["--offline"]).states(".env"),
        ["warning"]
    );
    set(0o600);
    assert_eq!(
        Findings::of(&workspace, &["--offline"]).states(".env"),
        ["good"]
    );
}

#[test]
fn what_a_cluster_shares_is_looked_at() {
    let mut redis = RedisServer::start();
    let on_redis = workspace()
        .with_env("REVERB_SCALING_ENABLED", "true")
        .with_env("REDIS_URL", &redis.url());
    let found = Findings::of(&on_redis, &["--offline"]);
    assert_eq!(found.states("cluster"), ["good"], "{:#}", found.0);
    redis.cli(&["CONFIG", "SET", "maxmemory", "100mb"]);
    redis.cli(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let found = Findings::of(&on_redis, &["--offline"]);
    assert_eq!(found.states("cluster"), ["warning"]);
    assert!(found.message("cluster").contains("allkeys-lru"));
    redis.kill();
    let found = Findings::of(&on_redis, &["--offline"]);
    assert_eq!(found.states("cluster"), ["bad"]);

    let place = Postgres::schema();
    let env = place.env();
    let on_postgres = env.iter().fold(workspace(), |workspace, (key, value)| {
        workspace.with_env(key, value)
    });
    let on_postgres = on_postgres
        .with_env("REVERB_SCALING_ENABLED", "true")
        .with_env("ANTIPHON_SCALING_BROKER", "pgsql");
    let found = Findings::of(&on_postgres, &["--offline"]);
    assert_eq!(found.states("cluster"), ["good"], "{:#}", found.0);
    let tables = place.run("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()");
    assert_eq!(tables, ["0"], "looking makes nothing");
}

#[test]
fn the_text_names_what_to_do() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let finished = workspace()
        .with_env("APP_URL", &format!("http://{gone}"))
        .cli(&["doctor"]);
    assert!(!finished.status.success());
    let bad = finished
        .lines
        .iter()
        .position(|line| line.starts_with("bad "))
        .unwrap();
    assert!(
        finished.lines[bad + 1].trim().starts_with("to do: "),
        "{finished:?}"
    );
}
