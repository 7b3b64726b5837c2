//! Each endpoint of the team's is open to the roles that it names in the table, and to no other.

use super::scene::{By, Endpoint, Scene};
use antiphon_domain::{AgentRole, Permission};
use antiphon_testkit::{Agent, Response};
use serde_json::json;

/// Somebody of the team, and what it may do.
struct Person {
    name: String,
    header: (&'static str, String),
    may: Vec<Permission>,
    /// By a login; a token leaves the agent's own account alone.
    in_person: bool,
}

impl Person {
    fn may(&self, endpoint: &Endpoint) -> bool {
        match endpoint.by {
            By::Agent(least) => self.may.contains(&least),
            _ => self.in_person || endpoint.route == "/api/v1/me",
        }
    }

    fn call(&self, scene: &Scene, endpoint: &Endpoint) -> Response {
        let body = match (endpoint.method, endpoint.route) {
            // Those that the table has no body for, since each of its fields may be missing.
            ("POST", "/api/v1/blocks") => Some(json!({ "visitor_id": 987_654 })),
            ("PATCH", "/api/v1/canned-replies/{id}") => Some(json!({ "title": "Hours" })),
            _ => endpoint.body.clone(),
        };
        let request = scene.app.request(endpoint.method, &endpoint.path);
        let request = match body {
            Some(_) => request.header("content-type", "application/json"),
            None => request,
        };
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let (name, value) = &self.header;
        request.header(name, value).body(body).send()
    }
}

/// Refused for what the caller is, rather than for what it asks for, such as somebody else's message.
fn is_without_permission(answer: &Response) -> bool {
    const REASONS: [&str; 5] = [
        "this is for agents",
        "viewers only read",
        "admin role",
        "lacks the scope",
        "needs a login",
    ];
    let text = answer.text();
    let is_named = REASONS.iter().any(|reason| text.contains(reason));
    answer.status == 401 || (answer.status == 403 && is_named)
}

/// One person of each role, in a session, and tokens of an administrator with one scope each.
fn people(scene: &Scene) -> Vec<Person> {
    let roles = [AgentRole::Viewer, AgentRole::Agent, AgentRole::Admin];
    let made: [Person; 3] = roles.map(|role| {
        let email = format!("{}@roles.example.com", role.as_str());
        let command = [
            "agent:create",
            "--json",
            "--name",
            role.as_str(),
            "--email",
            &email,
            "--role",
            role.as_str(),
        ];
        let agent = scene.app.workspace().cli(&command).json();
        let password = agent["password"].as_str().unwrap();
        Person {
            name: role.as_str().to_owned(),
            in_person: true,
            header: ("cookie", Agent::log_in(&scene.app, &email, password).cookie),
            may: role.permissions().iter().collect(),
        }
    });
    let email = "admin@roles.example.com";
    let tokens = Permission::ALL.map(|scope| {
        let command = [
            "agent:token",
            "--json",
            "--email",
            email,
            "--scope",
            scope.as_str(),
        ];
        let token = scene.app.workspace().cli(&command).json();
        let token = token["token"].as_str().unwrap();
        Person {
            name: format!("a token for {}", scope.as_str()),
            header: ("authorization", format!("Bearer {token}")),
            may: vec![scope],
            in_person: false,
        }
    });
    made.into_iter().chain(tokens).collect()
}

#[test]
fn every_endpoint_is_open_to_whoever_has_its_permission_and_to_nobody_else() {
    let scene = Scene::new();
    let people = people(&scene);
    let endpoints = scene.endpoints().into_iter();
    let endpoints: Vec<Endpoint> = endpoints
        .filter(|endpoint| matches!(endpoint.by, By::AnyAgent | By::Agent(_)))
        .collect();
    let before = scene.counts();
    for endpoint in &endpoints {
        for person in people.iter().filter(|person| !person.may(endpoint)) {
            let answer = person.call(&scene, endpoint);
            let (method, route) = (endpoint.method, endpoint.route);
            assert!(
                is_without_permission(&answer),
                "{} at {method} {route}: {answer}",
                person.name
            );
        }
    }
    assert_eq!(scene.counts(), before, "who is refused changes nothing");
    // The console's tail does not end by itself.
    let of_team = |endpoint: &&Endpoint| endpoint.route.starts_with("/api/v1/");
    for endpoint in endpoints.iter().filter(of_team) {
        for person in people.iter().filter(|person| person.may(endpoint)) {
            let answer = person.call(&scene, endpoint);
            let (method, route) = (endpoint.method, endpoint.route);
            let admitted = !is_without_permission(&answer) && answer.status < 500;
            assert!(admitted, "{} at {method} {route}: {answer}", person.name);
        }
    }
}
