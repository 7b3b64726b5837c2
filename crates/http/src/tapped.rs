//! Tells the tap of every request, without what proves a right: signatures, tokens, passwords. Headers and bodies are not told.

use crate::error::Refusal;
use antiphon_realtime::{Happening, Hub};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use std::sync::Arc;
use tokio::time::Instant;

/// How much of a path and query is told.
const TARGET_BYTES: usize = 300;
/// The console asks every second; what it asks is of no interest to whoever looks at it.
const UNTOLD: &str = "/console";

#[derive(Clone)]
struct Tapping {
    hub: Hub,
    path_prefix: Arc<str>,
}

/// Lets the hub's tap know of the requests of this router. `path_prefix` is `REVERB_SERVER_PATH`.
pub fn tapped(router: Router, hub: &Hub, path_prefix: &str) -> Router {
    let tapping = Tapping {
        hub: hub.clone(),
        path_prefix: path_prefix.into(),
    };
    router.layer(from_fn_with_state(tapping, tell))
}

async fn tell(State(tapping): State<Tapping>, request: Request, next: Next) -> Response {
    let tap = tapping.hub.tap();
    if !tap.is_on() || request.uri().path().starts_with(UNTOLD) {
        return next.run(request).await;
    }
    let started = Instant::now();
    let method = request.method().clone();
    let target = redacted(request.uri());
    let app_id = app_in_path(request.uri().path(), &tapping.path_prefix).map(ToOwned::to_owned);
    let response = next.run(request).await;
    tap.tell(app_id.as_deref(), None, || Happening::Requested {
        method: method.as_str().to_owned(),
        target,
        status: response.status().as_u16(),
        took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        refusal: response
            .extensions()
            .get::<Refusal>()
            .map(|Refusal(why)| why.clone()),
    });
    response
}

fn app_in_path<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(prefix)?.strip_prefix("/apps/")?;
    rest.split('/').next()
}

/// Path and query. The parameters of a signature are left out; what else may be a secret keeps its name only.
fn redacted(uri: &Uri) -> String {
    let parameters = uri.query().unwrap_or_default().split('&');
    let shown = parameters
        .filter(|pair| !pair.is_empty() && !is_signature(pair))
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}=[redacted]"),
            _ => pair.to_owned(),
        });
    let query = shown.collect::<Vec<_>>().join("&");
    let mut target = uri.path().to_owned();
    if !query.is_empty() {
        target.push('?');
        target.push_str(&query);
    }
    target.truncate(target.floor_char_boundary(TARGET_BYTES));
    target
}

fn is_signature(pair: &str) -> bool {
    pair.starts_with("auth_") || pair.starts_with("body_md5=")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "token",
        "secret",
        "password",
        "signature",
        "auth",
        "key",
        "hash",
    ]
    .iter()
    .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proves_a_right_is_not_told() {
        for (target, told) in [
            ("/apps/1/channels", "/apps/1/channels"),
            (
                "/apps/1/channels?auth_key=k&auth_timestamp=1&auth_version=1.0&filter_by_prefix=a&auth_signature=5ec2e7&body_md5=0",
                "/apps/1/channels?filter_by_prefix=a",
            ),
            ("/a?Token=5ec2e7&x=1&y", "/a?Token=[redacted]&x=1&y"),
            ("/a?", "/a"),
        ] {
            assert_eq!(redacted(&target.parse().unwrap()), told);
        }
    }

    #[test]
    fn the_application_is_found_in_the_path() {
        assert_eq!(app_in_path("/apps/7/events", ""), Some("7"));
        assert_eq!(app_in_path("/ws/apps/7/events", "/ws"), Some("7"));
        assert_eq!(app_in_path("/apps/7/events", "/ws"), None);
        assert_eq!(app_in_path("/up", ""), None);
    }
}
