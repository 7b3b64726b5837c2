//! Teams: groups of agents that conversations are given to.

use crate::{FollowUp, StoreError};
use antiphon_domain::{AgentId, Team, TeamId, TeamName, Timestamp};

/// The most teams of an installation: a list that is fetched and chosen from as a whole.
pub const MAX_TEAMS: i64 = 100;
/// The most agents of one team.
pub const MAX_TEAM_AGENTS: usize = 500;

/// A team to be made.
#[derive(Debug, Clone)]
pub struct NewTeam {
    /// Its name.
    pub name: TeamName,
    /// Who is in it, at most [`MAX_TEAM_AGENTS`]; twice is once.
    pub agent_ids: Vec<AgentId>,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a team; what is absent stays.
#[derive(Debug, Clone)]
pub struct UpdateTeam {
    /// Which.
    pub id: TeamId,
    /// Its name.
    pub name: Option<TeamName>,
    /// Who is in it: these and nobody else.
    pub agent_ids: Option<Vec<AgentId>>,
}

/// What became of a team that was to be made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeamOutcome {
    /// It is so.
    Saved(Team),
    /// Another team has this name; nothing changed.
    NameTaken,
    /// There are [`MAX_TEAMS`] already; none was made.
    TooMany,
    /// There is no such agent; nothing changed.
    UnknownAgent,
    /// There is no such team.
    Unknown,
}

/// Use cases on teams.
#[async_trait::async_trait]
pub trait Teams: Send + Sync {
    /// Every team, in the order of the names.
    async fn list_teams(&self) -> Result<Vec<Team>, StoreError>;
    /// Makes a team.
    async fn create_team(
        &self,
        new: NewTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> Result<TeamOutcome, StoreError>;
    /// Changes a team. Conversations that it looks after draw no revision for a new name.
    async fn update_team(
        &self,
        update: UpdateTeam,
        follow_up: FollowUp<TeamOutcome>,
    ) -> Result<TeamOutcome, StoreError>;
    /// Removes a team. The conversations that it looked after are no team's then, and draw no revision for that: there may be very many,
    /// and whoever shows teams by the list of them shows it no more. Widgets that assign to its agents only assign to nobody then: that
    /// everybody is asked instead would be somebody else's decision. Answers the team that was there.
    async fn delete_team(
        &self,
        id: TeamId,
        follow_up: FollowUp<Option<Team>>,
    ) -> Result<Option<Team>, StoreError>;
}
