//! `/api/v1/me/push_subscriptions` and `/api/v1/me/looking`: the browsers of an agent that are told of messages by their push services,
//! and whether it looks at an inbox, so that none has to be. By a login only.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, numeric_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{LOOKING_SECONDS, SubscribeRequest};
use antiphon_domain::{Attention, PushSubscription, PushSubscriptionId};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

const NO_STORE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

shape! {
    /// A browser that is told.
    PushSubscriptionJson {
        id: i64,
        /// Whether it is the one that asks.
        current: bool,
        /// Of what it is told: `all`, `mine`, `mentions` or `none`.
        notify_of: String,
        /// Whether notifications carry the beginning of what was written.
        with_text: bool,
        /// The browser, as it named itself at its login.
        user_agent: Option<String>,
        created_at: String,
        /// When its push service last took a notification.
        delivered_at: Option<String>,
        /// Why it did not take the newest one.
        error: Option<String>,
    }
}

shape! {
    /// The browsers of the one who asks, and what a further one subscribes with.
    PushSubscriptionsAnswer {
        /// `applicationServerKey`: 65 bytes as base64url.
        public_key: String,
        /// The login of the one who asks.
        session_id: i64,
        subscriptions: Vec<PushSubscriptionJson>,
    }
}

shape! {
    /// The keys of a browser, as `PushSubscription.toJSON()` has them.
    PushKeysJson {
        /// 65 bytes as base64url.
        #[schema(max_length = 88)]
        p256dh: String,
        /// 16 bytes as base64url.
        #[schema(max_length = 24)]
        auth: String,
    }
}

shape! {
    /// A browser, as `PushSubscription.toJSON()` gives it, and what it wants.
    #[schema(example = json!({
        "endpoint": "https://push.example.com/send/1",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
        "notify_of": "mine",
    }))]
    SubscribeRequestJson {
        /// An `https` address of the public internet.
        #[schema(max_length = 2048)]
        endpoint: String,
        keys: PushKeysJson,
        /// `all`, `mine`, `mentions` or `none`; what is absent stays, and is `mine` at first.
        notify_of: Option<String>,
        /// What is absent stays, and is so at first.
        with_text: Option<bool>,
    }
}

shape! {
    /// The browser that is told from now on.
    PushSubscriptionAnswer { subscription: PushSubscriptionJson }
}

shape! {
    /// Whether the one who asks looks at an inbox.
    #[schema(example = json!({ "looking": true }))]
    LookingRequest { looking: bool }
}

shape! {
    /// For how many seconds it is taken to be so.
    LookingAnswer { seconds: i64 }
}

/// Lists the browsers of the one who asks that are told by their push services.
#[utoipa::path(
    get,
    path = "/api/v1/me/push_subscriptions",
    responses((status = 200, description = "Oldest first", body = PushSubscriptionsAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let list = state.chat.push_subscriptions(&caller.principal).await?;
    let subscriptions = list.subscriptions.iter().map(|listed| {
        let subscription = &listed.subscription;
        let is_current = list.current == Some(subscription.id);
        subscription_json(subscription, listed.user_agent.as_deref(), is_current)
    });
    let body = json!({
        "public_key": list.public_key,
        "session_id": list.session.0,
        "subscriptions": subscriptions.collect::<Vec<_>>(),
    });
    Ok((NO_STORE, Json(body)).into_response())
}

/// Has this browser told by its push service, or changes of what.
///
/// A session has one subscription: another takes the place of the one before. It ends with the session.
#[utoipa::path(
    post,
    path = "/api/v1/me/push_subscriptions",
    request_body = SubscribeRequestJson,
    responses((status = 201, description = "It is told from now on", body = PushSubscriptionAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn subscribe(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let endpoint = fields.required_text("endpoint");
    fields.require("keys");
    let mut keys = Fields::from_members(fields.members("keys").unwrap_or_default());
    let (public_key, auth) = (keys.text("p256dh"), keys.text("auth"));
    let notify_of = fields.text("notify_of").and_then(|name| {
        let parsed = Attention::parse(&name);
        fields.errors.check("notify_of", parsed)
    });
    let with_text = fields.optional_flag("with_text");
    fields.finish()?;
    let request = SubscribeRequest {
        endpoint: endpoint.unwrap_or_default(),
        public_key: public_key.unwrap_or_default(),
        auth: auth.unwrap_or_default(),
        notify_of,
        with_text,
    };
    let made = state.chat.subscribe(&caller.principal, request).await?;
    let body = json!({ "subscription": subscription_json(&made, None, true) });
    Ok((StatusCode::CREATED, NO_STORE, Json(body)).into_response())
}

/// Has a browser of the one who asks told nothing any more.
#[utoipa::path(
    delete,
    path = "/api/v1/me/push_subscriptions/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The subscription")),
    responses((status = 204, description = "Done")),
    security(("session" = [])),
)]
pub(crate) async fn unsubscribe(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = subscription_id(&id)?;
    state.chat.unsubscribe(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a test to a browser of the one who asks.
#[utoipa::path(
    post,
    path = "/api/v1/me/push_subscriptions/{id}/test",
    params(("id" = i64, Path, minimum = 1, description = "The subscription")),
    responses((status = 202, description = "It is on its way")),
    security(("session" = [])),
)]
pub(crate) async fn test(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = subscription_id(&id)?;
    state.chat.test_push(&caller.principal, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Says whether the one who asks looks at an inbox: while it does, no browser of it is told.
#[utoipa::path(
    post,
    path = "/api/v1/me/looking",
    request_body = LookingRequest,
    responses((status = 200, description = "Say it again before that is over", body = LookingAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn looking(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let looks = fields.required_flag("looking");
    fields.finish()?;
    let looks = looks.unwrap_or_default();
    state.chat.note_looking(&caller.principal, looks).await?;
    Ok(Json(json!({ "seconds": LOOKING_SECONDS })))
}

fn subscription_json(
    subscription: &PushSubscription,
    user_agent: Option<&str>,
    is_current: bool,
) -> Value {
    json!({
        "id": subscription.id.0,
        "current": is_current,
        "notify_of": subscription.notify_of.as_str(),
        "with_text": subscription.with_text,
        "user_agent": user_agent,
        "created_at": rfc3339(subscription.created_at),
        "delivered_at": subscription.delivered_at.map(rfc3339),
        "error": subscription.error,
    })
}

fn subscription_id(text: &str) -> Result<PushSubscriptionId, ApiError> {
    numeric_id(text, "subscription").map(PushSubscriptionId)
}
