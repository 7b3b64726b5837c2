//! `/api/v1/password-reset`: a new password, by a one-time link that an administrator hands on.

use crate::error::ApiError;
use crate::extract::{JsonFields, LogIn, SessionOrigin};
use crate::openapi::shape;
use crate::state::ChatState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

shape! {
    /// The token of the link.
    #[schema(example = json!({ "token": "cbp_…" }))]
    CheckResetRequest { token: String }
}

shape! {
    /// Who gets a new password.
    ResetAgentJson { name: String, email: String }
}

shape! {
    /// Whose link it is.
    CheckResetAnswer { agent: ResetAgentJson }
}

shape! {
    /// The new password.
    #[schema(example = json!({ "token": "cbp_…", "password": "a longer sentence" }))]
    ResetPasswordRequest {
        token: String,
        #[schema(min_length = 10, max_length = 1024)]
        password: String,
    }
}

/// Asks whose link for a new password this is.
#[utoipa::path(
    post,
    path = "/api/v1/password-reset/check",
    request_body = CheckResetRequest,
    responses((status = 200, description = "Whose", body = CheckResetAnswer), (status = 403, description = "The link is used up or over, or the page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn check(
    State(state): State<ChatState>,
    _: LogIn,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let token = fields.required_text("token");
    fields.finish()?;
    let agent = state
        .chat
        .password_reset(&token.unwrap_or_default())
        .await?;
    let (name, email) = (agent.name.as_str(), agent.email.as_str());
    Ok(Json(json!({ "agent": { "name": name, "email": email } })))
}

/// Sets a new password by a link, and ends the sessions of its agent.
#[utoipa::path(
    post,
    path = "/api/v1/password-reset",
    request_body = ResetPasswordRequest,
    responses((status = 204, description = "Done"), (status = 403, description = "The link is used up or over, or the page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn reset(
    State(state): State<ChatState>,
    _: LogIn,
    SessionOrigin(origin): SessionOrigin,
    JsonFields(mut fields): JsonFields,
) -> Result<StatusCode, ApiError> {
    let (token, password) = (
        fields.required_text("token"),
        fields.required_text("password"),
    );
    fields.finish()?;
    let (token, password) = (token.unwrap_or_default(), password.unwrap_or_default());
    state.chat.reset_password(&token, password, origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
