//! `/api/v1/agents`: who is in the team, and what administrators do with them.

use super::routing::capacity;
use super::{AgentAnswer, AgentJson, agent_json, colleague_json};
use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, numeric_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{AgentChanges, Permission, require};
use antiphon_domain::{AgentId, AgentRole};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// The team.
    AgentsAnswer { agents: Vec<AgentJson> }
}

shape! {
    /// What is to be another about an agent; what is absent stays.
    #[schema(example = json!({ "role": "viewer" }))]
    UpdateAgentRequest {
        #[schema(min_length = 1, max_length = 100)]
        name: Option<String>,
        #[schema(max_length = 254)]
        email: Option<String>,
        /// `admin`, `agent` or `viewer`.
        role: Option<String>,
        /// Whether the agent is in the team.
        active: Option<bool>,
        /// How many open conversations it is given by itself at most; `null` is what holds for everybody.
        #[schema(minimum = 0, maximum = 1000)]
        capacity: Option<i64>,
    }
}

shape! {
    /// A one-time link; it is in this answer only.
    PasswordResetAnswer { url: String }
}

/// Lists the agents.
#[utoipa::path(
    get,
    path = "/api/v1/agents",
    responses((status = 200, description = "The agents, in the order in which they were made", body = AgentsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let agents = state.chat.agents(&caller.principal).await?;
    let administers = require(&caller.principal, Permission::Administer).is_ok();
    let json = |agent: &antiphon_domain::Agent| match administers {
        true => agent_json(agent),
        false => colleague_json(agent),
    };
    Ok(Json(
        json!({ "agents": agents.iter().map(json).collect::<Vec<_>>() }),
    ))
}

/// Changes an agent.
#[utoipa::path(
    patch,
    path = "/api/v1/agents/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The agent")),
    request_body = UpdateAgentRequest,
    responses((status = 200, description = "The agent as it is now", body = AgentAnswer), (status = 409, description = "It is the last administrator", body = crate::openapi::ErrorJson)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = agent_id(&id)?;
    let role = fields.text("role").and_then(|role| {
        let parsed = AgentRole::parse(&role);
        fields.errors.check("role", parsed)
    });
    let capacity = fields
        .names("capacity")
        .then(|| capacity(&mut fields, "capacity"));
    let changes = AgentChanges {
        capacity,
        name: fields.text("name"),
        email: fields.text("email"),
        role,
        active: fields.optional_flag("active"),
    };
    fields.finish()?;
    let agent = state
        .chat
        .update_agent(&caller.principal, id, changes)
        .await?;
    Ok(Json(json!({ "agent": agent_json(&agent) })))
}

/// Makes a link for a new password of an agent.
///
/// The link is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/api/v1/agents/{id}/password-reset",
    params(("id" = i64, Path, minimum = 1, description = "The agent")),
    responses((status = 201, description = "The link", body = PasswordResetAnswer)),
)]
pub(crate) async fn create_password_reset(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let token = state
        .chat
        .create_password_reset(&caller.principal, agent_id(&id)?)
        .await?;
    let url = format!(
        "{}/inbox/password-reset#{}",
        state.settings.app_url,
        token.reveal()
    );
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, no_store, Json(json!({ "url": url }))).into_response())
}

/// Takes the second factor of an agent away.
#[utoipa::path(
    delete,
    path = "/api/v1/agents/{id}/two-factor",
    params(("id" = i64, Path, minimum = 1, description = "The agent")),
    responses((status = 204, description = "Done")),
)]
pub(crate) async fn reset_two_factor(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = agent_id(&id)?;
    state.chat.reset_two_factor(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn agent_id(text: &str) -> Result<AgentId, ApiError> {
    numeric_id(text, "agent").map(AgentId)
}
