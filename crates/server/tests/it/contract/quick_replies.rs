//! `quick_replies` of `POST /api/chatbot/message`: answers that a message offers.

use crate::start;
use antiphon_testkit::{Agent, Request};
use serde_json::{Value, json};

fn offer(agent: &Agent, conversation_id: i64, quick_replies: &Value) -> Request {
    let body = json!({ "conversation_id": conversation_id, "message": "Well?", "quick_replies": quick_replies });
    agent.post("/api/chatbot/message", &body)
}

#[test]
fn what_is_offered_is_told_wherever_the_message_is() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let id = visitor.conversation_id;
    let mut socket = visitor.listen();
    let replies = json!([
        " Yes ",
        { "text": "No", "value": "order:no" },
        { "text": "Prices", "url": "https://example.com/prices" },
    ]);
    offer(&agent, id, &replies).send().expect(201);
    let expected = json!([
        { "text": "Yes" },
        { "text": "No", "value": "order:no" },
        { "text": "Prices", "url": "https://example.com/prices" },
    ]);
    assert_eq!(
        socket.next_event("ChatMessageReceived")["quick_replies"],
        expected
    );
    let read = visitor.read("");
    assert_eq!(read["data"]["messages"][0]["quick_replies"], expected);
    let inbox = agent.get("/api/v1/conversations").send().expect(200).json();
    let row = &inbox["conversations"][0];
    assert_eq!(row["last_message"]["quick_replies"], expected);
    let transcript = |format: &str| {
        let path = format!("/api/chatbot/conversation/{id}/transcript?format={format}");
        visitor.get(&path).send().expect(200)
    };
    let whole = transcript("json").json();
    assert_eq!(whole["messages"][0]["quick_replies"], expected);
    let text = transcript("text").text();
    assert!(
        text.ends_with("Ana: Well?\n    [Yes] [No] [Prices]\n"),
        "{text}"
    );

    // A message that offers nothing has no such member.
    visitor.say("Yes");
    let read = visitor.read("");
    assert_eq!(read["data"]["messages"][1].get("quick_replies"), None);
}

#[test]
fn a_repeat_offers_what_the_first_did() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let body = |replies: &[&str]| {
        json!({ "conversation_id": visitor.conversation_id, "message": "Well?", "quick_replies": replies,
            "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69" })
    };
    for (replies, status) in [(["Yes", "No"], 201), (["Maybe", "Never"], 200)] {
        agent
            .post("/api/chatbot/message", &body(&replies))
            .send()
            .expect(status);
    }
    let messages = visitor.read("")["data"]["messages"].clone();
    assert_eq!(messages.as_array().unwrap().len(), 1);
    assert_eq!(
        messages[0]["quick_replies"],
        json!([{ "text": "Yes" }, { "text": "No" }])
    );
}

#[test]
fn what_may_not_be_offered_is_named_with_its_limit() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let eleven: Vec<_> = (0..11).map(|n| n.to_string()).collect();
    for (replies, path, limit) in [
        (json!("Yes"), "quick_replies", "list"),
        (json!([]), "quick_replies", "1 to 10"),
        (json!(eleven), "quick_replies", "1 to 10"),
        (json!(["Yes", "x".repeat(81)]), "quick_replies.1", "80"),
        (
            json!([{ "text": "a", "value": "x".repeat(501) }]),
            "quick_replies.0.value",
            "500",
        ),
        (
            json!([{ "text": "a", "url": "javascript:alert(1)" }]),
            "quick_replies.0.url",
            "http",
        ),
    ] {
        let refused = offer(&agent, visitor.conversation_id, &replies)
            .send()
            .expect(422)
            .json();
        let reason = refused["details"][path][0].as_str().unwrap_or_default();
        assert!(reason.contains(limit), "{replies}: {refused}");
    }
    assert_eq!(visitor.texts(), [""; 0]);
}

#[test]
fn a_visitor_offers_nothing() {
    let app = start();
    let visitor = app.visitor();
    let body = json!({ "conversation_id": visitor.conversation_id, "message": "hi", "quick_replies": ["Yes"] });
    let refused = visitor.post("/api/chatbot/message", &body).send();
    let refused = refused.expect(422).json();
    assert!(
        refused["details"]["quick_replies"][0].is_string(),
        "{refused}"
    );
    assert_eq!(visitor.texts(), [""; 0]);
}
