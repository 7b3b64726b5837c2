//! What sockets hear: each event once, in order, and nobody an echo of its own message.

use crate::start;
use antiphon_testkit::PusherClient;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const INBOX: &str = "private-chat.inbox";

#[test]
fn a_message_reaches_everybody_but_the_socket_that_posted_it() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut own = visitor.listen();
    let mut other_tab = visitor.listening(app.connect_through_http());
    let mut desk = agent.listen(&visitor.channel);
    let post = visitor
        .message("hello")
        .header("x-socket-id", own.socket_id());
    let posted = post.send().expect(201).json();
    for socket in [&mut other_tab, &mut desk] {
        let event = socket.next_event("ChatMessageReceived");
        assert_eq!(event["message"], "hello");
        assert_eq!(event["id"], posted["message_id"]);
        assert_eq!(event["seq"], 1);
        assert_eq!(event["sender_type"], "visitor");
        assert!(event["revision"].is_i64(), "{event}");
    }
    // The next message is the first thing that the sender's own socket hears.
    agent.say(visitor.conversation_id, "hi");
    assert_eq!(own.next_event("ChatMessageReceived")["message"], "hi");
}

#[test]
fn the_socket_may_be_named_in_the_body_too() {
    let app = start();
    let visitor = app.visitor();
    let (mut own, mut other) = (visitor.listen(), visitor.listen());
    let body = json!({ "conversation_id": visitor.conversation_id, "message": "hello", "socket_id": own.socket_id() });
    visitor
        .post("/api/chatbot/message", &body)
        .send()
        .expect(201);
    visitor.say("marker");
    assert_eq!(other.next_event("ChatMessageReceived")["message"], "hello");
    assert_eq!(own.next_event("ChatMessageReceived")["message"], "marker");
}

#[test]
fn a_repeated_send_is_announced_once() {
    let app = start();
    let visitor = app.visitor();
    let mut socket = visitor.listen();
    let body = json!({ "conversation_id": visitor.conversation_id, "message": "hello",
        "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69" });
    for status in [201, 200, 200] {
        visitor
            .post("/api/chatbot/message", &body)
            .send()
            .expect(status);
    }
    visitor.say("marker");
    assert_eq!(socket.next_event("ChatMessageReceived")["message"], "hello");
    assert_eq!(
        socket.next_event("ChatMessageReceived")["message"],
        "marker"
    );
}

#[test]
fn what_an_agent_does_with_a_conversation_is_announced() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let (id, nothing) = (visitor.conversation_id, json!({}));
    visitor.say("hello");
    let mut socket = visitor.listen();
    agent.change(id, "assign", &json!({ "agent_id": agent.id }));
    let assigned = socket.next_event("ConversationAssigned");
    assert_eq!(
        assigned["assigned_to"],
        json!({ "id": agent.id, "name": "Ana" })
    );
    agent.change(id, "assign", &json!({ "agent_id": null }));
    assert_eq!(
        socket.next_event("ConversationAssigned")["assigned_to"],
        Value::Null
    );
    agent.change(id, "close", &nothing);
    // Closing what is closed changes nothing, and so says nothing.
    agent.change(id, "close", &nothing);
    assert_eq!(socket.next_event("ConversationClosed")["status"], "closed");
    agent.change(id, "reopen", &nothing);
    let reopened = socket.next_event("ConversationReopened");
    assert_eq!(reopened["status"], "active");
    assert_eq!(reopened["conversation_id"], id);
    assert_eq!(reopened["last_seq"], 1);
}

#[test]
fn reading_is_announced_once_for_each_step() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("one");
    visitor.say("two");
    let mut socket = visitor.listen();
    for up_to_seq in [1, 1, 0, 9] {
        let body = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": up_to_seq });
        agent.post("/api/chatbot/read", &body).send().expect(200);
    }
    for up_to_seq in [1, 2] {
        let read = socket.next_event("MessagesRead");
        assert_eq!(read["up_to_seq"], up_to_seq);
        assert_eq!(read["reader"], "employee");
        assert!(read["read_at"].is_string(), "{read}");
    }
    assert_eq!(socket.fence(), [Value::Null; 0]);
}

#[test]
fn the_inbox_hears_of_every_conversation() {
    let app = start();
    let agent = app.agent();
    let mut inbox = agent.listen(INBOX);
    let (first, second) = (app.visitor(), app.visitor());
    first.say("one");
    second.say("two");
    agent.change(first.conversation_id, "close", &json!({}));
    let mut row = || inbox.next_event("ConversationUpdated");
    let (one, two, three) = (row(), row(), row());
    assert_eq!(one["id"], first.conversation_id);
    assert_eq!(one["last_message"]["message"], "one");
    assert_eq!(two["id"], second.conversation_id);
    assert_eq!(
        (&three["id"], &three["status"]),
        (&one["id"], &json!("closed"))
    );
    assert!(three["revision"].as_i64() > two["revision"].as_i64());
}

#[test]
fn two_hundred_rapid_posts_arrive_in_order_exactly_once() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let mut sockets = [
        visitor.listen(),
        visitor.listening(app.connect_through_http()),
        agent.listen(&visitor.channel),
    ];
    let sending: Vec<_> = (0..200)
        .map(|n| visitor.message(&format!("message {n}")).begin())
        .collect();
    let mut posted = BTreeMap::new();
    for (n, sent) in sending.into_iter().enumerate() {
        let seq = sent.finish().expect(201).json()["seq"].as_i64().unwrap();
        posted.insert(seq, format!("message {n}"));
    }
    assert!(posted.keys().copied().eq(1..=200), "gapless, each once");
    for socket in &mut sockets {
        assert_eq!(
            heard(socket, 200),
            posted.clone().into_iter().collect::<Vec<_>>()
        );
        assert_eq!(socket.fence(), [Value::Null; 0]);
    }
    let stored: Vec<_> = posted.into_values().collect();
    assert_eq!(visitor.texts(), stored);
}

/// The next messages, as they come.
fn heard(socket: &mut PusherClient, n_messages: usize) -> Vec<(i64, String)> {
    let message = |_| {
        let event = socket.next_event("ChatMessageReceived");
        let text = event["message"].as_str().unwrap().to_owned();
        (event["seq"].as_i64().unwrap(), text)
    };
    (0..n_messages).map(message).collect()
}
