//! `GET /api/v1/search`, over what was posted a moment ago.

use crate::start;
use antiphon_testkit::Agent;
use serde_json::{Value, json};

#[test]
fn messages_and_people_are_found() {
    let app = start();
    let agent = app.agent();
    let body = json!({ "visitor_name": "Chloé Moreau", "visitor_email": "chloe@studio.example" });
    let visitor = antiphon_testkit::Visitor::init(&app, &app.widget_token(), &body);
    visitor.say("My parcel ORD-123456 is late 😀");
    agent.say(visitor.conversation_id, "Sorry! The parcel is on its way.");
    let search = |query: &str, status| {
        let answer = agent.get(&format!("/api/v1/search?{query}")).send();
        answer.expect(status).json()
    };
    let found = search("q=PARCEL", 200);
    let messages = found["messages"].as_array().unwrap();
    let texts: Vec<&Value> = messages.iter().map(|message| &message["snippet"]).collect();
    assert_eq!(
        texts,
        [
            "Sorry! The parcel is on its way.",
            "My parcel ORD-123456 is late 😀"
        ]
    );
    assert_eq!(messages[0]["highlights"], json!([[11, 17]]));
    assert_eq!(messages[0]["conversation_id"], visitor.conversation_id);
    assert_eq!(
        (&messages[0]["seq"], &messages[0]["sender_name"]),
        (&json!(2), &json!("Ana"))
    );
    assert_eq!(
        messages[0]["conversation"],
        json!({ "visitor_name": "Chloé Moreau", "status": "active" })
    );
    assert_eq!(found["people"], json!([]));

    // The second page has no people, who were on the first.
    let first = search("q=parcel&limit=1", 200);
    assert_eq!(first["has_more"], true);
    let cursor = first["next"].as_str().unwrap();
    let second = search(&format!("q=parcel&limit=1&cursor={cursor}"), 200);
    assert_eq!(second["messages"][0]["seq"], 1);

    let person = &search("q=chloe&in=people", 200)["people"][0];
    assert_eq!(
        (&person["name"], &person["last_conversation_id"]),
        (&json!("Chloé Moreau"), &json!(visitor.conversation_id))
    );
    assert_eq!(search("q=chloe&in=messages", 200)["messages"], json!([]));
    assert_eq!(search("q=%22%27*", 200)["messages"], json!([]));
    for (query, field) in [
        ("", "q"),
        ("q=x&in=files", "in"),
        ("q=x&cursor=0", "cursor"),
        (&format!("q={}", "x".repeat(201)), "q"),
    ] {
        let refused = search(query, 422);
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
}

#[test]
fn an_installation_is_filled_once() {
    let workspace = crate::workspace();
    let fill = [
        "demo:fill",
        "--conversations",
        "30",
        "--messages",
        "200",
        "--json",
    ];
    let filled = workspace.cli(&fill).json();
    assert_eq!(
        (&filled["conversations"], &filled["messages"]),
        (&json!(30), &json!(200))
    );
    let again = workspace.cli(&fill);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let app = antiphon_testkit::TestApp::start_in(workspace);
    let command = [
        "agent:create",
        "--json",
        "--name",
        "Bea",
        "--email",
        "bea@example.com",
    ];
    let made = app.workspace().cli(&command).json();
    let password = made["password"].as_str().unwrap();
    let agent = Agent::log_in(&app, "bea@example.com", password);
    let list = agent
        .get("/api/v1/conversations?status=all&limit=200")
        .send();
    let list = list.expect(200).json();
    assert_eq!(list["conversations"].as_array().unwrap().len(), 30);
    // What was filled in bulk is found as well, and goes on as any other.
    let found = agent
        .get("/api/v1/search?q=ord&limit=1")
        .send()
        .expect(200)
        .json();
    assert_eq!(found["messages"].as_array().unwrap().len(), 1, "{found}");
    let visitor = app.visitor();
    visitor.say("hello");
    let newest = agent
        .get("/api/v1/conversations?limit=1")
        .send()
        .expect(200)
        .json();
    assert_eq!(newest["conversations"][0]["id"], visitor.conversation_id);
}
