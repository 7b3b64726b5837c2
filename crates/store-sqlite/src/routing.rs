//! What happens to conversations by itself, in SQL.
//!
//! The writer runs one use case after the other, so what is read here is so until it is written.

use crate::SqliteStore;
use crate::conversations::{inbox_update, next_revision};
use crate::failure::corrupt;
use crate::reports;
use antiphon_domain::{
    AgentId, Assignment, Candidate, Capacity, CloseAfter, ConversationId, Status, TeamId,
    Timestamp, WidgetId, WidgetRouting,
};
use antiphon_store::{
    FollowUp, MAX_ASSIGNED, MAX_CLOSED, Pool, Routing, RoutingOutcome, StoreError, Triaged,
};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, params};

const SELECT: &str = "SELECT r.widget_id, r.assignment, r.assignment_team_id, r.close_after_hours FROM widget_routing r";
/// The name of the capacity of everybody who has none of its own, among the settings of the account.
const CAPACITY: &str = "default_capacity";

#[async_trait::async_trait]
impl Routing for SqliteStore {
    async fn routing(
        &self,
        widget_id: WidgetId,
    ) -> std::result::Result<Option<WidgetRouting>, StoreError> {
        self.read(move |connection| read(connection, widget_id))
            .await
    }

    async fn set_routing(
        &self,
        widget_id: WidgetId,
        routing: WidgetRouting,
        follow_up: FollowUp<RoutingOutcome>,
    ) -> std::result::Result<RoutingOutcome, StoreError> {
        self.write_then(follow_up, move |connection| {
            set(connection, widget_id, routing)
        })
        .await
    }

    async fn default_capacity(&self) -> std::result::Result<Option<Capacity>, StoreError> {
        self.read(default_capacity).await
    }

    async fn set_default_capacity(
        &self,
        capacity: Option<Capacity>,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, move |connection| {
            let before = default_capacity(connection)?;
            match capacity {
                Some(capacity) => connection.execute(
                    "INSERT INTO account_settings (name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    params![CAPACITY, capacity.get().to_string()],
                )?,
                None => connection
                    .execute("DELETE FROM account_settings WHERE name = ?1", [CAPACITY])?,
            };
            Ok(before != capacity)
        })
        .await
    }

    async fn somebody_awaits(&self) -> std::result::Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT EXISTS (
                         SELECT 1 FROM conversations c JOIN widget_routing r ON r.widget_id = c.widget_id
                         WHERE c.awaits_agent_since IS NOT NULL AND c.status IN ('pending', 'active') AND r.assignment <> 'off'
                     )",
                )?
                .query_row([], |row| row.get(0))
        })
        .await
    }

    async fn assign_waiting(
        &self,
        present: Vec<AgentId>,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> std::result::Result<Vec<Triaged>, StoreError> {
        self.write_then(follow_up, move |connection| {
            assign_waiting(connection, &present)
        })
        .await
    }

    async fn close_silent(
        &self,
        at: Timestamp,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> std::result::Result<Vec<Triaged>, StoreError> {
        self.write_then(follow_up, move |connection| close_silent(connection, at))
            .await
    }
}

fn read(connection: &Connection, widget_id: WidgetId) -> Result<Option<WidgetRouting>> {
    let found = connection
        .prepare_cached(&format!("{SELECT} WHERE r.widget_id = ?1"))?
        .query_row([widget_id.0], routing)
        .optional()?;
    if let Some((_, routing)) = found {
        return Ok(Some(routing));
    }
    let is_there = connection
        .prepare_cached("SELECT 1 FROM widgets WHERE id = ?1")?
        .exists([widget_id.0])?;
    Ok(is_there.then(WidgetRouting::default))
}

fn set(
    connection: &Connection,
    widget_id: WidgetId,
    routing: WidgetRouting,
) -> Result<RoutingOutcome> {
    let Some(before) = read(connection, widget_id)? else {
        return Ok(RoutingOutcome::UnknownWidget);
    };
    if before == routing {
        return Ok(RoutingOutcome::Unchanged(routing));
    }
    if let Some(team) = routing.team_id
        && !connection
            .prepare_cached("SELECT 1 FROM teams WHERE id = ?1")?
            .exists([team.0])?
    {
        return Ok(RoutingOutcome::UnknownTeam);
    }
    connection
        .prepare_cached(
            "INSERT INTO widget_routing (widget_id, assignment, assignment_team_id, close_after_hours) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (widget_id) DO UPDATE SET assignment = excluded.assignment,
                 assignment_team_id = excluded.assignment_team_id, close_after_hours = excluded.close_after_hours",
        )?
        .execute(params![
            widget_id.0,
            routing.assignment.as_str(),
            routing.team_id.map(|team| team.0),
            routing.close_after.map(CloseAfter::hours),
        ])?;
    Ok(RoutingOutcome::Saved(routing))
}

fn default_capacity(connection: &Connection) -> Result<Option<Capacity>> {
    let value: Option<i64> = connection
        .prepare_cached("SELECT CAST(value AS INTEGER) FROM account_settings WHERE name = ?1")?
        .query_row([CAPACITY], |row| row.get(0))
        .optional()?;
    let capacity = value.map(Capacity::parse).transpose();
    capacity.map_err(|_| corrupt("account_settings", "value"))
}

fn assign_waiting(connection: &Connection, present: &[AgentId]) -> Result<Vec<Triaged>> {
    let mut pool = pool(connection, present)?;
    let mut assigned = Vec::new();
    while assigned.len() < MAX_ASSIGNED {
        let widgets = pool.open_widgets();
        if widgets.is_empty() {
            break;
        }
        let oldest = connection
            .prepare_cached(
                "SELECT id, widget_id FROM conversations
                 WHERE awaits_agent_since IS NOT NULL AND status IN ('pending', 'active')
                     AND widget_id IN (SELECT value FROM json_each(?1))
                 ORDER BY awaits_agent_since, id LIMIT 1",
            )?
            .query_row([json(&widgets)], |row| {
                Ok((ConversationId(row.get(0)?), WidgetId(row.get(1)?)))
            })
            .optional()?;
        let Some((id, widget)) = oldest else {
            break;
        };
        let Some(agent) = pool.next(widget) else {
            break;
        };
        let given = give(connection, id, agent)?;
        pool.given(agent, given.update.conversation.revision);
        assigned.push(given);
    }
    Ok(assigned)
}

/// Who can be given conversations of which widgets.
fn pool(connection: &Connection, present: &[AgentId]) -> Result<Pool> {
    let widgets = connection
        .prepare_cached(&format!("{SELECT} WHERE r.assignment <> 'off'"))?
        .query_map([], routing)?
        .collect::<Result<_>>()?;
    let mut pool = Pool {
        widgets,
        ..Pool::default()
    };
    let mut members = connection.prepare_cached(
        "SELECT team_id, agent_id FROM team_members
         WHERE team_id IN (SELECT assignment_team_id FROM widget_routing WHERE assignment_team_id IS NOT NULL)",
    )?;
    let mut rows = members.query([])?;
    while let Some(row) = rows.next()? {
        let of_team = pool.members.entry(TeamId(row.get(0)?)).or_default();
        of_team.insert(AgentId(row.get(1)?));
    }
    let default = default_capacity(connection)?;
    let present: Vec<i64> = present.iter().map(|agent| agent.0).collect();
    pool.candidates = connection
        .prepare_cached(
            "SELECT a.id, a.capacity, a.last_given_revision, (
                 SELECT count(*) FROM conversations c WHERE c.assigned_agent_id = a.id AND c.status IN ('pending', 'active')
             )
             FROM agents a
             WHERE a.deactivated_at IS NULL AND a.role <> 'viewer' AND a.available = 1
                 AND a.id IN (SELECT value FROM json_each(?1))
             ORDER BY a.id",
        )?
        .query_map([json(&present)], |row| {
            let capacity: Option<i64> = row.get(1)?;
            let own = capacity.map(Capacity::parse).transpose();
            Ok(Candidate {
                agent_id: AgentId(row.get(0)?),
                capacity: own.map_err(|_| corrupt("agents", "capacity"))?.or(default),
                last_given: row.get(2)?,
                load: row.get(3)?,
            })
        })?
        .collect::<Result<_>>()?;
    Ok(pool)
}

/// Gives a conversation that awaits somebody to an agent, and notes whose turn it was.
fn give(connection: &Connection, id: ConversationId, agent: AgentId) -> Result<Triaged> {
    let before = inbox_update(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    let revision = next_revision(connection)?;
    connection
        .prepare_cached(
            "UPDATE conversations
             SET assigned_agent_id = ?2, revision = ?3, awaits_agent_since = NULL, unassigned_by_hand = 0
             WHERE id = ?1 AND assigned_agent_id IS NULL",
        )?
        .execute(params![id.0, agent.0, revision])?;
    connection
        .prepare_cached("UPDATE agents SET last_given_revision = ?2 WHERE id = ?1")?
        .execute(params![agent.0, revision])?;
    triaged(connection, id, before.conversation)
}

fn close_silent(connection: &Connection, at: Timestamp) -> Result<Vec<Triaged>> {
    // In this order of the tables: else every conversation that is old enough would be looked at.
    let ids: Vec<ConversationId> = connection
        .prepare_cached(
            "SELECT c.id FROM widget_routing r CROSS JOIN conversations c ON c.widget_id = r.widget_id
             WHERE r.close_after_hours IS NOT NULL
                 AND c.last_message_at <= ?1 - r.close_after_hours * 3600000000
                 AND coalesce(c.reopened_at, 0) <= ?1 - r.close_after_hours * 3600000000
                 AND c.last_message_at IS NOT NULL AND c.waiting_since IS NULL AND c.status IN ('pending', 'active')
             ORDER BY c.last_message_at, c.id LIMIT ?2",
        )?
        .query_map(params![at.as_micros(), MAX_CLOSED], |row| {
            row.get(0).map(ConversationId)
        })?
        .collect::<Result<_>>()?;
    let close = |id: ConversationId| {
        let before = inbox_update(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
        connection
            .prepare_cached(
                "UPDATE conversations SET status = 'closed', revision = ?2 WHERE id = ?1",
            )?
            .execute(params![id.0, next_revision(connection)?])?;
        let before = before.conversation;
        let holder = before.assigned_to.as_ref().map(|assignee| assignee.id);
        reports::status_changed(connection, &before, Status::Closed, holder, at)?;
        triaged(connection, id, before)
    };
    ids.into_iter().map(close).collect()
}

fn triaged(
    connection: &Connection,
    id: ConversationId,
    before: antiphon_domain::Conversation,
) -> Result<Triaged> {
    let update = inbox_update(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    Ok(Triaged { before, update })
}

fn json(ids: &[i64]) -> String {
    serde_json::Value::from(ids).to_string()
}

fn routing(row: &Row<'_>) -> Result<(WidgetId, WidgetRouting)> {
    let close_after: Option<i64> = row.get(3)?;
    let close_after = close_after.map(CloseAfter::parse).transpose();
    let routing = WidgetRouting {
        assignment: Assignment::parse(row.get_ref(1)?.as_str()?)
            .map_err(|_| corrupt("widget_routing", "assignment"))?,
        team_id: row.get::<_, Option<i64>>(2)?.map(TeamId),
        close_after: close_after.map_err(|_| corrupt("widget_routing", "close_after_hours"))?,
    };
    Ok((WidgetId(row.get(0)?), routing))
}
