//! `GET /api/chatbot/config`.

use crate::start;
use serde_json::json;

#[test]
fn a_widget_is_told_its_texts_and_its_providers() {
    let app = start();
    let config = app.config(&app.widget_token());
    assert_eq!(config["success"], true);
    assert_eq!(config["realtimeProvider"], "reverb");
    assert_eq!(config["providers"], json!(["reverb", "polling"]));
    assert_eq!(config["reverb"]["enabled"], true);
    assert_eq!(
        config["reverb"]["key"],
        app.workspace().secret("REVERB_APP_KEY")
    );
    assert_eq!(config["pusher"]["enabled"], false);
    assert_eq!(config["widget"]["name"], "Demo");
    assert_eq!(config["widget"]["limits"]["message_max_characters"], 5000);
}

#[test]
fn an_unchanged_config_is_not_sent_again() {
    let app = start();
    let token = app.widget_token();
    let ask = || app.get("/api/chatbot/config").bearer(&token);
    let first = ask().send().expect(200);
    let etag = first.header("etag").expect("a config has an ETag");
    assert!(first.header("cache-control").unwrap().contains("max-age"));
    let second = ask().header("if-none-match", etag).send().expect(304);
    assert_eq!(second.header("etag"), Some(etag));
    assert!(second.body.is_empty());
    ask().header("if-none-match", "\"x\"").send().expect(200);
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let app = start();
    let id = || {
        let answer = app.get("/up").send().expect(200);
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_ne!(id(), id());
    let error = app.get("/api/chatbot/config").send().expect(401);
    assert_eq!(
        error.json()["request_id"],
        error.header("x-request-id").unwrap()
    );
}
