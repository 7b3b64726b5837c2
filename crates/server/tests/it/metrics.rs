//! Metrics on their own listener, and whether the process lives.

use crate::files::media::png;
use crate::files::send_file;
use crate::{start, workspace};
use antiphon_testkit::{Request, TestApp, Worker, eventually};
use serde_json::json;
use std::net::{SocketAddr, TcpListener};

/// Where a server says that its metrics are.
pub(crate) fn metrics_address(app: &TestApp) -> SocketAddr {
    let line = app.lines().iter().find_map(|line| {
        line.strip_prefix("Metrics: http://")?
            .strip_suffix("/metrics")
    });
    line.unwrap().parse().unwrap()
}

pub(crate) fn scrape(address: SocketAddr) -> String {
    let response = Request::new(address, "GET", "/metrics").send();
    assert_eq!(response.status, 200);
    let media_type = response.header("content-type").unwrap();
    assert!(media_type.starts_with("application/openmetrics-text"));
    String::from_utf8(response.body).unwrap()
}

/// The value of a series, as it is written.
#[track_caller]
fn value(text: &str, series: &str) -> u64 {
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    found
        .unwrap_or_else(|| panic!("{series} in {text}"))
        .parse()
        .unwrap()
}

#[test]
fn metrics_tell_what_the_server_does() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0"));
    let address = metrics_address(&app);
    let id = app.workspace().secret("REVERB_APP_ID");
    let backend = app.backend();
    let mut client = app.connect();
    client.subscribe("news", "");
    let sent = |text: &str| {
        value(
            text,
            &format!("antiphon_messages_sent_total{{app=\"{id}\"}}"),
        )
    };
    let before = scrape(address);
    backend
        .trigger(&json!({"name": "e", "channels": ["news"], "data": "{}"}))
        .send()
        .expect(200);
    client.wait_for("e");
    app.get("/no-such-page").send().expect(404);
    let after = scrape(address);
    assert_eq!(sent(&after), sent(&before) + 1);
    let of_app = |name: &str| value(&after, &format!("antiphon_{name}{{app=\"{id}\"}}"));
    assert_eq!((of_app("connections"), of_app("subscriptions")), (1, 1));
    let calls = format!("antiphon_pusher_api_requests_total{{app=\"{id}\",status=\"200\"}}");
    assert_eq!(value(&after, &calls), 1);
    assert_eq!(
        value(&after, "antiphon_http_requests_total{status=\"4xx\"}"),
        1
    );
    assert_eq!(value(&after, "antiphon_panics_total"), 0);
}

#[test]
fn metrics_are_on_no_public_port_and_nothing_public_is_on_theirs() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0"));
    app.get("/metrics").send().expect(404);
    Request::new(app.websocket(), "GET", "/metrics")
        .send()
        .expect(404);
    let address = metrics_address(&app);
    for (path, status) in [("/live", 200), ("/", 404), ("/inbox", 404), ("/up", 404)] {
        Request::new(address, "GET", path).send().expect(status);
    }
}

#[test]
fn without_an_address_there_are_none() {
    let app = start();
    assert!(!app.lines().iter().any(|line| line.contains("Metrics")));
    app.get("/metrics").send().expect(404);
}

#[test]
fn an_address_that_is_taken_is_named_with_its_key() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let workspace = workspace().with_env("ANTIPHON_METRICS_ADDRESS", &address);
    for command in ["serve", "reverb:start"] {
        let finished = workspace.cli(&[command]);
        assert!(!finished.status.success(), "{finished:?}");
        for part in [&*address, "ANTIPHON_METRICS_ADDRESS"] {
            assert!(finished.stderr.contains(part), "{finished:?}");
        }
    }
}

#[test]
fn a_worker_has_the_metrics_of_its_jobs() {
    let workspace = workspace()
        .with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0")
        .with_env("ANTIPHON_QUEUE_WORKERS", "0");
    let app = TestApp::start_in(workspace);
    let (worker, lines) = Worker::start_with(app.workspace(), &["--metrics", "127.0.0.1:0"]);
    let address = lines[0].strip_prefix("Metrics: http://").unwrap();
    let address = address.strip_suffix("/metrics").unwrap().parse().unwrap();
    send_file(&app.visitor(), "a.png", &png(20, 20));
    let done = "antiphon_job_runs_total{kind=\"attachment.describe\",outcome=\"done\"} 1";
    eventually(done, || scrape(address).contains(done));
    assert!(!scrape(address).contains("antiphon_sockets"));
    Request::new(address, "GET", "/live").send().expect(200);
    drop(worker);

    // With the server's address it works nevertheless, and says what to do.
    let taken = metrics_address(&app).to_string();
    let (worker, lines) = Worker::start_with(app.workspace(), &["--metrics", &taken]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(worker.log().contains("--metrics"), "{}", worker.log());
}

#[test]
fn metrics_answer_until_the_end_of_a_stop() {
    let mut app = TestApp::start_in(
        workspace()
            .with_env("ANTIPHON_METRICS_ADDRESS", "127.0.0.1:0")
            .with_env("ANTIPHON_SHUTDOWN_SECONDS", "60"),
    );
    let address = metrics_address(&app);
    let mut client = app.connect();
    app.ask_to_stop();
    // The client has been told to go, and the server waits for it.
    client.next_event("pusher:error");
    assert_eq!(value(&scrape(address), "antiphon_sockets"), 1);
    client.wait_for_close();
    drop(client);
    assert!(app.wait().success());
}

#[test]
fn a_process_that_answers_is_alive() {
    let app = start();
    for address in [app.http(), app.websocket()] {
        let response = Request::new(address, "GET", "/live").send().expect(200);
        assert_eq!(response.json(), json!({"health": "OK"}));
    }
}
