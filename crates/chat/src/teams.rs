//! Teams: everybody sees them, administrators make and change them.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{AgentId, DomainEvent, Permission, Team, TeamId, TeamName, TeamSetting};
use antiphon_store::{FollowUp, MAX_TEAMS, NewTeam, Subject, TeamOutcome, UpdateTeam};
use serde_json::json;

/// What everybody hears when the teams are others.
const CHANGED: DomainEvent = DomainEvent::SettingsChanged {
    what: TeamSetting::Teams,
    agent_id: None,
};

impl Chat {
    /// Every team, in the order of the names. Agents only.
    pub async fn teams(&self, principal: &Principal) -> Result<Vec<Team>, ChatError> {
        require(principal, Permission::Read)?;
        Ok(self.ports.store.list_teams().await?)
    }

    /// Makes a team. Administrators only.
    pub async fn create_team(
        &self,
        principal: &Principal,
        name: TeamName,
        agent_ids: Vec<AgentId>,
    ) -> Result<Team, ChatError> {
        require(principal, Permission::Administer)?;
        let new = NewTeam {
            name,
            agent_ids,
            at: self.ports.clock.now(),
        };
        let told = self.told_of_team(principal, "team.created");
        outcome(self.ports.store.create_team(new, told).await?)
    }

    /// Changes a team. Administrators only.
    pub async fn update_team(
        &self,
        principal: &Principal,
        update: UpdateTeam,
    ) -> Result<Team, ChatError> {
        require(principal, Permission::Administer)?;
        let told = self.told_of_team(principal, "team.updated");
        outcome(self.ports.store.update_team(update, told).await?)
    }

    /// Removes a team; the conversations that it looked after are no team's then. Administrators only.
    pub async fn delete_team(&self, principal: &Principal, id: TeamId) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self.audit(principal, "team.deleted", Subject::of("team", id.0));
        let told = self
            .announce(None, |team: &Option<Team>| {
                team.is_some().then_some(CHANGED)
            })
            .and_audit(move |team| {
                let team = team.as_ref()?;
                Some(entry.with(json!({ "name": team.name.as_str() })))
            });
        match self.ports.store.delete_team(id, told).await? {
            Some(_) => Ok(()),
            None => Err(ChatError::NotFound("team")),
        }
    }

    fn told_of_team(&self, principal: &Principal, action: &'static str) -> FollowUp<TeamOutcome> {
        let entry = self.audit(principal, action, Subject::new("team"));
        let told = self.announce(None, |outcome| {
            matches!(outcome, TeamOutcome::Saved(_)).then_some(CHANGED)
        });
        told.and_audit(move |outcome| match outcome {
            TeamOutcome::Saved(team) => {
                let details =
                    json!({ "name": team.name.as_str(), "n_agents": team.agent_ids.len() });
                Some(entry.about(team.id.0).with(details))
            }
            _ => None,
        })
    }
}

fn outcome(outcome: TeamOutcome) -> Result<Team, ChatError> {
    match outcome {
        TeamOutcome::Saved(team) => Ok(team),
        TeamOutcome::NameTaken => {
            Err(FieldErrors::one("name", "is the name of another team").into())
        }
        TeamOutcome::TooMany => Err(FieldErrors::one(
            "name",
            format!("cannot be added: there are {MAX_TEAMS} teams, which is the most"),
        )
        .into()),
        TeamOutcome::UnknownAgent => {
            Err(FieldErrors::one("agent_ids", "must be ids of agents").into())
        }
        TeamOutcome::Unknown => Err(ChatError::NotFound("team")),
    }
}
