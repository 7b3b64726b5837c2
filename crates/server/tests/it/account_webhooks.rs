//! Webhooks of the account, from a message to the request that another program gets.

use crate::workspace;
use antiphon_testkit::{Agent, TestApp, Webhook, WebhookSink, Workspace, eventually};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// Webhooks may be on this machine.
fn private() -> Workspace {
    workspace().with_env("ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE", "on")
}

struct Scene {
    app: TestApp,
    agent: Agent,
    sink: WebhookSink,
}

impl Scene {
    fn new() -> Self {
        let app = TestApp::start_in(private());
        Self {
            agent: app.agent(),
            sink: WebhookSink::start(),
            app,
        }
    }

    /// A webhook for these events; its id and its secret.
    #[track_caller]
    fn webhook(&self, events: &[&str]) -> (i64, String) {
        let body = json!({ "url": self.sink.url(), "events": events });
        let made = self
            .agent
            .post("/api/v1/webhooks", &body)
            .send()
            .expect(201);
        let made = made.json();
        (
            made["webhook"]["id"].as_i64().unwrap(),
            made["secret"].as_str().unwrap().to_owned(),
        )
    }

    #[track_caller]
    fn post(&self, path: &str) -> Value {
        let answer = self.agent.post(path, &json!({})).send();
        assert!((200..300).contains(&answer.status), "{answer}");
        answer.json()
    }

    #[track_caller]
    fn log(&self, id: i64) -> Vec<Value> {
        let path = format!("/api/v1/webhooks/{id}/deliveries");
        let answer = self.agent.get(&path).send().expect(200).json();
        answer["deliveries"].as_array().unwrap().clone()
    }

    /// The log, once its newest delivery is in this state.
    #[track_caller]
    fn log_with(&self, id: i64, state: &str) -> Vec<Value> {
        let mut log = Vec::new();
        eventually("the newest delivery is in that state", || {
            log = self.log(id);
            log.first().is_some_and(|newest| newest["state"] == state)
        });
        log
    }
}

/// What came, once its signature was checked as the documentation says.
#[track_caller]
fn verified(webhook: &Webhook, secret: &str) -> Value {
    let signature = webhook.header("antiphon-signature").unwrap();
    let (time, digits) = signature.split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", webhook.body).as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digits, hex);
    let body: Value = serde_json::from_str(&webhook.body).unwrap();
    assert_eq!(webhook.header("antiphon-event"), body["event"].as_str());
    assert_eq!(webhook.header("antiphon-event-id"), body["id"].as_str());
    assert_eq!(body["api_version"], "v1");
    body
}

#[test]
fn a_program_is_told_what_happens_in_its_order() {
    let scene = Scene::new();
    let (_, secret) = scene.webhook(&[
        "conversation.created",
        "message.created",
        "conversation.assigned",
        "conversation.status_changed",
        "conversation.rated",
    ]);
    let visitor = scene.app.visitor();
    visitor.say("hello");
    let id = visitor.conversation_id;
    scene.agent.say(id, "how can I help?");
    scene
        .agent
        .change(id, "assign", &json!({ "agent_id": scene.agent.id }));
    scene.agent.change(id, "close", &json!({}));
    let rating = json!({ "conversation_id": id, "score": 5 });
    let rated = scene.app.post("/api/chatbot/rating", &rating);
    rated.bearer(&visitor.token).send().expect(200);

    let told: Vec<Value> = (0..6)
        .map(|_| verified(&scene.sink.next(), &secret))
        .collect();
    let names: Vec<_> = told
        .iter()
        .map(|body| body["event"].as_str().unwrap())
        .collect();
    let expected = [
        "conversation.created",
        "message.created",
        "message.created",
        "conversation.assigned",
        "conversation.status_changed",
        "conversation.rated",
    ];
    assert_eq!(names, expected);
    // It is the JSON that the API has.
    assert_eq!(told[1]["data"]["message"]["message"], "hello");
    assert_eq!(told[1]["data"]["conversation"]["id"], id);
    assert_eq!(told[2]["data"]["message"]["sender_type"], "employee");
    assert_eq!(
        told[3]["data"]["conversation"]["assigned_to"]["id"],
        scene.agent.id
    );
    assert_eq!(told[4]["data"]["conversation"]["status"], "closed");
    assert_eq!(told[5]["data"]["conversation"]["rating"]["score"], 5);
    let ids: std::collections::BTreeSet<_> = told.iter().map(|body| body["id"].as_str()).collect();
    assert_eq!(ids.len(), 6);
}

#[test]
fn what_is_not_taken_is_told_again_with_the_same_id_and_before_what_came_later() {
    let scene = Scene::new();
    let (id, secret) = scene.webhook(&["message.created"]);
    let visitor = scene.app.visitor();
    scene.sink.answer([500]);
    visitor.say("one");
    visitor.say("two");
    let told: Vec<Value> = (0..3)
        .map(|_| verified(&scene.sink.next(), &secret))
        .collect();
    let texts: Vec<_> = told
        .iter()
        .map(|body| &body["data"]["message"]["message"])
        .collect();
    assert_eq!(texts, ["one", "one", "two"]);
    assert_eq!(told[0], told[1]);
    let mut log = Vec::new();
    eventually("both are known to be delivered", || {
        log = scene.log(id);
        log.len() == 2 && log.iter().all(|delivery| delivery["state"] == "delivered")
    });
    assert_eq!(
        (&log[1]["attempts"], &log[1]["status"]),
        (&json!(2), &json!(200))
    );
    assert_eq!(log[1]["event_id"], told[0]["id"]);
    assert_eq!(log[1]["response"], "ok");
    assert!(log[1]["request"].as_str().unwrap().contains("\"one\""));
    assert!(!log.iter().any(|one| one.to_string().contains(&secret)));

    // A replay is the same event; a test is one of its own.
    let replayed = scene.post(&format!(
        "/api/v1/webhooks/{id}/deliveries/{}/replay",
        log[1]["id"]
    ));
    assert_eq!(replayed["delivery"]["replay_of"], log[1]["id"]);
    assert_eq!(verified(&scene.sink.next(), &secret), told[0]);
    scene.log_with(id, "delivered");
    scene.sink.answer([410]);
    scene.post(&format!("/api/v1/webhooks/{id}/test"));
    let test = verified(&scene.sink.next(), &secret);
    assert_eq!(test["event"], "webhook.test");
    let log = scene.log_with(id, "failed");
    assert_eq!(
        (&log[0]["status"], &log[0]["attempts"]),
        (&json!(410), &json!(1))
    );

    // Another secret, and silence when it is switched off.
    let rotated = scene.post(&format!("/api/v1/webhooks/{id}/rotate"));
    let secret = rotated["secret"].as_str().unwrap().to_owned();
    visitor.say("three");
    verified(&scene.sink.next(), &secret);
    let path = format!("/api/v1/webhooks/{id}");
    let off = scene
        .app
        .request("PATCH", &path)
        .header("cookie", &scene.agent.cookie);
    off.json(&json!({ "active": false })).send().expect(200);
    visitor.say("four");
    let on = scene
        .app
        .request("PATCH", &path)
        .header("cookie", &scene.agent.cookie);
    on.json(&json!({ "active": true })).send().expect(200);
    visitor.say("five");
    let told = verified(&scene.sink.next(), &secret);
    assert_eq!(told["data"]["message"]["message"], "five");
    let gone = scene
        .app
        .request("DELETE", &path)
        .header("cookie", &scene.agent.cookie);
    gone.send().expect(204);
    scene
        .agent
        .get(&format!("{path}/deliveries"))
        .send()
        .expect(404);
}

#[test]
fn a_webhook_survives_a_restart_and_reaches_no_private_address_by_default() {
    let mut scene = Scene::new();
    let (id, secret) = scene.webhook(&["message.created"]);
    scene.app.restart();
    let visitor = scene.app.visitor();
    visitor.say("after");
    assert_eq!(
        verified(&scene.sink.next(), &secret)["data"]["message"]["message"],
        "after"
    );
    scene
        .app
        .restart_with(&[("ANTIPHON_ACCOUNT_WEBHOOKS_ALLOW_PRIVATE", "off")]);
    scene.post(&format!("/api/v1/webhooks/{id}/test"));
    let log = scene.log_with(id, "failed");
    let error = log[0]["error"].as_str().unwrap();
    assert!(error.contains("not public"), "{error}");
}

#[test]
fn a_mistake_is_named_and_nothing_is_made() {
    let scene = Scene::new();
    let good = json!({ "url": scene.sink.url(), "events": ["message.created"] });
    for (field, value) in [
        ("url", json!(null)),
        ("url", json!("ftp://example.com")),
        ("url", json!(7)),
        ("events", json!([])),
        ("events", json!(["message.read"])),
        ("events", json!("message.created")),
        ("widget_ids", json!([987_654])),
        ("widget_ids", json!(["1"])),
        ("active", json!("yes")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = scene
            .agent
            .post("/api/v1/webhooks", &body)
            .send()
            .expect(422);
        assert!(answer.json()["details"][field].is_array(), "{answer}");
    }
    let list = scene
        .agent
        .get("/api/v1/webhooks")
        .send()
        .expect(200)
        .json();
    assert_eq!(list, json!({ "webhooks": [] }));
}
