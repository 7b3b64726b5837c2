//! Limits by token and by address; only here are they on.

use crate::workspace;
use antiphon_testkit::{Response, TestApp, Visitor};
use serde_json::json;

/// More posts than any burst that the limits allow one token.
const MANY: usize = 60;

fn limited() -> TestApp {
    TestApp::start_in(workspace().with_env("ANTIPHON_RATE_LIMITS", "on"))
}

#[track_caller]
fn is_told_when_to_come_back(refused: &Response) {
    assert_eq!(refused.status, 429, "{refused}");
    let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{refused}");
    assert!(refused.json()["request_id"].is_string(), "{refused}");
}

#[test]
fn a_loop_of_posts_is_refused_and_told_when_to_come_back() {
    let app = limited();
    let visitor = app.visitor();
    let answers: Vec<_> = (0..MANY).map(|_| visitor.message("spam").send()).collect();
    let n_posted = answers.iter().filter(|answer| answer.status == 201).count();
    assert!((20..MANY).contains(&n_posted), "{n_posted}");
    answers
        .iter()
        .filter(|answer| answer.status != 201)
        .for_each(is_told_when_to_come_back);
    assert_eq!(visitor.read("?limit=1")["last_seq"], n_posted);
    // Somebody else is not the one who loops.
    app.visitor().say("hello");
}

#[test]
fn a_refusal_is_readable_by_the_widget() {
    let app = limited();
    let visitor = app.visitor();
    let post = || {
        visitor
            .message("spam")
            .header("origin", "http://localhost")
            .send()
    };
    let refused = (0..MANY)
        .map(|_| post())
        .find(|answer| answer.status == 429)
        .unwrap();
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("http://localhost")
    );
    assert!(
        refused
            .header("access-control-expose-headers")
            .unwrap()
            .contains("retry-after")
    );
}

#[test]
fn passwords_are_not_guessed_in_a_loop() {
    let app = limited();
    let body = json!({ "email": "ana@example.com", "password": "wrong wrong wrong" });
    let answers: Vec<_> = (0..20)
        .map(|_| app.post("/api/v1/session", &body).send())
        .collect();
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status != 401)
        .collect();
    assert!(!refused.is_empty() && refused.len() < 20);
    refused.into_iter().for_each(is_told_when_to_come_back);
}

/// How many of many `init`s with these `X-Forwarded-For` pass.
fn n_inits(app: &TestApp, forwarded: impl Fn(usize) -> String) -> usize {
    let widget = app.widget_token();
    let init = |n| {
        let request = app.post("/api/chatbot/init", &json!({})).bearer(&widget);
        request.header("x-forwarded-for", &forwarded(n)).send()
    };
    (0..MANY)
        .map(init)
        .filter(|answer| answer.status == 200)
        .count()
}

#[test]
fn an_address_that_anybody_could_write_does_not_count() {
    let trusting_others = workspace()
        .with_env("ANTIPHON_RATE_LIMITS", "on")
        .with_env("ANTIPHON_TRUSTED_PROXIES", "10.0.0.0/8");
    let app = TestApp::start_in(trusting_others);
    let n_passed = n_inits(&app, |n| format!("203.0.113.{n}"));
    assert!(n_passed < MANY, "all {n_passed} passed");
}

#[test]
fn behind_a_trusted_proxy_each_client_is_limited_by_itself() {
    let trusting = workspace()
        .with_env("ANTIPHON_RATE_LIMITS", "on")
        .with_env("ANTIPHON_TRUSTED_PROXIES", "127.0.0.1/32");
    let app = TestApp::start_in(trusting);
    assert_eq!(n_inits(&app, |n| format!("203.0.113.{n}")), MANY);
    let n_passed = n_inits(&app, |n| format!("10.9.9.{n}, 198.51.100.7"));
    assert!(
        n_passed < MANY,
        "what is left of an untrusted hop counted: {n_passed}"
    );
}

#[test]
fn switched_off_nothing_is_refused() {
    let app = crate::start();
    let visitor = Visitor::init(&app, &app.widget_token(), &json!({}));
    for _ in 0..MANY {
        visitor.say("load test");
    }
}
