//! The people of the team: invitations, roles, passwords, sessions, second factors, API tokens, and the log of it all.

use crate::start;
use antiphon_domain::TwoFactorSecret;
use antiphon_testkit::{Agent, Response, TestApp, Visitor, eventually, unix_seconds};
use serde_json::{Value, json};

fn call(agent: &Agent, method: &str, path: &str, body: &Value) -> Response {
    let request = agent.api.request(method, path).json(body);
    request.header("cookie", &agent.cookie).send()
}

fn read(agent: &Agent, path: &str) -> Value {
    agent.get(path).send().expect(200).json()
}

/// The token of a one-time link.
fn token_of(answer: &Response, page: &str) -> String {
    let url = answer.json()["url"].as_str().unwrap().to_owned();
    let (address, token) = url.split_once('#').unwrap();
    assert!(address.ends_with(page), "{url}");
    token.to_owned()
}

#[track_caller]
fn invite(admin: &Agent, email: &str, role: &str) -> String {
    let body = json!({ "email": email, "role": role });
    let answer = call(admin, "POST", "/api/v1/invitations", &body).expect(201);
    token_of(&answer, "/inbox/invitation")
}

#[track_caller]
fn accept(app: &TestApp, token: &str, name: &str) -> Agent {
    let body = json!({ "token": token, "name": name, "password": Agent::PASSWORD });
    let answer = app.post("/api/v1/invitations/accept", &body).send();
    Agent::from_answer(app, &answer.expect(201))
}

fn try_log_in(app: &TestApp, email: &str, password: &str, code: Option<&str>) -> Response {
    let body = json!({ "email": email, "password": password, "code": code });
    app.post("/api/v1/session", &body).send()
}

fn actions(admin: &Agent, query: &str) -> Vec<String> {
    let log = read(admin, &format!("/api/v1/audit?{query}"));
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn people_come_by_invitation_change_and_leave() {
    let app = start();
    let ana = app.agent();
    let refused = |body: Value, field: &str| {
        let answer = call(&ana, "POST", "/api/v1/invitations", &body).expect(422);
        assert!(answer.json()["details"][field].is_array(), "{answer}");
    };
    refused(json!({ "email": "nobody", "role": "agent" }), "email");
    refused(json!({ "email": Agent::EMAIL, "role": "agent" }), "email");
    refused(
        json!({ "email": "bea@example.com", "role": "boss" }),
        "role",
    );

    // A second link ends the first; one that is taken back opens nothing.
    let first = invite(&ana, "bea@example.com", "agent");
    let token = invite(&ana, "Bea@example.com", "agent");
    let check = |token: &str| {
        let body = json!({ "token": token });
        app.post("/api/v1/invitations/check", &body).send()
    };
    check(&first).expect(403);
    let seen = check(&token).expect(200).json();
    assert_eq!(seen["invitation"]["email"], "bea@example.com");
    let unwanted = invite(&ana, "eve@example.com", "admin");
    let listed = read(&ana, "/api/v1/invitations");
    let listed = listed["invitations"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(
        !listed[1].to_string().contains("cbj_"),
        "the link is shown once"
    );
    let path = format!("/api/v1/invitations/{}", listed[1]["id"]);
    call(&ana, "DELETE", &path, &json!({})).expect(204);
    call(&ana, "DELETE", &path, &json!({})).expect(404);
    check(&unwanted).expect(403);

    let short = json!({ "token": token, "name": "", "password": "short" });
    let answer = app.post("/api/v1/invitations/accept", &short).send();
    let details = answer.expect(422).json()["details"].clone();
    assert!(details["name"].is_array() && details["password"].is_array());
    let bea = accept(&app, &token, "Bea");
    check(&token).expect(403);
    assert_eq!(
        read(&bea, "/api/v1/me")["permissions"],
        json!(["read", "answer"])
    );

    // The role counts from the next request on.
    let bea_path = format!("/api/v1/agents/{}", bea.id);
    bea.get("/api/v1/audit").send().expect(403);
    let change = json!({ "role": "viewer", "name": "Bea B." });
    let changed = call(&ana, "PATCH", &bea_path, &change).expect(200).json();
    assert_eq!(changed["agent"]["role"], "viewer");
    let visitor = app.visitor();
    visitor.say("hello");
    let id = visitor.conversation_id;
    let close = format!("/api/v1/conversations/{id}/close");
    call(&bea, "POST", &close, &json!({})).expect(403);
    let say = json!({ "conversation_id": id, "message": "hi" });
    call(&bea, "POST", "/api/chatbot/message", &say).expect(403);
    let read_mark = json!({ "conversation_id": id, "up_to_seq": 1 });
    call(&bea, "POST", "/api/chatbot/read", &read_mark).expect(403);
    let page = bea.get(&format!("/api/chatbot/conversation/{id}"));
    page.send().expect(200);

    // Who leaves is logged out, and what it had is nobody's.
    call(&ana, "PATCH", &bea_path, &json!({ "role": "agent" })).expect(200);
    ana.change(id, "assign", &json!({ "agent_id": bea.id }));
    let left = call(&ana, "PATCH", &bea_path, &json!({ "active": false })).expect(200);
    assert_eq!(left.json()["agent"]["active"], false);
    bea.get("/api/v1/me").send().expect(401);
    try_log_in(&app, "bea@example.com", Agent::PASSWORD, None).expect(401);
    let rows = read(&ana, "/api/v1/conversations");
    assert_eq!(rows["conversations"][0]["assigned_to"], Value::Null);
    call(&ana, "PATCH", &bea_path, &json!({ "active": true })).expect(200);
    try_log_in(&app, "bea@example.com", Agent::PASSWORD, None).expect(200);

    // Somebody stays who can administer.
    let ana_path = format!("/api/v1/agents/{}", ana.id);
    for change in [json!({ "role": "agent" }), json!({ "active": false })] {
        call(&ana, "PATCH", &ana_path, &change).expect(409);
    }
    let taken = json!({ "email": Agent::EMAIL });
    call(&ana, "PATCH", &bea_path, &taken).expect(422);

    assert_eq!(
        actions(&ana, "action=agent."),
        [
            "agent.reactivated",
            "agent.deactivated",
            "agent.changed",
            "agent.changed",
            "agent.joined",
            "agent.uninvited",
            "agent.invited",
            "agent.invited",
            "agent.invited"
        ]
    );
    let page = read(&ana, "/api/v1/audit?action=agent.joined");
    let entry = &page["entries"][0];
    assert_eq!(entry["agent"], json!({ "id": bea.id, "name": "Bea" }));
    assert_eq!(entry["subject"], json!({ "type": "agent", "id": bea.id }));
    assert_eq!(entry["address"], "127.0.0.1");
    let first = read(&ana, "/api/v1/audit?limit=1");
    assert_eq!(first["has_more"], true);
    let before = &first["entries"][0]["id"];
    let rest = read(&ana, &format!("/api/v1/audit?before_id={before}"));
    assert_eq!(rest["has_more"], false);
    let log = rest.to_string();
    assert!(
        !log.contains("cbj_") && !log.contains(Agent::PASSWORD),
        "{log}"
    );
}

#[test]
fn agents_look_after_their_own_account() {
    let app = start();
    let ana = app.agent();
    let bea = accept(&app, &invite(&ana, "bea@example.com", "agent"), "Bea");
    let change = |agent: &Agent, body: Value| call(agent, "PATCH", "/api/v1/account", &body);
    let named = json!({ "name": "Beatrice", "language": "de" });
    let changed = change(&bea, named).expect(200).json();
    assert_eq!(
        (&changed["agent"]["name"], &changed["language"]),
        (&json!("Beatrice"), &json!("de"))
    );
    change(&bea, json!({ "language": "no language" })).expect(422);
    assert_eq!(
        change(&bea, json!({ "language": "" })).expect(200).json()["language"],
        Value::Null
    );
    change(&bea, json!({ "email": "bea@example.org" })).expect(422);
    let moved = json!({ "email": "bea@example.org", "current_password": Agent::PASSWORD });
    change(&bea, moved).expect(200);

    // Each login is a session of its own.
    let body = json!({ "email": "bea@example.org", "password": Agent::PASSWORD });
    let elsewhere = app.post("/api/v1/session", &body);
    let elsewhere = elsewhere
        .header("user-agent", "Firefox/200")
        .send()
        .expect(200);
    let elsewhere = Agent::from_answer(&app, &elsewhere);
    let third = Agent::log_in(&app, "bea@example.org", Agent::PASSWORD);
    let sessions = read(&elsewhere, "/api/v1/account/sessions");
    let sessions = sessions["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    let current: Vec<&Value> = sessions.iter().filter(|s| s["current"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["user_agent"], "Firefox/200");
    assert_eq!(current[0]["address"], "127.0.0.1");
    let path = format!("/api/v1/account/sessions/{}", current[0]["id"]);
    call(&ana, "DELETE", &path, &json!({})).expect(404);
    call(&bea, "DELETE", &path, &json!({})).expect(204);
    elsewhere.get("/api/v1/me").send().expect(401);
    let ended = call(&bea, "DELETE", "/api/v1/account/sessions", &json!({}));
    assert_eq!(ended.expect(200).json()["ended"], 1);
    third.get("/api/v1/me").send().expect(401);

    // A new password needs the old one, and ends the other sessions.
    let other = Agent::log_in(&app, "bea@example.org", Agent::PASSWORD);
    let set = |current: &str| {
        let body = json!({ "current_password": current, "password": "a new password" });
        call(&bea, "POST", "/api/v1/account/password", &body)
    };
    set("not the password").expect(422);
    set(Agent::PASSWORD).expect(204);
    other.get("/api/v1/me").send().expect(401);
    bea.get("/api/v1/me").send().expect(200);
    try_log_in(&app, "bea@example.org", "a new password", None).expect(200);

    // Whoever has forgotten it gets a link from an administrator.
    let path = format!("/api/v1/agents/{}/password-reset", bea.id);
    call(&bea, "POST", &path, &json!({})).expect(403);
    let link = call(&ana, "POST", &path, &json!({})).expect(201);
    let token = token_of(&link, "/inbox/password-reset");
    let check = json!({ "token": token });
    let seen = app.post("/api/v1/password-reset/check", &check).send();
    assert_eq!(seen.expect(200).json()["agent"]["email"], "bea@example.org");
    let reset = |password: &str| {
        let body = json!({ "token": token, "password": password });
        app.post("/api/v1/password-reset", &body).send()
    };
    reset("short").expect(422);
    reset("yet another password").expect(204);
    reset("yet another password").expect(403);
    bea.get("/api/v1/me").send().expect(401);
    try_log_in(&app, "bea@example.org", "yet another password", None).expect(200);
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_works_once() {
    let mut app = start();
    let ana = app.agent();
    let secret = |agent: &Agent| {
        let path = "/api/v1/account/two-factor/secret";
        let answer = call(agent, "POST", path, &json!({})).expect(200).json();
        let url = answer["otpauth_url"].as_str().unwrap();
        assert!(url.starts_with("otpauth://totp/Antiphon%20"), "{url}");
        assert!(answer["qr"]["size"].as_i64().unwrap() > 20);
        TwoFactorSecret::parse_base32(answer["secret"].as_str().unwrap()).unwrap()
    };
    let now = || i64::try_from(unix_seconds()).unwrap();
    let enable = |agent: &Agent, secret: &TwoFactorSecret, code: &str| {
        let body = json!({ "secret": secret.to_base32(), "code": code, "current_password": Agent::PASSWORD });
        call(agent, "POST", "/api/v1/account/two-factor", &body)
    };
    // Nobody asks of others what it does not do itself.
    let require = |agent: &Agent, required: bool| {
        let body = json!({ "two_factor_required": required });
        call(agent, "PATCH", "/api/v1/security", &body)
    };
    require(&ana, true).expect(422);

    let key = secret(&ana);
    enable(&ana, &key, "000000x").expect(422);
    let codes = enable(&ana, &key, &key.code_at(now() - 30))
        .expect(200)
        .json();
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    let log_in = |code: Option<&str>| try_log_in(&app, Agent::EMAIL, Agent::PASSWORD, code);
    let asked = log_in(None).expect(401);
    assert_eq!(asked.json()["two_factor_required"], true);
    assert_eq!(asked.header("set-cookie"), None);
    let wrong = try_log_in(&app, Agent::EMAIL, "not the password", None).expect(401);
    assert_eq!(wrong.json()["two_factor_required"], Value::Null);
    log_in(Some("000000")).expect(401);
    let code = key.code_at(now());
    log_in(Some(&code)).expect(200);
    log_in(Some(&code)).expect(401);
    log_in(Some(&codes[0].to_uppercase().replace('-', " "))).expect(200);
    log_in(Some(&codes[0])).expect(401);
    let account = read(&ana, "/api/v1/account");
    assert_eq!(account["two_factor"]["recovery_codes_left"], 9);
    let body = json!({ "current_password": Agent::PASSWORD });
    let path = "/api/v1/account/two-factor/recovery-codes";
    let renewed = call(&ana, "POST", path, &body).expect(200).json();
    log_in(Some(&codes[1])).expect(401);
    log_in(renewed["recovery_codes"][0].as_str()).expect(200);

    // Where everybody needs one, who has none does nothing but set one up.
    let bea = accept(&app, &invite(&ana, "bea@example.com", "admin"), "Bea");
    require(&ana, true).expect(200);
    let disable = |agent: &Agent| {
        let path = "/api/v1/account/two-factor/disable";
        call(
            agent,
            "POST",
            path,
            &json!({ "current_password": Agent::PASSWORD }),
        )
    };
    disable(&ana).expect(403);
    assert_eq!(read(&bea, "/api/v1/me")["two_factor_missing"], true);
    let refused = bea.get("/api/v1/conversations").send().expect(403);
    assert_eq!(refused.json()["two_factor_missing"], true);
    let auth = json!({ "socket_id": "1.2", "channel_name": "private-chat.inbox" });
    call(&bea, "POST", "/broadcasting/auth", &auth).expect(403);
    let key = secret(&bea);
    enable(&bea, &key, &key.code_at(now())).expect(200);
    bea.get("/api/v1/conversations").send().expect(200);

    // A lost device: an administrator, or a command on the server's machine.
    let path = format!("/api/v1/agents/{}/two-factor", bea.id);
    call(&ana, "DELETE", &path, &json!({})).expect(204);
    call(&ana, "DELETE", &path, &json!({})).expect(404);
    let command = ["agent:two-factor-reset", "--email", Agent::EMAIL];
    assert!(app.workspace().cli(&command).status.success());
    require(&ana, false).expect(403);
    try_log_in(&app, Agent::EMAIL, Agent::PASSWORD, None).expect(200);
    let key = secret(&ana);
    enable(&ana, &key, &key.code_at(now())).expect(200);
    require(&ana, false).expect(200);
    disable(&ana).expect(204);
    assert_eq!(
        actions(&ana, "action=two_factor."),
        [
            "two_factor.disabled",
            "two_factor.required",
            "two_factor.enabled",
            "two_factor.reset",
            "two_factor.reset",
            "two_factor.enabled",
            "two_factor.required",
            "two_factor.recovery_used",
            "two_factor.recovery_replaced",
            "two_factor.recovery_used",
            "two_factor.enabled"
        ]
    );
    let log = read(&ana, "/api/v1/audit?action=two_factor.reset");
    let by_command = json!({ "id": null, "name": "command line" });
    assert_eq!(log["entries"][0]["agent"], by_command);

    // Codes are nowhere in the log of the server, nor are keys.
    let log = app.log();
    assert!(!log.contains(&codes[1]) && !log.contains(&key.to_base32()));
    app.terminate();
}

#[test]
fn api_tokens_open_what_their_scopes_say() {
    let app = start();
    let ana = app.agent();
    let visitor: Visitor = app.visitor();
    visitor.say("hello");
    let make = |body: Value| call(&ana, "POST", "/api/v1/tokens", &body);
    for (body, field) in [
        (json!({ "scopes": ["read"] }), "name"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["write"] }), "scopes"),
        (
            json!({ "name": "x", "scopes": ["read"], "expires_in_days": 0 }),
            "expires_in_days",
        ),
    ] {
        let answer = make(body).expect(422);
        assert!(answer.json()["details"][field].is_array(), "{answer}");
    }
    let made = make(json!({ "name": "Reports", "scopes": ["read"], "expires_in_days": 30 }));
    let made = made.expect(201).json();
    assert_eq!(made["token"]["scopes"], json!(["read"]));
    assert_eq!(made["token"]["last_used_at"], Value::Null);
    let secret = made["secret"].as_str().unwrap();
    let with = |method: &str, path: &str, body: &Value| {
        app.request(method, path).json(body).bearer(secret).send()
    };
    with("GET", "/api/v1/conversations", &json!({})).expect(200);
    let close = format!("/api/v1/conversations/{}/close", visitor.conversation_id);
    let refused = with("POST", &close, &json!({})).expect(403);
    assert_eq!(
        refused.json()["error"],
        "Forbidden: the token lacks the scope answer"
    );
    with("GET", "/api/v1/audit", &json!({})).expect(403);
    // A token makes no tokens, and changes no account.
    let more = json!({ "name": "more", "scopes": ["admin"] });
    with("POST", "/api/v1/tokens", &more).expect(403);
    with("PATCH", "/api/v1/account", &json!({ "name": "Eve" })).expect(403);
    with("GET", "/api/v1/account/sessions", &json!({})).expect(403);

    let listed = read(&ana, "/api/v1/tokens");
    let listed = listed["tokens"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0]["last_used_at"].is_string());
    assert!(!listed[0].to_string().contains("cba_"));
    let path = format!("/api/v1/tokens/{}", listed[0]["id"]);
    call(&ana, "DELETE", &path, &json!({})).expect(204);
    with("GET", "/api/v1/conversations", &json!({})).expect(401);
    assert_eq!(
        actions(&ana, "action=token."),
        ["token.revoked", "token.created"]
    );
}

#[test]
fn who_guesses_waits_and_the_owner_does_not() {
    let mut app = start();
    app.agent();
    app.restart_with(&[
        ("ANTIPHON_RATE_LIMITS", "on"),
        ("ANTIPHON_TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    let log_in = |from: &str, password: &str| {
        let body = json!({ "email": Agent::EMAIL, "password": password });
        app.post("/api/v1/session", &body)
            .header("x-forwarded-for", from)
            .send()
    };
    for _ in 0..6 {
        log_in("192.0.2.1", "not the password").expect(401);
    }
    let refused = log_in("192.0.2.1", Agent::PASSWORD).expect(429);
    assert!(refused.header("retry-after").is_some());
    log_in("198.51.100.7", Agent::PASSWORD).expect(200);
    eventually("the first wait is over", || {
        log_in("192.0.2.1", Agent::PASSWORD).status == 200
    });
}
