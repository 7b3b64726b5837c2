//! `/api/v1/tokens`: an agent's own API tokens. By a login only: a token makes no tokens.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, numeric_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{ApiToken, NewApiTokenRequest};
use antiphon_domain::{ApiTokenId, Permission, Permissions};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// An API token, without its secret.
    ApiTokenJson {
        id: i64,
        name: String,
        /// Of `read`, `answer` and `admin`.
        scopes: Vec<String>,
        created_at: String,
        expires_at: Option<String>,
        /// To within some minutes.
        last_used_at: Option<String>,
    }
}

shape! {
    /// The API tokens of the one who asks.
    ApiTokensAnswer { tokens: Vec<ApiTokenJson> }
}

shape! {
    /// A token to be made.
    #[schema(example = json!({ "name": "Reports", "scopes": ["read"], "expires_in_days": 90 }))]
    CreateApiTokenRequest {
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// Of `read`, `answer` and `admin`.
        #[schema(min_items = 1)]
        scopes: Vec<String>,
        /// It does not end by itself unless given.
        #[schema(minimum = 1, maximum = 3650)]
        expires_in_days: Option<i64>,
    }
}

shape! {
    /// The token; the secret is in this answer only.
    CreatedApiTokenAnswer { token: ApiTokenJson, secret: String }
}

/// Lists the API tokens of the one who asks.
#[utoipa::path(
    get,
    path = "/api/v1/tokens",
    responses((status = 200, description = "Oldest first", body = ApiTokensAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let tokens = state.chat.api_tokens(&caller.principal).await?;
    let body = json!({ "tokens": tokens.iter().map(token_json).collect::<Vec<_>>() });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Makes an API token.
#[utoipa::path(
    post,
    path = "/api/v1/tokens",
    request_body = CreateApiTokenRequest,
    responses((status = 201, description = "The token and its secret", body = CreatedApiTokenAnswer)),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let name = fields.required_text("name");
    let scopes = scopes(&mut fields);
    let expires_in_days = fields.integer("expires_in_days");
    fields.finish()?;
    let request = NewApiTokenRequest {
        name: name.unwrap_or_default(),
        scopes,
        expires_in_days,
    };
    let created = state
        .chat
        .create_own_api_token(&caller.principal, request)
        .await?;
    let (token, secret) = created;
    let body = json!({ "token": token_json(&token), "secret": secret.reveal() });
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, no_store, Json(body)).into_response())
}

/// Revokes an API token.
#[utoipa::path(
    delete,
    path = "/api/v1/tokens/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The token")),
    responses((status = 204, description = "Done")),
    security(("session" = [])),
)]
pub(crate) async fn revoke(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = ApiTokenId(numeric_id(&id, "token")?);
    state.chat.revoke_api_token(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An array of names.
fn scopes(fields: &mut Fields) -> Permissions {
    let values = fields.required_list("scopes").unwrap_or_default();
    let names = values.iter().map(|value| {
        let name = value.as_str().unwrap_or_default();
        fields.errors.check("scopes", Permission::parse(name))
    });
    let permissions: Vec<Permission> = names.flatten().collect();
    Permissions::of(&permissions)
}

fn token_json(token: &ApiToken) -> Value {
    let scopes: Vec<&str> = token.scopes.iter().map(Permission::as_str).collect();
    json!({
        "id": token.id.0,
        "name": token.name,
        "scopes": scopes,
        "created_at": rfc3339(token.created_at),
        "expires_at": token.expires_at.map(rfc3339),
        "last_used_at": token.last_used_at.map(rfc3339),
    })
}
