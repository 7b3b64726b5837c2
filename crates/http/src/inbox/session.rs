//! `/api/v1/session`: logging in and out.

use super::{AgentAnswer, agent_json};
use crate::error::ApiError;
use crate::extract::{JsonFields, LogIn, session_cookie, session_token};
use crate::openapi::shape;
use crate::rate_limit::Action;
use crate::state::ChatState;
use antiphon_chat::LoggedIn;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

shape! {
    /// An agent's login.
    #[schema(example = json!({ "email": "ada@example.com", "password": "correct horse battery" }))]
    LogInRequest { email: String, password: String }
}

/// Logs an agent in.
#[utoipa::path(
    post,
    path = "/api/v1/session",
    request_body = LogInRequest,
    responses((status = 200, description = "The agent, and the cookie of the session", body = AgentAnswer), (status = 401, description = "The e-mail address or the password is wrong", body = crate::openapi::ErrorJson), (status = 403, description = "The page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(()),
)]
pub(crate) async fn log_in(
    State(state): State<ChatState>,
    _: LogIn,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let (email, password) = (
        fields.required_text("email"),
        fields.required_text("password"),
    );
    fields.finish()?;
    let (Some(email), Some(password)) = (email, password) else {
        return Err(ApiError::unauthenticated());
    };
    state
        .limits
        .check_token(Action::LogIn, &email.trim().to_lowercase())?;
    match state.chat.log_in(&email, password).await {
        Ok(logged_in) => Ok(logged_in_answer(&state, &logged_in, StatusCode::OK)),
        Err(antiphon_chat::ChatError::Unauthenticated) => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "The e-mail address or the password is wrong",
        )),
        Err(error) => Err(error.into()),
    }
}

/// The agent, and the cookie that keeps the session.
pub(super) fn logged_in_answer(
    state: &ChatState,
    logged_in: &LoggedIn,
    status: StatusCode,
) -> Response {
    let cookie = session_cookie(
        logged_in.session.reveal(),
        logged_in.max_age_seconds,
        &state.settings,
    );
    (
        status,
        [(header::SET_COOKIE, cookie)],
        Json(json!({ "agent": agent_json(&logged_in.agent) })),
    )
        .into_response()
}

/// Logs out.
#[utoipa::path(
    delete,
    path = "/api/v1/session",
    responses((status = 204, description = "There is no session any more"), (status = 403, description = "The page that asks is of another site", body = crate::openapi::ErrorJson)),
    security(("session" = [])),
)]
pub(crate) async fn log_out(
    State(state): State<ChatState>,
    _: LogIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(session) = session_token(&headers, &state.settings) {
        state.chat.log_out(&session).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, session_cookie("", 0, &state.settings))],
    )
        .into_response())
}
