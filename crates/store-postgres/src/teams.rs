//! Teams in SQL. They are changed by the writer: two that are made at once never share a name, nor pass the limit.

use crate::PostgresStore;
use crate::connector::Db;
use crate::failure::{Error, Result, corrupt};
use crate::writer::Tx;
use antiphon_domain::{AgentId, Team, TeamId, TeamName, Timestamp};
use antiphon_store::{FollowUp, MAX_TEAMS, NewTeam, StoreError, TeamOutcome, Teams, UpdateTeam};
use std::collections::BTreeSet;
use tokio_postgres::Row;

/// A team with its agents, to be followed by conditions on `g`.
macro_rules! select {
    () => {
        "SELECT g.id, g.name, g.created_at,
             ARRAY(SELECT agent_id FROM team_members WHERE team_id = g.id ORDER BY agent_id)
         FROM teams g "
    };
}

#[async_trait::async_trait]
impl Teams for PostgresStore {
    async fn list_teams(&self) -> std::result::Result<Vec<Team>, StoreError> {
        self.read(async |db: Db<'_>| {
            let sql = concat!(select!(), "ORDER BY g.name_key COLLATE \"C\"");
            db.rows(sql, &[]).await?.iter().map(team).collect()
        })
        .await
    }

    async fn create_team(
        &self,
        new: NewTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> std::result::Result<TeamOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            create(tx.db, &new).await
        })
        .await
    }

    async fn update_team(
        &self,
        update: UpdateTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> std::result::Result<TeamOutcome, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            change(tx.db, &update).await
        })
        .await
    }

    async fn delete_team(
        &self,
        id: TeamId,
        follow_up: FollowUp<Option<Team>>,
    ) -> std::result::Result<Option<Team>, StoreError> {
        self.write_then(follow_up, async move |tx: &mut Tx<'_>| {
            let team = by_id(tx.db, id).await?;
            tx.db
                .execute(
                    "UPDATE conversations SET team_id = NULL WHERE team_id = $1",
                    &[&id.0],
                )
                .await?;
            tx.db
                .execute(
                    "UPDATE widget_routing SET assignment = 'off', assignment_team_id = NULL WHERE assignment_team_id = $1",
                    &[&id.0],
                )
                .await?;
            tx.db
                .execute("DELETE FROM teams WHERE id = $1", &[&id.0])
                .await?;
            Ok(team)
        })
        .await
    }
}

async fn create(db: Db<'_>, new: &NewTeam) -> Result<TeamOutcome> {
    if name_is_taken(db, &new.name, None).await? {
        return Ok(TeamOutcome::NameTaken);
    }
    if !are_there(db, &new.agent_ids).await? {
        return Ok(TeamOutcome::UnknownAgent);
    }
    let n_teams: i64 = db
        .one("a count", "SELECT count(*) FROM teams", &[])
        .await?
        .try_get(0)?;
    if n_teams >= MAX_TEAMS {
        return Ok(TeamOutcome::TooMany);
    }
    let row = db
        .one(
            "a new team",
            "INSERT INTO teams (name, name_key, created_at) VALUES ($1, $2, $3) RETURNING id",
            &[&new.name.as_str(), &new.name.key(), &new.at.as_micros()],
        )
        .await?;
    let id = TeamId(row.try_get(0)?);
    add_members(db, id, &new.agent_ids).await?;
    saved(db, id).await
}

async fn change(db: Db<'_>, update: &UpdateTeam) -> Result<TeamOutcome> {
    let id = update.id;
    if by_id(db, id).await?.is_none() {
        return Ok(TeamOutcome::Unknown);
    }
    if let Some(name) = &update.name
        && name_is_taken(db, name, Some(id)).await?
    {
        return Ok(TeamOutcome::NameTaken);
    }
    if let Some(agent_ids) = &update.agent_ids {
        if !are_there(db, agent_ids).await? {
            return Ok(TeamOutcome::UnknownAgent);
        }
        db.execute("DELETE FROM team_members WHERE team_id = $1", &[&id.0])
            .await?;
        add_members(db, id, agent_ids).await?;
    }
    if let Some(name) = &update.name {
        db.execute(
            "UPDATE teams SET name = $2, name_key = $3 WHERE id = $1",
            &[&id.0, &name.as_str(), &name.key()],
        )
        .await?;
    }
    saved(db, id).await
}

async fn saved(db: Db<'_>, id: TeamId) -> Result<TeamOutcome> {
    by_id(db, id)
        .await?
        .map(TeamOutcome::Saved)
        .ok_or(Error::Missing("the team"))
}

async fn by_id(db: Db<'_>, id: TeamId) -> Result<Option<Team>> {
    let sql = concat!(select!(), "WHERE g.id = $1");
    let row = db.optional(sql, &[&id.0]).await?;
    row.as_ref().map(team).transpose()
}

async fn add_members(db: Db<'_>, id: TeamId, agent_ids: &[AgentId]) -> Result<()> {
    db.execute(
        "INSERT INTO team_members (team_id, agent_id) SELECT $1::bigint, unnest($2::bigint[])",
        &[&id.0, &distinct(agent_ids)],
    )
    .await?;
    Ok(())
}

async fn are_there(db: Db<'_>, agent_ids: &[AgentId]) -> Result<bool> {
    let wanted = distinct(agent_ids);
    let found = db
        .rows("SELECT 1 FROM agents WHERE id = ANY($1)", &[&wanted])
        .await?;
    Ok(found.len() == wanted.len())
}

fn distinct(agent_ids: &[AgentId]) -> Vec<i64> {
    let ids: BTreeSet<i64> = agent_ids.iter().map(|id| id.0).collect();
    ids.into_iter().collect()
}

async fn name_is_taken(db: Db<'_>, name: &TeamName, by_other_than: Option<TeamId>) -> Result<bool> {
    let taken = db
        .optional(
            "SELECT 1 FROM teams WHERE name_key = $1 AND id IS DISTINCT FROM $2",
            &[&name.key(), &by_other_than.map(|id| id.0)],
        )
        .await?;
    Ok(taken.is_some())
}

fn team(row: &Row) -> Result<Team> {
    let agent_ids: Vec<i64> = row.try_get(3)?;
    Ok(Team {
        id: TeamId(row.try_get(0)?),
        name: TeamName::parse(row.try_get(1)?).map_err(|_| corrupt("teams", "name"))?,
        created_at: Timestamp::from_micros(row.try_get(2)?),
        agent_ids: agent_ids.into_iter().map(AgentId).collect(),
    })
}
