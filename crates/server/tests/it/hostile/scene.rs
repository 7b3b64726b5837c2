//! An installation with something in it, every endpoint of it as a good client would call it, and a count of all there is.

use crate::start;
use antiphon_domain::Permission::{self, Administer, Answer, Read};
use antiphon_testkit::{Agent, Backend, Request, Response, TestApp, Visitor};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who calls an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Anybody,
    Widget,
    Visitor,
    /// An agent, whatever it may do.
    AnyAgent,
    /// An agent with this permission.
    Agent(Permission),
    Backend,
}

/// An endpoint, as the router has it, and a good call of it.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    /// As in the router.
    pub(super) route: &'static str,
    /// As a client calls it.
    pub(super) path: String,
    pub(super) by: By,
    /// A body that is taken, where one is read at all.
    pub(super) body: Option<Value>,
}

pub(super) struct Scene {
    pub(super) app: TestApp,
    pub(super) visitor: Visitor,
    pub(super) agent: Agent,
    pub(super) backend: Backend,
    widget: String,
}

/// How much there is of everything.
pub(super) type Counts = BTreeMap<String, i64>;

impl Scene {
    pub(super) fn new() -> Self {
        let app = start();
        let (agent, visitor) = (app.agent(), app.visitor());
        visitor.say("hello");
        Self {
            backend: app.backend(),
            widget: app.widget_token(),
            visitor,
            agent,
            app,
        }
    }

    /// Every endpoint of the router, once.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let id = self.visitor.conversation_id;
        let get = |route, path: String, by| Endpoint {
            method: "GET",
            route,
            path,
            by,
            body: None,
        };
        let post = |route, path: String, by, body| Endpoint {
            method: "POST",
            route,
            path,
            by,
            body,
        };
        let other = |method, route, path: String, by, body| Endpoint {
            method,
            route,
            path,
            by,
            body,
        };
        let same =
            |route: &'static str, by, body: Value| post(route, route.to_owned(), by, Some(body));
        let patch = |route: &'static str, body| Endpoint {
            method: "PATCH",
            ..post(route, route.to_owned(), By::AnyAgent, Some(body))
        };
        let delete = |route, path: &str, by| Endpoint {
            method: "DELETE",
            ..get(route, path.to_owned(), by)
        };
        let page = |route: &'static str| get(route, route.to_owned(), By::Anybody);
        let app_id = &self.backend.app_id;
        let setup = json!({ "token": "cbi_x", "name": "Eve", "email": "eve@example.com", "password": "correct horse" });
        vec![
            get(
                "/api/chatbot/config",
                "/api/chatbot/config".to_owned(),
                By::Widget,
            ),
            same(
                "/api/chatbot/init",
                By::Widget,
                json!({ "visitor_token": self.visitor.token }),
            ),
            same(
                "/api/chatbot/message",
                By::Visitor,
                json!({ "conversation_id": id, "message": "hi" }),
            ),
            // Their bodies are no JSON; what they refuse is in `files/refusing.rs`.
            post(
                "/api/chatbot/file",
                "/api/chatbot/file".to_owned(),
                By::Visitor,
                None,
            ),
            post(
                "/api/chatbot/voice",
                "/api/chatbot/voice".to_owned(),
                By::Visitor,
                None,
            ),
            same(
                "/api/chatbot/upload",
                By::Visitor,
                json!({ "conversation_id": id, "client_id": "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69", "name": "a.txt", "size": 9 }),
            ),
            // Its body is no JSON either; see `files/resuming.rs`.
            Endpoint {
                method: "PATCH",
                route: "/api/chatbot/upload/{upload_id}",
                path: format!("/api/chatbot/upload/{}", "0".repeat(32)),
                by: By::Visitor,
                body: None,
            },
            get("/files/{id}", "/files/1".to_owned(), By::Anybody),
            get(
                "/files/{id}/thumbnail",
                "/files/1/thumbnail".to_owned(),
                By::Anybody,
            ),
            get(
                "/api/chatbot/conversation/{id}",
                format!("/api/chatbot/conversation/{id}"),
                By::Visitor,
            ),
            get(
                "/api/chatbot/conversation/{id}/transcript",
                format!("/api/chatbot/conversation/{id}/transcript"),
                By::Visitor,
            ),
            get(
                "/api/chatbot/conversations",
                "/api/chatbot/conversations".to_owned(),
                By::Visitor,
            ),
            same(
                "/api/chatbot/page",
                By::Visitor,
                json!({ "conversation_id": id, "url": "https://www.example.com/prices" }),
            ),
            same(
                "/api/chatbot/rating",
                By::Visitor,
                json!({ "conversation_id": id, "score": 5 }),
            ),
            same(
                "/api/chatbot/read",
                By::Visitor,
                json!({ "conversation_id": id, "up_to_seq": 0 }),
            ),
            same(
                "/api/chatbot/delivered",
                By::Visitor,
                json!({ "conversation_id": id, "up_to_seq": 0 }),
            ),
            same(
                "/broadcasting/auth",
                By::Visitor,
                json!({ "socket_id": "1.2", "channel_name": self.visitor.channel }),
            ),
            same(
                "/broadcasting/user-auth",
                By::Agent(Read),
                json!({ "socket_id": "1.2" }),
            ),
            same("/api/v1/setup", By::Anybody, setup),
            same(
                "/api/v1/setup/check",
                By::Anybody,
                json!({ "token": "cbi_x" }),
            ),
            same(
                "/api/v1/session",
                By::Anybody,
                json!({ "email": "eve@example.com", "password": "x" }),
            ),
            Endpoint {
                method: "DELETE",
                route: "/api/v1/session",
                path: "/api/v1/session".to_owned(),
                by: By::Anybody,
                body: None,
            },
            page("/api/v1/openapi.json"),
            get(
                "/api/v1/account",
                "/api/v1/account".to_owned(),
                By::AnyAgent,
            ),
            patch("/api/v1/account", json!({ "language": "de" })),
            same(
                "/api/v1/account/password",
                By::AnyAgent,
                json!({ "current_password": "wrong", "password": "0123456789" }),
            ),
            get(
                "/api/v1/account/sessions",
                "/api/v1/account/sessions".to_owned(),
                By::AnyAgent,
            ),
            delete(
                "/api/v1/account/sessions",
                "/api/v1/account/sessions",
                By::AnyAgent,
            ),
            delete(
                "/api/v1/account/sessions/{id}",
                "/api/v1/account/sessions/9999",
                By::AnyAgent,
            ),
            same(
                "/api/v1/account/two-factor",
                By::AnyAgent,
                json!({ "secret": "A".repeat(32), "code": "123456", "current_password": "wrong" }),
            ),
            post(
                "/api/v1/account/two-factor/secret",
                "/api/v1/account/two-factor/secret".to_owned(),
                By::AnyAgent,
                None,
            ),
            same(
                "/api/v1/account/two-factor/disable",
                By::AnyAgent,
                json!({ "current_password": "wrong" }),
            ),
            same(
                "/api/v1/account/two-factor/recovery-codes",
                By::AnyAgent,
                json!({ "current_password": "wrong" }),
            ),
            get("/api/v1/tokens", "/api/v1/tokens".to_owned(), By::AnyAgent),
            same(
                "/api/v1/tokens",
                By::AnyAgent,
                json!({ "name": "Reports", "scopes": ["read"] }),
            ),
            delete("/api/v1/tokens/{id}", "/api/v1/tokens/9999", By::AnyAgent),
            get(
                "/api/v1/invitations",
                "/api/v1/invitations".to_owned(),
                By::Agent(Administer),
            ),
            same(
                "/api/v1/invitations",
                By::Agent(Administer),
                json!({ "email": "zoe@example.com", "role": "agent" }),
            ),
            delete(
                "/api/v1/invitations/{id}",
                "/api/v1/invitations/9999",
                By::Agent(Administer),
            ),
            same(
                "/api/v1/invitations/check",
                By::Anybody,
                json!({ "token": "cbj_x" }),
            ),
            same(
                "/api/v1/invitations/accept",
                By::Anybody,
                json!({ "token": "cbj_x", "name": "Eve", "password": "correct horse" }),
            ),
            same(
                "/api/v1/password-reset",
                By::Anybody,
                json!({ "token": "cbp_x", "password": "correct horse" }),
            ),
            same(
                "/api/v1/password-reset/check",
                By::Anybody,
                json!({ "token": "cbp_x" }),
            ),
            get(
                "/api/v1/security",
                "/api/v1/security".to_owned(),
                By::Agent(Administer),
            ),
            Endpoint {
                by: By::Agent(Administer),
                ..patch("/api/v1/security", json!({ "two_factor_required": false }))
            },
            Endpoint {
                by: By::Agent(Administer),
                route: "/api/v1/agents/{id}",
                ..patch("/api/v1/agents/9999", json!({ "role": "viewer" }))
            },
            post(
                "/api/v1/agents/{id}/password-reset",
                "/api/v1/agents/9999/password-reset".to_owned(),
                By::Agent(Administer),
                None,
            ),
            delete(
                "/api/v1/agents/{id}/two-factor",
                "/api/v1/agents/9999/two-factor",
                By::Agent(Administer),
            ),
            get("/api/v1/me", "/api/v1/me".to_owned(), By::AnyAgent),
            get(
                "/api/v1/agents",
                "/api/v1/agents".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/audit",
                "/api/v1/audit".to_owned(),
                By::Agent(Administer),
            ),
            get(
                "/api/v1/conversations",
                "/api/v1/conversations".to_owned(),
                By::Agent(Read),
            ),
            same(
                "/api/v1/delivered",
                By::Agent(Answer),
                json!({ "marks": [{ "conversation_id": id, "up_to_seq": 0 }] }),
            ),
            same(
                "/api/v1/webhooks",
                By::Agent(Administer),
                json!({ "url": "https://example.com/hook", "events": ["message.created"] }),
            ),
            Endpoint {
                method: "PATCH",
                route: "/api/v1/webhooks/{id}",
                path: "/api/v1/webhooks/1".to_owned(),
                by: By::Agent(Administer),
                body: Some(json!({ "active": false })),
            },
            post(
                "/api/v1/webhooks/{id}/rotate",
                "/api/v1/webhooks/1/rotate".to_owned(),
                By::Agent(Administer),
                None,
            ),
            post(
                "/api/v1/webhooks/{id}/test",
                "/api/v1/webhooks/1/test".to_owned(),
                By::Agent(Administer),
                None,
            ),
            get(
                "/api/v1/webhooks/{id}/deliveries",
                "/api/v1/webhooks/1/deliveries".to_owned(),
                By::Agent(Administer),
            ),
            post(
                "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
                "/api/v1/webhooks/1/deliveries/1/replay".to_owned(),
                By::Agent(Administer),
                None,
            ),
            get(
                "/api/v1/widgets",
                "/api/v1/widgets".to_owned(),
                By::Agent(Read),
            ),
            same(
                "/api/v1/widgets",
                By::Agent(Administer),
                json!({ "name": "Shop", "domains": ["shop.example"] }),
            ),
            get(
                "/api/v1/widgets/{id}",
                "/api/v1/widgets/1".to_owned(),
                By::Agent(Read),
            ),
            other(
                "PATCH",
                "/api/v1/widgets/{id}",
                "/api/v1/widgets/987654".to_owned(),
                By::Agent(Administer),
                Some(json!({ "name": "Shop" })),
            ),
            post(
                "/api/v1/widgets/{id}/activate",
                "/api/v1/widgets/987654/activate".to_owned(),
                By::Agent(Administer),
                None,
            ),
            post(
                "/api/v1/widgets/{id}/deactivate",
                "/api/v1/widgets/987654/deactivate".to_owned(),
                By::Agent(Administer),
                None,
            ),
            get(
                "/api/v1/widgets/{id}/installation",
                "/api/v1/widgets/1/installation".to_owned(),
                By::Agent(Administer),
            ),
            post(
                "/api/v1/widgets/{id}/rotate_token",
                "/api/v1/widgets/987654/rotate_token".to_owned(),
                By::Agent(Administer),
                Some(json!({ "grace_hours": 24 })),
            ),
            post(
                "/api/v1/widgets/{id}/rotate_identity_secret",
                "/api/v1/widgets/987654/rotate_identity_secret".to_owned(),
                By::Agent(Administer),
                Some(json!({ "grace_hours": 24 })),
            ),
            post(
                "/api/v1/conversations/{id}/close",
                format!("/api/v1/conversations/{id}/close"),
                By::Agent(Answer),
                None,
            ),
            post(
                "/api/v1/conversations/{id}/reopen",
                format!("/api/v1/conversations/{id}/reopen"),
                By::Agent(Answer),
                None,
            ),
            post(
                "/api/v1/conversations/{id}/assign",
                format!("/api/v1/conversations/{id}/assign"),
                By::Agent(Answer),
                Some(json!({ "agent_id": null })),
            ),
            get(
                "/api/v1/reports/overview",
                "/api/v1/reports/overview?from=2026-03-23&to=2026-03-29".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/reports/series",
                "/api/v1/reports/series?from=2026-03-23&to=2026-03-29".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/reports/by/{grouping}",
                "/api/v1/reports/by/agent?from=2026-03-23&to=2026-03-29".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/reports/csat",
                "/api/v1/reports/csat?from=2026-03-23&to=2026-03-29".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/conversations/counts",
                "/api/v1/conversations/counts".to_owned(),
                By::Agent(Read),
            ),
            same(
                "/api/v1/conversations/bulk",
                By::Agent(Answer),
                json!({ "ids": [id], "action": {} }),
            ),
            get(
                "/api/v1/conversations/{id}",
                format!("/api/v1/conversations/{id}"),
                By::Agent(Read),
            ),
            post(
                "/api/v1/conversations/{id}/snooze",
                format!("/api/v1/conversations/{id}/snooze"),
                By::Agent(Answer),
                Some(json!({ "until": "2000-01-01T00:00:00Z" })),
            ),
            post(
                "/api/v1/conversations/{id}/priority",
                format!("/api/v1/conversations/{id}/priority"),
                By::Agent(Answer),
                Some(json!({ "priority": "high" })),
            ),
            other(
                "PUT",
                "/api/v1/conversations/{id}/labels",
                format!("/api/v1/conversations/{id}/labels"),
                By::Agent(Answer),
                Some(json!({ "label_ids": [] })),
            ),
            get(
                "/api/v1/search",
                "/api/v1/search?q=hello".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/labels",
                "/api/v1/labels".to_owned(),
                By::Agent(Read),
            ),
            same(
                "/api/v1/labels",
                By::Agent(Administer),
                json!({ "name": "bug", "color": "#d73a4a" }),
            ),
            other(
                "PATCH",
                "/api/v1/labels/{id}",
                "/api/v1/labels/9".to_owned(),
                By::Agent(Administer),
                Some(json!({ "name": "bug" })),
            ),
            other(
                "DELETE",
                "/api/v1/labels/{id}",
                "/api/v1/labels/9".to_owned(),
                By::Agent(Administer),
                None,
            ),
            get("/api/v1/teams", "/api/v1/teams".to_owned(), By::Agent(Read)),
            same(
                "/api/v1/teams",
                By::Agent(Administer),
                json!({ "name": "Sales" }),
            ),
            other(
                "PATCH",
                "/api/v1/teams/{id}",
                "/api/v1/teams/9".to_owned(),
                By::Agent(Administer),
                Some(json!({ "name": "Sales" })),
            ),
            other(
                "DELETE",
                "/api/v1/teams/{id}",
                "/api/v1/teams/9".to_owned(),
                By::Agent(Administer),
                None,
            ),
            get(
                "/api/v1/routing",
                "/api/v1/routing".to_owned(),
                By::Agent(Read),
            ),
            other(
                "PUT",
                "/api/v1/routing",
                "/api/v1/routing".to_owned(),
                By::Agent(Administer),
                Some(json!({ "default_capacity": 3 })),
            ),
            get(
                "/api/v1/widgets/{id}/routing",
                "/api/v1/widgets/1/routing".to_owned(),
                By::Agent(Read),
            ),
            other(
                "PUT",
                "/api/v1/widgets/{id}/routing",
                "/api/v1/widgets/1/routing".to_owned(),
                By::Agent(Administer),
                Some(json!({ "assignment": "off" })),
            ),
            get("/api/v1/views", "/api/v1/views".to_owned(), By::Agent(Read)),
            same(
                "/api/v1/views",
                By::Agent(Answer),
                json!({ "name": "Mine", "filter": {} }),
            ),
            other(
                "PATCH",
                "/api/v1/views/{id}",
                "/api/v1/views/9".to_owned(),
                By::Agent(Answer),
                Some(json!({ "name": "Mine" })),
            ),
            other(
                "DELETE",
                "/api/v1/views/{id}",
                "/api/v1/views/9".to_owned(),
                By::Agent(Answer),
                None,
            ),
            get(
                "/api/v1/conversations/{id}/notes",
                format!("/api/v1/conversations/{id}/notes"),
                By::Agent(Read),
            ),
            post(
                "/api/v1/conversations/{id}/notes",
                format!("/api/v1/conversations/{id}/notes"),
                By::Agent(Answer),
                Some(json!({ "body": "a note" })),
            ),
            Endpoint {
                method: "PATCH",
                route: "/api/v1/notes/{id}",
                path: "/api/v1/notes/987654".to_owned(),
                by: By::Agent(Answer),
                body: Some(json!({ "body": "another note" })),
            },
            Endpoint {
                method: "DELETE",
                route: "/api/v1/notes/{id}",
                path: "/api/v1/notes/987654".to_owned(),
                by: By::Agent(Answer),
                body: None,
            },
            get(
                "/api/v1/mentions",
                "/api/v1/mentions".to_owned(),
                By::Agent(Read),
            ),
            get(
                "/api/v1/me/push_subscriptions",
                "/api/v1/me/push_subscriptions".to_owned(),
                By::AnyAgent,
            ),
            same(
                "/api/v1/me/push_subscriptions",
                By::AnyAgent,
                json!({
                    "endpoint": "https://push.example.com/1",
                    "keys": { "p256dh": format!("B{}", "A".repeat(86)), "auth": "A".repeat(22) },
                    "notify_of": "mine",
                    "with_text": true,
                }),
            ),
            delete(
                "/api/v1/me/push_subscriptions/{id}",
                "/api/v1/me/push_subscriptions/9999",
                By::AnyAgent,
            ),
            post(
                "/api/v1/me/push_subscriptions/{id}/test",
                "/api/v1/me/push_subscriptions/9999/test".to_owned(),
                By::AnyAgent,
                None,
            ),
            same(
                "/api/v1/me/looking",
                By::AnyAgent,
                json!({ "looking": false }),
            ),
            same(
                "/api/v1/mentions/read",
                By::Agent(Read),
                json!({ "up_to_id": 0 }),
            ),
            get(
                "/api/v1/canned-replies",
                "/api/v1/canned-replies".to_owned(),
                By::Agent(Read),
            ),
            same(
                "/api/v1/canned-replies",
                By::Agent(Answer),
                json!({ "shortcut": "hi", "title": "Greeting", "body": "Hi {{visitor.name}}", "shared": false }),
            ),
            Endpoint {
                method: "PATCH",
                route: "/api/v1/messages/{id}",
                path: "/api/v1/messages/987654".to_owned(),
                by: By::Agent(Answer),
                body: Some(json!({ "message": "another text" })),
            },
            Endpoint {
                method: "DELETE",
                route: "/api/v1/messages/{id}",
                path: "/api/v1/messages/987654".to_owned(),
                by: By::Agent(Answer),
                body: None,
            },
            get(
                "/api/v1/conversations/{id}/transcript",
                format!("/api/v1/conversations/{id}/transcript"),
                By::Agent(Read),
            ),
            get(
                "/api/v1/visitors/{id}",
                "/api/v1/visitors/1".to_owned(),
                By::Agent(Read),
            ),
            Endpoint {
                method: "PATCH",
                route: "/api/v1/visitors/{id}",
                path: "/api/v1/visitors/987654".to_owned(),
                by: By::Agent(Answer),
                body: Some(json!({ "note": "calls on Mondays" })),
            },
            Endpoint {
                method: "DELETE",
                route: "/api/v1/visitors/{id}",
                path: "/api/v1/visitors/987654".to_owned(),
                by: By::Agent(Administer),
                body: None,
            },
            // Each time that it is given out is written down.
            get(
                "/api/v1/visitors/{id}/export",
                "/api/v1/visitors/987654/export".to_owned(),
                By::Agent(Administer),
            ),
            get(
                "/api/v1/widgets/{id}/retention",
                "/api/v1/widgets/1/retention".to_owned(),
                By::Agent(Administer),
            ),
            Endpoint {
                method: "PUT",
                route: "/api/v1/widgets/{id}/retention",
                path: "/api/v1/widgets/987654/retention".to_owned(),
                by: By::Agent(Administer),
                body: Some(json!({ "closed_conversations_days": 30, "visits_days": 7 })),
            },
            get(
                "/api/v1/blocks",
                "/api/v1/blocks".to_owned(),
                By::Agent(Read),
            ),
            // Its body names one of two; what it refuses is in `visitors.rs`.
            post(
                "/api/v1/blocks",
                "/api/v1/blocks".to_owned(),
                By::Agent(Answer),
                None,
            ),
            Endpoint {
                method: "DELETE",
                route: "/api/v1/blocks/{id}",
                path: "/api/v1/blocks/987654".to_owned(),
                by: By::Agent(Answer),
                body: None,
            },
            // Every field of its body may be missing; what it refuses is in `notes.rs`.
            Endpoint {
                method: "PATCH",
                route: "/api/v1/canned-replies/{id}",
                path: "/api/v1/canned-replies/987654".to_owned(),
                by: By::Agent(Answer),
                body: None,
            },
            Endpoint {
                method: "DELETE",
                route: "/api/v1/canned-replies/{id}",
                path: "/api/v1/canned-replies/987654".to_owned(),
                by: By::Agent(Answer),
                body: None,
            },
            page("/"),
            page("/api/docs"),
            page("/inbox"),
            page("/inbox/service-worker.js"),
            page("/inbox/manifest.webmanifest"),
            get(
                "/inbox/{*path}",
                "/inbox/conversations/1".to_owned(),
                By::Anybody,
            ),
            page("/chatbot-test.html"),
            page("/chatbot-test.json"),
            page("/widget-preview"),
            page("/demo"),
            page("/demo/preview"),
            page("/chatbot-widget.js"),
            page("/antiphon-resume.js"),
            get("/assets/{*path}", "/assets/x.js".to_owned(), By::Anybody),
            page("/up"),
            page("/live"),
            post(
                "/apps/{app_id}/events",
                format!("/apps/{app_id}/events"),
                By::Backend,
                Some(json!({ "name": "e", "channels": ["news"], "data": "{}" })),
            ),
            post(
                "/apps/{app_id}/batch_events",
                format!("/apps/{app_id}/batch_events"),
                By::Backend,
                Some(json!({ "batch": [{ "name": "e", "channel": "news", "data": "{}" }] })),
            ),
            get(
                "/apps/{app_id}/channels",
                format!("/apps/{app_id}/channels"),
                By::Backend,
            ),
            get(
                "/apps/{app_id}/channels/{name}",
                format!("/apps/{app_id}/channels/news"),
                By::Backend,
            ),
            get(
                "/apps/{app_id}/channels/{name}/events",
                format!("/apps/{app_id}/channels/news/events"),
                By::Backend,
            ),
            get(
                "/apps/{app_id}/channels/{name}/users",
                format!("/apps/{app_id}/channels/presence-news/users"),
                By::Backend,
            ),
            post(
                "/apps/{app_id}/users/{user_id}/terminate_connections",
                format!("/apps/{app_id}/users/1/terminate_connections"),
                By::Backend,
                None,
            ),
            get(
                "/apps/{app_id}/connections",
                format!("/apps/{app_id}/connections"),
                By::Backend,
            ),
            get(
                "/apps/{app_id}/webhook_deliveries",
                format!("/apps/{app_id}/webhook_deliveries"),
                By::Backend,
            ),
            post(
                "/apps/{app_id}/webhook_deliveries/{delivery}/replay",
                format!("/apps/{app_id}/webhook_deliveries/1/replay"),
                By::Backend,
                None,
            ),
            page("/console"),
            get(
                "/console/{*path}",
                "/console/channels".to_owned(),
                By::Anybody,
            ),
            get(
                "/console/api/session",
                "/console/api/session".to_owned(),
                By::Agent(Administer),
            ),
            get(
                "/console/api/overview",
                "/console/api/overview".to_owned(),
                By::Agent(Administer),
            ),
            get(
                "/console/api/tail",
                "/console/api/tail".to_owned(),
                By::Agent(Administer),
            ),
            get(
                "/console/api/apps/{app_id}/channels",
                format!("/console/api/apps/{app_id}/channels"),
                By::Agent(Administer),
            ),
            get(
                "/console/api/apps/{app_id}/channels/{name}",
                format!("/console/api/apps/{app_id}/channels/news"),
                By::Agent(Administer),
            ),
            get(
                "/console/api/apps/{app_id}/channels/{name}/history",
                format!("/console/api/apps/{app_id}/channels/news/history"),
                By::Agent(Administer),
            ),
            get(
                "/console/api/apps/{app_id}/connections",
                format!("/console/api/apps/{app_id}/connections"),
                By::Agent(Administer),
            ),
            get(
                "/console/api/apps/{app_id}/webhooks",
                format!("/console/api/apps/{app_id}/webhooks"),
                By::Agent(Administer),
            ),
            post(
                "/console/api/apps/{app_id}/connections/{socket_id}/close",
                format!("/console/api/apps/{app_id}/connections/1.1/close"),
                By::Agent(Administer),
                None,
            ),
            post(
                "/console/api/apps/{app_id}/users/{user_id}/terminate",
                format!("/console/api/apps/{app_id}/users/1/terminate"),
                By::Agent(Administer),
                None,
            ),
            post(
                "/console/api/apps/{app_id}/events",
                format!("/console/api/apps/{app_id}/events"),
                By::Agent(Administer),
                Some(json!({ "name": "e", "channel": "news" })),
            ),
            post(
                "/console/api/apps/{app_id}/webhooks/{delivery}/replay",
                format!("/console/api/apps/{app_id}/webhooks/1/replay"),
                By::Agent(Administer),
                None,
            ),
        ]
    }

    /// The endpoints that read a JSON body.
    pub(super) fn with_body(&self) -> Vec<(Endpoint, Value)> {
        let endpoints = self.endpoints().into_iter();
        endpoints
            .filter_map(|endpoint| {
                let body = endpoint.body.clone()?;
                Some((endpoint, body))
            })
            .collect()
    }

    /// A call with the credentials of who may make it, and with a body that may be anything.
    pub(super) fn call(&self, endpoint: &Endpoint, body: &[u8]) -> Request {
        let request = self.app.request(endpoint.method, &endpoint.path).body(body);
        match endpoint.by {
            By::Anybody => request,
            By::Widget => request.bearer(&self.widget),
            By::Visitor => request.bearer(&self.visitor.token),
            By::AnyAgent | By::Agent(_) => request.header("cookie", &self.agent.cookie),
            By::Backend => {
                let query = self.backend.sign(endpoint.method, &endpoint.path, body);
                let target = format!("{}?{query}", endpoint.path);
                self.app.request(endpoint.method, &target).body(body)
            }
        }
    }

    /// The same as JSON.
    pub(super) fn call_json(&self, endpoint: &Endpoint, body: &[u8]) -> Request {
        self.call(endpoint, body)
            .header("content-type", "application/json")
    }

    /// A 4xx in its API's own form.
    #[track_caller]
    pub(super) fn is_refused(&self, endpoint: &Endpoint, what: &str, answer: &Response) {
        let context = || format!("{what} at {} {}: {answer}", endpoint.method, endpoint.route);
        assert!((400..500).contains(&answer.status), "{}", context());
        if endpoint.by == By::Backend {
            assert!(!answer.text().trim().is_empty(), "{}", context());
        } else {
            let body = answer.json();
            assert!(body["error"].is_string(), "{}", context());
            assert_eq!(
                body["request_id"],
                answer.header("x-request-id").unwrap(),
                "{}",
                context()
            );
        }
    }

    /// How much there is of everything, from the file itself.
    pub(super) fn counts(&self) -> Counts {
        let path = self.app.workspace().database();
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut tables = database
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let count = |sql: &str| database.query_row(sql, [], |row| row.get(0)).unwrap();
        let mut counts: Counts = tables
            .into_iter()
            .map(|table| {
                let n_rows = count(&format!("SELECT count(*) FROM {table}"));
                (table, n_rows)
            })
            .collect();
        // Every change of a conversation draws a revision.
        let revision = count("SELECT value FROM counters WHERE name = 'revision'");
        counts.insert("revision".to_owned(), revision);
        counts
    }

    /// The server is well, and nothing was stored since.
    #[track_caller]
    pub(super) fn unharmed(&self, before: &Counts) {
        self.app.get("/up").send().expect(200);
        assert_eq!(&self.counts(), before);
        let log = self.app.log();
        assert!(
            !log.contains("panicked") && !log.contains(" ERROR "),
            "{log}"
        );
        assert_eq!(self.visitor.texts(), ["hello"]);
    }
}
