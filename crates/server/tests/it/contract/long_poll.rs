//! `wait`: answered by the commit of something newer, not by a timer.

use crate::start;
use antiphon_testkit::{Pending, Stopwatch, TestApp};
use serde_json::json;
use std::time::Duration;

/// Far below the 25 seconds that the requests here are willing to wait, far above what waking takes.
const QUICKLY: Duration = Duration::from_secs(8);

/// Passes through the server's writer after the request was sent, so that the request waits by now.
fn let_it_wait(app: &TestApp, request: &Pending) {
    app.get("/up").send().expect(200);
    assert!(!request.is_answered());
}

#[test]
fn a_waiting_request_is_answered_by_the_next_message() {
    let app = start();
    let (visitor, watch) = (app.visitor(), Stopwatch::start());
    let waiting = visitor.conversation("?after_seq=0&wait=25").begin();
    let_it_wait(&app, &waiting);
    visitor.say("hello");
    let read = waiting.finish().expect(200).json();
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
    assert_eq!(read["data"]["messages"][0]["message"], "hello");
    assert_eq!(read["last_seq"], 1);
}

#[test]
fn every_waiting_request_is_answered() {
    let app = start();
    let (agent, visitor, watch) = (app.agent(), app.visitor(), Stopwatch::start());
    let path = format!(
        "/api/chatbot/conversation/{}?after_seq=0&wait=25",
        visitor.conversation_id
    );
    let mut waiting: Vec<_> = (0..20).map(|_| visitor.get(&path).begin()).collect();
    waiting.push(agent.get(&path).begin());
    let_it_wait(&app, &waiting[20]);
    visitor.say("hello");
    for request in waiting {
        assert_eq!(request.finish().expect(200).json()["last_seq"], 1);
    }
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
}

#[test]
fn what_is_there_already_is_not_waited_for() {
    let app = start();
    let (visitor, watch) = (app.visitor(), Stopwatch::start());
    visitor.say("hello");
    let read = visitor.read("?after_seq=0&wait=25");
    assert_eq!(read["last_seq"], 1);
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
}

#[test]
fn a_wait_for_nothing_ends_in_time_and_empty() {
    let app = start();
    let (visitor, watch) = (app.visitor(), Stopwatch::start());
    let read = visitor.read("?after_seq=0&wait=1");
    assert_eq!(read["data"]["messages"], json!([]));
    assert!(watch.elapsed() >= Duration::from_secs(1));
}

#[test]
fn another_conversations_message_wakes_nobody() {
    let app = start();
    let (visitor, other) = (app.visitor(), app.visitor());
    let waiting = visitor.conversation("?after_seq=0&wait=25").begin();
    let_it_wait(&app, &waiting);
    other.say("elsewhere");
    app.get("/up").send().expect(200);
    assert!(!waiting.is_answered());
    visitor.say("here");
    assert_eq!(waiting.finish().expect(200).json()["last_seq"], 1);
}

#[test]
fn a_change_of_state_ends_the_wait_of_who_knows_revisions() {
    let app = start();
    let (agent, visitor, watch) = (app.agent(), app.visitor(), Stopwatch::start());
    visitor.say("hello");
    let id = visitor.conversation_id;
    let mut revision = visitor.read("")["revision"].as_i64().unwrap();
    let mut changes = |change: &dyn Fn()| {
        let query = format!("?after_seq=1&after_revision={revision}&wait=25");
        let waiting = visitor.conversation(&query).begin();
        let_it_wait(&app, &waiting);
        change();
        let read = waiting.finish().expect(200).json();
        let newer = read["revision"].as_i64().unwrap();
        assert!(newer > revision, "{read}");
        revision = newer;
        read
    };
    let read = changes(&|| drop(agent.change(id, "assign", &json!({ "agent_id": agent.id }))));
    assert_eq!(read["data"]["assigned_to"]["name"], "Ana");
    let read = changes(&|| {
        let body = json!({ "conversation_id": id, "up_to_seq": 1 });
        agent.post("/api/chatbot/read", &body).send().expect(200);
    });
    assert_eq!(read["read"]["agent_seq"], 1);
    let read = changes(&|| drop(agent.change(id, "close", &json!({}))));
    assert_eq!(read["data"]["status"], "closed");
    let read = changes(&|| drop(agent.change(id, "reopen", &json!({}))));
    assert_eq!(read["data"]["status"], "active");
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
}

#[test]
fn the_inbox_waits_for_the_next_change_of_any_conversation() {
    let app = start();
    let (agent, visitor, watch) = (app.agent(), app.visitor(), Stopwatch::start());
    let waiting = agent
        .get("/api/v1/conversations?after_revision=0&wait=25")
        .begin();
    let_it_wait(&app, &waiting);
    visitor.say("hello");
    let inbox = waiting.finish().expect(200).json();
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
    assert_eq!(inbox["conversations"][0]["id"], visitor.conversation_id);
    assert_eq!(inbox["conversations"][0]["unread_count"], 1);
    assert_eq!(inbox["revision"], inbox["conversations"][0]["revision"]);
}

#[test]
fn a_delivery_ends_a_wait_for_changes() {
    let app = start();
    let (agent, visitor, watch) = (app.agent(), app.visitor(), Stopwatch::start());
    visitor.say("hello");
    let revision = visitor.read("")["revision"].clone();
    let query = format!("?after_seq=1&after_revision={revision}&wait=25");
    let waiting = visitor.conversation(&query).begin();
    let_it_wait(&app, &waiting);
    let mark = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": 1 });
    let marks = json!({ "marks": [mark] });
    agent.post("/api/v1/delivered", &marks).send().expect(200);
    let read = waiting.finish().expect(200).json();
    assert!(watch.elapsed() < QUICKLY, "{:?}", watch.elapsed());
    assert_eq!(read["delivered"]["agent_seq"], 1);
}
