//! `POST /api/chatbot/init`.

use crate::start;
use antiphon_testkit::Visitor;
use serde_json::json;

#[test]
fn a_new_visitor_gets_a_token_and_an_empty_conversation() {
    let app = start();
    let visitor = app.visitor();
    let opened = &visitor.opened;
    assert_eq!(opened["success"], true);
    assert_eq!(opened["conversation_id"], 1);
    assert_eq!(opened["channel"], "chat.conversation.1");
    assert_eq!(opened["widget_name"], "Demo");
    assert!(opened["welcome_message"].is_string());
    assert_eq!(opened["messages"], json!([]));
    assert_eq!(opened["last_seq"], 0);
    assert!(visitor.token.starts_with("cbv_"));
}

#[test]
fn an_earlier_visit_is_resumed_by_its_token() {
    let app = start();
    let visitor = app.visitor();
    visitor.say("hello");
    let again = Visitor::init(
        &app,
        &app.widget_token(),
        &json!({ "visitor_token": visitor.token }),
    );
    assert_eq!(again.conversation_id, visitor.conversation_id);
    assert_eq!(again.token, visitor.token);
    assert_eq!(again.opened["last_seq"], 1);
    assert_eq!(again.opened["messages"][0]["message"], "hello");
}

#[test]
fn what_a_visitor_tells_of_itself_is_kept_until_it_tells_otherwise() {
    let app = start();
    let widget = app.widget_token();
    let told = json!({ "visitor_name": " Bo ", "visitor_email": "BO@example.com", "visitor_phone": "+49 30 1",
        "visitor_id": "u1", "visitor_metadata": { "plan": "pro" } });
    let visitor = Visitor::init(&app, &widget, &told);
    let data = visitor.read("")["data"].clone();
    assert_eq!(data["visitor_name"], "Bo");
    assert_eq!(data["visitor_email"], "bo@example.com");
    assert_eq!(data["visitor_phone"], "+49 30 1");
    let later = json!({ "visitor_token": visitor.token, "visitor_id": "u1", "visitor_phone": "7" });
    let again = Visitor::init(&app, &widget, &later);
    assert_eq!(again.conversation_id, visitor.conversation_id);
    let data = again.read("")["data"].clone();
    assert_eq!(data["visitor_name"], "Bo");
    assert_eq!(data["visitor_phone"], "7");
}

#[test]
fn a_closed_conversation_is_shown_again_until_a_new_one_is_wanted() {
    let app = start();
    let (agent, visitor, widget) = (app.agent(), app.visitor(), app.widget_token());
    visitor.say("hello");
    agent.change(visitor.conversation_id, "close", &json!({}));
    let resume = json!({ "visitor_token": visitor.token });
    let again = Visitor::init(&app, &widget, &resume);
    assert_eq!(again.conversation_id, visitor.conversation_id);
    assert_eq!(again.opened["status"], "closed");
    assert_eq!(again.opened["messages"][0]["message"], "hello");
    let new = json!({ "visitor_token": visitor.token, "new_conversation": true });
    let new = Visitor::init(&app, &widget, &new);
    assert_ne!(new.conversation_id, visitor.conversation_id);
    assert_eq!(new.token, visitor.token);
    assert_eq!(new.opened["status"], "pending");
    new.say("again");
}

#[test]
fn an_unknown_or_malformed_visitor_token_begins_anew() {
    let app = start();
    let first = app.visitor();
    let unknown = format!("cbv_{}", "A".repeat(43));
    for token in [unknown.as_str(), "cbv_", "nonsense", ""] {
        let visitor = Visitor::init(
            &app,
            &app.widget_token(),
            &json!({ "visitor_token": token }),
        );
        assert_ne!(visitor.conversation_id, first.conversation_id, "{token}");
        assert_ne!(visitor.token, token);
    }
}

#[test]
fn another_widgets_visitor_token_opens_nothing_here() {
    let app = start();
    let visitor = app.visitor();
    let args = ["widget:create", "--name", "Other", "--domain", "b.example"];
    let other = app.workspace().cli(&[&args[..], &["--json"]].concat());
    let other = other.json()["token"].as_str().unwrap().to_owned();
    let again = Visitor::init(&app, &other, &json!({ "visitor_token": visitor.token }));
    assert_ne!(again.token, visitor.token);
    assert_ne!(again.conversation_id, visitor.conversation_id);
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let app = start();
    let body = json!({ "visitor_name": 1, "visitor_email": "nobody", "visitor_phone": "1".repeat(41),
        "visitor_id": "x".repeat(201), "visitor_metadata": [], "new_conversation": "yes" });
    let answer = app
        .post("/api/chatbot/init", &body)
        .bearer(&app.widget_token());
    let answer = answer.send().expect(422).json();
    assert_eq!(answer["error"], "Validation failed");
    let details = answer["details"].as_object().unwrap();
    for field in body.as_object().unwrap().keys() {
        assert!(details[field][0].is_string(), "{field} in {answer}");
    }
}
