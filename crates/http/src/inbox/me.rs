//! `GET /api/v1/me`: who is logged in, which real-time servers there are, and what a message may hold.

use super::agent_json;
use crate::error::ApiError;
use crate::extract::Agent;
use crate::state::ChatState;
use crate::widget::config::{limits, realtime};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

pub(crate) async fn me(
    State(state): State<ChatState>,
    agent: Result<Agent, ApiError>,
) -> Result<Response, ApiError> {
    let agent = match agent {
        Ok(caller) => caller.agent,
        // Nobody can log in before the first agent is made by the set-up link; the login page says so.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            return Err(error.with_hint("setup_required", state.chat.agents().await?.is_empty()));
        }
        Err(error) => return Err(error),
    };
    let body = json!({
        "agent": agent_json(&agent),
        "realtime": realtime(&state.settings.browser),
        "limits": limits(&state),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
