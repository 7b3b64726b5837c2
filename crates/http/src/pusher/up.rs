//! `GET /live`: whether the process answers. `GET /up`: whether the data path works, by passing through it: every shard's loop answers, and the store's writer commits.
//!
//! A node of a cluster that cannot reach its log is up, and says that it is degraded: its clients are served, without the other nodes.

use crate::extract::Stopping;
use crate::state::{Realtime, UpState, WebSocketState};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::time::Duration;

/// A part that has not answered by then is down.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is down during a stop: whoever asks on a connection that is still open is to send nobody here any more.
const STOPPING: (&str, bool) = ("stopping", false);

/// The WebSocket server by itself.
pub(crate) async fn websocket(stopping: Stopping, State(state): State<WebSocketState>) -> Response {
    if stopping.has_begun() {
        return answer(&[STOPPING], false);
    }
    let parts = [("realtime", probe(&state).await)];
    answer(&parts, is_alone(&state))
}

/// The chat with its WebSocket server, if that is in this process.
pub(crate) async fn chat(
    stopping: Stopping,
    State(UpState(chat, realtime)): State<UpState>,
) -> Response {
    if stopping.has_begun() {
        return answer(&[STOPPING], false);
    }
    let store = tokio::time::timeout(PATIENCE, chat.chat.check_store()).await;
    let mut parts = vec![("store", matches!(store, Ok(Ok(()))))];
    let mut is_degraded = false;
    if let Realtime::Here(websocket) = realtime {
        parts.push(("realtime", probe(&websocket).await));
        is_degraded = is_alone(&websocket);
    }
    answer(&parts, is_degraded)
}

/// `GET /live`: the process answers, whatever works behind it. For whoever would restart it otherwise.
pub(crate) async fn live() -> Response {
    answer(&[], false)
}

async fn probe(state: &WebSocketState) -> bool {
    state.hub.probe(PATIENCE).await.is_ok()
}

/// Whether this node serves its clients without the others of its cluster.
fn is_alone(state: &WebSocketState) -> bool {
    let health = state.hub.cluster_health();
    health.is_some_and(|health| health.is_alone)
}

fn answer(parts: &[(&str, bool)], is_degraded: bool) -> Response {
    let down: Vec<&str> = parts
        .iter()
        .filter(|(_, up)| !up)
        .map(|(part, _)| *part)
        .collect();
    let (status, body) = match down.is_empty() {
        true if is_degraded => {
            let body = json!({ "health": "OK", "degraded": ["cluster"] });
            (StatusCode::OK, body)
        }
        true => (StatusCode::OK, json!({ "health": "OK" })),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "health": "DOWN", "down": down }),
        ),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::websocket_router;
    use antiphon_domain::{Clock, Timestamp};
    use antiphon_realtime::{Apps, Hub, Limits};
    use axum::body::Body;
    use axum::http::Request;
    use std::sync::Arc;
    use tokio_util::sync::CancellationToken;
    use tower::ServiceExt as _;

    /// Nothing here asks for the time.
    #[derive(Debug)]
    struct NoClock;

    impl Clock for NoClock {
        fn now(&self) -> Timestamp {
            unreachable!()
        }
    }

    #[tokio::test]
    async fn a_server_that_stops_is_alive_and_not_up() {
        let hub = Hub::new(Apps::default(), Limits::default(), 1).unwrap();
        let router = websocket_router(WebSocketState::new(hub, Arc::new(NoClock), 1024), "", None);
        let stopping = CancellationToken::new();
        stopping.cancel();
        for (path, status) in [("/up", 503), ("/live", 200)] {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            request.extensions_mut().insert(Stopping(stopping.clone()));
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
    }
}
