//! What agents write to each other: notes, mentions, canned replies. None of it reaches a visitor.

use crate::start;
use antiphon_testkit::{Agent, Response};
use serde_json::{Value, json};

fn patch(agent: &Agent, target: &str, body: &Value) -> Response {
    agent.request("PATCH", target).json(body).send()
}

fn delete(agent: &Agent, target: &str) -> Response {
    agent.request("DELETE", target).send()
}

#[test]
fn a_note_is_told_to_agents_and_a_mention_to_the_one_mentioned() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    let bea = app.further_agent("Bea", "bea@example.com");
    visitor.say("hello");
    let id = visitor.conversation_id;
    let notes = format!("/api/v1/conversations/{id}/notes");
    let mut at_visitor = visitor.listen();
    let mut inbox = bea.listen("private-chat.inbox");
    let mut own = bea.listen(&format!("private-chat.agent.{}", bea.id));

    let text = format!("@[Bea](agent:{}): the secret plan", bea.id);
    let added = ana.post(&notes, &json!({ "body": text })).send();
    let note = added.expect(201).json()["note"].clone();
    assert_eq!(
        (&note["body"], &note["mentions"], &note["after_seq"]),
        (&json!(text), &json!([bea.id]), &json!(1))
    );
    assert_eq!(note["agent"], json!({ "id": ana.id, "name": "Ana" }));
    assert_eq!(inbox.next_event("NoteAdded"), note);
    assert_eq!(inbox.next_event("ConversationUpdated")["note_count"], 1);
    let mentioned = own.next_event("Mentioned");
    assert_eq!(
        (&mentioned["note"], &mentioned["conversation_id"]),
        (&note, &json!(id))
    );

    // The one who is mentioned sees it, and says so; nobody else has it.
    let mentions = |agent: &Agent| {
        let answer = agent.get("/api/v1/mentions?unread=1").send().expect(200);
        let answer = answer.json();
        (answer["mentions"].clone(), answer["unread_count"].clone())
    };
    assert_eq!(mentions(&bea), (json!([mentioned]), json!(1)));
    assert_eq!(mentions(&ana), (json!([]), json!(0)));
    let up_to = json!({ "up_to_id": mentioned["id"] });
    let read = bea.post("/api/v1/mentions/read", &up_to).send();
    assert_eq!(read.expect(200).json(), json!({ "unread_count": 0 }));
    assert_eq!(own.next_event("MentionsRead"), up_to);
    assert_eq!(mentions(&bea), (json!([]), json!(0)));

    // It is its author's to change.
    let one = format!("/api/v1/notes/{}", note["id"]);
    patch(&bea, &one, &json!({ "body": "mine" })).expect(403);
    delete(&bea, &one).expect(403);
    let edited = patch(&ana, &one, &json!({ "body": "another plan" })).expect(200);
    let edited = edited.json()["note"].clone();
    assert_eq!(edited["body"], "another plan");
    assert!(edited["edited_at"].is_string(), "{edited}");
    assert_eq!(inbox.next_event("NoteUpdated"), edited);
    inbox.next_event("ConversationUpdated");
    assert_eq!(delete(&ana, &one).status, 204);
    assert_eq!(delete(&ana, &one).status, 204);
    let gone = inbox.next_event("NoteUpdated");
    assert_eq!((&gone["body"], &gone["mentions"]), (&json!(""), &json!([])));
    assert_eq!(inbox.next_event("ConversationUpdated")["note_count"], 0);
    patch(&ana, &one, &json!({ "body": "again" })).expect(404);
    let list = bea.get(&notes).send().expect(200).json();
    assert_eq!(list, json!({ "notes": [gone], "has_more": false }));

    for body in [
        json!({}),
        json!({ "body": " " }),
        json!({ "body": "x".repeat(5001) }),
    ] {
        ana.post(&notes, &body).send().expect(422);
    }
    ana.post(
        "/api/v1/conversations/987654/notes",
        &json!({ "body": "x" }),
    )
    .send()
    .expect(404);

    // The visitor heard none of it, and reads none of it.
    assert_eq!(at_visitor.fence(), [] as [Value; 0]);
    for answer in [
        visitor.conversation("?after_seq=0&after_revision=0").send(),
        visitor.get("/api/chatbot/conversations").send(),
        visitor
            .get(&format!(
                "/api/chatbot/conversation/{id}/transcript?format=json"
            ))
            .send(),
    ] {
        let text = answer.expect(200).text();
        assert!(!text.contains("plan") && !text.contains("note"), "{text}");
        assert!(!text.contains(Agent::EMAIL), "{text}");
    }
    for refused in [
        visitor.get(&notes).send(),
        visitor.post(&notes, &json!({ "body": "x" })).send(),
        visitor.get("/api/v1/mentions").send(),
        visitor.get("/api/v1/canned-replies").send(),
    ] {
        assert_eq!(refused.status, 403, "{refused}");
    }
}

#[test]
fn canned_replies_are_an_agents_own_or_shared_by_an_administrator() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let all = "/api/v1/canned-replies";
    let reply = |shortcut: &str, shared: bool| json!({ "shortcut": shortcut, "title": "Greeting", "body": "Hi {{visitor.first_name}}", "shared": shared });
    let mut inbox = bea.listen("private-chat.inbox");
    let mut own = bea.listen(&format!("private-chat.agent.{}", bea.id));

    let shared = ana.post(all, &reply("/Hello", true)).send().expect(201);
    let shared = shared.json()["canned_reply"].clone();
    assert_eq!(
        (&shared["shortcut"], &shared["shared"]),
        (&json!("hello"), &json!(true))
    );
    let changed = json!({ "what": "canned_replies" });
    assert_eq!(inbox.next_event("SettingsChanged"), changed);
    bea.post(all, &reply("bye", true)).send().expect(403);
    let hers = bea.post(all, &reply("hello", false)).send().expect(201);
    let hers = hers.json()["canned_reply"].clone();
    assert_eq!(own.next_event("SettingsChanged"), changed);
    let list = |agent: &Agent| agent.get(all).send().expect(200).json();
    assert_eq!(list(&ana)["canned_replies"], json!([shared]));
    assert_eq!(
        list(&bea),
        json!({ "canned_replies": [shared, hers], "has_more": false })
    );

    let taken = bea.post(all, &reply("hello", false)).send().expect(422);
    assert!(taken.json()["details"]["shortcut"].is_array(), "{taken}");
    let wrong = json!({ "shortcut": "two words", "title": " ", "body": "{{visitor.password}}" });
    let wrong = bea.post(all, &wrong).send().expect(422).json();
    for field in ["shortcut", "title", "body"] {
        assert!(wrong["details"][field].is_array(), "{wrong}");
    }
    let missing = bea.post(all, &json!({})).send().expect(422).json();
    assert_eq!(
        missing["details"].as_object().unwrap().len(),
        3,
        "{missing}"
    );

    let at = |reply: &Value| format!("{all}/{}", reply["id"]);
    patch(&bea, &at(&shared), &json!({ "title": "x" })).expect(403);
    patch(&bea, &at(&hers), &json!({ "shared": true })).expect(403);
    // Not even that it is there.
    patch(&ana, &at(&hers), &json!({ "title": "x" })).expect(404);
    let renamed = patch(&bea, &at(&hers), &json!({ "shortcut": "hey" })).expect(200);
    assert_eq!(renamed.json()["canned_reply"]["shortcut"], "hey");
    assert_eq!(renamed.json()["canned_reply"]["title"], "Greeting");
    delete(&bea, &at(&shared)).expect(403);
    assert_eq!(delete(&bea, &at(&hers)).status, 204);
    delete(&bea, &at(&hers)).expect(404);
    assert_eq!(list(&bea)["canned_replies"], json!([shared]));

    // What all share is written down; an agent's own is its own affair.
    assert_eq!(delete(&ana, &at(&shared)).status, 204);
    let log = ana.get("/api/v1/audit?action=canned_reply.").send();
    let log = log.expect(200).json()["entries"].clone();
    assert_eq!(log.as_array().unwrap().len(), 2);
    assert_eq!(log[0]["action"], "canned_reply.deleted");
    assert_eq!(log[1]["action"], "canned_reply.created");
    assert_eq!(
        log[1]["details"],
        json!({ "shortcut": "hello", "shared": true })
    );
}
