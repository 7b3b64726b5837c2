use super::common::{operations, parameters};
use super::*;
use std::collections::BTreeSet;
use utoipa::openapi::path::Operation;

/// The router's source: every route is on that page.
const ROUTER: &str = include_str!("../router.rs");
/// What the description is of.
const DESCRIBED: [&str; 3] = ["/api/v1/", "/api/chatbot/", "/broadcasting/"];

fn described() -> Vec<(&'static str, String, Operation)> {
    let mut api = Description::openapi();
    let paths = api.paths.paths.iter_mut();
    paths
        .flat_map(|(path, item)| {
            let operations = operations(item).into_iter();
            operations.map(|(method, operation)| (method, path.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn every_route_of_the_api_is_described_and_no_other() {
    let routes = ROUTER.split(".route(").skip(1).flat_map(|route| {
        let path = route.split('"').nth(1).unwrap();
        let methods = ["get", "post", "put", "patch", "delete"].into_iter();
        let methods = methods.filter(move |method| {
            let call = format!("{method}(");
            route
                .match_indices(&call)
                .any(|(at, _)| !route[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        methods.map(move |method| (method.to_owned(), path.to_owned()))
    });
    let routes: BTreeSet<_> = routes
        .filter(|(_, path)| DESCRIBED.iter().any(|prefix| path.starts_with(prefix)))
        .collect();
    let operations = described().into_iter();
    let operations: BTreeSet<_> = operations
        .map(|(method, path, _)| (method.to_owned(), path))
        .collect();
    let missing: Vec<_> = routes.difference(&operations).collect();
    let unknown: Vec<_> = operations.difference(&routes).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "routes without #[utoipa::path], or not named in openapi.rs: {missing:?}; described, but no routes: {unknown:?}"
    );
}

#[test]
fn every_operation_says_what_it_does_and_answers() {
    let mut ids = BTreeSet::new();
    for (_, path, operation) in described() {
        let id = operation.operation_id.clone().unwrap();
        assert!(ids.insert(id.clone()), "{id} is there twice");
        assert!(
            operation
                .summary
                .as_ref()
                .is_some_and(|text| text.ends_with('.') && !text.contains('\n')),
            "{id} has no summary of one sentence"
        );
        let answers = &operation.responses.responses;
        assert!(
            answers.keys().any(|status| status.starts_with('2')),
            "{id} has no good answer"
        );
        for part in path.split('{').skip(1) {
            let name = part.split('}').next().unwrap();
            assert!(
                parameters(&operation).any(|parameter| parameter.name == name),
                "{id} does not describe {name}"
            );
        }
    }
}

#[test]
fn the_committed_description_is_up_to_date() {
    let committed = include_str!("../../../../docs/openapi.json");
    assert!(
        committed == openapi(),
        "write docs/openapi.json anew with `cargo xtask codegen`"
    );
}
