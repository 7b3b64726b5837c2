//! `/api/v1/widgets/{id}/retention`: how long a website keeps what is over.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_domain::{Retention, WidgetId};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// After how many days what is over is erased; `null` is never.
    #[schema(as = Retention, example = json!({ "closed_conversations_days": 365, "visits_days": 30 }))]
    RetentionJson {
        /// Closed conversations, since their last message, with everything that belongs to them. A visitor of whom nothing is left goes too.
        #[schema(minimum = 7, maximum = 3650)]
        closed_conversations_days: Option<i64>,
        /// Pages that were looked at, and visitors who opened the chat and wrote nothing.
        #[schema(minimum = 7, maximum = 3650)]
        visits_days: Option<i64>,
    }
}

/// Shows how long a website keeps what is over.
#[utoipa::path(
    get,
    path = "/api/v1/widgets/{id}/retention",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    responses((status = 200, description = "Days", body = RetentionJson)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = WidgetId(path_id(&id, "widget")?);
    let retention = state.chat.retention(&caller.principal, id).await?;
    let body = Json(retention_json(retention));
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// Chooses how long a website keeps what is over. What is older is erased within an hour, and cannot be brought back.
#[utoipa::path(
    put,
    path = "/api/v1/widgets/{id}/retention",
    params(("id" = i64, Path, minimum = 1, description = "The widget")),
    request_body = RetentionJson,
    responses((status = 200, description = "As it is now", body = RetentionJson)),
)]
pub(crate) async fn set(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = WidgetId(path_id(&id, "widget")?);
    let mut days = |field| {
        // What was forgotten must not be taken for a wish to keep everything.
        if !fields.names(field) {
            fields
                .errors
                .add(field, "is required; null keeps everything");
        }
        let days = fields.integer(field)?;
        fields.errors.check(field, Retention::parse_days(days))
    };
    let retention = Retention {
        closed_conversations_days: days("closed_conversations_days"),
        visits_days: days("visits_days"),
    };
    fields.finish()?;
    let principal = &caller.principal;
    state.chat.set_retention(principal, id, retention).await?;
    Ok(Json(retention_json(retention)))
}

fn retention_json(retention: Retention) -> Value {
    json!({
        "closed_conversations_days": retention.closed_conversations_days,
        "visits_days": retention.visits_days,
    })
}
