//! What the team decides about a conversation: one statement for its row, whatever of it changes, and one or two for its labels.
//!
//! It is read, judged and written in several statements: the writer's lock keeps every other change away.

use super::read::inbox_update;
use crate::connector::Db;
use crate::failure::Result;
use crate::reports;
use crate::rows::{self, select_inbox};
use crate::writer::{Tx, revision};
use antiphon_domain::{AgentId, ConversationId, LabelId, Priority, Status, Timestamp};
use antiphon_store::{MAX_CONVERSATION_LABELS, Triage, TriageOutcome, Triaged, WakeOutcome};

pub(super) async fn triage(tx: &mut Tx<'_>, triage: &Triage) -> Result<TriageOutcome> {
    let id = triage.conversation_id;
    let Some(row) = inbox_update(tx.db, id).await? else {
        return Ok(TriageOutcome::UnknownConversation);
    };
    let before = &row.conversation;
    let agent_before = before.assigned_to.as_ref().map(|assignee| assignee.id);
    let team_before = before.team.as_ref().map(|team| team.id);
    let agent_id = triage.agent_id.unwrap_or(agent_before);
    let team_id = triage.team_id.unwrap_or(team_before);
    let priority = triage.priority.unwrap_or(before.priority);
    let new_status = triage.new_status(before);
    let labels = triage
        .labels
        .as_ref()
        .map(|change| change.applied_to(&before.label_ids));
    let labels = labels.filter(|labels| *labels != before.label_ids);

    if let Some(agent) = agent_id.filter(|_| agent_id != agent_before) {
        match may_answer(tx.db, agent).await? {
            Some(true) => {}
            Some(false) => return Ok(TriageOutcome::AgentCannotAnswer),
            None => return Ok(TriageOutcome::UnknownAgent),
        }
    }
    if let Some(team) = team_id.filter(|_| team_id != team_before)
        && !exists(tx.db, "SELECT 1 FROM teams WHERE id = $1", team.0).await?
    {
        return Ok(TriageOutcome::UnknownTeam);
    }
    if let Some(labels) = &labels {
        let new = ids(labels, &before.label_ids);
        let found = tx
            .db
            .rows("SELECT 1 FROM labels WHERE id = ANY($1)", &[&new])
            .await?;
        if found.len() < new.len() {
            return Ok(TriageOutcome::UnknownLabel);
        }
        if labels.len() > MAX_CONVERSATION_LABELS {
            return Ok(TriageOutcome::TooManyLabels);
        }
    }
    let is_same = new_status.is_none()
        && (agent_id, team_id, priority) == (agent_before, team_before, before.priority)
        && labels.is_none();
    if is_same {
        return Ok(TriageOutcome::Unchanged(Box::new(row)));
    }

    if let Some(labels) = labels {
        tx.db
            .execute(
                "DELETE FROM conversation_labels WHERE conversation_id = $1 AND label_id = ANY($2)",
                &[&id.0, &ids(&before.label_ids, &labels)],
            )
            .await?;
        tx.db
            .execute(
                "INSERT INTO conversation_labels (conversation_id, label_id) SELECT $1::bigint, unnest($2::bigint[])",
                &[&id.0, &ids(&labels, &before.label_ids)],
            )
            .await?;
    }
    let (status, until) = new_status.unwrap_or((before.status, before.snoozed_until));
    let is_taken_away = agent_before.is_some() && agent_id.is_none();
    let revision = tx.draw(id.0);
    let changed = tx
        .db
        .one(
            "the conversation",
            concat!(
                "WITH after AS (
                     UPDATE conversations SET status = $2, snoozed_until = $3, assigned_agent_id = $4, team_id = $5, priority = $6,
                         revision = ",
                revision!("$7"),
                ",
                         reopened_at = CASE WHEN $8 THEN $9 ELSE reopened_at END,
                         unassigned_by_hand = $4::bigint IS NULL AND (unassigned_by_hand OR $10),
                         awaits_agent_since = CASE
                             WHEN $4::bigint IS NOT NULL THEN NULL
                             WHEN $11 AND EXISTS (
                                 SELECT 1 FROM widget_routing r
                                 WHERE r.widget_id = conversations.widget_id AND r.assignment <> 'off'
                             ) THEN $9
                             ELSE awaits_agent_since END
                     WHERE id = $1 RETURNING *) ",
                select_inbox!("after")
            ),
            &[
                &id.0,
                &status.as_str(),
                &until.map(Timestamp::as_micros),
                &agent_id.map(|agent| agent.0),
                &team_id.map(|team| team.0),
                &priority.map(Priority::rank),
                &revision,
                &is_reopened(before.status, status),
                &triage.at.as_micros(),
                &(is_taken_away && !triage.released),
                &(is_taken_away && triage.released),
            ],
        )
        .await?;
    reports::status_changed(tx.db, before, status, agent_id, triage.at).await?;
    Ok(TriageOutcome::Changed(Box::new(Triaged {
        before: row.conversation,
        update: rows::inbox_update(&changed)?,
    })))
}

pub(super) async fn wake(
    tx: &mut Tx<'_>,
    id: ConversationId,
    at: Timestamp,
) -> Result<WakeOutcome> {
    let revision = tx.draw(id.0);
    let woken = tx
        .db
        .optional(
            concat!(
                "WITH after AS (
                     UPDATE conversations
                     SET status = CASE WHEN answered THEN 'active' ELSE 'pending' END, snoozed_until = NULL, reopened_at = $2,
                         awaits_agent_since = CASE
                             WHEN assigned_agent_id IS NULL AND NOT unassigned_by_hand AND EXISTS (
                                 SELECT 1 FROM widget_routing r
                                 WHERE r.widget_id = conversations.widget_id AND r.assignment <> 'off'
                             ) THEN coalesce(awaits_agent_since, $2)
                             ELSE awaits_agent_since END,
                         revision = ",
                revision!("$3"),
                " WHERE id = $1 AND status = 'snoozed' AND snoozed_until <= $2 RETURNING *) ",
                select_inbox!("after")
            ),
            &[&id.0, &at.as_micros(), &revision],
        )
        .await?;
    match woken {
        Some(row) => Ok(WakeOutcome::Woken(Box::new(rows::inbox_update(&row)?))),
        None => {
            tx.put_back();
            Ok(WakeOutcome::Unchanged)
        }
    }
}

/// Those of the first that are not among the second.
fn ids(of: &[LabelId], but: &[LabelId]) -> Vec<i64> {
    of.iter()
        .filter(|label| !but.contains(label))
        .map(|label| label.0)
        .collect()
}

/// Whether an agent is in the team and may answer; `None`: there is no such agent.
async fn may_answer(db: Db<'_>, agent: AgentId) -> Result<Option<bool>> {
    let sql = "SELECT deactivated_at IS NULL AND role <> 'viewer' FROM agents WHERE id = $1";
    let row = db.optional(sql, &[&agent.0]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Whether it is open now, and was not.
fn is_reopened(before: Status, after: Status) -> bool {
    let is_open = |status| matches!(status, Status::Pending | Status::Active);
    !is_open(before) && is_open(after)
}

async fn exists(db: Db<'_>, sql: &str, id: i64) -> Result<bool> {
    Ok(db.optional(sql, &[&id]).await?.is_some())
}
