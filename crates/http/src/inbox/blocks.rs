//! `/api/v1/blocks`: who is kept out.

use crate::error::ApiError;
use crate::extract::{Agent, JsonFields, QueryFields, path_id};
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::NewBlockRequest;
use antiphon_domain::visit::parse_block_reason;
use antiphon_domain::{Block, BlockId, Blocked, VisitorId};
use antiphon_wire::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

shape! {
    /// Who is kept out: a visitor or a network.
    #[schema(as = Block)]
    BlockJson {
        id: i64,
        visitor: Option<BlockedVisitorJson>,
        network: Option<String>,
        agent: BlockingAgentJson,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        expires_at: Option<String>,
        /// In the words of who decided it.
        reason: Option<String>,
    }
}

shape! {
    /// A visitor who is kept out.
    #[schema(as = BlockedVisitor)]
    BlockedVisitorJson { id: i64, name: Option<String> }
}

shape! {
    /// Who decided it.
    #[schema(as = BlockingAgent)]
    BlockingAgentJson { id: i64, name: String }
}

shape! {
    /// A page of blocks.
    BlocksAnswer {
        blocks: Vec<BlockJson>,
        /// Whether there are older ones.
        has_more: bool,
    }
}

shape! {
    /// A block.
    BlockAnswer { block: BlockJson }
}

shape! {
    /// Who is to be kept out: one of both.
    #[schema(example = json!({ "visitor_id": 1 }))]
    BlockRequest {
        visitor_id: Option<i64>,
        /// An address, or a network such as `192.0.2.0/24`.
        network: Option<String>,
        /// Until when; until it is taken back unless given.
        #[schema(format = DateTime)]
        expires_at: Option<String>,
        /// One line.
        #[schema(max_length = 500)]
        reason: Option<String>,
    }
}

/// Blocks in a page unless asked otherwise.
const PAGE: u32 = 50;

/// Lists who is kept out.
#[utoipa::path(
    get,
    path = "/api/v1/blocks",
    params(
        ("before_id" = Option<i64>, Query, minimum = 1, description = "The page of older ones"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 unless given"),
    ),
    responses((status = 200, description = "Newest first, without those that are over", body = BlocksAnswer)),
)]
pub(crate) async fn list(
    State(state): State<ChatState>,
    caller: Agent,
    mut query: QueryFields,
) -> Result<Response, ApiError> {
    let before = query.number("before_id", 1).map(BlockId);
    let limit = query.limit(PAGE);
    query.finish()?;
    let list = state.chat.blocks(&caller.principal, before, limit).await?;
    let blocks: Vec<_> = list.blocks.iter().map(block_json).collect();
    let body = json!({ "blocks": blocks, "has_more": list.has_more });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

/// Keeps a visitor out, or, for an administrator, a network, in which neither a trusted proxy may be nor the caller.
#[utoipa::path(
    post,
    path = "/api/v1/blocks",
    request_body = BlockRequest,
    responses((status = 201, description = "The block", body = BlockAnswer)),
)]
pub(crate) async fn add(
    State(state): State<ChatState>,
    caller: Agent,
    JsonFields(mut fields): JsonFields,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let visitor = fields.integer("visitor_id").map(VisitorId);
    let network = fields.text("network").and_then(|text| {
        fields
            .errors
            .check("network", Blocked::parse_network(&text))
    });
    let expires_at = fields.time("expires_at");
    let reason = fields
        .text("reason")
        .and_then(|text| fields.errors.check("reason", parse_block_reason(&text)));
    if visitor.is_some() && network.is_some() {
        fields
            .errors
            .add("network", "cannot be combined with visitor_id");
    }
    fields.finish()?;
    let blocked = match (visitor, network) {
        (Some(id), _) => Blocked::Visitor(id),
        (None, Some(network)) => Blocked::Network(network),
        (None, None) => return Err(ApiError::invalid("visitor_id", "or network is required")),
    };
    let block = state
        .chat
        .add_block(
            &caller.principal,
            NewBlockRequest {
                blocked,
                reason: reason.flatten(),
                expires_at,
            },
            &state.settings.trusted_proxies,
        )
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(json!({ "block": block_json(&block) })),
    ))
}

/// Lets a visitor or a network in again.
#[utoipa::path(
    delete,
    path = "/api/v1/blocks/{id}",
    params(("id" = i64, Path, minimum = 1, description = "The block")),
    responses((status = 204, description = "It is gone")),
)]
pub(crate) async fn remove(
    State(state): State<ChatState>,
    caller: Agent,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = BlockId(path_id(&id, "block")?);
    state.chat.remove_block(&caller.principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn block_json(block: &Block) -> Value {
    let (visitor, network) = match &block.blocked {
        Blocked::Visitor(id) => (
            Some(json!({ "id": id.0, "name": block.visitor_name })),
            None,
        ),
        Blocked::Network(network) => (None, Some(network.to_string())),
    };
    json!({
        "id": block.id.0,
        "visitor": visitor,
        "network": network,
        "agent": { "id": block.agent_id.0, "name": block.agent_name },
        "created_at": rfc3339(block.created_at),
        "expires_at": block.expires_at.map(rfc3339),
        "reason": block.reason,
    })
}
