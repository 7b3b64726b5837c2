//! Fields of the wrong type, or with a content that no client sends.

use super::scene::Scene;
use serde_json::{Value, json};

const STRINGS: &[&str] = &[
    "message",
    "sender_type",
    "client_id",
    "visitor_name",
    "visitor_email",
    "visitor_phone",
    "visitor_id",
    "visitor_token",
    "identity",
    "socket_id",
    "email",
    "password",
    "name",
    "token",
    "data",
    "channel",
    "info",
    "comment",
    "locale",
    "timezone",
    "code",
    "secret",
    "current_password",
    "language",
    "role",
    "until",
    "priority",
    "color",
    "body",
    "shortcut",
    "title",
    "note",
    "url",
    "welcome_message",
    "assignment",
    "endpoint",
    "notify_of",
];
const INTEGERS: &[&str] = &[
    "conversation_id",
    "up_to_seq",
    "agent_id",
    "team_id",
    "score",
    "size",
    "expires_in_days",
    "up_to_id",
    "reply_to_seq",
    "grace_hours",
    "assignment_team_id",
    "close_after_hours",
    "capacity",
    "default_capacity",
    "closed_conversations_days",
    "visits_days",
];
const OBJECTS: &[&str] = &[
    "visitor_metadata",
    "pre_chat",
    "page",
    "action",
    "filter",
    "settings",
    "keys",
];
const FLAGS: &[&str] = &[
    "new_conversation",
    "consent",
    "two_factor_required",
    "active",
    "shared",
    "available",
    "with_text",
    "looking",
];
const LISTS_OF_STRINGS: &[&str] = &["channel_name", "channels"];
const LISTS_OF_OBJECTS: &[&str] = &[
    "batch",
    "marks",
    "quick_replies",
    "scopes",
    "events",
    "domains",
];
const LISTS_OF_IDS: &[&str] = &["ids", "label_ids", "agent_ids"];

/// The fields that each endpoint reads besides those of its good body.
fn further(route: &str) -> &'static [&'static str] {
    match route {
        "/api/v1/me/push_subscriptions" => &["notify_of", "with_text"],
        "/api/chatbot/init" => &[
            "visitor_name",
            "visitor_email",
            "visitor_phone",
            "visitor_id",
            "visitor_metadata",
            "identity",
            "new_conversation",
            "conversation_id",
            "pre_chat",
            "consent",
            "page",
            "locale",
            "timezone",
        ],
        "/api/chatbot/rating" => &["comment"],
        "/api/v1/account" => &["name", "email", "available", "current_password"],
        "/api/v1/agents/{id}" => &["name", "email", "active", "capacity"],
        "/api/v1/session" => &["code"],
        "/api/v1/tokens" => &["expires_in_days"],
        "/api/v1/conversations/{id}/assign" => &["team_id"],
        "/api/v1/labels/{id}" => &["color"],
        "/api/v1/teams" | "/api/v1/teams/{id}" => &["agent_ids"],
        "/api/v1/views" | "/api/v1/views/{id}" => &["filter", "shared"],
        "/api/chatbot/message" => &[
            "client_id",
            "sender_type",
            "socket_id",
            "quick_replies",
            "reply_to_seq",
        ],
        "/api/chatbot/page" => &["title"],
        "/api/v1/widgets" => &["welcome_message"],
        "/api/v1/widgets/{id}/routing" => &["assignment_team_id", "close_after_hours"],
        "/api/v1/widgets/{id}" => &["domains", "welcome_message", "settings"],
        "/apps/{app_id}/events" => &["channel", "socket_id", "info"],
        _ => &[],
    }
}

/// Values of every type but the field's own.
fn wrong_types(field: &str) -> Vec<Value> {
    let all = [
        json!("text"),
        json!(1),
        json!(-1.5),
        json!(1e300),
        json!(true),
        json!([]),
        json!([[1]]),
        json!({}),
        json!({ "a": 1 }),
    ];
    let is_right = |value: &Value| match field {
        field if STRINGS.contains(&field) => value.is_string(),
        field if INTEGERS.contains(&field) => value.is_i64(),
        field if OBJECTS.contains(&field) => value.is_object(),
        field if FLAGS.contains(&field) => value.is_boolean(),
        field if LISTS_OF_STRINGS.contains(&field) => value.is_string() || value == &json!([]),
        field if LISTS_OF_IDS.contains(&field) => value == &json!([]),
        field if LISTS_OF_OBJECTS.contains(&field) => value == &json!([]),
        field => panic!("the table does not know {field}"),
    };
    all.into_iter().filter(|value| !is_right(value)).collect()
}

#[test]
fn a_field_of_a_wrong_type_is_named() {
    let scene = Scene::new();
    let before = scene.counts();
    for (endpoint, good) in scene.with_body() {
        let own: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
        let fields = own
            .iter()
            .map(String::as_str)
            .chain(further(endpoint.route).iter().copied());
        for field in fields {
            for wrong in wrong_types(field) {
                let mut body = good.clone();
                body[field] = wrong.clone();
                let what = format!("{field} = {wrong}");
                let answer = scene
                    .call_json(&endpoint, body.to_string().as_bytes())
                    .send();
                scene.is_refused(&endpoint, &what, &answer);
                if endpoint.route.starts_with("/api/") {
                    assert_eq!(answer.status, 422, "{what} at {}: {answer}", endpoint.route);
                    let details = answer.json()["details"].clone();
                    let member = format!("{field}.");
                    let is_named = |(path, sentences): (&String, &Value)| {
                        (path == field || path.starts_with(&member)) && sentences[0].is_string()
                    };
                    assert!(
                        details.as_object().unwrap().iter().any(is_named),
                        "{what} at {}: {answer}",
                        endpoint.route
                    );
                }
            }
        }
    }
    scene.unharmed(&before);
}

#[test]
fn a_missing_field_is_named() {
    let scene = Scene::new();
    let before = scene.counts();
    let optional = [
        "active",
        "visitor_token",
        "agent_id",
        "language",
        "role",
        "priority",
        "shared",
        "grace_hours",
        // There must be one, and it may be null.
        "default_capacity",
        "closed_conversations_days",
        "visits_days",
    ];
    for (endpoint, good) in scene.with_body() {
        let own: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
        for field in own
            .iter()
            .filter(|field| !optional.contains(&field.as_str()))
        {
            for missing in [None, Some(Value::Null)] {
                let mut body = good.clone();
                match missing {
                    None => drop(body.as_object_mut().unwrap().remove(field)),
                    Some(null) => body[field] = null,
                }
                let answer = scene
                    .call_json(&endpoint, body.to_string().as_bytes())
                    .send();
                scene.is_refused(&endpoint, &format!("no {field}"), &answer);
                assert!(
                    answer.text().contains(field.as_str()),
                    "{field} is named by {}: {answer}",
                    endpoint.route
                );
            }
        }
    }
    scene.unharmed(&before);
}

#[test]
fn an_escaped_nul_is_refused_wherever_text_is_kept() {
    let scene = Scene::new();
    let before = scene.counts();
    let nul = json!("a\u{0}b");
    for (route, field) in [
        ("/api/chatbot/init", "visitor_name"),
        ("/api/chatbot/init", "visitor_email"),
        ("/api/chatbot/init", "visitor_phone"),
        ("/api/chatbot/init", "visitor_id"),
        ("/api/chatbot/init", "identity"),
        ("/api/chatbot/rating", "comment"),
        ("/api/chatbot/message", "message"),
        ("/api/chatbot/message", "client_id"),
        ("/api/chatbot/message", "sender_type"),
        ("/broadcasting/auth", "socket_id"),
        ("/broadcasting/auth", "channel_name"),
        ("/api/v1/setup", "name"),
        ("/api/v1/setup", "email"),
        ("/api/v1/setup", "token"),
        ("/api/v1/session", "email"),
        ("/api/v1/labels", "name"),
        ("/api/v1/widgets", "name"),
        ("/api/v1/teams", "name"),
        ("/api/v1/views", "name"),
        ("/api/v1/conversations/{id}/notes", "body"),
        ("/api/v1/visitors/{id}", "note"),
        ("/api/v1/messages/{id}", "message"),
        ("/api/v1/canned-replies", "shortcut"),
        ("/api/v1/canned-replies", "title"),
        ("/api/v1/canned-replies", "body"),
        ("/apps/{app_id}/events", "channel"),
        ("/apps/{app_id}/events", "socket_id"),
        ("/apps/{app_id}/events", "info"),
    ] {
        let (endpoint, mut body) = scene
            .with_body()
            .into_iter()
            .find(|(endpoint, _)| endpoint.route == route)
            .unwrap();
        body[field] = nul.clone();
        let answer = scene
            .call_json(&endpoint, body.to_string().as_bytes())
            .send();
        scene.is_refused(&endpoint, &format!("NUL in {field}"), &answer);
    }
    scene.unharmed(&before);
}

#[test]
fn metadata_is_bounded() {
    let scene = Scene::new();
    let before = scene.counts();
    let (endpoint, mut body) = scene
        .with_body()
        .into_iter()
        .find(|(endpoint, _)| endpoint.route == "/api/chatbot/init")
        .unwrap();
    body["visitor_metadata"] = json!({ "a": "x".repeat(9000) });
    let answer = scene
        .call_json(&endpoint, body.to_string().as_bytes())
        .send()
        .expect(422);
    scene.is_refused(&endpoint, "9 kB of metadata", &answer);
    scene.unharmed(&before);
}

#[test]
fn more_channels_than_a_page_has_are_refused() {
    let scene = Scene::new();
    let channels = vec![scene.visitor.channel.clone(); 101];
    let body = json!({ "socket_id": "1.2", "channel_name": channels });
    let refused = scene
        .visitor
        .post("/broadcasting/auth", &body)
        .send()
        .expect(422)
        .json();
    assert!(
        refused["details"]["channel_name"][0].is_string(),
        "{refused}"
    );
}

#[test]
fn the_channel_authorization_takes_forms_as_echo_sends_them() {
    let scene = Scene::new();
    let channel = &scene.visitor.channel;
    let send = |body: &str| {
        let request = scene
            .app
            .request("POST", "/broadcasting/auth")
            .bearer(&scene.visitor.token);
        request
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=UTF-8",
            )
            .body(body)
            .send()
    };
    let one = send(&format!("socket_id=1.2&channel_name={channel}"))
        .expect(200)
        .json();
    assert!(one["auth"].is_string(), "{one}");
    let many = send(&format!(
        "socket_id=1.2&channel_name[]={channel}&channel_name[]=private-x"
    ))
    .expect(200)
    .json();
    assert!(many[channel]["auth"].is_string(), "{many}");
    assert_eq!(many["private-x"]["status"], 403);
    for (body, status) in [
        ("socket_id=1.2&channel_name=%ff", 403),
        ("socket_id=1.2", 422),
        ("", 422),
        ("\u{0}", 400),
        ("socket_id=1.2&channel_name=%00", 403),
    ] {
        let answer = send(body).expect(status);
        assert!(
            answer.json()["request_id"].is_string(),
            "{body:?}: {answer}"
        );
    }
}
