//! An agent's second thoughts, and what a message answers.

use crate::{start, workspace};
use antiphon_testkit::{Agent, Form, Response, TestApp};
use serde_json::{Value, json};

fn edit(agent: &Agent, id: &Value, text: &str) -> Response {
    let body = json!({ "message": text });
    let request = agent.request("PATCH", &format!("/api/v1/messages/{id}"));
    request.json(&body).send()
}

fn delete(agent: &Agent, id: &Value) -> Response {
    agent
        .request("DELETE", &format!("/api/v1/messages/{id}"))
        .send()
}

#[track_caller]
fn say(agent: &Agent, conversation_id: i64, message: &str) -> Value {
    let body = json!({ "conversation_id": conversation_id, "message": message });
    let answer = agent.post("/api/chatbot/message", &body).send();
    answer.expect(201).json()["message_id"].clone()
}

#[test]
fn an_edit_and_a_deletion_reach_whoever_listens_and_whoever_comes_back() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    let bea = app.further_agent("Bea", "bea@example.com");
    let me = ana.get("/api/v1/me").send().expect(200).json();
    assert_eq!(me["edit_seconds"], 900);
    let id = visitor.conversation_id;
    visitor.say("hello");
    let first = say(&ana, id, "It was sent tomorrow.");
    let second = say(&ana, id, "My secret number is 7.");
    let before = visitor.read("?limit=200");
    let mut at_visitor = visitor.listen();
    let mut inbox = bea.listen("private-chat.inbox");

    let edited = edit(&ana, &first, "It was sent yesterday.").expect(200);
    let edited = edited.json()["message"].clone();
    assert_eq!(
        (&edited["message"], &edited["seq"]),
        (&json!("It was sent yesterday."), &json!(2))
    );
    assert!(edited["edited_at"].is_string(), "{edited}");
    let mut told = at_visitor.next_event("MessageUpdated");
    told.as_object_mut().unwrap().remove("revision");
    assert_eq!(told, edited);
    assert_eq!(inbox.next_event("ConversationUpdated")["id"], id);

    assert_eq!(delete(&ana, &second).status, 204);
    // Again changes nothing and tells nobody.
    assert_eq!(delete(&ana, &second).status, 204);
    let gone = at_visitor.next_event("MessageUpdated");
    assert_eq!((&gone["message"], &gone["seq"]), (&json!(""), &json!(3)));
    assert!(gone["deleted_at"].is_string(), "{gone}");
    assert_eq!(at_visitor.fence(), [] as [Value; 0]);
    let row = inbox.next_event("ConversationUpdated");
    assert!(!row.to_string().contains("secret"), "{row}");
    edit(&ana, &second, "again").expect(404);

    // The line was cut meanwhile: what has become of known messages comes with the newer ones.
    let query = format!("?after_seq=3&after_revision={}", before["revision"]);
    let after = visitor.read(&query);
    assert_eq!(after["data"]["messages"], json!([]));
    let seqs: Vec<_> = after["changed"].as_array().unwrap().iter().collect();
    assert_eq!(seqs.len(), 2, "{after}");
    assert_eq!(seqs[0]["message"], "It was sent yesterday.");
    assert_eq!(
        (&seqs[1]["message"], &seqs[1]["seq"]),
        (&json!(""), &json!(3))
    );
    let query = format!("?after_seq=3&after_revision={}", after["revision"]);
    assert!(visitor.read(&query).get("changed").is_none());
    assert!(!visitor.read("?limit=200").to_string().contains("secret"));

    // Only the agent who sent it, and nobody for a visitor.
    edit(&bea, &first, "mine").expect(403);
    assert_eq!(delete(&bea, &first).status, 403);
    let visitors = &before["data"]["messages"][0]["id"];
    edit(&ana, visitors, "never said").expect(403);
    assert_eq!(delete(&ana, visitors).status, 403);
    let path = format!("/api/v1/messages/{first}");
    let by_visitor = visitor.api.request("PATCH", &path).bearer(&visitor.token);
    by_visitor
        .json(&json!({ "message": "x" }))
        .send()
        .expect(403);
    for text in ["", " ", &"x".repeat(5001)] {
        edit(&ana, &first, text).expect(422);
    }
    edit(&ana, &json!(987_654), "x").expect(404);
}

#[test]
fn a_message_is_the_agents_to_change_for_a_while_only() {
    let app = TestApp::start_in(workspace().with_env("ANTIPHON_EDIT_SECONDS", "0"));
    let (ana, visitor) = (app.agent(), app.visitor());
    // So that what cannot be done is not offered.
    let me = ana.get("/api/v1/me").send().expect(200).json();
    assert_eq!(me["edit_seconds"], 0);
    let id = say(&ana, visitor.conversation_id, "for good");
    // The window of no length is over when the answer is here.
    edit(&ana, &id, "or not").expect(409);
    assert_eq!(delete(&ana, &id).status, 409);
    assert_eq!(visitor.texts(), ["for good"]);
}

#[test]
fn the_files_of_a_deleted_message_are_gone() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    let form = Form::new()
        .field("conversation_id", &visitor.conversation_id)
        .file("file", "plan.txt", b"the plan");
    let sent = app
        .request("POST", "/api/chatbot/file")
        .header("cookie", &ana.cookie)
        .form(&form);
    let sent = sent.send().expect(201).json();
    let url = sent["attachments"][0]["url"].as_str().unwrap();
    let path = &url[url.find("/files/").unwrap()..];
    app.get(path).send().expect(200);
    assert_eq!(delete(&ana, &sent["message_id"]).status, 204);
    let read = visitor.read("?limit=1");
    assert_eq!(read["data"]["messages"][0]["attachments"], json!([]));
    app.get(path).send().expect(404);
}

#[test]
fn a_message_says_which_one_it_answers() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    let (id, other) = (visitor.conversation_id, app.visitor());
    visitor.say("where is\nmy order?");
    let mut desk = ana.listen(&visitor.channel);
    let question = say(&ana, id, "Which one?");
    desk.next_event("ChatMessageReceived");
    let answer =
        |seq: i64| json!({ "conversation_id": id, "message": "the blue one", "reply_to_seq": seq });
    let path = "/api/chatbot/message";
    visitor.post(path, &answer(2)).send().expect(201);
    let quote = json!({ "seq": 2, "sender_type": "employee", "sender_name": "Ana", "excerpt": "Which one?" });
    assert_eq!(desk.next_event("ChatMessageReceived")["reply_to"], quote);
    ana.post(path, &answer(1)).send().expect(201);
    let told = desk.next_event("ChatMessageReceived");
    assert_eq!(told["reply_to"]["excerpt"], "where is my order?");

    // An edit shows in what quotes it, and a deleted message is quoted no longer in its words.
    edit(&ana, &question, "Which order?").expect(200);
    let quoted = |visitor: &antiphon_testkit::Visitor| {
        visitor.read("?limit=200")["data"]["messages"][2]["reply_to"]["excerpt"].clone()
    };
    assert_eq!(quoted(&visitor), "Which order?");
    assert_eq!(delete(&ana, &question).status, 204);
    assert_eq!(quoted(&visitor), "");

    for seq in [0, 9, -1] {
        let refused = visitor.post(path, &answer(seq)).send().expect(422);
        assert!(
            refused.json()["details"]["reply_to_seq"].is_array(),
            "{refused}"
        );
    }
    // Nobody quotes out of another's conversation: its numbers mean nothing there.
    let elsewhere =
        json!({ "conversation_id": other.conversation_id, "message": "x", "reply_to_seq": 1 });
    other.post(path, &elsewhere).send().expect(422);
}
