//! Teams in SQL.

use crate::SqliteStore;
use crate::failure::corrupt;
use antiphon_domain::{AgentId, Team, TeamId, TeamName, Timestamp};
use antiphon_store::{FollowUp, MAX_TEAMS, NewTeam, StoreError, TeamOutcome, Teams, UpdateTeam};
use rusqlite::{Connection, Error, OptionalExtension as _, Result, Row, params};

/// A team with its agents, to be followed by conditions on `g`.
const SELECT: &str = "SELECT g.id, g.name, g.created_at,
    (SELECT json_group_array(agent_id) FROM team_members WHERE team_id = g.id) FROM teams g";

#[async_trait::async_trait]
impl Teams for SqliteStore {
    async fn list_teams(&self) -> Result<Vec<Team>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} ORDER BY g.name_key"))?
                .query_map([], team)?
                .collect()
        })
        .await
    }

    async fn create_team(
        &self,
        new: NewTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> Result<TeamOutcome, StoreError> {
        self.write_then(follow_up, move |connection| create(connection, &new))
            .await
    }

    async fn update_team(
        &self,
        update: UpdateTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> Result<TeamOutcome, StoreError> {
        self.write_then(follow_up, move |connection| change(connection, &update))
            .await
    }

    async fn delete_team(
        &self,
        id: TeamId,
        follow_up: FollowUp<Option<Team>>,
    ) -> Result<Option<Team>, StoreError> {
        self.write_then(follow_up, move |connection| {
            let team = by_id(connection, id)?;
            connection
                .prepare_cached("UPDATE conversations SET team_id = NULL WHERE team_id = ?1")?
                .execute([id.0])?;
            connection
                .prepare_cached(
                    "UPDATE widget_routing SET assignment = 'off', assignment_team_id = NULL WHERE assignment_team_id = ?1",
                )?
                .execute([id.0])?;
            connection
                .prepare_cached("DELETE FROM teams WHERE id = ?1")?
                .execute([id.0])?;
            Ok(team)
        })
        .await
    }
}

fn create(connection: &Connection, new: &NewTeam) -> Result<TeamOutcome> {
    if name_is_taken(connection, &new.name, None)? {
        return Ok(TeamOutcome::NameTaken);
    }
    if !are_there(connection, &new.agent_ids)? {
        return Ok(TeamOutcome::UnknownAgent);
    }
    let n_teams: i64 = connection.query_row("SELECT count(*) FROM teams", [], |row| row.get(0))?;
    if n_teams >= MAX_TEAMS {
        return Ok(TeamOutcome::TooMany);
    }
    let id = connection
        .prepare_cached("INSERT INTO teams (name, name_key, created_at) VALUES (?1, ?2, ?3)")?
        .insert(params![
            new.name.as_str(),
            new.name.key(),
            new.at.as_micros()
        ])?;
    add_members(connection, TeamId(id), &new.agent_ids)?;
    saved(connection, TeamId(id))
}

fn change(connection: &Connection, update: &UpdateTeam) -> Result<TeamOutcome> {
    let id = update.id;
    if by_id(connection, id)?.is_none() {
        return Ok(TeamOutcome::Unknown);
    }
    if let Some(name) = &update.name
        && name_is_taken(connection, name, Some(id))?
    {
        return Ok(TeamOutcome::NameTaken);
    }
    if let Some(agent_ids) = &update.agent_ids {
        if !are_there(connection, agent_ids)? {
            return Ok(TeamOutcome::UnknownAgent);
        }
        connection
            .prepare_cached("DELETE FROM team_members WHERE team_id = ?1")?
            .execute([id.0])?;
        add_members(connection, id, agent_ids)?;
    }
    if let Some(name) = &update.name {
        connection
            .prepare_cached("UPDATE teams SET name = ?2, name_key = ?3 WHERE id = ?1")?
            .execute(params![id.0, name.as_str(), name.key()])?;
    }
    saved(connection, id)
}

fn saved(connection: &Connection, id: TeamId) -> Result<TeamOutcome> {
    by_id(connection, id)?
        .map(TeamOutcome::Saved)
        .ok_or(Error::QueryReturnedNoRows)
}

fn by_id(connection: &Connection, id: TeamId) -> Result<Option<Team>> {
    connection
        .prepare_cached(&format!("{SELECT} WHERE g.id = ?1"))?
        .query_row([id.0], team)
        .optional()
}

fn add_members(connection: &Connection, id: TeamId, agent_ids: &[AgentId]) -> Result<()> {
    let mut add = connection
        .prepare_cached("INSERT OR IGNORE INTO team_members (team_id, agent_id) VALUES (?1, ?2)")?;
    for agent in agent_ids {
        add.execute([id.0, agent.0])?;
    }
    Ok(())
}

fn are_there(connection: &Connection, agent_ids: &[AgentId]) -> Result<bool> {
    let mut one = connection.prepare_cached("SELECT 1 FROM agents WHERE id = ?1")?;
    for agent in agent_ids {
        if !one.exists([agent.0])? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn name_is_taken(
    connection: &Connection,
    name: &TeamName,
    by_other_than: Option<TeamId>,
) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM teams WHERE name_key = ?1 AND id IS NOT ?2")?
        .exists(params![name.key(), by_other_than.map(|id| id.0)])
}

fn team(row: &Row<'_>) -> Result<Team> {
    let mut agent_ids: Vec<i64> = serde_json::from_str(row.get_ref(3)?.as_str()?)
        .map_err(|_| corrupt("team_members", "agent_id"))?;
    agent_ids.sort_unstable();
    Ok(Team {
        id: TeamId(row.get(0)?),
        name: TeamName::parse(row.get_ref(1)?.as_str()?).map_err(|_| corrupt("teams", "name"))?,
        created_at: Timestamp::from_micros(row.get(2)?),
        agent_ids: agent_ids.into_iter().map(AgentId).collect(),
    })
}
