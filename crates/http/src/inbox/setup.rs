//! `/api/v1/setup`: the first agent, by the one-time link that the server printed.

use super::AgentAnswer;
use super::session::logged_in_answer;
use crate::error::ApiError;
use crate::extract::{JsonFields, LogIn};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::NewAgentRequest;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

shape! {
    /// The token of the set-up link.
    #[schema(example = json!({ "token": "cbi_…" }))]
    CheckSetupRequest { token: String }
}

shape! {
    /// Whether a set-up link still works.
    CheckSetupAnswer { valid: bool }
}

shape! {
    /// The first agent.
    #[schema(example = json!({ "token": "cbi_…", "name": "Ada", "email": "ada@example.com", "password": "correct horse battery" }))]
    SetUpRequest {
        token: String,
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        #[schema(max_length = 254)]
        email: String,
        password: String,
    }
}

/// Asks whether a set-up link still works.
#[utoipa::path(
    post,
    path = "/api/v1/setup/check",
    request_body = CheckSetupRequest,
    responses((status = 200, description = "Whether the link works", body = CheckSetupAnswer), (status = 403, description = "The page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn check(
    State(state): State<ChatState>,
    _: LogIn,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let token = fields.required_text("token");
    fields.finish()?;
    let valid = state
        .chat
        .setup_token_is_valid(&token.unwrap_or_default())
        .await?;
    Ok(Json(json!({ "valid": valid })))
}

/// Makes the first agent, with the one-time link that the server printed.
#[utoipa::path(
    post,
    path = "/api/v1/setup",
    request_body = SetUpRequest,
    responses((status = 201, description = "The agent, and the cookie of the session", body = AgentAnswer), (status = 403, description = "The page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn set_up(
    State(state): State<ChatState>,
    _: LogIn,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let token = fields.required_text("token");
    let (name, email, password) = (
        fields.required_text("name"),
        fields.required_text("email"),
        fields.required_text("password"),
    );
    fields.finish()?;
    let (Some(token), Some(name), Some(email), Some(password)) = (token, name, email, password)
    else {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Validation failed",
        ));
    };
    let logged_in = state
        .chat
        .set_up(
            &token,
            NewAgentRequest {
                name,
                email,
                password,
            },
        )
        .await?;
    Ok(logged_in_answer(&state, &logged_in, StatusCode::CREATED))
}
