//! `POST /api/v1/widgets/{id}/rotate_…`: another token, or another key for identities, with the old one taken for a while.

use super::{no_store, widget_id, widget_json};
use crate::error::ApiError;
use crate::extract::{Agent, JsonFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::Administrator;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

/// The hours for which what was replaced is taken unless asked otherwise: a working day and a night for whoever changes the pages.
const GRACE_HOURS: i64 = 24;

shape! {
    /// For how long what is replaced is still taken.
    #[schema(example = json!({ "grace_hours": 48 }))]
    RotateRequest {
        /// 24 unless given; 0 ends it at once.
        #[schema(minimum = 0, maximum = 720)]
        grace_hours: Option<i64>,
    }
}

shape! {
    /// A widget with its new token.
    RotatedTokenAnswer {
        widget: super::WidgetJson,
        /// For the site's pages.
        token: String,
        /// Until when the token before it is taken as well; `null` for not at all.
        #[schema(format = DateTime)]
        previous_token_ends_at: Option<String>,
    }
}

shape! {
    /// A widget with its new key for identities, which is told only now.
    RotatedSecretAnswer {
        widget: super::WidgetJson,
        identity_secret: String,
        /// Until when signatures with the one before it are taken as well; `null` for not at all.
        #[schema(format = DateTime)]
        previous_identity_secret_ends_at: Option<String>,
    }
}

/// Gives a widget another token.
#[utoipa::path(
    post,
    path = "/api/v1/widgets/{id}/rotate_token",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    request_body = RotateRequest,
    responses((status = 200, description = "The new token. What still held of an earlier rotation ends; administrators only", body = RotatedTokenAnswer)),
)]
pub(crate) async fn rotate_token(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let id = widget_id(&id)?;
    let grace_hours = fields.integer("grace_hours").unwrap_or(GRACE_HOURS);
    fields.finish()?;
    let by = Administrator::Caller(&caller.principal);
    let rotated = state.chat.rotate_widget_token(by, id, grace_hours).await?;
    let token = rotated.token.as_str().to_owned();
    let widget = widget_json(&state, rotated).await?;
    let ends_at = widget["previous_token_ends_at"].clone();
    Ok(no_store(
        json!({ "widget": widget, "token": token, "previous_token_ends_at": ends_at }),
    ))
}

/// Gives a widget another key for its visitors' identities.
#[utoipa::path(
    post,
    path = "/api/v1/widgets/{id}/rotate_identity_secret",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    request_body = RotateRequest,
    responses((status = 200, description = "The new key. What still held of an earlier rotation ends; administrators only", body = RotatedSecretAnswer)),
)]
pub(crate) async fn rotate_identity_secret(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Response, ApiError> {
    let id = widget_id(&id)?;
    let grace_hours = fields.integer("grace_hours").unwrap_or(GRACE_HOURS);
    fields.finish()?;
    let by = Administrator::Caller(&caller.principal);
    let chat = &state.chat;
    let rotated = chat.rotate_identity_secret(by, id, grace_hours).await?;
    let secret = rotated.identity_secret.clone();
    let widget = widget_json(&state, rotated).await?;
    let ends_at = widget["previous_identity_secret_ends_at"].clone();
    Ok(no_store(json!({
        "widget": widget,
        "identity_secret": secret,
        "previous_identity_secret_ends_at": ends_at,
    })))
}
