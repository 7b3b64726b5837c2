//! `GET /api/chatbot/conversations`: a visitor's own, newest first.

use crate::start;
use antiphon_testkit::{TestApp, Visitor};
use serde_json::{Value, json};

fn another(app: &TestApp, visitor: &Visitor) -> Visitor {
    let new = json!({ "visitor_token": visitor.token, "new_conversation": true });
    Visitor::init(app, &app.widget_token(), &new)
}

fn list(visitor: &Visitor, query: &str) -> Value {
    let path = format!("/api/chatbot/conversations{query}");
    visitor.get(&path).send().expect(200).json()
}

fn ids(list: &Value) -> Vec<i64> {
    let rows = list["conversations"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_row_has_every_field_of_the_contract() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("hello");
    agent.say(
        visitor.conversation_id,
        &format!("two\n lines {}", "é".repeat(200)),
    );
    agent.change(
        visitor.conversation_id,
        "assign",
        &json!({ "agent_id": agent.id }),
    );
    let row = list(&visitor, "")["conversations"][0].clone();
    assert_eq!(row["id"], visitor.conversation_id);
    assert_eq!(row["status"], "active");
    assert_eq!((&row["last_seq"], &row["unread"]), (&json!(2), &json!(1)));
    assert_eq!(row["assigned_to"], json!({ "id": agent.id, "name": "Ana" }));
    assert_eq!(row["rating"], Value::Null);
    let preview = row["preview"].as_str().unwrap();
    assert!(
        preview.starts_with("two lines éé") && preview.ends_with('…'),
        "{preview}"
    );
    assert_eq!(preview.chars().count(), 121);
    let data = visitor.read("")["data"].clone();
    assert_eq!(row["created_at"], data["created_at"]);
    assert_eq!(row["last_message_at"], data["last_message_at"]);
    let read = json!({ "conversation_id": visitor.conversation_id, "up_to_seq": 2 });
    visitor.post("/api/chatbot/read", &read).send().expect(200);
    assert_eq!(list(&visitor, "")["conversations"][0]["unread"], 0);
}

#[test]
fn pages_go_on_where_the_last_ended() {
    let app = start();
    let visitor = app.visitor();
    visitor.say("1");
    let mut expected = vec![visitor.conversation_id];
    for n in 2..=5 {
        let next = another(&app, &visitor);
        next.say(&n.to_string());
        expected.insert(0, next.conversation_id);
    }
    // A stranger's are not among them, and neither is one in which nothing was said.
    app.visitor().say("not yours");
    another(&app, &visitor);
    let all = list(&visitor, "");
    assert_eq!(ids(&all), expected);
    assert_eq!(all.get("next"), None);
    let mut read = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = list(&visitor, &query);
        read.extend(ids(&page));
        let Some(next) = page.get("next") else { break };
        query = format!("?limit=2&before={next}");
    }
    assert_eq!(read, expected);
}

#[test]
fn a_visitor_without_a_word_has_none() {
    let app = start();
    assert_eq!(
        list(&app.visitor(), ""),
        json!({ "success": true, "conversations": [] })
    );
}

#[test]
fn the_list_is_for_visitors() {
    let app = start();
    let path = "/api/chatbot/conversations";
    app.get(path).send().expect(401);
    app.get(path).bearer(&app.widget_token()).send().expect(403);
    app.agent().get(path).send().expect(403);
    let visitor = app.visitor();
    for query in ["?limit=0", "?limit=201", "?before=0", "?before=x"] {
        visitor.get(&format!("{path}{query}")).send().expect(422);
    }
    visitor.get(&format!("{path}?limit=200")).send().expect(200);
}
