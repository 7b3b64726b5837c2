//! What happens to conversations by itself, in SQL.
//!
//! All of it is the writer's: its lock keeps every other change away, so what is read here is so until it is written.

use crate::PostgresStore;
use crate::connector::Db;
use crate::conversations::inbox_update;
use crate::failure::{Error, Result, corrupt};
use crate::reports;
use crate::rows::{self, select_inbox};
use crate::writer::{Tx, revision};
use antiphon_domain::{
    AgentId, Assignment, Candidate, Capacity, CloseAfter, ConversationId, Status, TeamId,
    Timestamp, WidgetId, WidgetRouting,
};
use antiphon_store::{
    FollowUp, MAX_ASSIGNED, MAX_CLOSED, Pool, Routing, RoutingOutcome, StoreError, Triaged,
};
use tokio_postgres::Row;

/// The columns that [`routing`] reads, of a table named `r`.
macro_rules! select {
    () => {
        "SELECT r.widget_id, r.assignment, r.assignment_team_id, r.close_after_hours FROM widget_routing r"
    };
}

/// The name of the capacity of everybody who has none of its own, among the settings of the account.
const CAPACITY: &str = "default_capacity";

#[async_trait::async_trait]
impl Routing for PostgresStore {
    async fn routing(
        &self,
        widget_id: WidgetId,
    ) -> std::result::Result<Option<WidgetRouting>, StoreError> {
        self.read(async move |db: Db<'_>| read(db, widget_id).await)
            .await
    }

    async fn set_routing(
        &self,
        widget_id: WidgetId,
        routing: WidgetRouting,
        follow_up: FollowUp<RoutingOutcome>,
    ) -> std::result::Result<RoutingOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            set(tx.db, widget_id, routing).await
        })
        .await
    }

    async fn default_capacity(&self) -> std::result::Result<Option<Capacity>, StoreError> {
        self.read(async |db: Db<'_>| default_capacity(db).await)
            .await
    }

    async fn set_default_capacity(
        &self,
        capacity: Option<Capacity>,
        follow_up: FollowUp<bool>,
    ) -> std::result::Result<bool, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let before = default_capacity(tx.db).await?;
            match capacity {
                Some(capacity) => {
                    let sql = "INSERT INTO account_settings (name, value) VALUES ($1, $2)
                         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                    let value = capacity.get().to_string();
                    tx.db.execute(sql, &[&CAPACITY, &value]).await?;
                }
                None => {
                    let sql = "DELETE FROM account_settings WHERE name = $1";
                    tx.db.execute(sql, &[&CAPACITY]).await?;
                }
            }
            Ok(before != capacity)
        })
        .await
    }

    async fn somebody_awaits(&self) -> std::result::Result<bool, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = "SELECT EXISTS (
                     SELECT 1 FROM conversations c JOIN widget_routing r ON r.widget_id = c.widget_id
                     WHERE c.awaits_agent_since IS NOT NULL AND c.status IN ('pending', 'active') AND r.assignment <> 'off'
                 )";
            Ok(db.one("an answer", sql, &[]).await?.try_get(0)?)
        })
        .await
    }

    async fn assign_waiting(
        &self,
        present: Vec<AgentId>,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> std::result::Result<Vec<Triaged>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            assign_waiting(tx, &present).await
        })
        .await
    }

    async fn close_silent(
        &self,
        at: Timestamp,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> std::result::Result<Vec<Triaged>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            close_silent(tx, at).await
        })
        .await
    }
}

async fn read(db: Db<'_>, widget_id: WidgetId) -> Result<Option<WidgetRouting>> {
    let sql = concat!(select!(), " WHERE r.widget_id = $1");
    if let Some(row) = db.optional(sql, &[&widget_id.0]).await? {
        return Ok(Some(routing(&row)?.1));
    }
    let sql = "SELECT 1 FROM widgets WHERE id = $1";
    let widget = db.optional(sql, &[&widget_id.0]).await?;
    Ok(widget.map(|_| WidgetRouting::default()))
}

async fn set(db: Db<'_>, widget_id: WidgetId, routing: WidgetRouting) -> Result<RoutingOutcome> {
    let Some(before) = read(db, widget_id).await? else {
        return Ok(RoutingOutcome::UnknownWidget);
    };
    if before == routing {
        return Ok(RoutingOutcome::Unchanged(routing));
    }
    if let Some(team) = routing.team_id {
        let sql = "SELECT 1 FROM teams WHERE id = $1";
        if db.optional(sql, &[&team.0]).await?.is_none() {
            return Ok(RoutingOutcome::UnknownTeam);
        }
    }
    db.execute(
        "INSERT INTO widget_routing (widget_id, assignment, assignment_team_id, close_after_hours) VALUES ($1, $2, $3, $4)
         ON CONFLICT (widget_id) DO UPDATE SET assignment = excluded.assignment,
             assignment_team_id = excluded.assignment_team_id, close_after_hours = excluded.close_after_hours",
        &[
            &widget_id.0,
            &routing.assignment.as_str(),
            &routing.team_id.map(|team| team.0),
            &routing.close_after.map(CloseAfter::hours),
        ],
    )
    .await?;
    Ok(RoutingOutcome::Saved(routing))
}

async fn default_capacity(db: Db<'_>) -> Result<Option<Capacity>> {
    let sql = "SELECT value FROM account_settings WHERE name = $1";
    let Some(row) = db.optional(sql, &[&CAPACITY]).await? else {
        return Ok(None);
    };
    let value: &str = row.try_get(0)?;
    let capacity = value.parse().ok().map(Capacity::parse);
    match capacity {
        Some(Ok(capacity)) => Ok(Some(capacity)),
        _ => Err(corrupt("account_settings", "value")),
    }
}

async fn assign_waiting(tx: &mut Tx<'_>, present: &[AgentId]) -> Result<Vec<Triaged>> {
    let mut pool = pool(tx.db, present).await?;
    let mut assigned = Vec::new();
    while assigned.len() < MAX_ASSIGNED {
        let widgets = pool.open_widgets();
        if widgets.is_empty() {
            break;
        }
        let sql = "SELECT id, widget_id FROM conversations
             WHERE awaits_agent_since IS NOT NULL AND status IN ('pending', 'active') AND widget_id = ANY($1)
             ORDER BY awaits_agent_since, id LIMIT 1";
        let Some(row) = tx.db.optional(sql, &[&widgets]).await? else {
            break;
        };
        let (id, widget) = (ConversationId(row.try_get(0)?), WidgetId(row.try_get(1)?));
        let Some(agent) = pool.next(widget) else {
            break;
        };
        let given = give(tx, id, agent).await?;
        pool.given(agent, given.update.conversation.revision);
        assigned.push(given);
    }
    Ok(assigned)
}

/// Who can be given conversations of which widgets.
async fn pool(db: Db<'_>, present: &[AgentId]) -> Result<Pool> {
    let mut pool = Pool::default();
    let sql = concat!(select!(), " WHERE r.assignment <> 'off'");
    for row in db.rows(sql, &[]).await? {
        let (widget, routing) = routing(&row)?;
        pool.widgets.insert(widget, routing);
    }
    let sql = "SELECT team_id, agent_id FROM team_members
         WHERE team_id IN (SELECT assignment_team_id FROM widget_routing WHERE assignment_team_id IS NOT NULL)";
    for row in db.rows(sql, &[]).await? {
        let of_team = pool.members.entry(TeamId(row.try_get(0)?)).or_default();
        of_team.insert(AgentId(row.try_get(1)?));
    }
    let default = default_capacity(db).await?;
    let present: Vec<i64> = present.iter().map(|agent| agent.0).collect();
    let sql = "SELECT a.id, a.capacity, a.last_given_revision, (
             SELECT count(*) FROM conversations c WHERE c.assigned_agent_id = a.id AND c.status IN ('pending', 'active')
         )
         FROM agents a
         WHERE a.deactivated_at IS NULL AND a.role <> 'viewer' AND a.available AND a.id = ANY($1)
         ORDER BY a.id";
    for row in db.rows(sql, &[&present]).await? {
        let own: Option<i64> = row.try_get(1)?;
        let own = own.map(Capacity::parse).transpose();
        pool.candidates.push(Candidate {
            agent_id: AgentId(row.try_get(0)?),
            capacity: own.map_err(|_| corrupt("agents", "capacity"))?.or(default),
            last_given: row.try_get(2)?,
            load: row.try_get(3)?,
        });
    }
    Ok(pool)
}

/// Gives a conversation that awaits somebody to an agent, and notes whose turn it was.
async fn give(tx: &mut Tx<'_>, id: ConversationId, agent: AgentId) -> Result<Triaged> {
    let before = inbox_update(tx.db, id).await?;
    let before = before.ok_or(Error::Missing("the conversation"))?;
    let drawn = tx.draw(id.0);
    let after = tx
        .db
        .one(
            "the conversation",
            concat!(
                "WITH after AS (
                     UPDATE conversations SET assigned_agent_id = $2, awaits_agent_since = NULL, unassigned_by_hand = FALSE,
                         revision = ",
                revision!("$3"),
                " WHERE id = $1 AND assigned_agent_id IS NULL RETURNING *
                 ), turned AS (
                     UPDATE agents SET last_given_revision = (SELECT revision FROM after) WHERE id = $2
                 ) ",
                select_inbox!("after")
            ),
            &[&id.0, &agent.0, &drawn],
        )
        .await?;
    Ok(Triaged {
        before: before.conversation,
        update: rows::inbox_update(&after)?,
    })
}

/// The index of each widget is walked by itself: else every conversation that is old enough could be looked at.
const SILENT: &str = "SELECT c.id FROM widget_routing r CROSS JOIN LATERAL (
         SELECT id, last_message_at FROM conversations
         WHERE widget_id = r.widget_id
             AND last_message_at <= $1 - r.close_after_hours * 3600000000
             AND coalesce(reopened_at, 0) <= $1 - r.close_after_hours * 3600000000
             AND last_message_at IS NOT NULL AND waiting_since IS NULL AND status IN ('pending', 'active')
         ORDER BY last_message_at LIMIT $2
     ) c
     WHERE r.close_after_hours IS NOT NULL
     ORDER BY c.last_message_at, c.id LIMIT $2";

async fn close_silent(tx: &mut Tx<'_>, at: Timestamp) -> Result<Vec<Triaged>> {
    let most = i64::from(MAX_CLOSED);
    let found = tx.db.rows(SILENT, &[&at.as_micros(), &most]).await?;
    let mut closed = Vec::with_capacity(found.len());
    for row in found {
        let id = ConversationId(row.try_get(0)?);
        let before = inbox_update(tx.db, id).await?;
        let before = before.ok_or(Error::Missing("the conversation"))?;
        let drawn = tx.draw(id.0);
        let after = tx
            .db
            .one(
                "the conversation",
                concat!(
                    "WITH after AS (
                         UPDATE conversations SET status = 'closed', revision = ",
                    revision!("$2"),
                    " WHERE id = $1 RETURNING *) ",
                    select_inbox!("after")
                ),
                &[&id.0, &drawn],
            )
            .await?;
        let before = before.conversation;
        let holder = before.assigned_to.as_ref().map(|assignee| assignee.id);
        reports::status_changed(tx.db, &before, Status::Closed, holder, at).await?;
        closed.push(Triaged {
            before,
            update: rows::inbox_update(&after)?,
        });
    }
    Ok(closed)
}

fn routing(row: &Row) -> Result<(WidgetId, WidgetRouting)> {
    let close_after: Option<i64> = row.try_get(3)?;
    let close_after = close_after.map(CloseAfter::parse).transpose();
    let routing = WidgetRouting {
        assignment: Assignment::parse(row.try_get(1)?)
            .map_err(|_| corrupt("widget_routing", "assignment"))?,
        team_id: row.try_get::<_, Option<i64>>(2)?.map(TeamId),
        close_after: close_after.map_err(|_| corrupt("widget_routing", "close_after_hours"))?,
    };
    Ok((WidgetId(row.try_get(0)?), routing))
}
