//! `POST /api/v1/delivered` and `POST /api/chatbot/delivered`: how far messages have reached each side's screens.

use crate::start;
use antiphon_testkit::{Agent, Request, Visitor};
use serde_json::{Value, json};

fn marks(agent: &Agent, marks: &[(i64, i64)]) -> Request {
    let marks: Vec<_> = marks
        .iter()
        .map(|(id, up_to_seq)| json!({ "conversation_id": id, "up_to_seq": up_to_seq }))
        .collect();
    agent.post("/api/v1/delivered", &json!({ "marks": marks }))
}

fn mark(visitor: &Visitor, up_to_seq: i64) -> Request {
    let body = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": up_to_seq });
    visitor.post("/api/chatbot/delivered", &body)
}

fn delivered(visitor: &Visitor) -> Value {
    visitor.read("")["delivered"].clone()
}

fn row(agent: &Agent) -> Value {
    let inbox = agent.get("/api/v1/conversations").send().expect(200).json();
    inbox["conversations"][0].clone()
}

#[test]
fn an_inbox_marks_many_conversations_at_once() {
    let app = start();
    let (agent, one, two) = (app.agent(), app.visitor(), app.visitor());
    one.say("one");
    two.say("one");
    two.say("two");
    assert_eq!(
        one.read("")["delivered"],
        json!({ "visitor_seq": 0, "agent_seq": 0 })
    );
    assert_eq!(row(&agent)["delivered_seq"], 0);
    let all = [
        (one.conversation_id, 1),
        (two.conversation_id, 9),
        (987_654, 1),
    ];
    marks(&agent, &all).send().expect(200);
    assert_eq!(delivered(&one)["agent_seq"], 1);
    assert_eq!(delivered(&two)["agent_seq"], 2);
    assert_eq!(two.read("")["read"]["agent_seq"], 0);
    let row = row(&agent);
    assert_eq!(
        (&row["delivered_seq"], &row["unread_count"]),
        (&json!(2), &json!(2))
    );
    // The same again, or less, changes nothing.
    let revision = two.read("")["revision"].clone();
    marks(&agent, &all).send().expect(200);
    marks(&agent, &[]).send().expect(200);
    assert_eq!(two.read("")["revision"], revision);
}

#[test]
fn a_visitors_widget_marks_its_own_conversation() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    agent.say(visitor.conversation_id, "hello");
    let mut desk = agent.listen(&visitor.channel);
    mark(&visitor, 9).send().expect(200);
    let event = desk.next_event("MessagesDelivered");
    assert_eq!(
        (&event["reader"], &event["up_to_seq"]),
        (&json!("visitor"), &json!(1))
    );
    assert_eq!(
        delivered(&visitor),
        json!({ "visitor_seq": 1, "agent_seq": 0 })
    );
    let again = json!({ "visitor_token": visitor.token });
    let opened = Visitor::init(&app, &app.widget_token(), &again).opened;
    assert_eq!(
        opened["delivered"],
        json!({ "visitor_seq": 1, "agent_seq": 0 })
    );
    mark(&visitor, -1).send().expect(422);
}

#[test]
fn what_is_read_has_been_delivered() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("one");
    let read = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": 1 });
    agent.post("/api/chatbot/read", &read).send().expect(200);
    assert_eq!(delivered(&visitor)["agent_seq"], 1);
}

#[test]
fn a_delivery_is_announced_once_for_each_step() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let id = visitor.conversation_id;
    visitor.say("one");
    visitor.say("two");
    let mut socket = visitor.listen();
    let mut desk = agent.listen("private-chat.inbox");
    for up_to_seq in [1, 1, 0, 9] {
        marks(&agent, &[(id, up_to_seq)]).send().expect(200);
    }
    for up_to_seq in [1, 2] {
        let event = socket.next_event("MessagesDelivered");
        assert_eq!(event["conversation_id"], id);
        assert_eq!(event["reader"], "employee");
        assert_eq!(event["up_to_seq"], up_to_seq);
        assert!(event["revision"].is_i64(), "{event}");
        let row = desk.next_event("ConversationUpdated");
        assert_eq!(row["delivered_seq"], up_to_seq);
        assert_eq!(row["revision"], event["revision"]);
    }
}

#[test]
fn marks_are_bounded_and_every_mistake_is_named() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("one");
    let id = visitor.conversation_id;
    let refused = |body: Value, path: &str| {
        let answer = agent.post("/api/v1/delivered", &body).send().expect(422);
        let details = answer.json()["details"].clone();
        assert!(details[path][0].is_string(), "{path}: {details}");
    };
    let good = json!({ "conversation_id": id, "up_to_seq": 1 });
    refused(json!({}), "marks");
    refused(json!({ "marks": good }), "marks");
    refused(json!({ "marks": vec![good.clone(); 201] }), "marks");
    refused(
        json!({ "marks": [good, { "conversation_id": id }] }),
        "marks.1.up_to_seq",
    );
    refused(
        json!({ "marks": [{ "conversation_id": "1", "up_to_seq": 1 }] }),
        "marks.0.conversation_id",
    );
    refused(
        json!({ "marks": [{ "conversation_id": id, "up_to_seq": -1 }] }),
        "marks.0.up_to_seq",
    );
    assert_eq!(delivered(&visitor)["agent_seq"], 0);
}
