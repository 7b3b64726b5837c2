//! What the team decides about a conversation: one statement for its row, whatever of it changes, and one for each label.

use super::next_revision;
use super::read::inbox_update;
use crate::reports;
use antiphon_domain::{
    AgentId, Conversation, ConversationId, LabelId, Priority, Status, TeamId, Timestamp,
};
use antiphon_store::{MAX_CONVERSATION_LABELS, Triage, TriageOutcome, Triaged, WakeOutcome};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, named_params, params};

pub(super) fn triage(connection: &Connection, triage: &Triage) -> Result<TriageOutcome> {
    let id = triage.conversation_id;
    let Some(row) = inbox_update(connection, id)? else {
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

    let new_agent = agent_id.filter(|_| agent_id != agent_before);
    if let Some(agent) = new_agent {
        match may_answer(connection, agent)? {
            Some(true) => {}
            Some(false) => return Ok(TriageOutcome::AgentCannotAnswer),
            None => return Ok(TriageOutcome::UnknownAgent),
        }
    }
    let new_team = team_id.filter(|_| team_id != team_before);
    if let Some(TeamId(team)) = new_team
        && !exists(connection, "SELECT 1 FROM teams WHERE id = ?1", team)?
    {
        return Ok(TriageOutcome::UnknownTeam);
    }
    if let Some(labels) = &labels {
        for label in labels
            .iter()
            .filter(|label| !before.label_ids.contains(label))
        {
            if !exists(connection, "SELECT 1 FROM labels WHERE id = ?1", label.0)? {
                return Ok(TriageOutcome::UnknownLabel);
            }
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
        set_labels(connection, before, &labels)?;
    }
    let (status, until) = new_status.unwrap_or((before.status, before.snoozed_until));
    let is_taken_away = agent_before.is_some() && agent_id.is_none();
    connection
        .prepare_cached(
            "UPDATE conversations
             SET status = :status, snoozed_until = :until, assigned_agent_id = :agent_id, team_id = :team_id,
                 priority = :priority, revision = :revision,
                 reopened_at = CASE WHEN :reopened THEN :at ELSE reopened_at END,
                 unassigned_by_hand = CASE WHEN :agent_id IS NULL THEN unassigned_by_hand OR :by_hand ELSE 0 END,
                 awaits_agent_since = CASE
                     WHEN :agent_id IS NOT NULL THEN NULL
                     WHEN :released AND EXISTS (
                         SELECT 1 FROM widget_routing r WHERE r.widget_id = conversations.widget_id AND r.assignment <> 'off'
                     ) THEN :at
                     ELSE awaits_agent_since END
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": id.0,
            ":status": status.as_str(),
            ":until": until.map(Timestamp::as_micros),
            ":agent_id": agent_id.map(|agent| agent.0),
            ":team_id": team_id.map(|team| team.0),
            ":priority": priority.map(Priority::rank),
            ":revision": next_revision(connection)?,
            ":reopened": is_reopened(before.status, status),
            ":by_hand": is_taken_away && !triage.released,
            ":released": is_taken_away && triage.released,
            ":at": triage.at.as_micros(),
        })?;
    reports::status_changed(connection, before, status, agent_id, triage.at)?;
    let update = inbox_update(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    Ok(TriageOutcome::Changed(Box::new(Triaged {
        before: row.conversation,
        update,
    })))
}

pub(super) fn wake(
    connection: &Connection,
    id: ConversationId,
    at: Timestamp,
) -> Result<WakeOutcome> {
    let n_woken = connection
        .prepare_cached(
            "UPDATE conversations
             SET status = CASE WHEN answered THEN 'active' ELSE 'pending' END, snoozed_until = NULL, reopened_at = ?2,
                 awaits_agent_since = CASE
                     WHEN assigned_agent_id IS NULL AND unassigned_by_hand = 0 AND EXISTS (
                         SELECT 1 FROM widget_routing r WHERE r.widget_id = conversations.widget_id AND r.assignment <> 'off'
                     ) THEN coalesce(awaits_agent_since, ?2)
                     ELSE awaits_agent_since END
             WHERE id = ?1 AND status = 'snoozed' AND snoozed_until <= ?2",
        )?
        .execute(params![id.0, at.as_micros()])?;
    if n_woken == 0 {
        return Ok(WakeOutcome::Unchanged);
    }
    connection
        .prepare_cached("UPDATE conversations SET revision = ?2 WHERE id = ?1")?
        .execute(params![id.0, next_revision(connection)?])?;
    let update = inbox_update(connection, id)?.ok_or(Error::QueryReturnedNoRows)?;
    debug_assert_ne!(update.conversation.status, Status::Snoozed);
    Ok(WakeOutcome::Woken(Box::new(update)))
}

fn set_labels(connection: &Connection, before: &Conversation, labels: &[LabelId]) -> Result<()> {
    let mut remove = connection.prepare_cached(
        "DELETE FROM conversation_labels WHERE conversation_id = ?1 AND label_id = ?2",
    )?;
    for label in before
        .label_ids
        .iter()
        .filter(|label| !labels.contains(label))
    {
        remove.execute([before.id.0, label.0])?;
    }
    let mut add = connection.prepare_cached(
        "INSERT INTO conversation_labels (conversation_id, label_id) VALUES (?1, ?2)",
    )?;
    for label in labels
        .iter()
        .filter(|label| !before.label_ids.contains(label))
    {
        add.execute([before.id.0, label.0])?;
    }
    Ok(())
}

/// Whether an agent is in the team and may answer; `None`: there is no such agent.
fn may_answer(connection: &Connection, agent: AgentId) -> Result<Option<bool>> {
    connection
        .prepare_cached(
            "SELECT deactivated_at IS NULL AND role <> 'viewer' FROM agents WHERE id = ?1",
        )?
        .query_row([agent.0], |row| row.get(0))
        .optional()
}

/// Whether it is open now, and was not.
fn is_reopened(before: Status, after: Status) -> bool {
    let is_open = |status| matches!(status, Status::Pending | Status::Active);
    !is_open(before) && is_open(after)
}

fn exists(connection: &Connection, sql: &str, id: i64) -> Result<bool> {
    connection.prepare_cached(sql)?.exists([id])
}
