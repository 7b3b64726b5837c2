//! `/api/v1/setup`: the first agent, by the one-time link that the server printed.

use super::session::logged_in_answer;
use crate::error::ApiError;
use crate::extract::{JsonFields, LogIn};
use crate::state::ChatState;
use antiphon_chat::NewAgentRequest;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

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
