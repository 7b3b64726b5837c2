//! The drivers that `BROADCAST_CONNECTION` chooses. The Pusher of these tests is this program's own server for another application;
//! `web/test/e2e` has one that is not ours.

use crate::shut_out::sign_in;
use crate::workspace;
use antiphon_protocol::auth::{Credentials, sign_channel};
use antiphon_testkit::{
    PusherClient, ReverbServer, TestApp, Visitor, WebhookSink, Worker, Workspace, eventually,
};
use serde_json::json;
use std::net::SocketAddr;

/// A server of another installation, which stands for Pusher.
struct Pusher {
    /// Its own folder.
    folder: Workspace,
    server: ReverbServer,
}

impl Pusher {
    fn start() -> Self {
        let folder = workspace();
        let server = ReverbServer::start(&folder);
        Self { folder, server }
    }

    fn key(&self) -> String {
        self.folder.secret("REVERB_APP_KEY")
    }

    /// A workspace whose broadcasts go there.
    fn chosen_by(&self) -> Workspace {
        workspace()
            .with_env("BROADCAST_CONNECTION", "pusher")
            .with_env("PUSHER_APP_ID", &self.folder.secret("REVERB_APP_ID"))
            .with_env("PUSHER_APP_KEY", &self.key())
            .with_env(
                "PUSHER_APP_SECRET",
                &self.folder.secret("REVERB_APP_SECRET"),
            )
            .with_env("PUSHER_HOST", "127.0.0.1")
            .with_env("PUSHER_PORT", &self.server.address().port().to_string())
            .with_env("PUSHER_SCHEME", "http")
    }

    /// A socket there that listens on the conversation, let in by the chat.
    fn listening(&self, visitor: &Visitor) -> PusherClient {
        let mut socket = PusherClient::connect(self.server.address(), &self.key());
        let body = json!({ "socket_id": socket.socket_id(), "channel_name": visitor.channel, "provider": "pusher" });
        let answer = visitor.post("/broadcasting/auth", &body).send().expect(200);
        let auth = answer.json()["auth"].as_str().unwrap().to_owned();
        assert!(auth.starts_with(&self.key()), "{auth}");
        socket.subscribe(&visitor.channel, &auth);
        socket
    }
}

/// A socket that listens without asking the chat, as if it had been let in while that ran.
fn listening_at(address: SocketAddr, of: &Workspace, channel: &str) -> PusherClient {
    let (key, secret) = (of.secret("REVERB_APP_KEY"), of.secret("REVERB_APP_SECRET"));
    let mut socket = PusherClient::connect(address, &key);
    let id = socket.socket_id().parse().unwrap();
    let auth = sign_channel(Credentials::new(&key, &secret), id, channel, None);
    socket.subscribe(channel, &auth);
    socket
}

/// What the jobs that wait look like now.
fn waiting(workspace: &Workspace) -> usize {
    let listed = workspace.cli(&["jobs:list", "--json"]).json();
    listed["jobs"].as_array().unwrap().len()
}

#[test]
fn browsers_are_told_of_pusher_and_of_the_own_server_behind_it() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let config = app.config(&app.widget_token());
    assert_eq!(config["realtimeProvider"], "pusher");
    assert_eq!(config["providers"], json!(["pusher", "reverb", "polling"]));
    let told = &config["pusher"];
    assert_eq!(
        (&told["enabled"], &told["encrypted"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(told["key"], pusher.key());
    assert_eq!(told["host"], "127.0.0.1");
    assert_eq!(told["port"], pusher.server.address().port());
    let agent = app.agent();
    let me = agent.get("/api/v1/me").send().expect(200).json();
    assert_eq!(me["realtime"]["providers"], config["providers"]);
}

#[test]
fn a_message_arrives_through_pusher_and_through_the_own_server() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let (visitor, agent) = (app.visitor(), app.agent());
    let mut there = pusher.listening(&visitor);
    let mut here = visitor.listen();
    agent.say(visitor.conversation_id, "hello");
    assert_eq!(there.next_event("ChatMessageReceived")["message"], "hello");
    assert_eq!(here.next_event("ChatMessageReceived")["message"], "hello");
    // The sender's own socket is left out there too.
    visitor
        .message("mine")
        .header("x-socket-id", there.socket_id())
        .send()
        .expect(201);
    agent.say(visitor.conversation_id, "and mine");
    assert_eq!(
        there.next_event("ChatMessageReceived")["message"],
        "and mine"
    );
    eventually("every job is done and gone", || {
        waiting(app.workspace()) == 0
    });
}

#[test]
fn who_leaves_the_team_is_shut_out_of_pusher_too() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let connect = || PusherClient::connect(pusher.server.address(), &pusher.key());
    let mut gone = sign_in(&bea, connect(), "pusher");
    let mut stays = sign_in(&ana, connect(), "pusher");
    let path = format!("/api/v1/agents/{}", bea.id);
    let left = ana.request("PATCH", &path);
    left.json(&json!({ "active": false })).send().expect(200);
    assert_eq!(gone.wait_for_close().1, 4009);
    stays.fence();
}

#[test]
fn a_signature_for_pusher_is_made_with_pushers_secret_only() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let visitor = app.visitor();
    let ask = |provider: &str| {
        let body =
            json!({ "socket_id": "1.2", "channel_name": visitor.channel, "provider": provider });
        visitor.post("/broadcasting/auth", &body).send()
    };
    let auth =
        |answer: antiphon_testkit::Response| answer.json()["auth"].as_str().unwrap().to_owned();
    assert!(auth(ask("pusher").expect(200)).starts_with(&pusher.key()));
    let own = app.workspace().secret("REVERB_APP_KEY");
    assert!(auth(ask("reverb").expect(200)).starts_with(&own));
    assert!(auth(visitor.authorize("1.2", &visitor.channel)).starts_with(&own));
    ask("ably").expect(422);
    let others =
        json!({ "socket_id": "1.2", "channel_name": "private-chat.inbox", "provider": "pusher" });
    visitor
        .post("/broadcasting/auth", &others)
        .send()
        .expect(403);

    // Other servers number their sockets beyond what ours does.
    let far = |provider: &str| {
        let body = json!({ "socket_id": "8698128684.2426038848", "channel_name": visitor.channel, "provider": provider });
        visitor.post("/broadcasting/auth", &body).send()
    };
    assert!(auth(far("pusher").expect(200)).starts_with(&pusher.key()));
    far("reverb").expect(422);

    let without = crate::start();
    let body = json!({ "socket_id": "1.2", "channel_name": "private-chat.conversation.1", "provider": "pusher" });
    without
        .visitor()
        .post("/broadcasting/auth", &body)
        .send()
        .expect(422);
}

#[test]
fn order_holds_through_pusher_in_batches() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let visitor = app.visitor();
    let mut there = pusher.listening(&visitor);
    let sending: Vec<_> = (0..100)
        .map(|n| visitor.message(&n.to_string()).begin())
        .collect();
    for sent in sending {
        sent.finish().expect(201);
    }
    for seq in 1..=100 {
        assert_eq!(there.next_event("ChatMessageReceived")["seq"], seq);
    }
}

#[test]
fn a_large_message_goes_to_pusher_as_a_reference() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let visitor = app.visitor();
    let mut there = pusher.listening(&visitor);
    visitor.say(&"😀".repeat(5000));
    let event = there.next_event("ChatMessageReceived");
    assert_eq!(
        (&event["reference"], &event["seq"]),
        (&json!(true), &json!(1))
    );
}

#[test]
fn what_pusher_missed_comes_in_order_from_a_server_that_was_killed_meanwhile() {
    let mut pusher = Pusher::start();
    let mut app = TestApp::start_in(pusher.chosen_by());
    let visitor = app.visitor();
    let channel = visitor.channel.clone();
    pusher.server.kill9();
    for n in 1..=20 {
        assert_eq!(visitor.say("while it is away"), n);
    }
    app.kill9();
    pusher.server.restart(&pusher.folder);
    let mut there = listening_at(pusher.server.address(), &pusher.folder, &channel);
    app.restart();
    for seq in 1..=20 {
        assert_eq!(there.next_event("ChatMessageReceived")["seq"], seq);
    }
}

#[test]
fn a_kill_between_commit_and_broadcast_loses_nothing() {
    let mut workspace = workspace();
    let mut reverb = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &reverb.address().port().to_string());
    let mut app = TestApp::start_in(workspace);
    let visitor = app.visitor();
    // Nobody takes the broadcast, and then nobody is there to repeat it.
    reverb.kill9();
    visitor.say("kept");
    app.kill9();
    reverb.restart(app.workspace());
    let mut socket = listening_at(reverb.address(), app.workspace(), &visitor.channel);
    assert_eq!(socket.fence(), [json!(null); 0]);
    app.restart();
    assert_eq!(socket.next_event("ChatMessageReceived")["message"], "kept");
}

#[test]
fn a_worker_of_its_own_sends_what_the_server_left() {
    let mut pusher = Pusher::start();
    let mut app = TestApp::start_in(pusher.chosen_by());
    let visitor = app.visitor();
    let channel = visitor.channel.clone();
    pusher.server.kill9();
    visitor.say("left behind");
    assert!(app.terminate().success(), "{}", app.log());
    pusher.server.restart(&pusher.folder);
    let mut there = listening_at(pusher.server.address(), &pusher.folder, &channel);
    let mut worker = Worker::start(app.workspace());
    assert_eq!(
        there.next_event("ChatMessageReceived")["message"],
        "left behind"
    );
    eventually("the job is done and gone", || waiting(app.workspace()) == 0);
    assert!(worker.terminate().success());
}

#[test]
fn server_and_worker_side_by_side_send_each_message_once_and_in_order() {
    let pusher = Pusher::start();
    let app = TestApp::start_in(pusher.chosen_by());
    let _worker = Worker::start(app.workspace());
    let visitor = app.visitor();
    let mut there = pusher.listening(&visitor);
    for seq in 1..=100 {
        assert_eq!(visitor.say("one of a hundred"), seq);
    }
    for seq in 1..=100 {
        assert_eq!(there.next_event("ChatMessageReceived")["seq"], seq);
    }
    eventually("every job is done and gone", || {
        waiting(app.workspace()) == 0
    });
    assert_eq!(there.fence(), [json!(null); 0]);
}

#[test]
fn with_log_and_null_browsers_poll_and_nothing_is_sent() {
    for driver in ["log", "null"] {
        let app = TestApp::start_in(workspace().with_env("BROADCAST_CONNECTION", driver));
        let config = app.config(&app.widget_token());
        assert_eq!(config["providers"], json!(["polling"]), "{driver}");
        assert_eq!(config["reverb"]["enabled"], false);
        let visitor = app.visitor();
        let mut socket = visitor.listen();
        let poll = visitor.conversation("?after_seq=0&wait=25").begin();
        visitor.say("a word to nobody");
        assert_eq!(poll.finish().expect(200).json()["last_seq"], 1);
        assert_eq!(socket.fence(), [json!(null); 0]);
        let log = app.log();
        assert_eq!(
            log.contains("ChatMessageReceived"),
            driver == "log",
            "{log}"
        );
        assert!(!log.contains("a word to nobody"), "{log}");
    }
}

/// A workspace whose Pusher is at this address, over TLS.
fn hosted_at(sink: &WebhookSink) -> Workspace {
    workspace()
        .with_env("BROADCAST_CONNECTION", "pusher")
        .with_env("PUSHER_APP_ID", "7")
        .with_env("PUSHER_APP_KEY", "key")
        .with_env("PUSHER_APP_SECRET", "secret")
        .with_env("PUSHER_HOST", "localhost")
        .with_env("PUSHER_PORT", &sink.address().port().to_string())
}

#[test]
fn hosted_pusher_is_called_over_tls() {
    let sink = WebhookSink::start_with_tls();
    let authority = WebhookSink::authority();
    let trusting = hosted_at(&sink).with_env("SSL_CERT_FILE", authority.to_str().unwrap());
    let app = TestApp::start_in(trusting);
    let visitor = app.visitor();
    visitor
        .message("hello")
        .header("x-socket-id", "8698128684.2426038848")
        .send()
        .expect(201);
    let request = sink.next();
    assert!(
        request
            .line
            .contains("POST /apps/7/batch_events?auth_key=key&"),
        "{}",
        request.line
    );
    assert!(request.header("x-idempotency-key").is_some());
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let batch = body["batch"].as_array().unwrap();
    assert_eq!(batch.len(), 2, "the conversation's and the inbox's");
    assert_eq!(batch[0]["name"], "ChatMessageReceived");
    assert_eq!(batch[0]["channel"], visitor.channel);
    assert_eq!(batch[0]["socket_id"], "8698128684.2426038848");
    assert_eq!(
        batch[1].get("socket_id"),
        None,
        "the inbox shows it to everybody"
    );
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_and_told() {
    let sink = WebhookSink::start_with_tls();
    let app = TestApp::start_in(hosted_at(&sink));
    app.visitor().say("not for strangers");
    eventually("the job tells why", || {
        let listed = app.workspace().cli(&["jobs:list", "--json"]).json();
        listed["jobs"][0]["last_error"]
            .as_str()
            .is_some_and(|error| error.contains("certificate"))
    });
    assert!(sink.within(std::time::Duration::ZERO).is_empty());
}
