//! `GET /console/api/overview`: every application with its counts since the start. Rates are differences that the page makes.

use super::Operator;
use antiphon_realtime::AppMetrics;
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

/// The most applications that are listed: those with the most connections.
const MAX_APPS: usize = 200;

pub(crate) async fn overview(Operator { hub }: Operator) -> Response {
    let mut apps = hub.app_metrics();
    let n_apps = apps.len();
    if n_apps > MAX_APPS {
        apps.sort_by_key(|app| std::cmp::Reverse(app.connections));
        apps.truncate(MAX_APPS);
    }
    let body = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_ms": u64::try_from(hub.uptime().as_millis()).unwrap_or(u64::MAX),
        "sockets": hub.socket_count(),
        "waiting_bytes": hub.waiting_bytes(),
        "panics": hub.panic_count(),
        "n_apps": n_apps,
        "apps": apps.iter().map(app_json).collect::<Vec<_>>(),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn app_json(metrics: &AppMetrics) -> Value {
    let app = &metrics.app;
    let drops: Map<String, Value> = metrics
        .drops
        .iter()
        .map(|(reason, count)| (reason.as_str().to_owned(), (*count).into()))
        .collect();
    json!({
        "id": app.id,
        "key": app.key,
        "enabled": app.enabled,
        "client_events": app.client_events,
        "allowed_origins": app.allowed_origins,
        "max_connections": app.max_connections,
        "max_message_bytes": app.max_message_bytes,
        "connections": metrics.connections,
        "subscriptions": metrics.subscriptions,
        "messages_received": metrics.messages_received,
        "messages_sent": metrics.messages_sent,
        "received_bytes": metrics.received_bytes,
        "sent_bytes": metrics.sent_bytes,
        "overload_refusals": metrics.overload_refusals,
        "client_event_refusals": metrics.client_event_refusals,
        "drops": drops,
    })
}
