//! `/api/v1/webhooks`: other programs that are told what happens.

mod deliveries;

pub(crate) use deliveries::*;

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{ChangeWebhook, FieldErrors, NewWebhookRequest};
use antiphon_domain::webhook::MAX_WIDGETS;
use antiphon_domain::{
    Invalid, Webhook, WebhookEvent, WebhookEvents, WebhookId, WebhookUrl, WidgetId,
};
use antiphon_wire::rfc3339;
use antiphon_wire::schema::one_of;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, SchemaType, Type};

/// A program that is told what happens.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookJson<'a> {
    id: i64,
    url: &'a str,
    #[schema(schema_with = events)]
    events: Vec<&'static str>,
    /// Of which widgets' conversations it is told; none named is all.
    widget_ids: Vec<i64>,
    /// Whether it is told anything.
    active: bool,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since when every attempt has failed.
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Why the server switched it off.
    #[schema(schema_with = disabled)]
    disabled: Option<&'static str>,
}

shape! {
    /// Every webhook, oldest first.
    WebhooksAnswer { webhooks: Vec<WebhookJson<'static>> }
}

shape! {
    /// A webhook.
    WebhookAnswer { webhook: WebhookJson<'static> }
}

shape! {
    /// A webhook and its secret, which is told only now.
    WebhookWithSecretAnswer {
        webhook: WebhookJson<'static>,
        /// Requests are signed with it.
        secret: String,
    }
}

shape! {
    /// A webhook to be made.
    #[schema(example = json!({ "url": "https://example.com/antiphon", "events": ["message.created", "conversation.created"] }))]
    WebhookRequest {
        /// Begins with `http://` or `https://`.
        #[schema(max_length = 2048, pattern = "^https?://")]
        url: String,
        #[schema(schema_with = events)]
        events: (),
        /// Of which widgets' conversations it is told; without it, or without any in it, of all.
        #[schema(max_items = 100)]
        widget_ids: Option<Vec<i64>>,
        /// `true` unless given.
        active: Option<bool>,
    }
}

shape! {
    /// What is to be another; what is absent stays.
    #[schema(example = json!({ "active": false }))]
    ChangeWebhookRequest {
        #[schema(max_length = 2048, pattern = "^https?://")]
        url: Option<String>,
        #[schema(schema_with = events_or_null, required = false)]
        events: (),
        #[schema(max_items = 100)]
        widget_ids: Option<Vec<i64>>,
        /// Switched on, it is as if it had never failed.
        active: Option<bool>,
    }
}

fn events() -> Array {
    let names = one_of(WebhookEvent::ALL.map(WebhookEvent::as_str));
    ArrayBuilder::new().items(names).min_items(Some(1)).build()
}

fn events_or_null() -> Array {
    let mut list = events();
    list.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
    list
}

fn disabled() -> Object {
    let mut words = one_of(["failing", "crowded"]);
    words.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    words.enum_values.get_or_insert_default().push(Value::Null);
    words
}

impl<'a> From<&'a Webhook> for WebhookJson<'a> {
    fn from(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.id.0,
            url: webhook.url.as_str(),
            events: webhook.events.names(),
            widget_ids: webhook.widget_ids.iter().map(|id| id.0).collect(),
            active: webhook.active,
            created_at: rfc3339(webhook.created_at),
            failing_since: webhook.failing_since.map(rfc3339),
            disabled: webhook.disabled.map(|why| why.as_str()),
        }
    }
}

/// Lists the webhooks.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    responses((status = 200, description = "All of them, oldest first", body = WebhooksAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let webhooks = state.chat.webhooks(&caller.principal).await?;
    let webhooks: Vec<WebhookJson<'_>> = webhooks.iter().map(Into::into).collect();
    let body = Json(json!({ "webhooks": webhooks }));
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// Makes a webhook.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    request_body = WebhookRequest,
    responses((status = 201, description = "It is told what happens from now on", body = WebhookWithSecretAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    fields.require("url");
    fields.require("events");
    let change = read(&mut fields);
    fields.finish()?;
    let (Some(url), Some(events)) = (change.url, change.events) else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let request = NewWebhookRequest {
        url,
        events,
        widget_ids: change.widget_ids.unwrap_or_default(),
        active: change.active.unwrap_or(true),
    };
    let made = state
        .chat
        .create_webhook(&caller.principal, request)
        .await?;
    let mut answer = with_secret(&made);
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// Changes a webhook.
#[utoipa::path(
    patch,
    path = "/api/v1/webhooks/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The webhook")),
    request_body = ChangeWebhookRequest,
    responses((status = 200, description = "As it is now", body = WebhookAnswer)),
)]
pub(crate) async fn change(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = webhook_id(&id)?;
    let change = read(&mut fields);
    fields.finish()?;
    let changed = state
        .chat
        .change_webhook(&caller.principal, id, change)
        .await?;
    Ok(Json(json!({ "webhook": WebhookJson::from(&changed) })))
}

/// Forgets a webhook and its log.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The webhook")),
    responses((status = 204, description = "It is gone, and what waited for it is not sent")),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = webhook_id(&id)?;
    state.chat.delete_webhook(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook another secret.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/rotate",
    params(("id" = i64, Path, minimum = 1, description = "The webhook")),
    responses((status = 200, description = "Requests are signed with this one from now on", body = WebhookWithSecretAnswer)),
)]
pub(crate) async fn rotate(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = webhook_id(&id)?;
    let rotated = state
        .chat
        .rotate_webhook_secret(&caller.principal, id)
        .await?;
    Ok(with_secret(&rotated))
}

fn with_secret(webhook: &Webhook) -> Response {
    let body = json!({ "webhook": WebhookJson::from(webhook), "secret": webhook.secret.reveal() });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

fn webhook_id(text: &str) -> Result<WebhookId, ApiError> {
    match text.parse() {
        Ok(id) if id > 0 => Ok(WebhookId(id)),
        _ => Err(ApiError::not_found("webhook")),
    }
}

/// The fields that making and changing share.
fn read(fields: &mut Fields) -> ChangeWebhook {
    let url = fields.text("url");
    let url = url.and_then(|text| fields.errors.check("url", WebhookUrl::parse(&text)));
    let events = fields.list("events");
    let events = events.and_then(|names| {
        let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
        let names = names.ok_or_else(|| Invalid::new("must be a list of strings"));
        fields
            .errors
            .check("events", names.and_then(WebhookEvents::parse))
    });
    let widget_ids = fields.list("widget_ids");
    let widget_ids = widget_ids.and_then(|ids| widget_ids_of(&ids, &mut fields.errors));
    ChangeWebhook {
        url,
        events,
        widget_ids,
        active: fields.optional_flag("active"),
    }
}

fn widget_ids_of(values: &[Value], errors: &mut FieldErrors) -> Option<Vec<WidgetId>> {
    let ids: Option<Vec<WidgetId>> = values.iter().map(|id| id.as_i64().map(WidgetId)).collect();
    let ids = ids.ok_or_else(|| Invalid::new("must be a list of integers"));
    let ids = ids.and_then(|ids| match ids.len() > MAX_WIDGETS {
        true => Err(Invalid::new(format!("must not be more than {MAX_WIDGETS}"))),
        false => Ok(ids),
    });
    errors.check("widget_ids", ids)
}
