//! What happens to conversations by itself: they are given to agents, and closed when nothing is said any more.
//!
//! A conversation awaits an agent from a message of its visitor, or from the end of its sleep, while nobody has it and its widget
//! assigns; until somebody has it or the team has answered. One that an agent gave to nobody awaits none until somebody has had it
//! again. Awaiting is a column, so nothing is lost with a process or a job.

use crate::{FollowUp, StoreError, Triaged};
use antiphon_domain::{AgentId, Candidate, Capacity, TeamId, Timestamp, WidgetId, WidgetRouting};
use std::collections::{HashMap, HashSet};

/// The most conversations that one call gives away.
pub const MAX_ASSIGNED: usize = 50;
/// The most conversations that one call closes.
pub const MAX_CLOSED: u32 = 50;

/// What became of a widget's routing that was to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoutingOutcome {
    /// It is so.
    Saved(WidgetRouting),
    /// It was so.
    Unchanged(WidgetRouting),
    /// There is no such team; nothing changed.
    UnknownTeam,
    /// There is no such widget.
    UnknownWidget,
}

/// Use cases on what happens by itself.
#[async_trait::async_trait]
pub trait Routing: Send + Sync {
    /// What a widget does by itself; none has this id.
    async fn routing(&self, widget_id: WidgetId) -> Result<Option<WidgetRouting>, StoreError>;
    /// Says what a widget does by itself. With the team that it names goes its assignment: see [`crate::Teams::delete_team`].
    async fn set_routing(
        &self,
        widget_id: WidgetId,
        routing: WidgetRouting,
        follow_up: FollowUp<RoutingOutcome>,
    ) -> Result<RoutingOutcome, StoreError>;
    /// The capacity of every agent who has none of its own.
    async fn default_capacity(&self) -> Result<Option<Capacity>, StoreError>;
    /// Sets it; answers whether it was another.
    async fn set_default_capacity(
        &self,
        capacity: Option<Capacity>,
        follow_up: FollowUp<bool>,
    ) -> Result<bool, StoreError>;
    /// Whether any conversation awaits an agent.
    async fn somebody_awaits(&self) -> Result<bool, StoreError>;
    /// Gives conversations that await an agent, those that waited longest first and [`MAX_ASSIGNED`] at most, to those of these agents
    /// who are active, available, may answer and have room, and are in the widget's team if it has one. The order of the turns is kept.
    ///
    /// All of it is one transaction among the changes of conversations: however many ask at once, no conversation is given twice or
    /// taken from somebody, and nobody gets more than its capacity.
    async fn assign_waiting(
        &self,
        present: Vec<AgentId>,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> Result<Vec<Triaged>, StoreError>;
    /// Closes conversations that their widgets close by now, [`MAX_CLOSED`] at most: pending or active, the team spoke last, and since
    /// then, and since it was last reopened or woke, the widget's hours are over.
    async fn close_silent(
        &self,
        at: Timestamp,
        follow_up: FollowUp<Vec<Triaged>>,
    ) -> Result<Vec<Triaged>, StoreError>;
}

/// Who can be given conversations of which widgets, for drivers: they read it, and write down what it says.
#[derive(Debug, Default)]
pub struct Pool {
    /// The widgets that assign.
    pub widgets: HashMap<WidgetId, WidgetRouting>,
    /// The agents of the teams that they name.
    pub members: HashMap<TeamId, HashSet<AgentId>>,
    /// Those who are present, active and available, and may answer.
    pub candidates: Vec<Candidate>,
}

impl Pool {
    /// The widgets of which a conversation could be given to somebody now.
    pub fn open_widgets(&self) -> Vec<i64> {
        let widgets = self.widgets.keys().copied();
        widgets
            .filter(|widget| self.next(*widget).is_some())
            .map(|widget| widget.0)
            .collect()
    }

    /// Whose turn it is for a conversation of this widget.
    pub fn next(&self, widget: WidgetId) -> Option<AgentId> {
        let routing = self.widgets.get(&widget)?;
        let is_asked = |agent: AgentId| {
            routing.team_id.is_none_or(|team| {
                let members = self.members.get(&team);
                members.is_some_and(|members| members.contains(&agent))
            })
        };
        let candidates = self.candidates.iter();
        let asked = candidates.filter(|candidate| is_asked(candidate.agent_id));
        routing.assignment.choose(asked)
    }

    /// Notes that an agent got one with this revision.
    pub fn given(&mut self, agent: AgentId, revision: i64) {
        let mut candidates = self.candidates.iter_mut();
        if let Some(candidate) = candidates.find(|it| it.agent_id == agent) {
            candidate.load += 1;
            candidate.last_given = revision;
        }
    }
}
