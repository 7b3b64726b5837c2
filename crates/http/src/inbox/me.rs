//! `GET /api/v1/me`: who is logged in, which real-time servers there are, and what a message may hold.

use super::{AgentJson, agent_json};
use crate::error::ApiError;
use crate::extract::Agent;
use crate::openapi::shape;
use crate::state::ChatState;
use crate::widget::config::{LimitsJson, RealtimeJson, limits, realtime};
use antiphon_chat::{Permission, Permissions, Principal};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

shape! {
    /// Who asks, where news come from, and what a message may hold.
    MeAnswer {
        agent: AgentJson,
        /// Of `read`, `answer` and `admin`.
        permissions: Vec<String>,
        /// Of the inbox; `null` is the browser's.
        language: Option<String>,
        /// A second factor has to be set up before anything else.
        two_factor_missing: bool,
        realtime: RealtimeJson,
        /// For so many seconds an agent may edit and delete what it sent.
        edit_seconds: i64,
        limits: LimitsJson,
    }
}

/// Says who is logged in.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    responses((status = 200, description = "The agent, the real-time servers, and what a message may hold", body = MeAnswer), (status = 401, description = "Nobody is logged in; `setup_required` says whether there is no agent yet", body = crate::openapi::ErrorJson)),
)]
pub(crate) async fn me(
    State(state): State<ChatState>,
    caller: Result<Agent, ApiError>,
) -> Result<Response, ApiError> {
    let caller = match caller {
        Ok(caller) => caller,
        // Nobody can log in before the first agent is made by the set-up link; the login page says so.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            return Err(
                error.with_hint("setup_required", state.chat.every_agent().await?.is_empty())
            );
        }
        Err(error) => return Err(error),
    };
    let (permissions, two_factor_missing) = match &caller.principal {
        Principal::Agent(agent) => (agent.permissions, agent.two_factor_missing),
        Principal::Visitor(_) => (Permissions::NONE, false),
    };
    let language = caller.agent.language.as_ref();
    let body = json!({
        "agent": agent_json(&caller.agent),
        "permissions": permissions.iter().map(Permission::as_str).collect::<Vec<_>>(),
        "language": language.map(|language| language.as_str()),
        "two_factor_missing": two_factor_missing,
        "realtime": realtime(&state.settings.browser),
        "edit_seconds": state.chat.edit_seconds(),
        "limits": limits(&state),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}
