//! `GET /webhook_deliveries` and `POST …/replay`.

use crate::support::{Answer, Server};
use antiphon_realtime::Secret;
use antiphon_webhooks::{AppWebhooks, Surroundings, Webhook, WebhookUrl, Webhooks};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Duration;

/// Webhooks of both applications to a target that is not there. They work until the process ends.
fn webhooks() -> Webhooks {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let surroundings = Surroundings {
        unix_ms: || 1_700_000_000_000,
        random: || 0,
    };
    let webhooks = Webhooks::start(surroundings, runtime.handle());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "http://{}/hook?token=hidden",
        listener.local_addr().unwrap()
    );
    let target = Webhook {
        allow_private: true,
        batch: Duration::ZERO,
        ..Webhook::new(WebhookUrl::parse(&url).unwrap())
    };
    let app = |id: &str| AppWebhooks {
        app_id: id.to_owned(),
        key: "key".to_owned(),
        secret: Secret::new("secret"),
        webhooks: vec![target.clone()],
    };
    webhooks.configure(vec![app("1"), app("2")]);
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    webhooks
}

/// The deliveries, once the first of them is as `is_it` wants it.
#[track_caller]
fn deliveries(server: &Server, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
    for _ in 0..4_000 {
        let (status, mut answer) = server.get("webhook_deliveries", &[]);
        assert_eq!(status, 200);
        let found = answer["deliveries"].take();
        if is_it(&found[0]) {
            return found.as_array().unwrap().clone();
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    panic!("it never was as it must be");
}

#[test]
fn a_backend_reads_what_was_delivered_and_how_it_went() {
    let server = Server::start_with(webhooks(), "1");
    let mut client = server.connect();
    client.subscribe("x", None);
    let found = deliveries(&server, |first| first["state"] == "retrying");
    let delivery = &found[0];
    assert_eq!(delivery["events"], json!(["channel_occupied"]));
    assert_eq!(delivery["time_ms"], 1_700_000_000_000_u64);
    assert_eq!(delivery["status"], Value::Null);
    let error = delivery["error"].as_str().unwrap();
    assert!(error.contains("refused"), "{error}");
    let url = delivery["url"].as_str().unwrap();
    assert!(url.ends_with("/hook"), "the query may be a secret: {url}");
    assert_eq!(
        delivery["body"],
        r#"{"time_ms":1700000000000,"events":[{"name":"channel_occupied","channel":"x"}]}"#
    );
    let replay = format!("webhook_deliveries/{}/replay", delivery["id"]);
    let (status, answer) = server.post(&replay, &json!({}));
    assert_eq!(status, 202);
    let found = deliveries(&server, |first| first["id"] == answer["delivery"]);
    assert_eq!(found[0]["replay_of"], delivery["id"]);
    let limited = server.get("webhook_deliveries", &[("limit", "1")]).1;
    assert_eq!(limited["deliveries"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_there_cannot_be_replayed() {
    let server = Server::start_with(webhooks(), "2");
    server.connect_to("other").subscribe("x", None);
    let gone = |answer: Answer| assert_eq!(answer.0, 404, "{answer:?}");
    for id in ["1", "99", "-1", "x", "99999999999999999999999"] {
        gone(server.post(&format!("webhook_deliveries/{id}/replay"), &json!({})));
    }
    let listed = server.get("webhook_deliveries", &[]);
    assert_eq!(
        listed,
        (200, json!({"deliveries": []})),
        "those of another app"
    );
    for limit in ["0", "201", "x", "-1"] {
        let answer = server.get("webhook_deliveries", &[("limit", limit)]);
        assert_eq!(answer.0, 400, "{limit}");
    }
}

#[test]
fn the_log_is_for_those_who_know_the_secret() {
    let server = Server::start_with(webhooks(), "1");
    for (method, target) in [
        ("GET", "/apps/1/webhook_deliveries"),
        ("POST", "/apps/1/webhook_deliveries/1/replay"),
        (
            "GET",
            "/apps/1/webhook_deliveries?auth_key=key&auth_timestamp=1700000000&auth_version=1.0&auth_signature=00",
        ),
    ] {
        let answer = server.backend().send(method, target, b"");
        assert_eq!(answer.0, 401, "{target}");
    }
}

#[test]
fn a_server_without_webhooks_has_no_deliveries() {
    let server = Server::start();
    assert_eq!(
        server.get("webhook_deliveries", &[]),
        (200, json!({"deliveries": []}))
    );
    assert_eq!(
        server.post("webhook_deliveries/1/replay", &json!({})).0,
        404
    );
}
