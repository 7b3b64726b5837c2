//! `POST /api/chatbot/rating`: a visitor says how it was.

use crate::start;
use antiphon_testkit::{Request, Visitor};
use serde_json::{Value, json};

fn rate(visitor: &Visitor, score: i64, comment: &Value) -> Request {
    let body =
        json!({ "conversation_id": visitor.conversation_id, "score": score, "comment": comment });
    visitor.post("/api/chatbot/rating", &body)
}

#[test]
fn a_rating_is_kept_told_and_replaced() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    agent.say(visitor.conversation_id, "hello");
    let mut desk = agent.listen(&visitor.channel);
    let mut inbox = agent.listen("private-chat.inbox");
    let before = visitor.read("")["revision"].as_i64().unwrap();
    rate(&visitor, 2, &json!(" slow ")).send().expect(200);
    let event = desk.next_event("ConversationRated");
    assert_eq!(event["conversation_id"], visitor.conversation_id);
    assert_eq!(
        (&event["rating"]["score"], &event["rating"]["comment"]),
        (&json!(2), &json!("slow"))
    );
    assert!(event["revision"].as_i64().unwrap() > before);
    assert_eq!(
        inbox.next_event("ConversationUpdated")["rating"],
        event["rating"]
    );
    // The same again is no event; the next one is the better rating.
    rate(&visitor, 2, &json!("slow")).send().expect(200);
    rate(&visitor, 5, &Value::Null).send().expect(200);
    let event = desk.next_event("ConversationRated");
    assert_eq!(
        (&event["rating"]["score"], &event["rating"]["comment"]),
        (&json!(5), &Value::Null)
    );
    let again = Visitor::init(
        &app,
        &app.widget_token(),
        &json!({ "visitor_token": visitor.token }),
    );
    assert_eq!(again.opened["rating"], event["rating"]);
    assert_eq!(visitor.read("")["data"]["rating"], event["rating"]);
}

#[test]
fn there_is_nothing_to_rate_before_an_answer_or_the_end() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("hello?");
    rate(&visitor, 1, &Value::Null).send().expect(409);
    agent.change(visitor.conversation_id, "close", &json!({}));
    rate(&visitor, 1, &Value::Null).send().expect(200);
    agent.change(visitor.conversation_id, "reopen", &json!({}));
    assert_eq!(visitor.read("")["data"]["rating"]["score"], 1);
}

#[test]
fn a_rating_out_of_bounds_is_refused() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    agent.say(visitor.conversation_id, "hello");
    for (score, comment, field) in [
        (0, json!(null), "score"),
        (6, json!(null), "score"),
        (i64::MAX, json!(null), "score"),
        (5, json!("x".repeat(1001)), "comment"),
        (5, json!("a\u{0}b"), "comment"),
    ] {
        let refused = rate(&visitor, score, &comment).send().expect(422).json();
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    rate(&visitor, 5, &json!("é".repeat(1000)))
        .send()
        .expect(200);
}

#[test]
fn only_the_visitor_rates_its_conversation() {
    let app = start();
    let (agent, visitor, other) = (app.agent(), app.visitor(), app.visitor());
    agent.say(visitor.conversation_id, "hello");
    let body = json!({ "conversation_id": visitor.conversation_id, "score": 5 });
    other.post("/api/chatbot/rating", &body).send().expect(403);
    agent.post("/api/chatbot/rating", &body).send().expect(403);
    app.post("/api/chatbot/rating", &body)
        .bearer(&app.widget_token())
        .send()
        .expect(403);
    app.post("/api/chatbot/rating", &body).send().expect(401);
    let unknown = json!({ "conversation_id": 99, "score": 5 });
    visitor
        .post("/api/chatbot/rating", &unknown)
        .send()
        .expect(404);
    assert_eq!(visitor.read("")["data"]["rating"], Value::Null);
}
