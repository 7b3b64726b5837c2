//! What holds for all operations alike: who may call them, how they refuse, their groups and ids.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, RefOr, Response, ResponseBuilder};

/// Adds it to every operation that does not say it itself.
pub(super) struct Common;

/// How a request can be refused: the status, the response's name, and what it says.
const REFUSALS: [(&str, &str, &str); 10] = [
    (
        "400",
        "Malformed",
        "The query string or the body cannot be read, or the body ended early",
    ),
    (
        "401",
        "Unauthenticated",
        "There is no credential, or it is malformed or unknown",
    ),
    (
        "403",
        "Forbidden",
        "The credential does not suffice, or the page that asks is of another origin",
    ),
    ("404", "NotFound", "There is none"),
    ("408", "TooSlow", "The body did not arrive in time"),
    (
        "413",
        "TooLarge",
        "The body is too large; the text names the limit",
    ),
    (
        "415",
        "WrongType",
        "The content type is not one of the operation's",
    ),
    (
        "422",
        "Invalid",
        "Fields are missing or wrong: `details` names them",
    ),
    (
        "429",
        "TooManyRequests",
        "`Retry-After` says when to come back",
    ),
    (
        "503",
        "Unavailable",
        "Overloaded or restarting: `Retry-After` says when to come back",
    ),
];

impl Modify for Common {
    fn modify(&self, api: &mut OpenApi) {
        let components = api.components.get_or_insert_default();
        let bearer = |description: &str| {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(description.to_owned());
            SecurityScheme::Http(scheme)
        };
        let session = ApiKeyValue::with_description(
            "antiphon_session",
            "Of an agent who is logged in; over https its name is `__Host-antiphon_session`. From pages of this origin only",
        );
        for (name, scheme) in [
            ("agentToken", bearer("An agent's API token, `cba_…`")),
            ("session", SecurityScheme::ApiKey(ApiKey::Cookie(session))),
            (
                "visitorToken",
                bearer("A visitor's, `cbv_…`: `init` gives it out"),
            ),
            (
                "widgetToken",
                bearer("A widget's, `cbw_…`: public, it stands in the page"),
            ),
        ] {
            components
                .security_schemes
                .insert(name.to_owned(), scheme.into());
        }
        for (_, name, description) in REFUSALS {
            let refusal = refusal(description);
            components.responses.insert(name.to_owned(), refusal.into());
        }
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                complete(operation, method, path);
            }
        }
    }
}

fn refusal(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Error")))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
        .build()
}

/// The operations of a path, by their methods.
pub(super) fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
    .collect()
}

/// What an operation takes besides its body.
pub(super) fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let all = operation.parameters.iter().flatten();
    all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

fn complete(operation: &mut Operation, method: &str, path: &str) {
    let has =
        |place: ParameterIn| parameters(operation).any(|parameter| parameter.parameter_in == place);
    let (in_path, in_query) = (has(ParameterIn::Path), has(ParameterIn::Query));
    let has_body = operation.request_body.is_some();
    // An empty requirement is one that everybody meets.
    let is_public = operation
        .security
        .as_ref()
        .is_some_and(|ways| ways.iter().all(|way| *way == Default::default()));
    for (status, name, _) in REFUSALS {
        let may_happen = match status {
            "400" | "422" => has_body || in_query,
            "401" | "403" => !is_public,
            "404" => in_path,
            "408" | "413" | "415" => has_body,
            _ => true,
        };
        if may_happen {
            let refusal = RefOr::Ref(Ref::from_response_name(name));
            operation
                .responses
                .responses
                .entry(status.to_owned())
                .or_insert(refusal);
        }
    }
    operation.tags = Some(vec![group(path).to_owned()]);
    operation.operation_id = Some(operation_id(method, path));
}

/// The collection, or the chat as a whole.
fn group(path: &str) -> &str {
    match path.strip_prefix("/api/v1/") {
        Some(rest) => rest.split(['/', '.']).next().unwrap_or(rest),
        None => "chat",
    }
}

/// The method and the words of the path, such as `postConversationsIdClose`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "api");
    words.fold(method.to_owned(), |id, word| {
        let (first, rest) = word.split_at(1);
        id + &first.to_ascii_uppercase() + rest
    })
}
