//! What happens to conversations by itself: agents who are there are given them, and silence closes them.

use crate::{start, workspace};
use antiphon_testkit::{Agent, PusherClient, ReverbServer, TestApp, Visitor, Worker, eventually};
use serde_json::{Value, json};

/// The demo widget's.
const ROUTING: &str = "/api/v1/widgets/1/routing";
const AGENTS: &str = "presence-chat.agents";

#[track_caller]
fn ask(agent: &Agent, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let answer = agent.request(method, path).json(body).send();
    answer.expect(status).json()
}

#[track_caller]
fn get(agent: &Agent, path: &str) -> Value {
    agent.get(path).send().expect(200).json()
}

/// Has the demo widget give its conversations away.
#[track_caller]
fn assign_by(admin: &Agent, assignment: &str) {
    ask(
        admin,
        "PUT",
        ROUTING,
        &json!({ "assignment": assignment }),
        200,
    );
}

/// Whose a conversation is.
#[track_caller]
fn holder(agent: &Agent, visitor: &Visitor) -> Option<i64> {
    let path = format!("/api/v1/conversations/{}", visitor.conversation_id);
    let card = get(agent, &path);
    card["conversation"]["assigned_to"]["id"].as_i64()
}

#[track_caller]
fn is_given_to(agent: &Agent, visitor: &Visitor, to: &Agent) {
    eventually("the conversation is given to somebody", || {
        holder(agent, visitor).is_some()
    });
    assert_eq!(holder(agent, visitor), Some(to.id));
}

/// A visitor who has said something.
fn says_hello(app: &TestApp) -> Visitor {
    let visitor = app.visitor();
    visitor.say("hello");
    visitor
}

/// The agent opens the inbox, as far as colleagues see it.
fn comes(agent: &Agent) -> PusherClient {
    agent.listen(AGENTS)
}

fn switch(agent: &Agent, available: bool) {
    let body = json!({ "available": available });
    let answer = ask(agent, "PATCH", "/api/v1/account", &body, 200);
    assert_eq!(answer["agent"]["available"], available);
}

#[test]
fn conversations_go_round_those_who_are_there_and_available() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let cem = app.further_agent("Cem", "cem@example.com");
    let _there = (comes(&ana), comes(&bea));
    assign_by(&ana, "round_robin");

    let first = app.visitor();
    let (mut inbox, mut channel) = (ana.listen("private-chat.inbox"), first.listen());
    first.say("hello");
    // Told as if an agent had done it.
    let told = channel.wait_for("ConversationAssigned");
    assert_eq!(told["assigned_to"]["id"], ana.id);
    eventually("the inbox is told", || {
        inbox.wait_for("ConversationUpdated")["assigned_to"]["id"] == ana.id
    });
    is_given_to(&ana, &says_hello(&app), &bea);
    is_given_to(&ana, &says_hello(&app), &ana);

    // Somebody who comes takes part; somebody who is away does not.
    let _cem = comes(&cem);
    switch(&bea, false);
    let agents = get(&ana, "/api/v1/agents");
    assert_eq!(agents["agents"][1]["available"], false);
    assert_eq!(
        inbox.wait_for("SettingsChanged"),
        json!({ "what": "agents" })
    );
    is_given_to(&ana, &says_hello(&app), &cem);
    is_given_to(&ana, &says_hello(&app), &ana);
    is_given_to(&ana, &says_hello(&app), &cem);
    switch(&bea, true);
    is_given_to(&ana, &says_hello(&app), &bea);
}

#[test]
fn a_conversation_waits_until_somebody_is_there_who_has_room() {
    let app = start();
    let ana = app.agent();
    assign_by(&ana, "least_busy");
    ask(
        &ana,
        "PUT",
        "/api/v1/routing",
        &json!({ "default_capacity": 1 }),
        200,
    );
    let (first, second) = (says_hello(&app), says_hello(&app));
    let held = [holder(&ana, &first), holder(&ana, &second)];
    assert_eq!(held, [None, None]);
    let _there = comes(&ana);
    is_given_to(&ana, &first, &ana);
    assert_eq!(holder(&ana, &second), None);
    ana.change(first.conversation_id, "close", &json!({}));
    is_given_to(&ana, &second, &ana);

    // Her own number counts more.
    let third = says_hello(&app);
    let own = format!("/api/v1/agents/{}", ana.id);
    let changed = ask(&ana, "PATCH", &own, &json!({ "capacity": 2 }), 200);
    assert_eq!(changed["agent"]["capacity"], 2);
    is_given_to(&ana, &third, &ana);
    let changed = ask(&ana, "PATCH", &own, &json!({ "capacity": null }), 200);
    assert_eq!(changed["agent"]["capacity"], Value::Null);
}

#[test]
fn who_leaves_the_team_leaves_its_conversations_to_others() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    assign_by(&ana, "round_robin");
    let there = comes(&bea);
    let visitor = says_hello(&app);
    is_given_to(&ana, &visitor, &bea);
    let _there = comes(&ana);
    let path = format!("/api/v1/agents/{}", bea.id);
    ask(&ana, "PATCH", &path, &json!({ "active": false }), 200);
    eventually("it is given to the one who is left", || {
        holder(&ana, &visitor) == Some(ana.id)
    });
    drop(there);
}

#[test]
fn nobody_who_cannot_answer_is_given_a_conversation_by_hand() {
    let app = start();
    let ana = app.agent();
    let bea = app.further_agent("Bea", "bea@example.com");
    let visitor = says_hello(&app);
    let path = format!("/api/v1/agents/{}", bea.id);
    let assign = format!("/api/v1/conversations/{}/assign", visitor.conversation_id);
    let to_bea = json!({ "agent_id": bea.id });
    for change in [json!({ "role": "viewer" }), json!({ "active": false })] {
        ask(&ana, "PATCH", &path, &change, 200);
        let refused = ask(&ana, "POST", &assign, &to_bea, 422);
        let reason = refused["details"]["agent_id"][0].as_str().unwrap();
        assert!(reason.contains("who can answer"), "{reason}");
        assert_eq!(holder(&ana, &visitor), None);
    }
    ask(
        &ana,
        "PATCH",
        &path,
        &json!({ "role": "agent", "active": true }),
        200,
    );
    ask(&ana, "POST", &assign, &to_bea, 200);
    assert_eq!(holder(&ana, &visitor), Some(bea.id));
}

/// Web, WebSocket server and worker in processes of their own; while the second is away, nobody is known to be there.
#[test]
fn three_processes_give_conversations_away_and_wait_for_each_other() {
    let mut workspace = workspace();
    let mut reverb = ReverbServer::start(&workspace);
    workspace.set_env("REVERB_SERVER_PORT", &reverb.address().port().to_string());
    workspace.set_env("ANTIPHON_QUEUE_WORKERS", "0");
    let app = TestApp::start_in(workspace);
    let _worker = Worker::start(app.workspace());
    let ana = app.agent();
    assign_by(&ana, "round_robin");
    let there = comes(&ana);
    is_given_to(&ana, &says_hello(&app), &ana);

    reverb.kill9();
    drop(there);
    let waits = says_hello(&app);
    assert_eq!(holder(&ana, &waits), None);
    reverb.restart(app.workspace());
    let _there = comes(&ana);
    is_given_to(&ana, &waits, &ana);
}

#[test]
fn silence_closes_a_conversation_that_was_answered() {
    let mut app = start();
    let ana = app.agent();
    let (silent, waiting) = (says_hello(&app), says_hello(&app));
    ana.say(silent.conversation_id, "good day");
    let routing = json!({ "assignment": "off", "close_after_hours": 1 });
    ask(&ana, "PUT", ROUTING, &routing, 200);
    app.kill9();
    // An hour passes.
    let database = rusqlite::Connection::open(app.workspace().database()).unwrap();
    let aged = database.execute(
        "UPDATE conversations SET last_message_at = last_message_at - 3600000000",
        [],
    );
    assert_eq!(aged.unwrap(), 2);
    drop(database);
    app.restart();
    let status = |visitor: &Visitor| {
        let path = format!("/api/v1/conversations/{}", visitor.conversation_id);
        get(&ana, &path)["conversation"]["status"].clone()
    };
    eventually("it is closed", || status(&silent) == "closed");
    assert_eq!(status(&waiting), "pending");
    // As one that an agent has closed: nothing more can be said, and how it was can.
    silent.message("thank you").send().expect(409);
    let rating = json!({ "conversation_id": silent.conversation_id, "score": 5 });
    silent
        .post("/api/chatbot/rating", &rating)
        .send()
        .expect(200);
}

#[test]
fn routing_is_read_set_and_audited() {
    let app = start();
    let ana = app.agent();
    let off = json!({ "assignment": "off", "assignment_team_id": null, "close_after_hours": null });
    assert_eq!(get(&ana, ROUTING), off);
    let team = json!({ "name": "Sales", "agent_ids": [ana.id] });
    let team = ask(&ana, "POST", "/api/v1/teams", &team, 201)["team"]["id"].clone();
    let wanted =
        json!({ "assignment": "least_busy", "assignment_team_id": team, "close_after_hours": 72 });
    assert_eq!(ask(&ana, "PUT", ROUTING, &wanted, 200), wanted);
    // The same again is no act.
    assert_eq!(ask(&ana, "PUT", ROUTING, &wanted, 200), wanted);
    assert_eq!(get(&ana, ROUTING), wanted);
    let capacity = json!({ "default_capacity": 8 });
    let answer = ask(&ana, "PUT", "/api/v1/routing", &capacity, 200);
    assert_eq!(answer, capacity);
    assert_eq!(get(&ana, "/api/v1/routing"), capacity);

    let audit = get(&ana, "/api/v1/audit");
    let entries = audit["entries"].as_array().unwrap();
    let of = |action: &str| {
        let found = entries.iter().filter(|entry| entry["action"] == action);
        found
            .map(|entry| entry["details"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("routing.changed"), [wanted]);
    assert_eq!(of("capacity.changed"), [capacity]);

    for (body, field) in [
        (json!({}), "assignment"),
        (json!({ "assignment": "random" }), "assignment"),
        (
            json!({ "assignment": "off", "assignment_team_id": team }),
            "assignment_team_id",
        ),
        (
            json!({ "assignment": "round_robin", "assignment_team_id": 987_654 }),
            "assignment_team_id",
        ),
        (
            json!({ "assignment": "off", "close_after_hours": 0 }),
            "close_after_hours",
        ),
        (
            json!({ "assignment": "off", "close_after_hours": 8_761 }),
            "close_after_hours",
        ),
    ] {
        let refused = ask(&ana, "PUT", ROUTING, &body, 422);
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    for (path, body, field) in [
        ("/api/v1/routing", json!({}), "default_capacity"),
        (
            "/api/v1/routing",
            json!({ "default_capacity": 1_001 }),
            "default_capacity",
        ),
    ] {
        let refused = ask(&ana, "PUT", path, &body, 422);
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    let own = format!("/api/v1/agents/{}", ana.id);
    let refused = ask(&ana, "PATCH", &own, &json!({ "capacity": -1 }), 422);
    assert!(refused["details"]["capacity"][0].is_string(), "{refused}");
    let nowhere = "/api/v1/widgets/987654/routing";
    ask(&ana, "PUT", nowhere, &off, 404);
    ana.get(nowhere).send().expect(404);
}
