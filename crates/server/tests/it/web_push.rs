//! Browsers that are told by their push services: what is refused, whom a message concerns, and how it goes on after an answer. What a
//! browser can read of it is tested where a browser's cryptography is: `web/test/peers/web-push.test.js`.

use crate::{start, workspace};
use antiphon_testkit::{Agent, Response, TestApp, WebhookSink, eventually};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me/push_subscriptions";
/// Of RFC 8291, appendix A.
const PUBLIC_KEY: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn browser(endpoint: &str) -> Value {
    json!({ "endpoint": endpoint, "keys": { "p256dh": PUBLIC_KEY, "auth": AUTH } })
}

fn subscribe(agent: &Agent, body: &Value) -> Response {
    agent.post(PATH, body).send()
}

fn list(agent: &Agent) -> Vec<Value> {
    let answer = agent.get(PATH).send().expect(200).json();
    assert_eq!(answer["public_key"].as_str().unwrap().len(), 87);
    answer["subscriptions"].as_array().unwrap().clone()
}

/// A server that sends to this machine, an agent with a browser, and its push service.
struct Scene {
    app: TestApp,
    agent: Agent,
    service: WebhookSink,
}

impl Scene {
    fn new() -> Self {
        let workspace = workspace()
            .with_env("ANTIPHON_PUSH_ALLOW_PRIVATE", "on")
            .with_env("ANTIPHON_PUSH_CONTACT", "mailto:ops@example.com");
        let app = TestApp::start_in(workspace);
        let (agent, service) = (app.agent(), WebhookSink::start());
        subscribe(&agent, &browser(&service.url())).expect(201);
        Self {
            app,
            agent,
            service,
        }
    }

    fn jobs(&self) -> Vec<Value> {
        let listed = self.app.workspace().cli(&["jobs:list", "--json"]);
        let rows = listed.lines.iter().map(|line| serde_json::from_str(line));
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn is_done(&self) {
        eventually("every job is done", || self.jobs().is_empty());
    }

    fn looks(&self, looking: bool) {
        let body = json!({ "looking": looking });
        let answer = self.agent.post("/api/v1/me/looking", &body).send();
        assert_eq!(answer.expect(200).json()["seconds"], 90);
    }
}

#[test]
fn what_no_push_service_is_at_is_refused() {
    let app = start();
    let agent = app.agent();
    let refused = |body: &Value, field: &str| {
        let answer = subscribe(&agent, body).expect(422).json();
        assert!(answer["details"][field][0].is_string(), "{body}: {answer}");
    };
    let too_long = format!("https://push.example.com/{}", "x".repeat(2048));
    for endpoint in [
        "",
        "push.example.com",
        "http://push.example.com/1",
        "https://127.0.0.1/1",
        "https://10.0.0.1:8443/1",
        "https://[::1]/1",
        "https://169.254.169.254/latest",
        "https://localhost/1",
        "https://user@push.example.com/1",
        &too_long,
    ] {
        refused(&browser(endpoint), "endpoint");
    }
    let good = browser("https://push.example.com/1");
    for (field, value) in [
        ("p256dh", "AAAA".to_owned()),
        ("auth", "AAAA".to_owned()),
        ("p256dh", PUBLIC_KEY.replace('B', "A")),
        ("auth", AUTH.repeat(2)),
    ] {
        let mut body = good.clone();
        body["keys"][field] = value.into();
        refused(&body, &format!("keys.{field}"));
    }
    refused(&json!({ "endpoint": "https://push.example.com/1" }), "keys");
    let mut body = good.clone();
    body["notify_of"] = "everything".into();
    refused(&body, "notify_of");
    assert_eq!(list(&agent), [] as [Value; 0]);
    subscribe(&agent, &good).expect(201);
}

#[test]
fn a_browser_is_its_sessions_and_ends_with_it() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let first = subscribe(&ana, &browser("https://push.example.com/1")).expect(201);
    let first = first.json()["subscription"].clone();
    assert_eq!(
        (&first["notify_of"], &first["with_text"], &first["current"]),
        (&json!("mine"), &json!(true), &json!(true))
    );
    let mut change = browser("https://push.example.com/2");
    change["notify_of"] = "all".into();
    change["with_text"] = false.into();
    let changed = subscribe(&ana, &change).expect(201).json();
    assert_eq!(changed["subscription"]["id"], first["id"]);
    let other = Agent::log_in(&ana.api, Agent::EMAIL, Agent::PASSWORD);
    subscribe(&other, &browser("https://push.example.com/3")).expect(201);
    let both = list(&ana);
    let of_current = |listed: &[Value]| {
        let current = listed.iter().map(|it| it["current"] == true);
        current.collect::<Vec<_>>()
    };
    assert_eq!(of_current(&both), [true, false]);
    assert_eq!(both[0]["notify_of"], "all");

    let path = format!("{PATH}/{}", first["id"]);
    bea.request("DELETE", &path).send().expect(404);
    let test = format!("{path}/test");
    bea.post(&test, &json!({})).send().expect(404);
    other
        .request("DELETE", "/api/v1/session")
        .send()
        .expect(204);
    assert_eq!(list(&ana).len(), 1);
    ana.request("DELETE", &path).send().expect(204);
    ana.request("DELETE", &path).send().expect(404);
    assert_eq!(list(&ana), [] as [Value; 0]);
}

#[test]
fn a_program_has_no_browser() {
    let app = start();
    let agent = app.agent();
    let body = json!({ "name": "Reports", "scopes": ["read", "answer", "admin"] });
    let token = agent
        .post("/api/v1/tokens", &body)
        .send()
        .expect(201)
        .json();
    let token = token["token"].as_str().unwrap().to_owned();
    let good = browser("https://push.example.com/1");
    app.post(PATH, &good).bearer(&token).send().expect(403);
    app.get(PATH).bearer(&token).send().expect(403);
    let looking = json!({ "looking": true });
    app.post("/api/v1/me/looking", &looking)
        .bearer(&token)
        .send()
        .expect(403);
    app.post(PATH, &good).send().expect(401);
}

#[test]
fn an_agent_is_told_of_what_nobody_has_read() {
    let scene = Scene::new();
    let visitor = scene.app.visitor();
    visitor.say("hello");
    let pushed = scene.service.next();
    let header = |name: &str| pushed.header(name).unwrap().to_owned();
    assert!(pushed.line.starts_with("POST /hook"), "{}", pushed.line);
    assert_eq!(header("content-encoding"), "aes128gcm");
    assert_eq!(header("urgency"), "high");
    let topic = |conversation_id: i64| format!("conversation-{conversation_id}");
    assert_eq!(header("topic"), topic(visitor.conversation_id));
    let ttl: i64 = header("ttl").parse().unwrap();
    assert!((43_000..=43_200).contains(&ttl), "{ttl}");
    assert!(header("authorization").starts_with("vapid t="));
    scene.is_done();
    eventually("it is noted", || {
        list(&scene.agent)[0]["delivered_at"].is_string()
    });

    // Not while the agent looks, and not of what was read, is another agent's, or was written by the team.
    scene.looks(true);
    visitor.say("seen by whoever looks");
    scene.is_done();
    scene.looks(false);
    scene.agent.say(visitor.conversation_id, "hi");
    scene.is_done();
    let bea = scene.app.further_agent("Bea", "bea@example.com");
    let to_bea = json!({ "agent_id": bea.id });
    scene
        .agent
        .change(visitor.conversation_id, "assign", &to_bea);
    visitor.say("for Bea");
    scene.is_done();
    let other = scene.app.visitor();
    other.say("for anybody");
    let pushed = scene.service.next();
    assert_eq!(pushed.header("topic"), Some(&*topic(other.conversation_id)));

    let note = json!({ "body": format!("@[Ana](agent:{}) please", scene.agent.id) });
    let path = format!("/api/v1/conversations/{}/notes", visitor.conversation_id);
    bea.post(&path, &note).send().expect(201);
    let pushed = scene.service.next();
    let topic = format!("mention-{}", visitor.conversation_id);
    assert_eq!(pushed.header("topic"), Some(&*topic));
    scene.is_done();
}

#[test]
fn an_answer_of_the_push_service_is_followed() {
    let scene = Scene::new();
    let id = list(&scene.agent)[0]["id"].clone();
    let test = format!("{PATH}/{id}/test");
    let send_test = || {
        let answer = scene.agent.post(&test, &json!({})).send();
        answer.expect(202);
        scene.service.next()
    };
    let state = || list(&scene.agent)[0].clone();
    scene.looks(true);
    assert_eq!(send_test().header("topic"), None, "a test comes at once");
    eventually("it was taken", || state()["delivered_at"].is_string());

    // It will never be taken: the job is dead, and the agent sees why.
    scene.service.answer([403]);
    send_test();
    eventually("it was refused", || {
        state()["error"] == "the push service answered 403: ok"
    });
    let dead = scene.app.workspace().cli(&["jobs:list", "--dead"]);
    assert!(dead.lines[0].contains("push.send"), "{dead:?}");
    assert!(
        !dead.lines[0].contains(scene.service.url().as_str()),
        "{dead:?}"
    );
    send_test();
    eventually("it was taken again", || state()["error"].is_null());

    scene.looks(false);
    scene.service.answer([503]);
    scene.app.visitor().say("hello");
    scene.service.next();
    assert!(scene.service.next().header("topic").is_some(), "again");

    // The browser is not subscribed any more.
    scene.service.answer([410]);
    send_test();
    eventually("it was forgotten", || list(&scene.agent).is_empty());
}

#[test]
fn only_administrators_see_whose_login_has_a_second_factor() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let seen = |agent: &Agent| {
        let answer = agent.get("/api/v1/agents").send().expect(200).json();
        let agents = answer["agents"].as_array().unwrap().clone();
        agents
            .iter()
            .map(|agent| agent.get("two_factor").cloned())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&ana), [Some(json!(false)), Some(json!(false))]);
    assert_eq!(seen(&bea), [None, None]);
    let own = bea.get("/api/v1/account").send().expect(200).json();
    assert_eq!(own["agent"]["two_factor"], false);
}
