//! Pages of other sites: which may use the widget's API, and that none may use an agent's cookie.

use crate::start;
use antiphon_testkit::{Request, Response, Visitor};
use serde_json::json;

const ALLOWED: &str = "https://shop.example";
const FOREIGN: &str = "https://evil.example";
const ALLOW_ORIGIN: &str = "access-control-allow-origin";

/// A widget for `shop.example` and everything below `shop.example`'s own shops.
fn widget(app: &antiphon_testkit::TestApp) -> String {
    let args = [
        "widget:create",
        "--name",
        "Shop",
        "--domain",
        "shop.example",
        "--domain",
        "*.shop.example",
        "--json",
    ];
    let widget = app.workspace().cli(&args).json();
    widget["token"].as_str().unwrap().to_owned()
}

/// The refusal is all there is to read.
#[track_caller]
fn refused(answer: &Response) {
    assert_eq!(answer.status, 403, "{answer}");
    let body = answer.json();
    let fields: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["error", "request_id"], "{answer}");
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}

#[test]
fn a_preflight_is_answered_without_a_credential() {
    let app = start();
    for path in [
        "/api/chatbot/config",
        "/api/chatbot/init",
        "/api/chatbot/message",
        "/api/chatbot/conversation/1",
        "/api/chatbot/read",
        "/api/chatbot/upload/00000000000000000000000000000000",
        "/api/chatbot/delivered",
        "/broadcasting/auth",
    ] {
        let answer = app
            .request("OPTIONS", path)
            .header("origin", ALLOWED)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,x-socket-id",
            )
            .send();
        assert!(matches!(answer.status, 200 | 204), "{path}: {answer}");
        assert_eq!(answer.header(ALLOW_ORIGIN), Some(ALLOWED), "{path}");
        let headers = answer.header("access-control-allow-headers").unwrap();
        for header in [
            "authorization",
            "content-type",
            "x-socket-id",
            "upload-offset",
        ] {
            assert!(headers.contains(header), "{path}: {headers}");
        }
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.contains("POST") && methods.contains("PATCH"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[test]
fn the_widgets_own_sites_may_use_it() {
    let app = start();
    let token = widget(&app);
    for origin in [
        ALLOWED,
        "http://shop.example",
        "https://shop.example:8443",
        "https://de.shop.example",
    ] {
        let answer = app
            .get("/api/chatbot/config")
            .bearer(&token)
            .header("origin", origin)
            .send()
            .expect(200);
        assert_eq!(answer.header(ALLOW_ORIGIN), Some(origin));
        assert!(answer.list("vary").contains(&"origin".to_owned()));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[test]
fn another_sites_page_is_refused_and_reads_nothing_else() {
    let app = start();
    let token = widget(&app);
    let visitor = Visitor::init(&app, &token, &json!({}));
    let requests = |origin: &str| -> Vec<Request> {
        [
            app.get("/api/chatbot/config").bearer(&token),
            app.post("/api/chatbot/init", &json!({})).bearer(&token),
            visitor.message("hello"),
            visitor.conversation(""),
            visitor.post(
                "/api/chatbot/read",
                &json!({ "conversation_id": visitor.conversation_id, "up_to_seq": 0 }),
            ),
            visitor.post(
                "/broadcasting/auth",
                &json!({ "socket_id": "1.2", "channel_name": visitor.channel }),
            ),
        ]
        .map(|request| request.header("origin", origin))
        .to_vec()
    };
    for origin in [
        FOREIGN,
        "null",
        "https://shop.example.evil.example",
        "https://notshop.example",
        "file://",
        "https://",
        "x",
    ] {
        for request in requests(origin) {
            refused(&request.send());
        }
    }
    let statuses: Vec<u16> = requests(ALLOWED)
        .into_iter()
        .map(|request| request.send().status)
        .collect();
    assert_eq!(statuses, [200, 200, 201, 200, 200, 200]);
}

#[test]
fn a_refusal_on_an_allowed_site_is_readable_there() {
    let app = start();
    let visitor = Visitor::init(&app, &widget(&app), &json!({}));
    let answer = visitor
        .message("")
        .header("origin", ALLOWED)
        .send()
        .expect(422);
    assert_eq!(answer.header(ALLOW_ORIGIN), Some(ALLOWED));
    assert!(
        answer
            .header("access-control-expose-headers")
            .unwrap()
            .contains("x-request-id")
    );
}

#[test]
fn another_sites_page_cannot_use_an_agents_cookie() {
    let app = start();
    let (agent, visitor) = (app.agent(), app.visitor());
    visitor.say("hello");
    let id = visitor.conversation_id;
    let forged = |request: Request| {
        [
            request.clone().header("origin", FOREIGN),
            request.clone().header("origin", "null"),
            request.clone().header("sec-fetch-site", "cross-site"),
            request.clone().header("sec-fetch-site", "same-site"),
            request
                .header("sec-fetch-site", "cross-site")
                .header("origin", &format!("http://{}", app.http())),
        ]
    };
    let message = json!({ "conversation_id": id, "message": "forged" });
    for request in [
        agent.post("/api/chatbot/message", &message),
        agent.post(
            "/api/chatbot/read",
            &json!({ "conversation_id": id, "up_to_seq": 1 }),
        ),
        agent.post(
            "/api/v1/delivered",
            &json!({ "marks": [{ "conversation_id": id, "up_to_seq": 1 }] }),
        ),
        agent.post(
            "/broadcasting/auth",
            &json!({ "socket_id": "1.2", "channel_name": visitor.channel }),
        ),
        agent.post(&format!("/api/v1/conversations/{id}/close"), &json!({})),
        agent.post(
            &format!("/api/v1/conversations/{id}/assign"),
            &json!({ "agent_id": agent.id }),
        ),
        app.request("DELETE", "/api/v1/session")
            .header("cookie", &agent.cookie),
    ] {
        for forged in forged(request) {
            forged.send().expect(403);
        }
    }
    assert_eq!(visitor.read("")["last_seq"], 1);
    assert_eq!(visitor.read("")["data"]["status"], "pending");
    agent.get("/api/v1/me").send().expect(200);
    let own = format!("http://{}", app.http());
    let posted = agent
        .post("/api/chatbot/message", &message)
        .header("origin", &own)
        .header("sec-fetch-site", "same-origin");
    posted.send().expect(201);
}

#[test]
fn another_sites_page_cannot_log_a_browser_in_or_set_it_up() {
    let app = start();
    let token = app.setup_token().unwrap();
    let body = json!({ "token": token, "name": "Eve", "email": "eve@example.com", "password": "correct horse battery" });
    for path in ["/api/v1/setup", "/api/v1/setup/check", "/api/v1/session"] {
        app.post(path, &body)
            .header("origin", FOREIGN)
            .send()
            .expect(403);
    }
    app.agent();
}

#[test]
fn what_an_agent_reads_is_readable_on_no_other_site() {
    let app = start();
    let agent = app.agent();
    for path in ["/api/v1/me", "/api/v1/conversations", "/api/v1/agents"] {
        let answer = agent.get(path).header("origin", FOREIGN).send();
        assert_eq!(answer.header(ALLOW_ORIGIN), None, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}
