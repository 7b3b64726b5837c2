//! What agents see of a visitor, and whom they keep out.

use crate::{start, workspace};
use antiphon_testkit::{Agent, Response, TestApp, Visitor};
use serde_json::{Value, json};

const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn page(visitor: &Visitor, url: &str, title: &str) -> antiphon_testkit::Request {
    let body = json!({ "conversation_id": visitor.conversation_id, "url": url, "title": title });
    visitor.post("/api/chatbot/page", &body)
}

fn visitor_id(agent: &Agent, visitor: &Visitor) -> i64 {
    let rows = agent.get("/api/v1/conversations").send().expect(200).json();
    let rows = rows["conversations"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == visitor.conversation_id);
    row.unwrap()["visitor_id"].as_i64().unwrap()
}

#[test]
fn agents_see_where_a_visitor_looks() {
    let app = TestApp::start_in(
        workspace()
            .with_env("ANTIPHON_TRUSTED_PROXIES", "127.0.0.1/32")
            .with_env("ANTIPHON_LOCATION_HEADER", "x-location"),
    );
    let ana = app.agent();
    let opened = json!({ "visitor_name": "Eve", "page": { "url": "https://www.example.com/", "title": "Home" } });
    let opened = app
        .post("/api/chatbot/init", &opened)
        .bearer(&app.widget_token())
        .header("user-agent", FIREFOX)
        .header("x-location", "Madrid, ES")
        .send()
        .expect(200)
        .json();
    let visitor = Visitor {
        api: app.visitor().api,
        token: opened["visitor_token"].as_str().unwrap().to_owned(),
        conversation_id: opened["conversation_id"].as_i64().unwrap(),
        channel: format!("private-{}", opened["channel"].as_str().unwrap()),
        opened,
    };
    visitor.say("hello");
    let id = visitor_id(&ana, &visitor);
    let (mut inbox, mut at_visitor) = (ana.listen("private-chat.inbox"), visitor.listen());

    let looked = page(&visitor, "https://www.example.com/prices", "Prices");
    looked.header("user-agent", FIREFOX).send().expect(200);
    // The same page again is no other page.
    let again = page(&visitor, "https://www.example.com/prices", "Prices");
    again.send().expect(200);
    // No page that an agent may follow.
    page(&visitor, "javascript:alert(1)", "").send().expect(200);
    let told = inbox.next_event("PageViewed");
    assert_eq!(
        (&told["url"], &told["title"], &told["visitor_id"]),
        (
            &json!("https://www.example.com/prices"),
            &json!("Prices"),
            &json!(id)
        )
    );
    assert_eq!(told["conversation_id"], visitor.conversation_id);
    assert_eq!(inbox.fence(), [] as [Value; 0]);

    let path = format!("/api/v1/visitors/{id}");
    let seen = ana.get(&path).send().expect(200).json();
    assert_eq!(seen["visitor"]["name"], "Eve");
    assert_eq!(seen["visitor"]["blocked"], false);
    assert_eq!(seen["browser"], "Firefox 128 on Windows");
    let urls = seen["pages"].as_array().unwrap().iter();
    let urls: Vec<_> = urls.map(|page| page["title"].clone()).collect();
    assert_eq!(urls, ["Prices", "Home"]);
    assert_eq!(seen["conversations"][0]["id"], visitor.conversation_id);
    assert_eq!(seen["has_more"], false);

    let note = |note: Value| {
        let request = ana.request("PATCH", &path);
        request.json(&json!({ "note": note })).send()
    };
    let noted = note(json!("prefers to be called")).expect(200).json();
    assert_eq!(noted["visitor"]["note"], "prefers to be called");
    note(json!("x".repeat(5001))).expect(422);
    note(Value::Null).expect(422);
    let gone = note(json!(" ")).expect(200).json();
    assert_eq!(gone["visitor"]["note"], Value::Null);
    note(json!("a difficult one")).expect(200);
    ana.get("/api/v1/visitors/987654").send().expect(404);

    // The visitor learns nothing of it, and sees nobody.
    assert_eq!(at_visitor.fence(), [] as [Value; 0]);
    visitor.get(&path).send().expect(403);
    let read = visitor.read("?limit=200").to_string();
    assert!(!read.contains("difficult"), "{read}");
    let other = app.visitor();
    let body =
        json!({ "conversation_id": visitor.conversation_id, "url": "https://www.example.com/" });
    other.post("/api/chatbot/page", &body).send().expect(403);
}

#[test]
fn only_a_trusted_proxy_says_where_a_visitor_is() {
    for (trusted, location) in [
        ("127.0.0.1/32", json!("Madrid, ES")),
        ("10.0.0.0/8", Value::Null),
    ] {
        let app = TestApp::start_in(
            workspace()
                .with_env("ANTIPHON_TRUSTED_PROXIES", trusted)
                .with_env("ANTIPHON_LOCATION_HEADER", "x-location"),
        );
        let (ana, visitor) = (app.agent(), app.visitor());
        visitor.say("hello");
        let looked = page(&visitor, "https://www.example.com/", "Home");
        let looked = looked.header("x-location", "Madrid, ES");
        looked.send().expect(200);
        let path = format!("/api/v1/visitors/{}", visitor_id(&ana, &visitor));
        let seen = ana.get(&path).send().expect(200).json();
        assert_eq!(seen["location"], location, "{trusted}");
    }
}

fn block(agent: &Agent, body: &Value) -> Response {
    agent.post("/api/v1/blocks", body).send()
}

/// Where the visitor comes from, as the proxy of this machine tells it.
const ADDRESS: (&str, &str) = ("x-forwarded-for", "203.0.113.9");

/// Whatever a visitor may begin, write or listen to, refused.
#[track_caller]
fn is_kept_out(app: &TestApp, visitor: &Visitor) {
    let (header, address) = ADDRESS;
    let again = json!({ "visitor_token": visitor.token });
    let file = antiphon_testkit::Form::new()
        .field("conversation_id", &visitor.conversation_id)
        .file("file", "a.txt", b"a");
    for refused in [
        visitor.message("let me in"),
        app.post("/api/chatbot/init", &again)
            .bearer(&app.widget_token()),
        app.request("POST", "/api/chatbot/file")
            .bearer(&visitor.token)
            .form(&file),
        visitor.post(
            "/broadcasting/auth",
            &json!({ "socket_id": "1.2", "channel_name": visitor.channel }),
        ),
    ] {
        let refused = refused.header(header, address).send();
        assert_eq!(refused.status, 403, "{refused}");
        assert_eq!(refused.json()["blocked"], true, "{refused}");
    }
    // What it has, it keeps.
    visitor.conversation("").send().expect(200);
}

#[test]
fn a_blocked_visitor_is_kept_out_until_it_is_let_in() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let (visitor, other) = (app.visitor(), app.visitor());
    visitor.say("hello");
    let id = visitor_id(&ana, &visitor);
    let mut at_visitor = visitor.listen();
    let mut inbox = ana.listen("private-chat.inbox");
    let told = json!({ "what": "blocks" });

    let made = block(&bea, &json!({ "visitor_id": id })).expect(201);
    let made = made.json()["block"].clone();
    assert_eq!(made["visitor"]["id"], id);
    assert_eq!(made["agent"], json!({ "id": bea.id, "name": "Bea" }));
    assert_eq!(
        (&made["network"], &made["expires_at"]),
        (&Value::Null, &Value::Null)
    );
    is_kept_out(&app, &visitor);
    other.say("I am somebody else");
    let path = format!("/api/v1/visitors/{id}");
    let seen = ana.get(&path).send().expect(200).json();
    assert_eq!(seen["visitor"]["blocked"], true);
    assert_eq!(inbox.wait_for("SettingsChanged"), told);
    let list = ana.get("/api/v1/blocks").send().expect(200).json();
    assert_eq!(list, json!({ "blocks": [made], "has_more": false }));
    assert_eq!(at_visitor.fence(), [] as [Value; 0]);

    let one = format!("/api/v1/blocks/{}", made["id"]);
    let lift = |agent: &Agent| agent.request("DELETE", &one).send();
    visitor
        .api
        .request("DELETE", &one)
        .bearer(&visitor.token)
        .send()
        .expect(403);
    assert_eq!(lift(&bea).status, 204);
    assert_eq!(inbox.wait_for("SettingsChanged"), told);
    assert_eq!(lift(&bea).status, 404);
    visitor.say("thank you");

    for wrong in [
        json!({}),
        json!({ "visitor_id": 987_654 }),
        json!({ "visitor_id": id, "network": "192.0.2.0/24" }),
        json!({ "visitor_id": id, "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "visitor_id": id, "expires_at": "soon" }),
        json!({ "network": "everywhere" }),
    ] {
        block(&ana, &wrong).expect(422);
    }
    let by_visitor = visitor.post("/api/v1/blocks", &json!({ "visitor_id": id }));
    by_visitor.send().expect(403);
}

#[test]
fn an_address_is_an_administrators_to_block() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let visitor = app.visitor();
    visitor.say("hello");
    let network = json!({ "network": "203.0.113.0/24" });
    block(&bea, &network).expect(403);
    let made = block(&ana, &network).expect(201).json()["block"].clone();
    assert_eq!(made["network"], "203.0.113.0/24");
    is_kept_out(&app, &visitor);
    // Agents behind the same address are no visitors.
    let (header, address) = ADDRESS;
    let answer = json!({ "conversation_id": visitor.conversation_id, "message": "are you there?" });
    let answer = ana.post("/api/chatbot/message", &answer);
    answer.header(header, address).send().expect(201);
    let one = format!("/api/v1/blocks/{}", made["id"]);
    bea.request("DELETE", &one).send().expect(403);
    assert_eq!(ana.request("DELETE", &one).send().status, 204);
    visitor
        .message("I am")
        .header(header, address)
        .send()
        .expect(201);

    let log = ana.get("/api/v1/audit?action=block.").send();
    let log = log.expect(200).json()["entries"].clone();
    for (entry, action) in [(&log[0], "block.removed"), (&log[1], "block.added")] {
        assert_eq!(entry["action"], action);
        assert_eq!(
            entry["subject"],
            json!({ "type": "block", "id": made["id"] })
        );
        assert_eq!(entry["details"], json!({ "network": "203.0.113.0/24" }));
        assert_eq!(entry["agent"]["name"], "Ana");
    }
    assert_eq!(log.as_array().unwrap().len(), 2);
}

#[test]
fn agents_take_a_conversation_with_them() {
    let app = start();
    let (ana, visitor) = (app.agent(), app.visitor());
    visitor.say("hello");
    ana.say(visitor.conversation_id, "hi");
    let base = format!("/api/v1/conversations/{}", visitor.conversation_id);
    let note = json!({ "body": "a difficult one" });
    ana.post(&format!("{base}/notes"), &note).send().expect(201);
    let take = |query: &str| {
        let answer = ana.get(&format!("{base}/transcript{query}")).send();
        answer.expect(200).text()
    };
    for query in ["", "?format=json"] {
        let text = take(query);
        assert!(text.contains("hello") && text.contains("hi"), "{text}");
        assert!(!text.contains("difficult"), "{text}");
    }
    for query in ["?notes=1", "?format=json&notes=1"] {
        assert!(take(query).contains("a difficult one"), "{query}");
    }
    ana.get(&format!("{base}/transcript?format=pdf"))
        .send()
        .expect(422);
    visitor
        .get(&format!("{base}/transcript?notes=1"))
        .send()
        .expect(403);
    let own = format!(
        "/api/chatbot/conversation/{}/transcript?notes=1",
        visitor.conversation_id
    );
    let own = visitor.get(&own).send().text();
    assert!(!own.contains("difficult"), "{own}");
}
