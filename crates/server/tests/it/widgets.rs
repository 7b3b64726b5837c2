//! Websites as an administrator sets them up: made, changed, switched off, given other tokens and secrets, and seen where they are.

use crate::start;
use antiphon_testkit::{Agent, Request, TestApp, Visitor, eventually};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// A server with an administrator.
struct Scene {
    app: TestApp,
    admin: Agent,
}

impl Scene {
    fn new() -> Self {
        let app = start();
        let admin = app.agent();
        Self { app, admin }
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let request = self.admin.request(method, path);
        let request = match method {
            "GET" => request,
            _ => request.json(body),
        };
        request.send().expect(status).json()
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null, 200)
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", path, body, 200)
    }

    /// A website for `shop.example`: its address in the API, its token and its identity secret.
    #[track_caller]
    fn shop(&self) -> (String, String, String) {
        let new = json!({ "name": "Shop", "domains": ["shop.example"] });
        let made = self.ask("POST", "/api/v1/widgets", &new, 201);
        let path = format!("/api/v1/widgets/{}", made["widget"]["id"]);
        let token = made["widget"]["token"].as_str().unwrap().to_owned();
        let secret = made["identity_secret"].as_str().unwrap().to_owned();
        (path, token, secret)
    }

    /// A page on this host asks for the widget.
    fn load(&self, token: &str, host: &str) -> Request {
        let request = self.app.get("/api/chatbot/config").bearer(token);
        request.header("origin", &format!("https://{host}"))
    }

    /// The hosts on which it was seen, by name, once there are so many.
    #[track_caller]
    fn hosts(&self, path: &str, n: usize) -> Vec<Value> {
        let mut hosts = Vec::new();
        eventually("the hosts are noted", || {
            let answer = self.get(&format!("{path}/installation"));
            hosts = answer["hosts"].as_array().unwrap().clone();
            hosts.len() == n
        });
        hosts.sort_by_key(|host| host["host"].to_string());
        hosts
    }

    /// The audit log's entries about widgets, oldest first.
    #[track_caller]
    fn audited(&self) -> Vec<(String, Value)> {
        let log = self.get("/api/v1/audit?action=widget.");
        let entries = log["entries"].as_array().unwrap().iter().rev();
        entries
            .map(|entry| (entry["action"].as_str().unwrap().to_owned(), entry.clone()))
            .collect()
    }
}

fn hmac(secret: &str, visitor_id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(visitor_id.as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_website_is_made_and_changed_and_its_pages_follow() {
    let scene = Scene::new();
    let mut socket = scene.admin.listen("private-chat.inbox");
    let (path, token, _) = scene.shop();
    let told = socket.wait_for("SettingsChanged");
    assert_eq!(told, json!({ "what": "widgets" }));
    scene.load(&token, "shop.example").send().expect(200);
    scene.load(&token, "other.example").send().expect(403);

    let change = json!({
        "name": "The shop",
        "domains": ["other.example", "*.shop.example"],
        "welcome_message": "Hello",
        "settings": { "theme": { "color": "#0B7A5B" }, "sound": false },
    });
    let changed = scene.ask("PATCH", &path, &change, 200)["widget"].clone();
    assert_eq!(changed["name"], "The shop");
    assert_eq!(changed["domains"], change["domains"]);
    assert_eq!(changed["settings"]["theme"]["color"], "#0b7a5b");
    assert_eq!(changed["settings"]["transcript"], true, "it is complete");
    let config = scene
        .load(&token, "other.example")
        .send()
        .expect(200)
        .json();
    assert_eq!(config["widget"]["welcome_message"], "Hello");
    assert_eq!(config["widget"]["settings"]["sound"], false);
    scene.load(&token, "shop.example").send().expect(403);

    // What is left out stays, but the settings are one document.
    let change = json!({ "settings": { "position": "left" } });
    let changed = scene.ask("PATCH", &path, &change, 200)["widget"].clone();
    assert_eq!(changed["name"], "The shop");
    assert_eq!(changed["settings"]["position"], "left");
    assert_eq!(changed["settings"]["sound"], true);
    let shown = scene.get(&path)["widget"].clone();
    assert_eq!(shown["settings"], changed["settings"]);
    let rows = scene.get("/api/v1/widgets")["widgets"].clone();
    assert_eq!(rows[1]["name"], "The shop");
    assert!(rows[1].get("settings").is_none(), "{rows}");
    let text = rows.to_string() + &shown.to_string();
    assert!(
        !text.contains("secret\""),
        "no secret is told twice: {text}"
    );

    let audited = scene.audited();
    let names: Vec<_> = audited.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        names,
        ["widget.created", "widget.changed", "widget.changed"]
    );
    assert_eq!(audited[0].1["agent"]["name"], "Ana");
    assert_eq!(
        audited[1].1["details"]["changed"],
        json!([
            "name",
            "domains",
            "welcome_message",
            "settings.sound",
            "settings.theme"
        ])
    );
}

#[test]
fn every_mistake_is_named_by_its_path() {
    let scene = Scene::new();
    let (path, _, _) = scene.shop();
    let wrong = json!({
        "name": "",
        "domains": ["https://shop.example"],
        "welcome_message": "x".repeat(501),
        "settings": {
            "theme": { "color": "blue" },
            "hours": { "timezone": "Mars/Olympus", "weekly": [{ "days": [], "from": "9", "to": "17:00" }] },
            "pre_chat": { "fields": [{ "name": "name", "label": "" }] },
            "colour": "#000000",
        },
    });
    let refused = scene.ask("PATCH", &path, &wrong, 422);
    let details = refused["details"].as_object().unwrap();
    let mut fields: Vec<_> = details.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "domains",
            "name",
            "settings.colour",
            "settings.hours.timezone",
            "settings.hours.weekly[0].days",
            "settings.hours.weekly[0].from",
            "settings.pre_chat.fields[0].label",
            "settings.theme.color",
            "welcome_message",
        ]
    );
    let nothing = scene.ask("PATCH", &path, &json!({}), 422);
    assert!(nothing["details"]["name"][0].is_string(), "{nothing}");
    let new = json!({ "name": "x".repeat(101), "domains": ["a b"] });
    let refused = scene.ask("POST", "/api/v1/widgets", &new, 422);
    let details = refused["details"].as_object().unwrap();
    assert!(details.contains_key("name") && details.contains_key("domains"));
    assert_eq!(scene.get(&path)["widget"]["name"], "Shop");
    assert_eq!(scene.audited().len(), 1, "what was refused was not done");
}

#[test]
fn a_replaced_token_is_taken_for_its_time() {
    let scene = Scene::new();
    let (path, first, _) = scene.shop();
    let rotate = |body: &Value| scene.post(&format!("{path}/rotate_token"), body);
    let rotated = rotate(&json!({}));
    let second = rotated["token"].as_str().unwrap();
    assert_ne!(second, first);
    let ends_at = rotated["previous_token_ends_at"].as_str().unwrap();
    assert_eq!(rotated["widget"]["previous_token_ends_at"], ends_at);
    for token in [first.as_str(), second] {
        scene.load(token, "shop.example").send().expect(200);
        Visitor::init(&scene.app, token, &json!({}));
    }
    // Another one ends what still held of the first.
    let third = rotate(&json!({ "grace_hours": 720 }));
    let third = third["token"].as_str().unwrap();
    scene.load(&first, "shop.example").send().expect(401);
    scene.load(second, "shop.example").send().expect(200);
    let last = rotate(&json!({ "grace_hours": 0 }));
    assert_eq!(last["previous_token_ends_at"], Value::Null);
    for token in [second, third] {
        scene.load(token, "shop.example").send().expect(401);
    }
    let token = last["token"].as_str().unwrap();
    scene.load(token, "shop.example").send().expect(200);
    for hours in [-1, 721] {
        let body = json!({ "grace_hours": hours });
        let refused = scene.ask("POST", &format!("{path}/rotate_token"), &body, 422);
        let sentence = refused["details"]["grace_hours"][0].as_str().unwrap();
        assert!(sentence.contains("720"), "{sentence}");
    }
    let audited = scene.audited();
    let (action, entry) = &audited[1];
    assert_eq!(action, "widget.token_rotated");
    assert_eq!(entry["details"], json!({ "grace_hours": 24 }));
}

#[test]
fn signatures_with_the_replaced_secret_count_for_its_time() {
    let scene = Scene::new();
    let (path, token, first) = scene.shop();
    let init = |secret: &str| {
        let body = json!({ "visitor_id": "u1", "identity": hmac(secret, "u1") });
        let request = scene.app.post("/api/chatbot/init", &body);
        request.bearer(&token).send()
    };
    let rotate = |body: &Value| scene.post(&format!("{path}/rotate_identity_secret"), body);
    let rotated = rotate(&json!({ "grace_hours": 1 }));
    let second = rotated["identity_secret"].as_str().unwrap();
    assert!(rotated["previous_identity_secret_ends_at"].is_string());
    let ids = [init(&first), init(second)].map(|answer| answer.expect(200).json());
    assert_eq!(ids[0]["conversation_id"], ids[1]["conversation_id"]);
    let third = rotate(&json!({ "grace_hours": 0 }));
    for secret in [&first, second] {
        init(secret).expect(422);
    }
    init(third["identity_secret"].as_str().unwrap()).expect(200);
}

#[test]
fn a_deactivated_website_answers_nobody() {
    let scene = Scene::new();
    let (path, token, _) = scene.shop();
    let visitor = Visitor::init(&scene.app, &token, &json!({}));
    visitor.say("hello");
    let off = scene.post(&format!("{path}/deactivate"), &json!({}));
    assert_eq!(off["widget"]["active"], false);
    scene.load(&token, "shop.example").send().expect(401);
    let say = || {
        let message = visitor.message("still there?");
        message.header("origin", "https://shop.example").send()
    };
    say().expect(401);
    let id = visitor.conversation_id;
    scene.get(&format!("/api/v1/conversations/{id}"));
    let on = scene.post(&format!("{path}/activate"), &json!({}));
    assert_eq!(on["widget"]["active"], true);
    scene.load(&token, "shop.example").send().expect(200);
    say().expect(201);
    let audited = scene.audited();
    let names: Vec<_> = audited.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        names,
        ["widget.created", "widget.deactivated", "widget.activated"]
    );
}

#[test]
fn the_hosts_that_ask_for_a_widget_are_seen_as_they_ask() {
    let scene = Scene::new();
    let (path, token, _) = scene.shop();
    let (other, _, _) = scene.shop();
    let mut socket = scene.admin.listen("private-chat.inbox");
    assert_eq!(scene.hosts(&path, 0), [] as [Value; 0]);
    assert_eq!(scene.get(&path)["widget"]["last_seen_at"], Value::Null);
    scene.load(&token, "www.shop.example").send().expect(403);
    let told = socket.wait_for("SettingsChanged");
    assert_eq!(told, json!({ "what": "sightings" }));
    let hosts = scene.hosts(&path, 1);
    assert_eq!(hosts[0]["host"], "www.shop.example");
    assert_eq!(
        (&hosts[0]["answered"], &hosts[0]["allowed"]),
        (&json!(false), &json!(false))
    );
    scene.load(&token, "Shop.Example:8443").send().expect(200);
    // Neither a page of the server itself nor a program is a site, and what has no host is none either.
    scene.app.config(&token);
    let sandboxed = scene.app.get("/api/chatbot/config").bearer(&token);
    sandboxed.header("origin", "null").send().expect(403);
    let hosts = scene.hosts(&path, 2);
    assert_eq!(hosts[0]["host"], "shop.example");
    assert_eq!(
        (&hosts[0]["answered"], &hosts[0]["allowed"]),
        (&json!(true), &json!(true))
    );
    let last_seen = scene.get(&path)["widget"]["last_seen_at"].clone();
    assert_eq!(last_seen, hosts[0]["last_seen_at"]);
    assert_eq!(
        scene.get("/api/v1/widgets")["widgets"][1]["last_seen_at"],
        last_seen
    );
    assert_eq!(scene.hosts(&other, 0), [] as [Value; 0]);

    // Allowed now, it was still refused the last time; and then it was not.
    let domains = json!({ "domains": ["shop.example", "www.shop.example"] });
    scene.ask("PATCH", &path, &domains, 200);
    let hosts = scene.hosts(&path, 2);
    assert_eq!(
        (&hosts[1]["answered"], &hosts[1]["allowed"]),
        (&json!(false), &json!(true))
    );
    scene.load(&token, "www.shop.example").send().expect(200);
    eventually("it had its answer", || {
        scene.hosts(&path, 2)[1]["answered"] == true
    });
}

#[test]
fn what_a_command_does_to_a_website_is_audited_without_an_agent() {
    let scene = Scene::new();
    let cli = |args: &[&str]| scene.app.workspace().cli(args).json();
    let made = cli(&[
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
        "--json",
    ]);
    let id = made["id"].to_string();
    cli(&["widget:update", "--id", &id, "--name", "Store", "--json"]);
    let audited = scene.audited();
    let seen: Vec<_> = audited
        .iter()
        .map(|(action, entry)| {
            (
                action.as_str(),
                &entry["agent"]["id"],
                &entry["subject"]["id"],
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("widget.created", &Value::Null, &made["id"]),
            ("widget.changed", &Value::Null, &made["id"]),
        ]
    );
    assert_eq!(audited[0].1["agent"]["name"], "command line");
    assert_eq!(audited[1].1["details"], json!({ "changed": ["name"] }));
}
