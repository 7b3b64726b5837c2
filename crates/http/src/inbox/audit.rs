//! `GET /api/v1/audit`: who administered what.

use crate::error::ApiError;
use crate::extract::{Agent, QueryFields};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{AuditEntry, AuditFilter};
use antiphon_domain::{AgentId, AuditEntryId};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// Entries in a page unless asked otherwise.
const PAGE: u32 = 50;
/// The longest name of an action, in bytes.
const MAX_ACTION: usize = 60;

shape! {
    /// Who did it; `id` is `null` for a command on the server's machine.
    AuditAgentJson { id: Option<i64>, name: String }
}

shape! {
    /// What it was done to.
    AuditSubjectJson {
        #[schema(rename = "type")]
        kind: String,
        id: Option<i64>,
    }
}

shape! {
    /// An act of administration.
    AuditEntryJson {
        id: i64,
        at: String,
        agent: AuditAgentJson,
        /// `noun.verb`.
        action: String,
        subject: AuditSubjectJson,
        #[schema(value_type = Option<Object>)]
        details: Option<Value>,
        /// The network address it came from.
        address: Option<String>,
    }
}

shape! {
    /// A page of the audit log.
    AuditAnswer { entries: Vec<AuditEntryJson>, has_more: bool }
}

/// Lists what was administered.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    params(
        ("before_id" = Option<i64>, Query, minimum = 1, description = "Older than this entry"),
        ("action" = Option<String>, Query, max_length = 60, description = "One action, or all about a noun: `agent.`"),
        ("agent_id" = Option<i64>, Query, minimum = 1, description = "By this agent"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "Entries, newest first; administrators only", body = AuditAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let filter = AuditFilter {
        before: query.number("before_id", 1).map(AuditEntryId),
        action: query.text("action").filter(|action| !action.is_empty()),
        agent_id: query.number("agent_id", 1).map(AgentId),
    };
    if filter
        .action
        .as_ref()
        .is_some_and(|action| action.len() > MAX_ACTION)
    {
        query.wrong("action", "must not be longer than 60 bytes");
    }
    let limit = query.limit(PAGE);
    query.finish()?;
    let page = state
        .chat
        .audit_page(&caller.principal, filter, limit)
        .await?;
    let body = json!({
        "entries": page.entries.iter().map(entry_json).collect::<Vec<_>>(),
        "has_more": page.has_more,
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn entry_json(entry: &AuditEntry) -> Value {
    let details = entry.details.as_deref();
    json!({
        "id": entry.id.0,
        "at": rfc3339(entry.at),
        "agent": { "id": entry.agent_id.map(|id| id.0), "name": entry.agent_name },
        "action": entry.action,
        "subject": { "type": entry.subject_type, "id": entry.subject_id },
        "details": details.and_then(|json| serde_json::from_str::<Value>(json).ok()),
        "address": entry.address,
    })
}
