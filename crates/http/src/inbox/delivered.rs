//! `POST /api/v1/delivered`: messages have reached an open inbox, in any number of conversations.

use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, socket_id};
use crate::openapi::{DoneAnswer, shape};
use crate::state::ChatState;
use crate::widget::mark::MarkRequest;
use antiphon_chat::{DeliveredMark, MAX_DELIVERED_MARKS};
use antiphon_domain::ConversationId;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

shape! {
    /// Messages that have reached an agent's screen.
    #[schema(example = json!({ "marks": [{ "conversation_id": 1, "up_to_seq": 3 }] }))]
    DeliveredMarksRequest {
        #[schema(max_items = 200)]
        marks: Vec<MarkRequest>,
    }
}

const FIELD: &str = "marks";

/// Marks messages as delivered to the team, in many conversations at once.
#[utoipa::path(
    post,
    path = "/api/v1/delivered",
    params(("X-Socket-ID" = Option<String>, Header, description = "The caller's own WebSocket, which gets no echo")),
    request_body = DeliveredMarksRequest,
    responses((status = 200, description = "The marks are where they were or further", body = DoneAnswer)),
)]
pub(crate) async fn mark(
    State(state): State<ChatState>,
    caller: Agent,
    headers: HeaderMap,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let marks = marks(&mut fields);
    fields.finish()?;
    let socket_id = socket_id(&headers);
    state
        .chat
        .mark_delivered(&caller.principal, marks, socket_id)
        .await?;
    Ok(Json(json!({ "success": true })))
}

/// Mistakes are noted by their path, such as `marks.2.up_to_seq`.
fn marks(fields: &mut Fields) -> Vec<DeliveredMark> {
    let values = fields.required_list(FIELD).unwrap_or_default();
    if values.len() > MAX_DELIVERED_MARKS {
        let reason = format!("must not be more than {MAX_DELIVERED_MARKS}");
        fields.errors.add(FIELD, reason);
        return Vec::new();
    }
    let mut number = |index: usize, mark: &Value, name: &str| {
        let number = mark.get(name).and_then(Value::as_i64);
        let number = number.filter(|number| *number >= 0);
        if number.is_none() {
            let path = format!("{FIELD}.{index}.{name}");
            fields.errors.add(path, "must be an integer from 0");
        }
        number
    };
    let marks = values.iter().enumerate().filter_map(|(index, mark)| {
        let (id, up_to_seq) = (
            number(index, mark, "conversation_id"),
            number(index, mark, "up_to_seq"),
        );
        Some(DeliveredMark {
            conversation_id: ConversationId(id?),
            up_to_seq: up_to_seq?,
        })
    });
    marks.collect()
}
