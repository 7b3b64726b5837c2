//! `/api/v1/security`: what administrators ask of every login.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields};
use crate::openapi::shape;
use crate::state::ChatState;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

const FIELD: &str = "two_factor_required";

shape! {
    /// What is asked of every login.
    #[schema(example = json!({ "two_factor_required": true }))]
    SecurityJson {
        /// Whether everybody needs a second factor.
        two_factor_required: bool,
    }
}

/// Reads what is asked of every login.
#[utoipa::path(
    get,
    path = "/api/v1/security",
    responses((status = 200, description = "Administrators only", body = SecurityJson)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let required = state.chat.two_factor_required(&caller.principal).await?;
    Ok(Json(json!({ FIELD: required })))
}

/// Says what is asked of every login.
#[utoipa::path(
    patch,
    path = "/api/v1/security",
    request_body = SecurityJson,
    responses((status = 200, description = "As it is now", body = SecurityJson)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let required = fields.required_flag(FIELD);
    fields.finish()?;
    let required = required.unwrap_or_default();
    let chat = &state.chat;
    chat.require_two_factor(&caller.principal, required).await?;
    Ok(Json(json!({ FIELD: required })))
}
