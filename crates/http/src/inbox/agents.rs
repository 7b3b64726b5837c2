//! `GET /api/v1/agents`: the team, for the list of assignees.

use super::{AgentJson, agent_json};
use crate::error::ApiError;
use crate::extract::Agent;
use crate::openapi::shape;
use crate::state::ChatState;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

shape! {
    /// The team.
    AgentsAnswer { agents: Vec<AgentJson> }
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
    Ok(Json(
        json!({ "agents": agents.iter().map(agent_json).collect::<Vec<_>>() }),
    ))
}
