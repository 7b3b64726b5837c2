//! The table of endpoints is complete, and what is no route is refused in the same form.

use super::scene::Scene;
use std::collections::BTreeSet;

/// The router's source: every route is on that page.
const ROUTER: &str = include_str!("../../../../http/src/router.rs");

/// Routes of WebSockets, which the engine's own tests cover; and what answers that there is no such route.
const LEFT_OUT: [&str; 2] = ["{path_prefix}/app/{{key}}", "/console/api/{*path}"];

#[test]
fn every_route_is_tried() {
    let routes: BTreeSet<&str> = ROUTER
        .split(".route(")
        .skip(1)
        .map(|route| route.split('"').nth(1).unwrap())
        .filter(|route| !LEFT_OUT.contains(route))
        .collect();
    let endpoints = Scene::new().endpoints();
    let tried: BTreeSet<&str> = endpoints.iter().map(|endpoint| endpoint.route).collect();
    assert_eq!(tried, routes);
}

#[test]
fn a_method_that_a_route_does_not_take_is_refused() {
    let scene = Scene::new();
    let before = scene.counts();
    let endpoints = scene.endpoints();
    let takes = |route: &str, method: &str| {
        let mut of_route = endpoints.iter().filter(|endpoint| endpoint.route == route);
        of_route.any(|endpoint| endpoint.method == method)
    };
    for endpoint in &endpoints {
        for method in ["PUT", "PATCH", "TRACE", "BREW"] {
            if takes(endpoint.route, method) {
                continue;
            }
            let answer = scene.app.request(method, &endpoint.path).send();
            assert_eq!(answer.status, 405, "{method} {}: {answer}", endpoint.route);
            scene.is_refused(&scene.endpoints()[0], method, &answer);
        }
    }
    scene.unharmed(&before);
}

#[test]
fn what_is_no_route_is_not_found() {
    let scene = Scene::new();
    for path in [
        "/api",
        "/api/chatbot",
        "/api/chatbot/config/",
        "/api/chatbot/file/x",
        "/api/v1/conversations/1/delete",
        "/apps",
        "/.env",
        "/..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%00",
        "/inbox%00",
        "//",
        "/%ff",
    ] {
        let answer = scene.app.get(path).send();
        assert_eq!(answer.status, 404, "{path}: {answer}");
        scene.is_refused(&scene.endpoints()[0], path, &answer);
    }
}

#[test]
fn a_query_that_is_no_text_is_refused() {
    let scene = Scene::new();
    let before = scene.counts();
    for endpoint in scene.endpoints() {
        let limits = [
            "limit=%ff",
            "limit=%00",
            "limit=1%0d%0ax:y",
            "limit=",
            "limit=+1x",
        ];
        let waits = ["wait=1e3", "after_revision=x"];
        let queries: &[&[&str]] = match endpoint.route {
            "/api/chatbot/conversation/{id}" | "/api/v1/conversations" => &[&limits, &waits],
            "/api/chatbot/conversations" => &[&limits, &["before=%00", "before=0x1"]],
            "/api/chatbot/conversation/{id}/transcript" => {
                &[&["format=%00", "format=", "tz=%ff", "tz=%00", "tz=../UTC"]]
            }
            _ => continue,
        };
        for query in queries.iter().copied().flatten() {
            let mut endpoint = endpoint.clone();
            endpoint.path = format!("{}?{query}", endpoint.path);
            scene.is_refused(&endpoint, query, &scene.call(&endpoint, b"").send());
        }
    }
    scene.unharmed(&before);
}
