//! `/api/v1/views`: lists of the inbox that were given a name.

use super::list_query;
use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{MAX_VIEW_FILTER, UpdateView};
use antiphon_domain::{AgentId, View, ViewId, ViewName};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

shape! {
    /// A view.
    #[schema(as = View)]
    ViewJson { id: i64, name: String, #[schema(value_type = Object)] filter: Value, shared: bool,
        /// Whether it is the caller's own.
        mine: bool }
}

shape! {
    /// The views.
    ViewsAnswer { views: Vec<ViewJson> }
}

shape! {
    /// One view.
    ViewAnswer { view: ViewJson }
}

shape! {
    /// A new view.
    NewViewRequest { #[schema(min_length = 1, max_length = 60)] name: String,
        /// The fields of a list's query.
        #[schema(value_type = Object)] filter: Value,
        /// For all agents, which takes an administrator.
        shared: Option<bool> }
}

shape! {
    /// What is to be another about a view.
    UpdateViewRequest { #[schema(min_length = 1, max_length = 60)] name: Option<String>, #[schema(value_type = Option<Object>)] filter: Option<Value>, shared: Option<bool> }
}

/// Lists the views.
#[utoipa::path(
    get,
    path = "/api/v1/views",
    responses((status = 200, description = "One's own and the shared ones, in the order of their making", body = ViewsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let me = caller.agent.id;
    let views = state.chat.views(&caller.principal).await?;
    Ok(Json(
        json!({ "views": views.iter().map(|view| view_json(view, me)).collect::<Vec<_>>() }),
    ))
}

/// Makes a view.
#[utoipa::path(
    post,
    path = "/api/v1/views",
    request_body = NewViewRequest,
    responses((status = 201, description = "The new view", body = ViewAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let me = caller.agent.id;
    fields.require("name");
    fields.require("filter");
    let (name, filter) = read(&mut fields, me);
    let shared = fields.flag("shared");
    fields.finish()?;
    let (Some(name), Some(filter)) = (name, filter) else {
        return Err(ApiError::invalid("name", "is required"));
    };
    let view = state
        .chat
        .create_view(&caller.principal, name, filter, shared)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "view": view_json(&view, me) })),
    ))
}

/// Changes a view in what is given.
#[utoipa::path(
    patch,
    path = "/api/v1/views/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The view")),
    request_body = UpdateViewRequest,
    responses((status = 200, description = "The view as it is now", body = ViewAnswer)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let me = caller.agent.id;
    let id = path_id(&id, "view").map(ViewId)?;
    if !["name", "filter", "shared"]
        .iter()
        .any(|field| fields.has(field))
    {
        let reason = "is required without filter or shared";
        fields.errors.add("name", reason);
    }
    let (name, filter) = read(&mut fields, me);
    let shared = fields.optional_flag("shared");
    fields.finish()?;
    let update = UpdateView {
        id,
        name,
        filter,
        shared,
    };
    let view = state.chat.update_view(&caller.principal, update).await?;
    Ok(Json(json!({ "view": view_json(&view, me) })))
}

/// Removes a view.
#[utoipa::path(
    delete,
    path = "/api/v1/views/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The view")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = path_id(&id, "view").map(ViewId)?;
    state.chat.delete_view(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(fields: &mut Fields, me: AgentId) -> (Option<ViewName>, Option<String>) {
    let name = fields
        .text("name")
        .and_then(|name| fields.errors.check("name", ViewName::parse(&name)));
    let filter = fields.members("filter").and_then(|filter| {
        for (field, reason) in list_query::view_errors(&filter, me).iter() {
            fields.errors.add(format!("filter.{field}"), reason);
        }
        let json = Value::Object(filter).to_string();
        if json.len() > MAX_VIEW_FILTER {
            let reason = format!("must not be longer than {MAX_VIEW_FILTER} bytes");
            fields.errors.add("filter", reason);
            return None;
        }
        Some(json)
    });
    (name, filter)
}

fn view_json(view: &View, me: AgentId) -> Value {
    json!({
        "id": view.id.0,
        "name": view.name.as_str(),
        "filter": serde_json::from_str::<Value>(&view.filter).unwrap_or_default(),
        "shared": view.shared,
        "mine": view.agent_id == me,
    })
}
