//! What a webhook was told: the log, a replay, and a test.

use super::webhook_id;
use crate::error::ApiError;
use crate::extract::{Agent, QueryFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::WebhookDelivery;
use antiphon_domain::WebhookDeliveryId;
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

/// Deliveries in a page unless asked otherwise.
const PAGE: u32 = 50;
/// How much of a request is shown, in bytes.
const MAX_REQUEST: usize = 2 << 10;

/// Something that a webhook was told, or is to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryJson<'a> {
    id: i64,
    /// The same in every attempt and replay.
    event_id: &'a str,
    #[schema(example = "message.created")]
    event: &'a str,
    #[schema(schema_with = state)]
    state: &'static str,
    attempts: u32,
    /// Of the last answer, if there was one.
    status: Option<u16>,
    /// Why there was none.
    error: Option<&'a str>,
    /// How long the last attempt took.
    duration_ms: i64,
    /// How what is sent begins, at most 2 KiB.
    request: &'a str,
    /// How the last answer began, at most 2 KiB.
    response: Option<&'a str>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    attempted_at: Option<String>,
    /// The delivery that it repeats.
    replay_of: Option<i64>,
}

shape! {
    /// The log of a webhook.
    WebhookDeliveriesAnswer {
        deliveries: Vec<DeliveryJson<'static>>,
        /// Whether there are older ones.
        has_more: bool,
    }
}

shape! {
    /// A delivery that is about to be made.
    WebhookDeliveryAnswer { delivery: DeliveryJson<'static> }
}

fn state() -> Object {
    antiphon_wire::schema::one_of(["waiting", "retrying", "delivered", "failed"])
}

impl<'a> From<&'a WebhookDelivery> for DeliveryJson<'a> {
    fn from(delivery: &'a WebhookDelivery) -> Self {
        let body = &delivery.content.body;
        Self {
            id: delivery.id.0,
            event_id: &delivery.content.event_id,
            event: &delivery.content.event,
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            status: delivery.status,
            error: delivery.error.as_deref(),
            duration_ms: delivery.duration_ms,
            request: &body[..body.floor_char_boundary(MAX_REQUEST)],
            response: delivery.response.as_deref(),
            created_at: rfc3339(delivery.created_at),
            attempted_at: delivery.attempted_at.map(rfc3339),
            replay_of: delivery.replay_of.map(|id| id.0),
        }
    }
}

/// Lists what a webhook was told.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries",
    params(
        ("id" = i64, Path, minimum = 1, description = "The webhook"),
        ("before_id" = Option<i64>, Query, minimum = 1, description = "The page behind this delivery"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "The last 200, newest first; an event is among them from its first attempt on", body = WebhookDeliveriesAnswer)),
)]
pub(crate) async fn deliveries(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let id = webhook_id(&id)?;
    let before = query.number("before_id", 1).map(WebhookDeliveryId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let log = state
        .chat
        .webhook_log(&caller.principal, id, before, limit)
        .await?;
    let deliveries: Vec<DeliveryJson<'_>> = log.deliveries.iter().map(Into::into).collect();
    let body = Json(json!({ "deliveries": deliveries, "has_more": log.has_more }));
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// Sends a test to a webhook, active or not.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/test",
    params(("id" = i64, Path, minimum = 1, description = "The webhook")),
    responses((status = 202, description = "It is sent, once: look for it in the log", body = WebhookDeliveryAnswer)),
)]
pub(crate) async fn test(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = webhook_id(&id)?;
    let begun = state.chat.test_webhook(&caller.principal, id).await?;
    Ok(accepted(&begun))
}

/// Sends something to a webhook once more: the same event with the same id.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
    params(
        ("id" = i64, Path, minimum = 1, description = "The webhook"),
        ("delivery" = i64, Path, minimum = 1, description = "The delivery to repeat"),
    ),
    responses((status = 202, description = "It is sent, once: look for it in the log", body = WebhookDeliveryAnswer)),
)]
pub(crate) async fn replay(
    State(state): State<ChatState>,
    caller: Agent,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let id = webhook_id(&id)?;
    let delivery = match delivery.parse() {
        Ok(id) if id > 0 => WebhookDeliveryId(id),
        _ => return Err(ApiError::not_found("delivery")),
    };
    let begun = state
        .chat
        .replay_webhook_delivery(&caller.principal, id, delivery)
        .await?;
    Ok(accepted(&begun))
}

fn accepted(begun: &WebhookDelivery) -> Response {
    let body = Json(json!({ "delivery": DeliveryJson::from(begun) }));
    (StatusCode::ACCEPTED, body).into_response()
}
