//! `GET /api/v1/conversations/counts`: how many there are of what is open, by everything that lists are chosen by.

use crate::error::ApiError;
use crate::extract::Agent;
use crate::openapi::shape;
use crate::state::ChatState;
use antiphon_chat::{OpenCounts, OpenGroup};
use antiphon_domain::{AgentId, Status};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

shape! {
    /// How many conversations of what an id stands for.
    CountJson { id: i64, count: i64 }
}

shape! {
    /// Open conversations with messages that no agent has read.
    UnreadCountsJson { mine: i64, unassigned: i64, all: i64 }
}

shape! {
    /// Conversations by where they stand.
    StatusCountsJson { pending: i64, active: i64, snoozed: i64 }
}

shape! {
    /// How many conversations are pending or active, but for `by_status`.
    CountsAnswer {
        mine: i64,
        unassigned: i64,
        all: i64,
        unread: UnreadCountsJson,
        by_status: StatusCountsJson,
        by_agent: Vec<CountJson>,
        by_team: Vec<CountJson>,
        by_widget: Vec<CountJson>,
        by_label: Vec<CountJson>,
        /// The mentions of the one who asks that it has not seen.
        unread_mentions: i64,
    }
}

/// Counts the conversations that are not closed.
#[utoipa::path(
    get,
    path = "/api/v1/conversations/counts",
    responses((status = 200, description = "The counts", body = CountsAnswer)),
)]
pub(crate) async fn counts(
    State(state): State<ChatState>,
    caller: Agent,
) -> Result<Response, ApiError> {
    let counts = state.chat.open_counts(&caller.principal).await?;
    let unread_mentions = state.chat.unread_mentions(&caller.principal).await?;
    let mut body = counts_json(&counts, caller.agent.id);
    body["unread_mentions"] = unread_mentions.into();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn counts_json(counts: &OpenCounts, me: AgentId) -> Value {
    let open = |group: &&OpenGroup| matches!(group.status, Status::Pending | Status::Active);
    let sum = |wanted: &dyn Fn(&OpenGroup) -> bool| -> i64 {
        let groups = counts.groups.iter().filter(open);
        groups
            .filter(|group| wanted(group))
            .map(|group| group.n)
            .sum()
    };
    let of_status = |status| -> i64 {
        let groups = counts.groups.iter();
        groups
            .filter(|group| group.status == status)
            .map(|group| group.n)
            .sum()
    };
    let by = |key: &dyn Fn(&OpenGroup) -> Option<i64>| -> Vec<Value> {
        let mut sums = BTreeMap::<i64, i64>::new();
        for group in counts.groups.iter().filter(open) {
            if let Some(id) = key(group) {
                *sums.entry(id).or_default() += group.n;
            }
        }
        sums.into_iter().map(count).collect()
    };
    let mine = |group: &OpenGroup| group.agent_id == Some(me);
    let unassigned = |group: &OpenGroup| group.agent_id.is_none();
    json!({
        "mine": sum(&mine),
        "unassigned": sum(&unassigned),
        "all": sum(&|_| true),
        "unread": {
            "mine": sum(&|group| mine(group) && group.unread),
            "unassigned": sum(&|group| unassigned(group) && group.unread),
            "all": sum(&|group| group.unread),
        },
        "by_status": {
            "pending": of_status(Status::Pending),
            "active": of_status(Status::Active),
            "snoozed": of_status(Status::Snoozed),
        },
        "by_agent": by(&|group| group.agent_id.map(|id| id.0)),
        "by_team": by(&|group| group.team_id.map(|id| id.0)),
        "by_widget": by(&|group| Some(group.widget_id.0)),
        "by_label": counts.by_label.iter().map(|(id, n)| count((id.0, *n))).collect::<Vec<_>>(),
    })
}

fn count((id, n): (i64, i64)) -> Value {
    json!({ "id": id, "count": n })
}
