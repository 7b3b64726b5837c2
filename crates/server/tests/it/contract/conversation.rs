//! `GET /api/chatbot/conversation/{id}`: pages.

use crate::start;
use antiphon_testkit::Visitor;
use serde_json::{Value, json};

fn seqs(read: &Value) -> Vec<i64> {
    let messages = read["data"]["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["seq"].as_i64().unwrap())
        .collect()
}

fn talkative(app: &antiphon_testkit::TestApp, n_messages: usize) -> Visitor {
    let visitor = app.visitor();
    let sending: Vec<_> = (0..n_messages)
        .map(|n| visitor.message(&n.to_string()).begin())
        .collect();
    for sent in sending {
        sent.finish().expect(201);
    }
    visitor
}

#[test]
fn a_conversation_has_every_field_of_the_contract() {
    let app = start();
    let agent = app.agent();
    let told = json!({ "visitor_name": "Bo" });
    let visitor = Visitor::init(&app, &app.widget_token(), &told);
    visitor.say("hello");
    agent.change(
        visitor.conversation_id,
        "assign",
        &json!({ "agent_id": agent.id }),
    );
    let read = visitor.read("");
    assert_eq!(read["success"], true);
    assert_eq!(read["last_seq"], 1);
    let data = &read["data"];
    assert_eq!(data["id"], visitor.conversation_id);
    assert_eq!(data["visitor_name"], "Bo");
    assert_eq!(data["visitor_email"], Value::Null);
    assert_eq!(
        data["assigned_to"],
        json!({ "id": agent.id, "name": "Ana" })
    );
    assert!(data["created_at"].is_string() && data["last_message_at"].is_string());
    assert_eq!(read["read"], json!({ "visitor_seq": 0, "agent_seq": 0 }));
}

#[test]
fn pages_go_both_ways_without_a_gap() {
    let app = start();
    let visitor = talkative(&app, 7);
    assert_eq!(seqs(&visitor.read("")), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(seqs(&visitor.read("?limit=3")), [5, 6, 7]);
    assert_eq!(seqs(&visitor.read("?before_seq=5&limit=3")), [2, 3, 4]);
    assert_eq!(seqs(&visitor.read("?before_seq=2&limit=3")), [1]);
    assert!(seqs(&visitor.read("?before_seq=1")).is_empty());
    assert_eq!(seqs(&visitor.read("?after_seq=0&limit=2")), [1, 2]);
    assert_eq!(seqs(&visitor.read("?after_seq=5")), [6, 7]);
    assert!(seqs(&visitor.read("?after_seq=7")).is_empty());
    assert!(seqs(&visitor.read("?after_seq=9223372036854775807")).is_empty());
}

#[test]
fn a_page_has_at_most_200_messages() {
    let app = start();
    let visitor = talkative(&app, 201);
    assert_eq!(
        seqs(&visitor.read("?limit=200")),
        (2..=201).collect::<Vec<_>>()
    );
    assert_eq!(seqs(&visitor.read("")), (152..=201).collect::<Vec<_>>());
    let refused = visitor.conversation("?limit=201").send().expect(422).json();
    assert!(refused["details"]["limit"][0].is_string(), "{refused}");
}

#[test]
fn a_query_that_makes_no_sense_is_named() {
    let app = start();
    let visitor = app.visitor();
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=-1", "limit"),
        ("?limit=x", "limit"),
        ("?after_seq=-1", "after_seq"),
        ("?after_seq=1.5", "after_seq"),
        ("?after_seq=99999999999999999999", "after_seq"),
        ("?before_seq=0", "before_seq"),
        ("?after_seq=1&before_seq=2", "before_seq"),
        ("?after_seq=0&wait=26", "wait"),
        ("?after_seq=0&wait=-1", "wait"),
        ("?wait=5", "after_seq"),
    ] {
        let answer = visitor.conversation(query).send().expect(422).json();
        assert!(answer["details"][field][0].is_string(), "{query}: {answer}");
    }
}

#[test]
fn an_unknown_conversation_is_not_found() {
    let app = start();
    let visitor = app.visitor();
    for id in [
        "99",
        "0",
        "-1",
        "x",
        "1x",
        "9223372036854775808",
        "%00",
        "1%2f",
    ] {
        let path = format!("/api/chatbot/conversation/{id}");
        visitor.get(&path).send().expect(404);
    }
}
