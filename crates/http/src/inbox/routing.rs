//! `/api/v1/widgets/{id}/routing`: what a widget does with its conversations by itself; `/api/v1/routing`: what holds for all of them.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_domain::{Assignment, Capacity, CloseAfter, TeamId, WidgetId, WidgetRouting};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

shape! {
    /// What a widget does with its conversations by itself.
    #[schema(as = Routing, example = json!({ "assignment": "round_robin", "assignment_team_id": null, "close_after_hours": 72 }))]
    RoutingJson {
        /// `off`, `round_robin` (whoever was given one the longest ago is next) or `least_busy` (whoever has the fewest).
        #[schema(example = "round_robin")]
        assignment: String,
        /// Only to agents of this team; `null` is everybody who may answer.
        #[schema(minimum = 1)]
        assignment_team_id: Option<i64>,
        /// After so many hours in which nothing was said since the team's answer, a conversation is closed; `null` is never.
        #[schema(minimum = 1, maximum = 8760)]
        close_after_hours: Option<i64>,
    }
}

shape! {
    /// What holds for every widget.
    #[schema(as = TeamRouting, example = json!({ "default_capacity": 8 }))]
    TeamRoutingJson {
        /// How many open conversations an agent is given by itself at most who has no number of its own; `null` is any number.
        #[schema(minimum = 0, maximum = 1000, required = true)]
        default_capacity: Option<i64>,
    }
}

/// Reads what a widget does with its conversations by itself.
#[utoipa::path(
    get,
    path = "/api/v1/widgets/{id}/routing",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "As it is", body = RoutingJson)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = path_id(&id, "widget").map(WidgetId)?;
    let routing = state.chat.routing(&caller.principal, id).await?;
    Ok(Json(routing_json(routing)))
}

/// Says what a widget does with its conversations by itself.
#[utoipa::path(
    put,
    path = "/api/v1/widgets/{id}/routing",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    request_body = RoutingJson,
    responses((status = 200, description = "As it is now", body = RoutingJson)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = path_id(&id, "widget").map(WidgetId)?;
    let assignment = fields.required_text("assignment").and_then(|name| {
        let parsed = Assignment::parse(&name);
        fields.errors.check("assignment", parsed)
    });
    let team_id = fields.integer("assignment_team_id").map(TeamId);
    let close_after = fields.integer("close_after_hours").and_then(|hours| {
        let parsed = CloseAfter::parse(hours);
        fields.errors.check("close_after_hours", parsed)
    });
    fields.finish()?;
    let wanted = WidgetRouting {
        assignment: assignment.unwrap_or_default(),
        team_id,
        close_after,
    };
    let chat = &state.chat;
    let routing = chat.set_routing(&caller.principal, id, wanted).await?;
    Ok(Json(routing_json(routing)))
}

/// Reads what holds for every widget.
#[utoipa::path(
    get,
    path = "/api/v1/routing",
    responses((status = 200, description = "As it is", body = TeamRoutingJson)),
)]
pub(crate) async fn capacity_of_all(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let capacity = state.chat.default_capacity(&caller.principal).await?;
    Ok(Json(
        json!({ "default_capacity": capacity.map(Capacity::get) }),
    ))
}

/// Says what holds for every widget.
#[utoipa::path(
    put,
    path = "/api/v1/routing",
    request_body = TeamRoutingJson,
    responses((status = 200, description = "As it is now", body = TeamRoutingJson)),
)]
pub(crate) async fn set_capacity_of_all(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    if !fields.names("default_capacity") {
        fields.errors.add("default_capacity", "is required");
    }
    let capacity = capacity(&mut fields, "default_capacity");
    fields.finish()?;
    let chat = &state.chat;
    chat.set_default_capacity(&caller.principal, capacity)
        .await?;
    Ok(Json(
        json!({ "default_capacity": capacity.map(Capacity::get) }),
    ))
}

/// A number of conversations, if there is one.
pub(super) fn capacity(fields: &mut Fields, field: &'static str) -> Option<Capacity> {
    let conversations = fields.integer(field)?;
    let parsed = Capacity::parse(conversations);
    fields.errors.check(field, parsed)
}

fn routing_json(routing: WidgetRouting) -> Value {
    json!({
        "assignment": routing.assignment.as_str(),
        "assignment_team_id": routing.team_id.map(|team| team.0),
        "close_after_hours": routing.close_after.map(CloseAfter::hours),
    })
}
