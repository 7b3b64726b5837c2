//! `POST /api/chatbot/message`.

use crate::start;
use antiphon_testkit::Visitor;
use serde_json::{Value, json};

const CLIENT_ID: &str = "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69";

fn with_client_id(visitor: &Visitor, message: &str) -> antiphon_testkit::Request {
    visitor.post(
        "/api/chatbot/message",
        &json!({ "conversation_id": visitor.conversation_id, "message": message, "client_id": CLIENT_ID }),
    )
}

#[test]
fn a_message_is_created_with_the_next_seq() {
    let app = start();
    let visitor = app.visitor();
    let first = visitor.message("  hello\n").send().expect(201).json();
    assert_eq!(first["success"], true);
    assert_eq!(first["seq"], 1);
    assert!(first["message_id"].is_i64());
    let timestamp = first["timestamp"].as_str().unwrap();
    assert_eq!(timestamp.len(), "2026-01-01 00:00:00".len(), "{timestamp}");
    let created_at = first["created_at"].as_str().unwrap();
    assert_eq!(timestamp.replace(' ', "T"), created_at[..19], "{first}");
    assert_eq!(visitor.say("and more"), 2);
    assert_eq!(visitor.texts(), ["hello", "and more"]);
}

#[test]
fn a_message_in_a_conversation_has_every_field_of_the_contract() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.message("hi").send().expect(201);
    agent.say(visitor.conversation_id, "hello");
    let messages = visitor.read("")["data"]["messages"].clone();
    let fields = [
        "id",
        "seq",
        "conversation_id",
        "sender_type",
        "sender_name",
        "message",
        "attachments",
        "is_voice",
        "timestamp",
        "created_at",
        "read_at",
    ];
    for message in messages.as_array().unwrap() {
        for field in fields {
            assert!(message.get(field).is_some(), "{field} in {message}");
        }
    }
    assert_eq!(messages[0]["sender_type"], "visitor");
    assert_eq!(messages[1]["sender_type"], "employee");
    assert_eq!(messages[1]["sender_name"], "Ana");
}

#[test]
fn a_repeated_client_id_gives_the_first_message_again() {
    let app = start();
    let visitor = app.visitor();
    let first = with_client_id(&visitor, "hello").send().expect(201).json();
    let again = with_client_id(&visitor, "hello").send().expect(200).json();
    assert_eq!(again, first);
    assert_eq!(visitor.texts(), ["hello"]);
}

#[test]
fn one_client_id_sent_ten_times_at_once_is_one_message() {
    let app = start();
    let visitor = app.visitor();
    let sending: Vec<_> = (0..10)
        .map(|_| with_client_id(&visitor, "hello").begin())
        .collect();
    let answers: Vec<_> = sending.into_iter().map(|sent| sent.finish()).collect();
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    let repeated = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!((created, repeated), (1, 9));
    assert!(answers.iter().all(|answer| answer.json()["seq"] == 1));
    assert_eq!(visitor.texts(), ["hello"]);
}

#[test]
fn one_client_id_in_two_conversations_is_two_messages() {
    let app = start();
    for visitor in [app.visitor(), app.visitor()] {
        with_client_id(&visitor, "hello").send().expect(201);
    }
}

#[test]
fn a_message_has_1_to_5000_characters_after_trimming() {
    let app = start();
    let visitor = app.visitor();
    for good in [
        "x".repeat(5000),
        "😀".repeat(5000),
        format!("  {}\n", "é".repeat(5000)),
    ] {
        visitor.message(&good).send().expect(201);
    }
    for bad in ["", " \n\t", &"x".repeat(5001), &"😀".repeat(5001), "a\0b"] {
        let answer = visitor.message(bad).send().expect(422).json();
        assert_eq!(answer["error"], "Validation failed");
        assert!(answer["details"]["message"][0].is_string(), "{answer}");
    }
    assert_eq!(visitor.read("")["last_seq"], 3);
}

#[test]
fn text_comes_back_as_it_was_sent() {
    let app = start();
    let visitor = app.visitor();
    let texts = [
        "<script>alert(1)</script>",
        "\u{202e}abc",
        "a\u{1}b",
        "\"\\/",
        "😀👨‍👩‍👧 नमस्ते",
    ];
    for text in texts {
        visitor.say(text);
    }
    assert_eq!(visitor.texts(), texts);
}

#[test]
fn a_sender_type_other_than_the_credentials_is_refused() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let body = |sender_type: &str| json!({ "conversation_id": visitor.conversation_id, "message": "x", "sender_type": sender_type });
    let path = "/api/chatbot/message";
    visitor.post(path, &body("visitor")).send().expect(201);
    agent.post(path, &body("employee")).send().expect(201);
    for sender in ["employee", "bot", "system"] {
        visitor.post(path, &body(sender)).send().expect(403);
    }
    for sender in ["visitor", "bot", "system"] {
        agent.post(path, &body(sender)).send().expect(403);
    }
    visitor.post(path, &body("admin")).send().expect(422);
    assert_eq!(visitor.read("")["last_seq"], 2);
}

#[test]
fn nothing_is_posted_into_a_closed_conversation() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    with_client_id(&visitor, "before").send().expect(201);
    agent.change(visitor.conversation_id, "close", &json!({}));
    let refused = visitor.message("after").send().expect(409).json();
    assert!(refused["error"].is_string(), "{refused}");
    // A repeat is no new message: its client learns that the first one arrived.
    with_client_id(&visitor, "before").send().expect(200);
    agent.change(visitor.conversation_id, "reopen", &json!({}));
    assert_eq!(visitor.say("after"), 2);
}

#[test]
fn a_conversation_that_does_not_exist_is_unknown() {
    let app = start();
    let visitor = app.visitor();
    for id in [0, -1, 99, i64::MAX] {
        let body = json!({ "conversation_id": id, "message": "x" });
        visitor
            .post("/api/chatbot/message", &body)
            .send()
            .expect(404);
    }
}

#[test]
fn an_agents_first_answer_makes_a_pending_conversation_active() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let status = || -> Value { visitor.read("")["data"]["status"].clone() };
    visitor.say("anybody there?");
    assert_eq!(status(), "pending");
    agent.say(visitor.conversation_id, "yes");
    assert_eq!(status(), "active");
}
