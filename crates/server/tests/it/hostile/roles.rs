//! Each endpoint of the team's is open to the roles that it names in the table, and to no other.

use super::scene::{By, Endpoint, Scene};
use antiphon_domain::{AgentRole, Permission};
use antiphon_testkit::Agent;

/// Somebody of the team, and what it may do.
struct Person {
    name: String,
    header: (&'static str, String),
    may: Vec<Permission>,
}

impl Person {
    fn may(&self, endpoint: &Endpoint) -> bool {
        match endpoint.by {
            By::Agent(least) => self.may.contains(&least),
            _ => true,
        }
    }

    fn call(&self, scene: &Scene, endpoint: &Endpoint) -> u16 {
        let body = endpoint.body.as_ref();
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = scene.app.request(endpoint.method, &endpoint.path);
        let request = match endpoint.body {
            Some(_) => request.header("content-type", "application/json"),
            None => request,
        };
        let (name, value) = &self.header;
        request.header(name, value).body(body).send().status
    }
}

/// One person of each role, in a session.
fn people(scene: &Scene) -> Vec<Person> {
    let roles = [AgentRole::Viewer, AgentRole::Agent, AgentRole::Admin];
    let made = roles.map(|role| {
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
            header: ("cookie", Agent::log_in(&scene.app, &email, password).cookie),
            may: role.permissions().iter().collect(),
        }
    });
    made.into()
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
            let status = person.call(&scene, endpoint);
            let (method, route) = (endpoint.method, endpoint.route);
            assert_eq!(status, 403, "{} at {method} {route}", person.name);
        }
    }
    assert_eq!(scene.counts(), before, "who is refused changes nothing");
    // The console's tail does not end by itself.
    let of_team = |endpoint: &&Endpoint| endpoint.route.starts_with("/api/v1/");
    for endpoint in endpoints.iter().filter(of_team) {
        // The least of those who may: the others may more.
        let person = people.iter().find(|person| person.may(endpoint)).unwrap();
        let status = person.call(&scene, endpoint);
        let (method, route) = (endpoint.method, endpoint.route);
        let admitted = !matches!(status, 401 | 403) && status < 500;
        assert!(admitted, "{}: {status} at {method} {route}", person.name);
    }
}
