//! The team: the set-up link, logging in and out, API tokens.

use crate::start;
use antiphon_testkit::{Agent, Request};
use serde_json::json;

fn set_up(app: &antiphon_testkit::TestApp, token: &str) -> Request {
    let body = json!({ "token": token, "name": "Ana", "email": Agent::EMAIL, "password": Agent::PASSWORD });
    app.post("/api/v1/setup", &body)
}

fn log_in(app: &antiphon_testkit::TestApp, email: &str, password: &str) -> Request {
    app.post(
        "/api/v1/session",
        &json!({ "email": email, "password": password }),
    )
}

#[test]
fn the_set_up_link_works_once() {
    let app = start();
    let token = app.setup_token().expect("a set-up link is printed");
    let check = || {
        app.post("/api/v1/setup/check", &json!({ "token": token }))
            .send()
            .expect(200)
            .json()
    };
    assert_eq!(check()["valid"], true);
    let made = set_up(&app, &token).send().expect(201).json();
    assert_eq!(made["agent"]["role"], "admin");
    assert_eq!(made["agent"]["email"], Agent::EMAIL);
    assert_eq!(check()["valid"], false);
    set_up(&app, &token).send().expect(403);
}

#[test]
fn a_set_up_link_used_twice_at_once_makes_one_agent() {
    let app = start();
    let token = app.setup_token().unwrap();
    let sent = [set_up(&app, &token).begin(), set_up(&app, &token).begin()];
    let mut statuses = sent.map(|pending| pending.finish().status);
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403]);
}

#[test]
fn a_set_up_that_is_refused_does_not_use_the_link_up() {
    let app = start();
    let token = app.setup_token().unwrap();
    let body = json!({ "token": token, "name": " ", "email": "nobody", "password": "short" });
    let refused = app.post("/api/v1/setup", &body).send().expect(422).json();
    for field in ["name", "email", "password"] {
        assert!(refused["details"][field][0].is_string(), "{refused}");
    }
    set_up(&app, &token).send().expect(201);
}

#[test]
fn a_restart_prints_a_new_link_and_voids_the_old_one() {
    let mut app = start();
    let old = app.setup_token().unwrap();
    app.restart();
    let new = app.setup_token().unwrap();
    assert_ne!(old, new);
    set_up(&app, &old).send().expect(403);
    set_up(&app, &new).send().expect(201);
    app.restart();
    assert_eq!(app.setup_token(), None, "there is an agent now");
}

#[test]
fn what_is_no_set_up_token_sets_nothing_up() {
    let app = start();
    for token in [
        "",
        "cbi_",
        "x",
        &format!("cbi_{}", "A".repeat(43)),
        &app.widget_token(),
    ] {
        set_up(&app, token).send().expect(403);
    }
    app.agent();
}

#[test]
fn an_agent_logs_in_and_out() {
    let app = start();
    let agent = app.agent();
    let me = agent.get("/api/v1/me").send().expect(200).json();
    assert_eq!(me["agent"]["name"], "Ana");
    assert_eq!(me["realtime"]["realtimeProvider"], "reverb");
    assert_eq!(me["limits"]["file_max_count"], 10);
    let other = Agent::log_in(&app, " ANA@Example.com ", Agent::PASSWORD);
    let out = app
        .request("DELETE", "/api/v1/session")
        .header("cookie", &agent.cookie)
        .send()
        .expect(204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    agent.get("/api/v1/me").send().expect(401);
    other.get("/api/v1/me").send().expect(200);
}

#[test]
fn a_wrong_address_and_a_wrong_password_are_one_answer() {
    let app = start();
    app.agent();
    let answer = |email: &str, password: &str| {
        let answer = log_in(&app, email, password).send().expect(401);
        assert_eq!(answer.header("set-cookie"), None);
        answer.json()["error"].clone()
    };
    let wrong_password = answer(Agent::EMAIL, "not the password");
    for (email, password) in [
        ("eve@example.com", Agent::PASSWORD),
        ("no address", Agent::PASSWORD),
        (Agent::EMAIL, ""),
        (Agent::EMAIL, &"x".repeat(2000)),
        (Agent::EMAIL, &Agent::PASSWORD.to_uppercase()),
    ] {
        assert_eq!(
            answer(email, password),
            wrong_password,
            "{email} {password}"
        );
    }
}

#[test]
fn before_the_set_up_the_login_page_is_told() {
    let app = start();
    let me = || app.get("/api/v1/me").send().expect(401).json();
    assert_eq!(me()["setup_required"], true);
    app.agent();
    assert_eq!(me()["setup_required"], false);
}

#[test]
fn the_sessions_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let mut app = start();
    app.agent();
    let cookie = |app: &antiphon_testkit::TestApp| {
        let answer = log_in(app, Agent::EMAIL, Agent::PASSWORD)
            .send()
            .expect(200);
        answer.header("set-cookie").unwrap().to_owned()
    };
    let over_http = cookie(&app);
    for part in [
        "antiphon_session=cbs_",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=",
    ] {
        assert!(over_http.contains(part), "{part} in {over_http}");
    }
    assert!(!over_http.contains("Secure"), "{over_http}");
    app.restart_with(&[("APP_URL", "https://chat.example.com")]);
    let over_https = cookie(&app);
    assert!(
        over_https.starts_with("__Host-antiphon_session=cbs_"),
        "{over_https}"
    );
    assert!(over_https.contains("; Secure"), "{over_https}");
    assert!(!over_https.contains("Domain"), "{over_https}");
}

#[test]
fn sessions_survive_a_restart() {
    let mut app = start();
    let agent = app.agent();
    app.kill9();
    app.restart();
    agent.get("/api/v1/me").send().expect(200);
}

#[test]
fn an_api_token_does_what_its_agent_may() {
    let app = start();
    let agent = app.agent();
    let visitor = app.visitor();
    visitor.say("hello");
    let made = app
        .workspace()
        .cli(&["agent:token", "--email", Agent::EMAIL, "--json"])
        .json();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("cba_"), "{made}");
    assert_eq!(made["agent_id"], agent.id);
    let inbox = app
        .get("/api/v1/conversations")
        .bearer(token)
        .send()
        .expect(200)
        .json();
    assert_eq!(inbox["conversations"][0]["id"], visitor.conversation_id);
    let body = json!({ "conversation_id": visitor.conversation_id, "message": "from a program" });
    app.post("/api/chatbot/message", &body)
        .bearer(token)
        .send()
        .expect(201);
    let messages = visitor.read("")["data"]["messages"].clone();
    assert_eq!(messages[1]["sender_type"], "employee");
    assert_eq!(messages[1]["sender_name"], "Ana");
    // A program sends no Origin that counts, and no cookie that a page could abuse.
    let id = visitor.conversation_id;
    app.post(&format!("/api/v1/conversations/{id}/close"), &json!({}))
        .bearer(token)
        .send()
        .expect(200);
}

#[test]
fn the_inbox_lists_by_state_and_in_pages() {
    let app = start();
    let agent = app.agent();
    let visitors: Vec<_> = (0..3).map(|_| app.visitor()).collect();
    let silent = app.visitor();
    for visitor in &visitors {
        visitor.say("hello");
    }
    agent.change(visitors[0].conversation_id, "close", &json!({}));
    let ids = |query: &str| -> Vec<i64> {
        let inbox = agent
            .get(&format!("/api/v1/conversations{query}"))
            .send()
            .expect(200)
            .json();
        let rows = inbox["conversations"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    };
    let [a, b, c] = [0, 1, 2].map(|n: usize| visitors[n].conversation_id);
    assert_eq!(ids(""), [c, b]);
    assert_eq!(ids("?status=closed"), [a]);
    assert_eq!(ids("?status=all"), [c, b, a]);
    assert_eq!(ids("?after_revision=0"), [b, c, a]);
    for everything in ["?status=all", "?after_revision=0"] {
        assert!(
            !ids(everything).contains(&silent.conversation_id),
            "opening the chat is no request"
        );
    }
    let first = agent
        .get("/api/v1/conversations?status=all&limit=1")
        .send()
        .json();
    assert_eq!(first["has_more"], true);
    let next = first["next"].as_str().unwrap();
    assert_eq!(ids(&format!("?status=all&cursor={next}")), [b, a]);
    agent
        .get("/api/v1/conversations?status=mine")
        .send()
        .expect(422);
    agent.get("/api/v1/conversations?wait=5").send().expect(422);
}

#[test]
fn a_conversation_is_assigned_to_agents_only() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    let path = format!("/api/v1/conversations/{}/assign", visitor.conversation_id);
    for wrong in [json!(99), json!("1"), json!(1.5)] {
        let answer = agent
            .post(&path, &json!({ "agent_id": wrong }))
            .send()
            .expect(422)
            .json();
        assert!(answer["details"]["agent_id"][0].is_string(), "{answer}");
    }
    agent
        .post(
            "/api/v1/conversations/99/assign",
            &json!({ "agent_id": agent.id }),
        )
        .send()
        .expect(404);
    agent
        .post("/api/v1/conversations/99/close", &json!({}))
        .send()
        .expect(404);
}
