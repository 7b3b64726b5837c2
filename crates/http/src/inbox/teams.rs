//! `/api/v1/teams`: groups of agents that conversations are given to.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{MAX_TEAM_AGENTS, UpdateTeam};
use antiphon_domain::{AgentId, Team, TeamId, TeamName};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

shape! {
    /// A team.
    #[schema(as = Team)]
    TeamJson { id: i64, name: String, agent_ids: Vec<i64> }
}

shape! {
    /// The teams.
    TeamsAnswer { teams: Vec<TeamJson> }
}

shape! {
    /// One team.
    TeamAnswer { team: TeamJson }
}

shape! {
    /// A new team.
    NewTeamRequest { #[schema(min_length = 1, max_length = 60)] name: String, #[schema(max_items = 500)] agent_ids: Option<Vec<i64>> }
}

shape! {
    /// What is to be another about a team.
    UpdateTeamRequest { #[schema(min_length = 1, max_length = 60)] name: Option<String>, #[schema(max_items = 500)] agent_ids: Option<Vec<i64>> }
}

/// Lists the teams.
#[utoipa::path(
    get,
    path = "/api/v1/teams",
    responses((status = 200, description = "In the order of their names", body = TeamsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let teams = state.chat.teams(&caller.principal).await?;
    Ok(Json(
        json!({ "teams": teams.iter().map(team_json).collect::<Vec<_>>() }),
    ))
}

/// Makes a team.
#[utoipa::path(
    post,
    path = "/api/v1/teams",
    request_body = NewTeamRequest,
    responses((status = 201, description = "The new team", body = TeamAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    fields.require("name");
    let (name, agent_ids) = read(&mut fields);
    fields.finish()?;
    let Some(name) = name else {
        return Err(ApiError::invalid("name", "is required"));
    };
    let agent_ids = agent_ids.unwrap_or_default();
    let team = state
        .chat
        .create_team(&caller.principal, name, agent_ids)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "team": team_json(&team) })),
    ))
}

/// Changes a team in what is given.
#[utoipa::path(
    patch,
    path = "/api/v1/teams/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The team")),
    request_body = UpdateTeamRequest,
    responses((status = 200, description = "The team as it is now", body = TeamAnswer)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = path_id(&id, "team").map(TeamId)?;
    if !fields.has("name") && !fields.has("agent_ids") {
        fields.errors.add("name", "is required without agent_ids");
    }
    let (name, agent_ids) = read(&mut fields);
    fields.finish()?;
    let update = UpdateTeam {
        id,
        name,
        agent_ids,
    };
    let team = state.chat.update_team(&caller.principal, update).await?;
    Ok(Json(json!({ "team": team_json(&team) })))
}

/// Removes a team.
#[utoipa::path(
    delete,
    path = "/api/v1/teams/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The team")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = path_id(&id, "team").map(TeamId)?;
    state.chat.delete_team(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(fields: &mut Fields) -> (Option<TeamName>, Option<Vec<AgentId>>) {
    let name = fields
        .text("name")
        .and_then(|name| fields.errors.check("name", TeamName::parse(&name)));
    let agent_ids = fields.ids("agent_ids", MAX_TEAM_AGENTS);
    let agent_ids = agent_ids.map(|ids| ids.into_iter().map(AgentId).collect());
    (name, agent_ids)
}

fn team_json(team: &Team) -> Value {
    let agent_ids: Vec<i64> = team.agent_ids.iter().map(|id| id.0).collect();
    json!({ "id": team.id.0, "name": team.name.as_str(), "agent_ids": agent_ids })
}
