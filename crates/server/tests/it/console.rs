//! The console of `reverb:start`: its password, and what it shows and does.

use crate::workspace;
use antiphon_testkit::{
    Api, Backend, PusherClient, Request, ReverbServer, WebhookSink, Workspace, eventually,
};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const PASSWORD: &str = "a password for the test";

struct Scene {
    workspace: Workspace,
    reverb: ReverbServer,
    cookie: String,
    app_id: String,
}

impl Scene {
    fn open() -> Self {
        Self::open_in(workspace())
    }

    fn open_in(workspace: Workspace) -> Self {
        let workspace = workspace.with_env("ANTIPHON_CONSOLE_PASSWORD", PASSWORD);
        let reverb = ReverbServer::start(&workspace);
        let answer = log_in(&reverb, PASSWORD).send().expect(204);
        let cookie = answer.header("set-cookie").unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
            app_id: workspace.secret("REVERB_APP_ID"),
            workspace,
            reverb,
        }
    }

    fn request(&self, method: &str, path: &str) -> Request {
        Request::new(
            self.reverb.address(),
            method,
            &format!("/console/api/{path}"),
        )
        .header("cookie", &self.cookie)
    }

    /// An answer about the application.
    fn of_app(&self, path: &str) -> Value {
        let path = format!("apps/{}/{path}", self.app_id);
        self.request("GET", &path).send().expect(200).json()
    }

    fn post(&self, path: &str, body: &Value) -> Request {
        self.request("POST", &format!("apps/{}/{path}", self.app_id))
            .json(body)
    }

    fn client(&self) -> PusherClient {
        let key = self.workspace.secret("REVERB_APP_KEY");
        PusherClient::connect(self.reverb.address(), &key)
    }

    fn backend(&self) -> Backend {
        let address = self.reverb.address();
        Backend::new(&Api::new(address, address), &self.workspace)
    }

    /// What is told of from now on.
    fn tail(&self, query: &str) -> Tail {
        let mut stream = TcpStream::connect(self.reverb.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let head = format!(
            "GET /console/api/tail?{query} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n",
            self.reverb.address(),
            self.cookie
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut tail = Tail(BufReader::new(stream));
        tail.line(|line| line == "event: open");
        tail
    }
}

struct Tail(BufReader<TcpStream>);

impl Tail {
    fn line(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the tail ended");
            if is_it(line.trim_end()) {
                return line.trim_end().to_owned();
            }
        }
    }

    /// The next events, up to one of this type.
    fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut events = Vec::new();
        while events
            .last()
            .is_none_or(|last: &Value| last["type"] != kind)
        {
            let line = self.line(|line| line.starts_with("data: {\"events"));
            let data: Value = serde_json::from_str(&line["data: ".len()..]).unwrap();
            assert_eq!(data["missed"], 0);
            events.extend(data["events"].as_array().unwrap().iter().cloned());
            let end = events.iter().position(|event| event["type"] == kind);
            events.truncate(end.map_or(events.len(), |end| end + 1));
        }
        events
    }
}

fn log_in(reverb: &ReverbServer, password: &str) -> Request {
    Request::new(reverb.address(), "POST", "/console/api/session")
        .json(&json!({ "password": password }))
}

#[test]
fn the_password_that_is_printed_opens_the_console() {
    let workspace = workspace();
    let mut reverb = ReverbServer::start(&workspace);
    let lines = reverb.wait_for_line(|line| line.starts_with("WebSocket server: "));
    let line = lines
        .iter()
        .find(|line| line.starts_with("Console: "))
        .unwrap();
    assert!(line.contains("/console (password "), "{line}");
    let (_, rest) = line.split_once("(password ").unwrap();
    let password = rest.trim_end_matches(')').to_owned();
    let refused = log_in(&reverb, "not the password").send().expect(401);
    assert_eq!(refused.header("set-cookie"), None);
    let answer = log_in(&reverb, &password).send().expect(204);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
}

#[test]
fn nothing_is_shown_or_done_without_a_session() {
    let scene = Scene::open();
    let id = &scene.app_id;
    for (method, path) in [
        ("GET", "session".to_owned()),
        ("GET", "overview".to_owned()),
        ("GET", "tail".to_owned()),
        ("GET", format!("apps/{id}/channels")),
        ("GET", format!("apps/{id}/channels/a")),
        ("GET", format!("apps/{id}/channels/a/history")),
        ("GET", format!("apps/{id}/connections")),
        ("GET", format!("apps/{id}/webhooks")),
        ("POST", format!("apps/{id}/webhooks/1/replay")),
        ("POST", format!("apps/{id}/events")),
        ("POST", format!("apps/{id}/connections/1.1/close")),
        ("POST", format!("apps/{id}/users/1/terminate")),
    ] {
        let target = format!("/console/api/{path}");
        let request = || Request::new(scene.reverb.address(), method, &target);
        request().send().expect(401);
        let forged = request().header("cookie", "antiphon_console=0000");
        forged.send().expect(401);
    }
    let out = scene.request("DELETE", "session").send().expect(204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    scene.request("GET", "overview").send().expect(401);
}

#[test]
fn another_sites_page_does_nothing_in_the_console() {
    let scene = Scene::open();
    let event = json!({"name": "e", "channel": "a", "data": "{}"});
    let post = || scene.post("events", &event);
    post()
        .header("sec-fetch-site", "cross-site")
        .send()
        .expect(403);
    post()
        .header("origin", "https://evil.example")
        .send()
        .expect(403);
    post()
        .header("sec-fetch-site", "same-origin")
        .send()
        .expect(200);
    let login = log_in(&scene.reverb, PASSWORD).header("sec-fetch-site", "cross-site");
    login.send().expect(403);
}

#[test]
fn attempts_are_limited_unless_that_is_switched_off() {
    let workspace = workspace()
        .with_env("ANTIPHON_CONSOLE_PASSWORD", PASSWORD)
        .with_env("ANTIPHON_RATE_LIMITS", "on");
    let reverb = ReverbServer::start(&workspace);
    let statuses: Vec<u16> = (0..12)
        .map(|_| log_in(&reverb, "wrong").send().status)
        .collect();
    assert_eq!((statuses[0], statuses[11]), (401, 429));
    log_in(&reverb, PASSWORD).send().expect(429);
}

#[test]
fn the_overview_counts_what_happens_and_shows_no_secret() {
    let scene = Scene::open();
    let overview = || scene.request("GET", "overview").send().expect(200);
    let before = overview().json();
    assert_eq!(before["apps"][0]["connections"], 0);
    let mut client = scene.client();
    client.subscribe("news", "");
    let answer = overview();
    let secret = scene.workspace.secret("REVERB_APP_SECRET");
    assert!(!answer.text().contains(&secret));
    let app = answer.json()["apps"][0].clone();
    assert_eq!(
        (app["connections"].as_u64(), app["subscriptions"].as_u64()),
        (Some(1), Some(1))
    );
    assert_eq!(app["messages_received"], 1);
    assert_eq!(app["messages_sent"], 2);
}

#[test]
fn channels_are_searched_ordered_and_shown() {
    let scene = Scene::open();
    let backend = scene.backend();
    let mut clients: Vec<_> = (0..3).map(|_| scene.client()).collect();
    for (n, client) in clients.iter_mut().enumerate() {
        client.subscribe("news", "");
        client.subscribe(&format!("room-{n}"), "");
    }
    let names = |query: &str| -> Vec<String> {
        let found = scene.of_app(&format!("channels?{query}"));
        let channels = found["channels"].as_array().unwrap();
        channels
            .iter()
            .map(|channel| channel["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(""), ["news", "room-0", "room-1", "room-2"]);
    assert_eq!(names("search=room&limit=2"), ["room-0", "room-1"]);
    let found = scene.of_app("channels?search=room&limit=2");
    assert_eq!(
        (&found["matching"], &found["occupied"]),
        (&json!(3), &json!(4))
    );
    let bad = format!("apps/{}/channels?limit=1000", scene.app_id);
    scene.request("GET", &bad).send().expect(422);

    let auth = backend.authorize(clients[0].socket_id(), "private-x");
    clients[0].subscribe("private-x", &auth);
    let event = json!({"name": "score", "channels": ["cache-game"], "data": "3:1"});
    backend.trigger(&event).send().expect(200);
    let cached = scene.of_app("channels/cache-game");
    assert_eq!(cached["cached"]["data"], "3:1");
    let history = scene.of_app("channels/cache-game/history");
    assert_eq!(
        (&history["kept"], &history["total"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(history["events"][0]["event"], "score");
    let private = scene.of_app("channels/private-x");
    assert_eq!(
        (&private["kind"], &private["subscriptions"]),
        (&json!("private"), &json!(1))
    );
    let nowhere = scene.request("GET", "apps/nowhere/channels");
    nowhere.send().expect(404);
}

#[test]
fn a_connection_is_found_described_and_closed() {
    let scene = Scene::open();
    let (mut doomed, mut other) = (scene.client(), scene.client());
    doomed.subscribe("news", "");
    let all = scene.of_app("connections");
    assert_eq!((&all["total"], &all["complete"]), (&json!(2), &json!(true)));
    assert_eq!(all["connections"].as_array().unwrap().len(), 2);
    let one = scene.of_app(&format!("connections?socket_id={}", doomed.socket_id()));
    assert_eq!(one["connections"][0]["channels"], json!(["news"]));
    assert_eq!(one["connections"][0]["address"], "127.0.0.1");
    let of_channel = scene.of_app("connections?channel=news");
    assert_eq!(
        of_channel["connections"][0]["socket_id"],
        doomed.socket_id()
    );
    let wrong = format!("apps/{}/connections?socket_id=x", scene.app_id);
    scene.request("GET", &wrong).send().expect(422);

    let close = format!("connections/{}/close", doomed.socket_id());
    scene.post(&close, &json!({})).send().expect(204);
    assert_eq!(doomed.wait_for_close().1, 4009);
    assert!(other.fence().is_empty());
    eventually("one connection is left", || {
        scene.of_app("connections")["total"] == 1
    });
    scene.post(&close, &json!({})).send().expect(404);
}

#[test]
fn an_event_is_sent_under_the_rules_of_the_api() {
    let scene = Scene::open();
    let mut client = scene.client();
    client.subscribe("news", "");
    let event = json!({"name": "greeting", "channel": "news", "data": "{\"hello\":1}"});
    let sent = scene.post("events", &event).send().expect(200).json();
    assert_eq!(sent["subscriptions"], 1);
    assert_eq!(client.next_event("greeting"), json!({"hello": 1}));
    for (name, channel, data, status) in [
        ("pusher:no", "news", "{}", 400),
        ("", "news", "{}", 400),
        ("e", "bad channel", "{}", 400),
        ("e", "news", &*"x".repeat(10_241), 413),
    ] {
        let event = json!({"name": name, "channel": channel, "data": data});
        scene.post("events", &event).send().expect(status);
    }
    scene.post("events", &json!({"name": 1})).send().expect(422);
    assert!(client.fence().is_empty());
}

#[test]
fn a_tail_tells_of_one_channel_and_of_everything() {
    let scene = Scene::open();
    let mut everything = scene.tail("");
    let mut of_channel = scene.tail("channel=news");
    let mut client = scene.client();
    client.subscribe("other", "");
    client.subscribe("news", "");
    let event = json!({"name": "headline", "channels": ["news"], "data": "{}"});
    scene.backend().trigger(&event).send().expect(200);
    let told = of_channel.until("published");
    let kinds: Vec<_> = told
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["received", "sent", "published"]);
    assert_eq!(told[2]["event"], "headline");
    assert_eq!(told[2]["subscriptions"], 1);
    let told = everything.until("requested");
    assert_eq!(told[0]["type"], "opened");
    assert_eq!(told[0]["socket_id"], client.socket_id());
    let request = told.last().unwrap();
    assert_eq!(request["status"], 200);
    assert!(!request.to_string().contains("auth_"), "{request}");
}

#[test]
fn only_so_many_tails_are_open_at_once() {
    let scene = Scene::open();
    let tails: Vec<_> = (0..16).map(|_| scene.tail("")).collect();
    scene.request("GET", "tail").send().expect(503);
    drop(tails);
    eventually("there is room again", || {
        let mut stream = TcpStream::connect(scene.reverb.address()).unwrap();
        let head = format!(
            "GET /console/api/tail HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n",
            scene.reverb.address(),
            scene.cookie
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.contains("200")
    });
}

#[test]
fn a_console_that_is_switched_off_is_not_there() {
    let workspace = workspace().with_env("ANTIPHON_CONSOLE", "off");
    let mut reverb = ReverbServer::start(&workspace);
    let lines = reverb.wait_for_line(|line| line.starts_with("WebSocket server: "));
    assert!(
        !lines.iter().any(|line| line.contains("onsole")),
        "{lines:?}"
    );
    for path in ["/console", "/console/api/session", "/console/api/overview"] {
        Request::new(reverb.address(), "GET", path)
            .send()
            .expect(404);
    }
}

#[test]
fn webhooks_are_listed_and_sent_again() {
    let sink = WebhookSink::start();
    let workspace = workspace()
        .with_env("ANTIPHON_WEBHOOK_URL", &sink.url())
        .with_env("ANTIPHON_WEBHOOK_ALLOW_PRIVATE", "on");
    let scene = Scene::open_in(workspace);
    assert_eq!(scene.of_app("webhooks")["deliveries"], json!([]));
    scene.client().subscribe("news", "");
    let first = sink.next();
    eventually("the delivery is listed", || {
        scene.of_app("webhooks")["deliveries"][0]["state"] == "delivered"
    });
    let delivery = scene.of_app("webhooks")["deliveries"][0].clone();
    let replay = format!("webhooks/{}/replay", delivery["id"]);
    scene.post(&replay, &json!({})).send().expect(202);
    assert_eq!(sink.next().body, first.body);
    eventually("the new delivery is listed", || {
        scene.of_app("webhooks")["deliveries"][0]["replay_of"] == delivery["id"]
    });
    for unknown in ["0", "999999", "x"] {
        let replay = format!("webhooks/{unknown}/replay");
        scene.post(&replay, &json!({})).send().expect(404);
    }
}
