//! `/api/v1/labels`: what conversations are about.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::UpdateLabel;
use antiphon_domain::{Label, LabelColor, LabelId, LabelName};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

shape! {
    /// A label.
    #[schema(as = Label)]
    LabelJson { id: i64, name: String, color: String }
}

shape! {
    /// The labels.
    LabelsAnswer { labels: Vec<LabelJson> }
}

shape! {
    /// One label.
    LabelAnswer { label: LabelJson }
}

shape! {
    /// A new label.
    NewLabelRequest { #[schema(min_length = 1, max_length = 40)] name: String, #[schema(pattern = "^#[0-9a-fA-F]{6}$")] color: String }
}

shape! {
    /// What is to be another about a label.
    UpdateLabelRequest { #[schema(min_length = 1, max_length = 40)] name: Option<String>, #[schema(pattern = "^#[0-9a-fA-F]{6}$")] color: Option<String> }
}

/// Lists the labels.
#[utoipa::path(
    get,
    path = "/api/v1/labels",
    responses((status = 200, description = "In the order of their names", body = LabelsAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Json<Value>, ApiError> {
    let labels = state.chat.labels(&caller.principal).await?;
    Ok(Json(
        json!({ "labels": labels.iter().map(label_json).collect::<Vec<_>>() }),
    ))
}

/// Makes a label.
#[utoipa::path(
    post,
    path = "/api/v1/labels",
    request_body = NewLabelRequest,
    responses((status = 201, description = "The new label", body = LabelAnswer)),
)]
pub(crate) async fn create(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    fields.require("name");
    fields.require("color");
    let name = fields
        .text("name")
        .and_then(|name| fields.errors.check("name", LabelName::parse(&name)));
    let color = fields
        .text("color")
        .and_then(|color| fields.errors.check("color", LabelColor::parse(&color)));
    fields.finish()?;
    let (Some(name), Some(color)) = (name, color) else {
        return Err(ApiError::invalid("name", "is required"));
    };
    let label = state
        .chat
        .create_label(&caller.principal, name, color)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "label": label_json(&label) })),
    ))
}

/// Changes a label in what is given.
#[utoipa::path(
    patch,
    path = "/api/v1/labels/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The label")),
    request_body = UpdateLabelRequest,
    responses((status = 200, description = "The label as it is now", body = LabelAnswer)),
)]
pub(crate) async fn update(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = path_id(&id, "label").map(LabelId)?;
    let given = fields.has("name") || fields.has("color");
    let name = fields
        .text("name")
        .and_then(|name| fields.errors.check("name", LabelName::parse(&name)));
    let color = fields
        .text("color")
        .and_then(|color| fields.errors.check("color", LabelColor::parse(&color)));
    if !given {
        fields.errors.add("name", "is required without a color");
    }
    fields.finish()?;
    let update = UpdateLabel { id, name, color };
    let label = state.chat.update_label(&caller.principal, update).await?;
    Ok(Json(json!({ "label": label_json(&label) })))
}

/// Removes a label.
#[utoipa::path(
    delete,
    path = "/api/v1/labels/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The label")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn delete(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = path_id(&id, "label").map(LabelId)?;
    state.chat.delete_label(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn label_json(label: &Label) -> Value {
    json!({ "id": label.id.0, "name": label.name.as_str(), "color": label.color.as_str() })
}
