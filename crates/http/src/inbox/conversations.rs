//! `/api/v1/conversations`: the list, and what an agent does with one.

use super::{VisitorJson, list_query, visitor_json};
use crate::error::ApiError;
use crate::extract::{Agent, Fields, JsonFields, QueryFields, Stopping, conversation_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{LabelChange, MAX_BULK, MAX_CONVERSATION_LABELS, TriageRequest};
use antiphon_domain::{AgentId, ConversationId, InboxUpdate, LabelId, Priority, Status, TeamId};
use antiphon_wire::{DetailsJson, InboxRowJson};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// A page of the inbox.
    InboxAnswer {
        /// How far the whole inbox has changed: what to ask with as `after_revision`.
        revision: i64,
        /// Whether there are more.
        has_more: bool,
        /// The `cursor` of the next page of a list.
        next: Option<String>,
        conversations: Vec<InboxRowJson<'static>>,
    }
}

shape! {
    /// A conversation after it was changed.
    ConversationAnswer { conversation: InboxRowJson<'static> }
}

shape! {
    /// Who is to look after a conversation.
    #[schema(example = json!({ "agent_id": 1 }))]
    AssignRequest {
        /// The agent; `null` is nobody, and what is not there stays.
        agent_id: Option<i64>,
        /// The team; the same.
        team_id: Option<i64>,
    }
}

shape! {
    /// A conversation with what an agent sees beside its messages.
    CardAnswer {
        conversation: InboxRowJson<'static>,
        details: DetailsJson<'static>,
        visitor: VisitorJson,
    }
}

shape! {
    /// Until when a conversation is put aside.
    SnoozeRequest {
        /// Within a year.
        #[schema(format = DateTime)]
        until: String,
    }
}

shape! {
    /// How urgent a conversation is.
    #[schema(example = json!({ "priority": "high" }))]
    PriorityRequest {
        /// `low`, `medium`, `high`, `urgent`, or `null`.
        #[schema(required = true, pattern = "^(low|medium|high|urgent)$")]
        priority: Option<String>,
    }
}

shape! {
    /// What a conversation is about.
    LabelsRequest {
        #[schema(max_items = 20)]
        label_ids: Vec<i64>,
    }
}

shape! {
    /// Changes of many conversations.
    #[schema(example = json!({ "ids": [1, 2], "action": { "status": "closed" } }))]
    BulkRequest {
        #[schema(max_items = 100)]
        ids: Vec<i64>,
        action: BulkAction,
    }
}

shape! {
    /// What is to be another; what is not there stays.
    BulkAction {
        #[schema(pattern = "^(pending|active|snoozed|closed)$")]
        status: Option<String>,
        /// Puts them aside until then.
        #[schema(format = DateTime)]
        snoozed_until: Option<String>,
        /// `null` is nobody.
        agent_id: Option<i64>,
        /// `null` is no team.
        team_id: Option<i64>,
        #[schema(pattern = "^(low|medium|high|urgent)$")]
        priority: Option<String>,
        #[schema(max_items = 20)]
        add_label_ids: Option<Vec<i64>>,
        #[schema(max_items = 20)]
        remove_label_ids: Option<Vec<i64>>,
    }
}

shape! {
    /// What became of one conversation.
    BulkResultJson {
        id: i64,
        /// Its row, if it could be changed.
        conversation: Option<InboxRowJson<'static>>,
        /// Why it could not: `status`, `error`, `details`.
        #[schema(value_type = Option<Object>)]
        error: Option<Value>,
    }
}

shape! {
    /// What became of each.
    BulkAnswer { results: Vec<BulkResultJson> }
}

/// Lists conversations, or what changed of them.
#[utoipa::path(
    get,
    path = "/api/v1/conversations",
    params(
        ("status" = Option<String>, Query, pattern = "^(open|pending|active|snoozed|closed|all)$", description = "`open`, which is pending and active, unless given"),
        ("assignee" = Option<String>, Query, pattern = "^(me|none|any|[1-9][0-9]{0,17})$", description = "An agent"),
        ("team" = Option<String>, Query, pattern = "^(none|any|[1-9][0-9]{0,17})$", description = "A team"),
        ("widget" = Option<i64>, Query, minimum = 1, description = "A widget"),
        ("label" = Option<i64>, Query, minimum = 1, description = "A label"),
        ("priority" = Option<String>, Query, pattern = "^(none|low|medium|high|urgent)$", description = "A priority"),
        ("mentioned" = Option<String>, Query, pattern = "^me$", description = "`me`: with a note in which one is mentioned"),
        ("unread" = Option<String>, Query, pattern = "^[01]$", description = "`1`: with messages that no agent has read"),
        ("sort" = Option<String>, Query, pattern = "^(newest|oldest|waiting|priority)$", description = "`newest` unless given"),
        ("cursor" = Option<String>, Query, description = "The `next` of the page before"),
        ("after_revision" = Option<i64>, Query, minimum = 0, description = "What changed since, oldest first, whatever the filter"),
        ("wait" = Option<u32>, Query, maximum = 25, description = "Seconds to wait for something new; needs after_revision"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "Rows in the order of the list; what changed, oldest change first", body = InboxAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    stopping: Stopping,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let wait = query.wait();
    if !query.names("after_revision") {
        if !wait.is_zero() {
            query.wrong("after_revision", "is required with wait");
        }
        return sorted(&state, &caller, query).await;
    }
    let revision = query.number("after_revision", 0).unwrap_or_default();
    // But for the limit they choose nothing here, and yet none may be wrong.
    let limit = list_query::page(&mut query, caller.agent.id).limit;
    query.finish()?;
    let inbox = state
        .chat
        .inbox_changes(&caller.principal, revision, limit, wait);
    let Some(list) = stopping.or_stopped(inbox).await else {
        return Err(ApiError::unavailable("The server is restarting"));
    };
    let list = list?;
    let body = json!({
        "revision": list.revision,
        "has_more": list.has_more,
        "conversations": list.rows.iter().map(|row| InboxRowJson::new(row, &state.links)).collect::<Vec<_>>(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// A list by the filters and the order of the query.
async fn sorted(
    state: &ChatState,
    caller: &Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let page = list_query::page(&mut query, caller.agent.id);
    query.finish()?;
    let list = state.chat.list(&caller.principal, page).await?;
    let next = list.next.map(|next| list_query::cursor(page.sort, next));
    let body = json!({
        "revision": list.revision,
        "has_more": next.is_some(),
        "next": next,
        "conversations": list.rows.iter().map(|row| InboxRowJson::new(row, &state.links)).collect::<Vec<_>>(),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Shows a conversation, how it began, and whose it is.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    responses((status = 200, description = "All but its messages", body = CardAnswer)),
)]
pub(crate) async fn show(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = conversation_id(&id)?;
    let card = state.chat.conversation_card(&caller.principal, id).await?;
    let body = json!({
        "conversation": InboxRowJson::new(&card.row, &state.links),
        "details": DetailsJson::from(&card.details),
        "visitor": visitor_json(&card.visitor),
    });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Closes a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/close",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn close(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let update = state
        .chat
        .close(&caller.principal, conversation_id(&id)?)
        .await?;
    Ok(row(&state, &update))
}

/// Opens a closed conversation again.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/reopen",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn reopen(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let update = state
        .chat
        .reopen(&caller.principal, conversation_id(&id)?)
        .await?;
    Ok(row(&state, &update))
}

/// Says who looks after a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/assign",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = AssignRequest,
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn assign(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = conversation_id(&id)?;
    let request = holders(&mut fields);
    fields.finish()?;
    triaged(&state, &caller, id, request).await
}

/// Puts a conversation aside until then, or until the next message.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/snooze",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = SnoozeRequest,
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn snooze(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = conversation_id(&id)?;
    fields.require("until");
    let request = TriageRequest {
        snoozed_until: fields.time("until"),
        ..TriageRequest::default()
    };
    fields.finish()?;
    triaged(&state, &caller, id, request).await
}

/// Says how urgent a conversation is.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/{id}/priority",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = PriorityRequest,
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn priority(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = conversation_id(&id)?;
    if !fields.names("priority") {
        fields.errors.add("priority", "is required");
    }
    let request = TriageRequest {
        priority: priority_of(&mut fields),
        ..TriageRequest::default()
    };
    fields.finish()?;
    triaged(&state, &caller, id, request).await
}

/// Says what a conversation is about.
#[utoipa::path(
    put,
    path = "/api/v1/conversations/{id}/labels",
    params(("id" = i64, Path, minimum = 1, description = "The conversation")),
    request_body = LabelsRequest,
    responses((status = 200, description = "The row as it is now", body = ConversationAnswer)),
)]
pub(crate) async fn labels(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    let id = conversation_id(&id)?;
    fields.require("label_ids");
    let labels = label_ids(&mut fields, "label_ids");
    let request = TriageRequest {
        labels: labels.map(LabelChange::Set),
        ..TriageRequest::default()
    };
    fields.finish()?;
    triaged(&state, &caller, id, request).await
}

/// Changes many conversations, each by itself.
#[utoipa::path(
    post,
    path = "/api/v1/conversations/bulk",
    request_body = BulkRequest,
    responses((status = 200, description = "What became of each", body = BulkAnswer)),
)]
pub(crate) async fn bulk(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<Json<Value>, ApiError> {
    fields.require("ids");
    fields.require("action");
    let ids = fields.ids("ids", MAX_BULK).unwrap_or_default();
    let action = fields.members("action").unwrap_or_default();
    let mut action = Fields::from_members(action);
    let request = bulk_action(&mut action);
    let unknown: Vec<String> = action.unread().map(str::to_owned).collect();
    for field in unknown {
        action.errors.add(field, "is not known");
    }
    for (field, reason) in action.errors.iter() {
        fields.errors.add(format!("action.{field}"), reason);
    }
    fields.finish()?;
    let ids = ids.into_iter().map(ConversationId).collect();
    let results = state
        .chat
        .triage_many(&caller.principal, ids, request)
        .await?;
    let results: Vec<Value> = results
        .into_iter()
        .map(|one| match one.result {
            Ok(row) => json!({
                "id": one.conversation_id.0,
                "conversation": InboxRowJson::new(&row, &state.links),
            }),
            Err(error) => json!({
                "id": one.conversation_id.0,
                "error": ApiError::from(error).as_part(),
            }),
        })
        .collect();
    Ok(Json(json!({ "results": results })))
}

fn bulk_action(fields: &mut Fields) -> TriageRequest {
    let status = fields
        .text("status")
        .and_then(|text| fields.errors.check("status", Status::parse(&text)));
    let snoozed_until = fields.time("snoozed_until");
    let (add, remove) = (
        label_ids(fields, "add_label_ids"),
        label_ids(fields, "remove_label_ids"),
    );
    TriageRequest {
        status,
        snoozed_until,
        priority: priority_of(fields),
        labels: (add.is_some() || remove.is_some()).then(|| LabelChange::Adjust {
            add: add.unwrap_or_default(),
            remove: remove.unwrap_or_default(),
        }),
        ..holders(fields)
    }
}

/// `agent_id` and `team_id`: what is not there stays, and `null` is nobody.
fn holders(fields: &mut Fields) -> TriageRequest {
    TriageRequest {
        agent_id: fields
            .names("agent_id")
            .then(|| fields.integer("agent_id").map(AgentId)),
        team_id: fields
            .names("team_id")
            .then(|| fields.integer("team_id").map(TeamId)),
        ..TriageRequest::default()
    }
}

fn priority_of(fields: &mut Fields) -> Option<Option<Priority>> {
    fields.names("priority").then(|| {
        let text = fields.text("priority")?;
        fields.errors.check("priority", Priority::parse(&text))
    })
}

fn label_ids(fields: &mut Fields, name: &'static str) -> Option<Vec<LabelId>> {
    let ids = fields.ids(name, MAX_CONVERSATION_LABELS)?;
    Some(ids.into_iter().map(LabelId).collect())
}

async fn triaged(
    state: &ChatState,
    caller: &Agent,
    id: ConversationId,
    request: TriageRequest,
) -> Result<Json<Value>, ApiError> {
    let update = state.chat.triage(&caller.principal, id, request).await?;
    Ok(row(state, &update))
}

fn row(state: &ChatState, update: &InboxUpdate) -> Json<Value> {
    Json(json!({ "conversation": InboxRowJson::new(update, &state.links) }))
}
