//! `POST /api/chatbot/page`: the visitor has come to another page.

use crate::error::ApiError;
use crate::extract::{Caller, DeviceOf, JsonFields, Read};
use crate::openapi::{DoneAnswer, shape};
use crate::state::ChatState;
use antiphon_domain::{ConversationId, Page};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

shape! {
    /// A page that the visitor has come to.
    #[schema(example = json!({ "conversation_id": 1, "url": "https://www.example.com/prices", "title": "Prices" }))]
    PageRequest {
        conversation_id: i64,
        /// Only http and https addresses are kept.
        url: String,
        /// Cut at 200 characters.
        title: Option<String>,
    }
}

/// Tells which page the visitor looks at while its conversation is open there.
#[utoipa::path(
    post,
    path = "/api/chatbot/page",
    request_body = PageRequest,
    responses((status = 200, description = "Agents are told", body = DoneAnswer), (status = 404, description = "There is no such conversation", body = crate::openapi::ErrorJson)),
    security(("visitorToken" = [])),
)]
pub(crate) async fn page(
    State(state): State<ChatState>,
    caller: Caller<Read>,
    DeviceOf(device): DeviceOf,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = fields.required_integer("conversation_id");
    let (url, title) = (fields.required_text("url"), fields.text("title"));
    fields.finish()?;
    let page = Page {
        url: url.and_then(|url| Page::clean_url(&url)),
        title: title.and_then(|title| Page::clean_title(&title)),
        referrer: None,
    };
    let id = ConversationId(id.unwrap_or_default());
    state
        .chat
        .view_page(&caller.principal, id, page, device)
        .await?;
    Ok(Json(json!({ "success": true })))
}
