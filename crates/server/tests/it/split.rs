//! The WebSocket server in a process of its own: `reverb:start` first, then `serve` on the same folder.

use crate::workspace;
use antiphon_testkit::{
    Pending, PusherClient, ReverbServer, Stopwatch, TestApp, Visitor, eventually,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Both processes on one installation.
fn split() -> (TestApp, ReverbServer) {
    let mut workspace = workspace();
    let reverb = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &reverb.address().port().to_string());
    (TestApp::start_in(workspace), reverb)
}

/// Posts until a socket hears of it: right after its server came back, an event may still be lost on the way there.
fn heard_again(visitor: &Visitor, socket: &mut PusherClient) {
    eventually("a message is heard again", || {
        visitor.say("are you back?");
        !socket.fence().is_empty()
    });
}

#[test]
fn serve_uses_the_running_server_and_says_so() {
    let (app, reverb) = split();
    let said = format!("reverb:start on port {} is used", reverb.address().port());
    assert!(
        app.lines().iter().any(|line| line.contains(&said)),
        "{:?}",
        app.lines()
    );
    assert_eq!(app.websocket(), reverb.address());
    assert_ne!(app.http(), app.websocket());
    let config = app.config(&app.widget_token());
    assert_eq!(
        config["reverb"]["key"],
        app.workspace().secret("REVERB_APP_KEY")
    );
}

#[test]
fn a_message_reaches_sockets_on_both_ports() {
    let (app, _reverb) = split();
    let agent = app.agent();
    let visitor = app.visitor();
    let mut direct = visitor.listen();
    let mut relayed = visitor.listening(app.connect_through_http());
    let mut inbox = agent.listen("private-chat.inbox");
    let post = visitor
        .message("hello")
        .header("x-socket-id", direct.socket_id());
    post.send().expect(201);
    assert_eq!(
        relayed.next_event("ChatMessageReceived")["message"],
        "hello"
    );
    assert_eq!(
        inbox.next_event("ConversationUpdated")["id"],
        visitor.conversation_id
    );
    agent.say(visitor.conversation_id, "hi");
    // The sender's own socket was left out across the processes too.
    assert_eq!(direct.next_event("ChatMessageReceived")["message"], "hi");
    assert_eq!(relayed.next_event("ChatMessageReceived")["message"], "hi");
}

#[test]
fn order_holds_across_the_processes() {
    let (app, _reverb) = split();
    let visitor = app.visitor();
    let mut sockets = [
        visitor.listen(),
        visitor.listening(app.connect_through_http()),
    ];
    let sending: Vec<_> = (0..100)
        .map(|n| visitor.message(&n.to_string()).begin())
        .collect();
    for sent in sending {
        sent.finish().expect(201);
    }
    for socket in &mut sockets {
        for seq in 1..=100 {
            assert_eq!(socket.next_event("ChatMessageReceived")["seq"], seq);
        }
    }
}

#[test]
fn a_message_over_the_events_limit_arrives_as_a_reference() {
    let (app, _reverb) = split();
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    let text = "😀".repeat(5000);
    visitor.say(&text);
    let event = socket.next_event("ChatMessageReceived");
    assert_eq!(event["reference"], true, "{event}");
    assert_eq!(
        (&event["conversation_id"], &event["seq"]),
        (&json!(visitor.conversation_id), &json!(1))
    );
    assert_eq!(event.get("message"), None);
    let fetched = visitor.read("?after_seq=0");
    assert_eq!(fetched["data"]["messages"][0]["message"], text);
}

#[test]
fn without_the_websocket_server_the_chat_goes_on_and_comes_back() {
    let (app, mut reverb) = split();
    let visitor = app.visitor();
    let (mut direct, mut relayed) = (
        visitor.listen(),
        visitor.listening(app.connect_through_http()),
    );
    reverb.kill9();
    direct.wait_for_end();
    relayed.wait_for_end();
    let watch = Stopwatch::start();
    for n in 1..=5 {
        let waiting: Pending = visitor
            .conversation(&format!("?after_seq={}&wait=25", n - 1))
            .begin();
        assert_eq!(visitor.say("without sockets"), n);
        let read = waiting.finish().expect(200).json();
        assert_eq!(read["last_seq"], n);
    }
    assert!(
        watch.elapsed() < Duration::from_secs(10),
        "{:?}",
        watch.elapsed()
    );
    let key = app.workspace().secret("REVERB_APP_KEY");
    assert!(PusherClient::open(app.http(), &format!("/app/{key}")).is_err());
    app.get("/up").send().expect(200);
    reverb.restart(app.workspace());
    let (mut direct, mut relayed) = (
        visitor.listen(),
        visitor.listening(app.connect_through_http()),
    );
    heard_again(&visitor, &mut direct);
    visitor.say("marker");
    while direct.wait_for("ChatMessageReceived")["message"] != "marker" {}
    while relayed.wait_for("ChatMessageReceived")["message"] != "marker" {}
    let texts = visitor.texts();
    assert_eq!(texts[..5], ["without sockets"; 5].map(str::to_owned));
    assert_eq!(texts.last().unwrap(), "marker");
}

#[test]
fn a_server_of_another_app_is_not_used() {
    let mine = workspace();
    let others = workspace();
    let reverb = ReverbServer::start(&others);
    let port = reverb.address().port().to_string();
    let refused = mine.with_env("REVERB_SERVER_PORT", &port).cli(&["serve"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(refused.stderr.contains(&port), "{refused:?}");
}

#[test]
fn a_second_websocket_server_is_told_why_not() {
    let (app, reverb) = split();
    let port = reverb.address().port().to_string();
    let refused = app.workspace().cli(&["reverb:start", "--port", &port]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    assert!(
        refused.stderr.contains("served by this app already"),
        "{refused:?}"
    );
}

#[test]
fn backends_trigger_at_the_websocket_server() {
    let (app, _reverb) = split();
    let mut relayed = app.connect_through_http();
    relayed.subscribe("news", "");
    let body = json!({ "name": "e", "channels": ["news"], "data": "{}" });
    app.backend().trigger(&body).send().expect(200);
    relayed.next_event("e");
    assert_eq!(relayed.fence(), [Value::Null; 0]);
}
