//! `POST /api/chatbot/read`: read marks.

use crate::start;
use antiphon_testkit::Visitor;
use serde_json::{Value, json};

fn mark(visitor: &Visitor, up_to_seq: i64) -> antiphon_testkit::Request {
    let body = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": up_to_seq });
    visitor.post("/api/chatbot/read", &body)
}

fn marks(visitor: &Visitor) -> Value {
    visitor.read("")["read"].clone()
}

#[test]
fn a_mark_moves_forward_only_and_not_past_the_end() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    for text in ["one", "two", "three"] {
        agent.say(visitor.conversation_id, text);
    }
    mark(&visitor, 2).send().expect(200);
    assert_eq!(marks(&visitor)["visitor_seq"], 2);
    mark(&visitor, 1).send().expect(200);
    assert_eq!(marks(&visitor)["visitor_seq"], 2);
    mark(&visitor, i64::MAX).send().expect(200);
    assert_eq!(marks(&visitor)["visitor_seq"], 3);
}

#[test]
fn a_read_message_says_when() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    agent.say(visitor.conversation_id, "one");
    agent.say(visitor.conversation_id, "two");
    mark(&visitor, 1).send().expect(200);
    let messages = visitor.read("")["data"]["messages"].clone();
    assert!(messages[0]["read_at"].is_string(), "{messages}");
    assert_eq!(messages[1]["read_at"], Value::Null);
}

#[test]
fn reading_empties_the_agents_unread_count() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("one");
    visitor.say("two");
    let unread = || {
        let inbox = agent.get("/api/v1/conversations").send().expect(200).json();
        inbox["conversations"][0]["unread_count"].clone()
    };
    assert_eq!(unread(), 2);
    let body = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": 2 });
    agent.post("/api/chatbot/read", &body).send().expect(200);
    assert_eq!(unread(), 0);
}

#[test]
fn a_negative_mark_is_refused() {
    let app = start();
    let visitor = app.visitor();
    let refused = mark(&visitor, -1).send().expect(422).json();
    assert!(refused["details"]["up_to_seq"][0].is_string(), "{refused}");
}
