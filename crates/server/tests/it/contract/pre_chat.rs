//! `POST /api/chatbot/init`: the form before the chat, the page, and the conversation that is asked for.

use super::settings::set;
use crate::start;
use antiphon_testkit::{Agent, TestApp, Visitor};
use serde_json::{Value, json};

fn with_form() -> TestApp {
    let app = start();
    let fields = json!([
        { "name": "email", "label": "Your e-mail", "required": true },
        { "name": "topic", "label": "Topic", "type": "select", "options": ["Sales", "Help"] },
    ]);
    let settings =
        json!({ "pre_chat": { "fields": fields, "consent": { "text": "We keep this." } } });
    assert!(set(&app, &settings).status.success());
    app
}

fn details(agent: &Agent, visitor: &Visitor) -> Value {
    let path = format!("/api/chatbot/conversation/{}", visitor.conversation_id);
    agent.get(&path).send().expect(200).json()["details"].clone()
}

#[test]
fn a_filled_in_form_is_kept_for_the_agent() {
    let app = with_form();
    let agent = app.agent();
    let body = json!({ "visitor_name": "Bo", "visitor_email": "old@example.com",
        "pre_chat": { "email": " NEW@example.com", "topic": "Sales", "phone": "" }, "consent": true,
        "page": { "url": "https://shop.example/cart", "title": "Cart", "referrer": "https://search.example/?q=x" },
        "locale": "pt-BR", "timezone": "America/Sao_Paulo" });
    let visitor = Visitor::init(&app, &app.widget_token(), &body);
    let data = visitor.read("")["data"].clone();
    assert_eq!(data["visitor_email"], "new@example.com");
    assert_eq!(data["visitor_name"], "Bo");
    assert_eq!(
        visitor.read("").get("details"),
        None,
        "details are for agents"
    );
    let kept = details(&agent, &visitor);
    assert_eq!(
        kept["pre_chat"],
        json!([
            { "name": "email", "label": "Your e-mail", "value": "new@example.com" },
            { "name": "topic", "label": "Topic", "value": "Sales" },
        ])
    );
    assert!(kept["consent_at"].is_string(), "{kept}");
    assert_eq!(kept["page"], body["page"]);
    assert_eq!(
        (&kept["locale"], &kept["timezone"]),
        (&json!("pt-BR"), &json!("America/Sao_Paulo"))
    );
}

#[test]
fn every_wrong_answer_is_named_and_nothing_is_stored() {
    let app = with_form();
    let widget = app.widget_token();
    let refuse = |body: Value| {
        let answer = app.post("/api/chatbot/init", &body).bearer(&widget);
        let details = answer.send().expect(422).json()["details"].clone();
        let fields: Vec<String> = details.as_object().unwrap().keys().cloned().collect();
        fields
    };
    assert_eq!(
        refuse(json!({ "pre_chat": { "email": "x", "topic": "Rant", "zip": "1" } })),
        [
            "consent",
            "pre_chat.email",
            "pre_chat.topic",
            "pre_chat.zip"
        ]
    );
    assert_eq!(
        refuse(json!({ "pre_chat": {}, "consent": true })),
        ["pre_chat.email"]
    );
    assert_eq!(
        refuse(json!({ "pre_chat": { "email": 1, "name": "a\u{0}b" }, "consent": true })),
        ["pre_chat.email", "pre_chat.name"]
    );
    let empty = json!({ "pre_chat": { "email": "" }, "consent": true });
    let empty = app.post("/api/chatbot/init", &empty).bearer(&widget).send();
    assert_eq!(
        empty.expect(422).json()["details"]["pre_chat.email"],
        json!(["The email must not be empty."])
    );
    let first = Visitor::init(&app, &widget, &json!({}));
    assert_eq!(
        first.conversation_id, 1,
        "no refused form made a conversation"
    );
}

#[test]
fn what_a_browser_says_of_itself_never_keeps_anybody_out() {
    let app = start();
    let agent = app.agent();
    let body = json!({ "page": { "url": "javascript:alert(1)", "title": "x".repeat(5000), "referrer": 7, "more": {} },
        "locale": "no such language", "timezone": "Etc/Unknown" });
    let visitor = Visitor::init(&app, &app.widget_token(), &body);
    let kept = details(&agent, &visitor);
    assert_eq!(kept["page"]["url"], Value::Null);
    assert_eq!(kept["page"]["title"].as_str().unwrap().len(), 200);
    assert_eq!(
        (&kept["locale"], &kept["timezone"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_visitor_opens_the_conversation_it_asks_for() {
    let app = start();
    let (agent, visitor, widget) = (app.agent(), app.visitor(), app.widget_token());
    visitor.say("first");
    agent.change(visitor.conversation_id, "close", &json!({}));
    let new = json!({ "visitor_token": visitor.token, "new_conversation": true });
    let second = Visitor::init(&app, &widget, &new);
    second.say("second");
    let wanted =
        json!({ "visitor_token": visitor.token, "conversation_id": visitor.conversation_id });
    let first = Visitor::init(&app, &widget, &wanted);
    assert_eq!(first.conversation_id, visitor.conversation_id);
    assert_eq!(first.opened["status"], "closed");
    assert_eq!(first.opened["messages"][0]["message"], "first");
    let both =
        json!({ "visitor_token": visitor.token, "conversation_id": 1, "new_conversation": true });
    let refused = app.post("/api/chatbot/init", &both).bearer(&widget).send();
    assert!(refused.expect(422).json()["details"]["conversation_id"].is_array());
}

#[test]
fn another_visitors_conversation_is_not_opened_by_its_id() {
    let app = start();
    let (visitor, other, widget) = (app.visitor(), app.visitor(), app.widget_token());
    visitor.say("private");
    let unknown = format!("cbv_{}", "A".repeat(43));
    for (body, status) in [
        (
            json!({ "visitor_token": other.token, "conversation_id": visitor.conversation_id }),
            403,
        ),
        (
            json!({ "visitor_token": unknown, "conversation_id": visitor.conversation_id }),
            403,
        ),
        (json!({ "conversation_id": visitor.conversation_id }), 403),
        (
            json!({ "visitor_token": other.token, "conversation_id": 99 }),
            404,
        ),
        (
            json!({ "visitor_token": other.token, "conversation_id": -1 }),
            404,
        ),
    ] {
        let answer = app.post("/api/chatbot/init", &body).bearer(&widget).send();
        let answer = answer.expect(status);
        assert!(!answer.text().contains("private"), "{body}: {answer}");
    }
}

#[test]
fn a_new_name_is_told_to_the_inbox() {
    let app = start();
    let (agent, visitor, widget) = (app.agent(), app.visitor(), app.widget_token());
    visitor.say("hello");
    let mut inbox = agent.listen("private-chat.inbox");
    let mut socket = visitor.listen();
    let before = visitor.read("")["revision"].as_i64().unwrap();
    let named = json!({ "visitor_token": visitor.token, "visitor_name": "Nina" });
    Visitor::init(&app, &widget, &named);
    let row = inbox.next_event("ConversationUpdated");
    assert_eq!(row["visitor_name"], "Nina");
    assert!(row["revision"].as_i64().unwrap() > before);
    let told = socket.next_event("VisitorUpdated");
    assert_eq!(told["visitor_name"], "Nina");
    assert_eq!(told["revision"], row["revision"]);
    let changed = format!("/api/v1/conversations?after_revision={before}");
    let changed = agent.get(&changed).send().expect(200).json();
    assert_eq!(changed["conversations"][0]["visitor_name"], "Nina");
    // The same name again is nothing new.
    Visitor::init(&app, &widget, &named);
    assert_eq!(visitor.read("")["revision"], row["revision"]);
}
