//! What happens to conversations by itself: they are given to agents who are there, and closed when nothing is said any more.
//!
//! Who awaits an agent is a fact of the store, so the job that follows from a message only makes it quick. Whatever cannot be done at
//! once, since nobody is there, nobody has room, or it cannot be found out who is there, is tried again by [`Chat::assign_waiting`],
//! which every process that runs jobs calls every few seconds.

use crate::access::require;
use crate::desk::events;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_broadcast::PresenceError;
use antiphon_domain::{
    Assignment, Capacity, CloseAfter, ConversationId, DomainEvent, Permission, TeamSetting,
    Timestamp, WidgetId, WidgetRouting,
};
use antiphon_store::{
    FollowUp, MAX_ASSIGNED, MAX_CLOSED, NewJob, PostOutcome, RoutingOutcome, Subject, Triaged,
    WakeOutcome,
};
use serde_json::json;

/// The kind of the jobs that give a conversation to an agent.
pub const ASSIGN_JOBS: &str = "conversation.assign";

/// Why conversations wait on.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// It cannot be found out who is there.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// The store failed.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

/// The job that gives a conversation to an agent soon. While one waits, another is not needed.
fn assign_job(id: ConversationId, at: Timestamp) -> NewJob {
    let payload = json!({ "conversation_id": id.0 }).to_string();
    NewJob {
        dedupe_key: Some(format!("{ASSIGN_JOBS} {id}")),
        ..NewJob::new(ASSIGN_JOBS, payload, at)
    }
}

/// What follows from a message: if its conversation awaits an agent, the job.
pub(crate) fn jobs_of_post(outcome: &PostOutcome, at: Timestamp) -> Vec<NewJob> {
    match outcome {
        PostOutcome::Posted(posted) if posted.awaits_agent => {
            vec![assign_job(posted.message.conversation_id, at)]
        }
        _ => Vec::new(),
    }
}

/// What follows from the end of a sleep: if nobody has the conversation, the job, which looks whether it awaits an agent.
pub(crate) fn jobs_of_wake(outcome: &WakeOutcome, at: Timestamp) -> Vec<NewJob> {
    match outcome {
        WakeOutcome::Woken(update) if update.conversation.assigned_to.is_none() => {
            vec![assign_job(update.conversation.id, at)]
        }
        _ => Vec::new(),
    }
}

impl Chat {
    /// What a widget does by itself. Agents only.
    pub async fn routing(
        &self,
        principal: &Principal,
        widget_id: WidgetId,
    ) -> Result<WidgetRouting, ChatError> {
        require(principal, Permission::Read)?;
        let routing = self.ports.store.routing(widget_id).await?;
        routing.ok_or(ChatError::NotFound("widget"))
    }

    /// Says what a widget does by itself. Administrators only.
    pub async fn set_routing(
        &self,
        principal: &Principal,
        widget_id: WidgetId,
        routing: WidgetRouting,
    ) -> Result<WidgetRouting, ChatError> {
        require(principal, Permission::Administer)?;
        let WidgetRouting {
            assignment,
            team_id,
            close_after,
        } = routing;
        if assignment == Assignment::Off && team_id.is_some() {
            let reason = "must be null while the assignment is off";
            return Err(FieldErrors::one("assignment_team_id", reason).into());
        }
        let entry = self
            .audit(
                principal,
                "routing.changed",
                Subject::of("widget", widget_id.0),
            )
            .with(json!({
                "assignment": assignment.as_str(),
                "assignment_team_id": team_id.map(|team| team.0),
                "close_after_hours": close_after.map(CloseAfter::hours),
            }));
        let audit = FollowUp::audit(move |outcome| {
            matches!(outcome, RoutingOutcome::Saved(_)).then_some(entry)
        });
        let store = &self.ports.store;
        match store.set_routing(widget_id, routing, audit).await? {
            RoutingOutcome::Saved(routing) | RoutingOutcome::Unchanged(routing) => Ok(routing),
            RoutingOutcome::UnknownTeam => {
                Err(FieldErrors::one("assignment_team_id", "is no team's id").into())
            }
            RoutingOutcome::UnknownWidget => Err(ChatError::NotFound("widget")),
        }
    }

    /// How many conversations agents are given who have no number of their own. Agents only.
    pub async fn default_capacity(
        &self,
        principal: &Principal,
    ) -> Result<Option<Capacity>, ChatError> {
        require(principal, Permission::Read)?;
        Ok(self.ports.store.default_capacity().await?)
    }

    /// Sets it. Administrators only.
    pub async fn set_default_capacity(
        &self,
        principal: &Principal,
        capacity: Option<Capacity>,
    ) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self
            .audit(principal, "capacity.changed", Subject::new("account"))
            .with(json!({ "default_capacity": capacity.map(Capacity::get) }));
        let told = self
            .announce(None, |changed: &bool| {
                changed.then_some(DomainEvent::SettingsChanged {
                    what: TeamSetting::Agents,
                    agent_id: None,
                })
            })
            .and_audit(move |changed| changed.then_some(entry));
        let store = &self.ports.store;
        store.set_default_capacity(capacity, told).await?;
        Ok(())
    }

    /// Gives what awaits an agent to those who are there, and answers how many conversations that were. What stays, waits on: it is no
    /// error that nobody is there. Told as an assignment by an agent is. Cancellation-safe.
    pub async fn assign_waiting(&self) -> Result<usize, AssignError> {
        let store = &self.ports.store;
        if !store.somebody_awaits().await.map_err(ChatError::from)? {
            return Ok(0);
        }
        let present = self.ports.presence.agents().await?;
        let mut n_assigned = 0;
        // Nobody can be given anything; that costs no write.
        while !present.is_empty() {
            let assigned = store
                .assign_waiting(present.clone(), self.told_of_all())
                .await
                .map_err(ChatError::from)?;
            n_assigned += assigned.len();
            if assigned.len() < MAX_ASSIGNED {
                break;
            }
        }
        Ok(n_assigned)
    }

    /// Closes what nothing was said in for as long as its widget says, and answers how many conversations that were. Told as if an agent
    /// had closed them. Cancellation-safe.
    pub async fn close_silent(&self) -> Result<usize, ChatError> {
        let mut n_closed = 0;
        loop {
            let now = self.ports.clock.now();
            let told = self.told_of_all();
            let closed = self.ports.store.close_silent(now, told).await?;
            n_closed += closed.len();
            if closed.len() < MAX_CLOSED as usize {
                return Ok(n_closed);
            }
        }
    }

    fn told_of_all(&self) -> FollowUp<Vec<Triaged>> {
        self.announce(None, |all: &Vec<Triaged>| {
            all.iter().flat_map(events).collect::<Vec<_>>()
        })
    }
}
