//! What agents do with conversations besides answering: close and reopen, give to an agent or a team, say how urgent one is and what it
//! is about, put it aside. One at a time, or many at once.

use crate::access::require;
use crate::wake::wake_job;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    AgentId, Conversation, ConversationId, DomainEvent, InboxUpdate, Permission, Priority, Status,
    TeamId, Timestamp,
};
use antiphon_store::{
    FollowUp, LabelChange, MAX_CONVERSATION_LABELS, Triage, TriageOutcome, Triaged,
};

/// The most conversations that are changed in one request.
pub const MAX_BULK: usize = 100;
/// The longest sleep: a year and a day.
const MAX_SNOOZE_S: i64 = 366 * 86_400;

/// Changes of a conversation; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TriageRequest {
    /// The new status; `Snoozed` goes with `snoozed_until`.
    pub status: Option<Status>,
    /// Put aside until then, which must be ahead, by at most a year.
    pub snoozed_until: Option<Timestamp>,
    /// To whom it is given; `Some(None)` is nobody.
    pub agent_id: Option<Option<AgentId>>,
    /// To which team; `Some(None)` is none.
    pub team_id: Option<Option<TeamId>>,
    /// How urgent it is.
    pub priority: Option<Option<Priority>>,
    /// What it is about.
    pub labels: Option<LabelChange>,
}

impl TriageRequest {
    /// Another status.
    fn status(status: Status) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }
}

/// What became of one conversation of many.
#[derive(Debug)]
pub struct BulkResult {
    /// Which.
    pub conversation_id: ConversationId,
    /// Its row afterwards, or why it was not changed.
    pub result: Result<InboxUpdate, ChatError>,
}

impl Chat {
    /// Closes a conversation; one that is closed stays so, quietly.
    pub async fn close(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<InboxUpdate, ChatError> {
        let request = TriageRequest::status(Status::Closed);
        self.triage(principal, id, request).await
    }

    /// Reopens a conversation as active; one that is active stays so, quietly.
    pub async fn reopen(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<InboxUpdate, ChatError> {
        let request = TriageRequest::status(Status::Active);
        self.triage(principal, id, request).await
    }

    /// Changes a conversation: all that is asked for, or nothing. Agents who may answer only.
    pub async fn triage(
        &self,
        principal: &Principal,
        id: ConversationId,
        request: TriageRequest,
    ) -> Result<InboxUpdate, ChatError> {
        require(principal, Permission::Answer)?;
        let now = self.ports.clock.now();
        check_snooze(&request, now)?;
        self.change(id, request, now).await
    }

    /// The same for many conversations, each by itself: one that cannot be changed keeps none of the others. Twice is once.
    pub async fn triage_many(
        &self,
        principal: &Principal,
        ids: Vec<ConversationId>,
        request: TriageRequest,
    ) -> Result<Vec<BulkResult>, ChatError> {
        require(principal, Permission::Answer)?;
        let now = self.ports.clock.now();
        check_snooze(&request, now)?;
        // All at once, so that the store commits them together.
        let mut distinct: Vec<ConversationId> = Vec::with_capacity(ids.len());
        for id in ids {
            if !distinct.contains(&id) {
                distinct.push(id);
            }
        }
        let changes = distinct.into_iter().map(async |conversation_id| {
            let result = self.change(conversation_id, request.clone(), now).await;
            BulkResult {
                conversation_id,
                result,
            }
        });
        Ok(futures_util::future::join_all(changes).await)
    }

    /// Takes a conversation from an agent who has left the team: it is nobody's, and awaits another one where its widget assigns.
    pub(crate) async fn release(&self, id: ConversationId) -> Result<InboxUpdate, ChatError> {
        let release = Triage {
            agent_id: Some(None),
            released: true,
            ..Triage::of(id, self.ports.clock.now())
        };
        self.apply(release).await
    }

    async fn change(
        &self,
        id: ConversationId,
        request: TriageRequest,
        now: Timestamp,
    ) -> Result<InboxUpdate, ChatError> {
        let triage = Triage {
            status: match request.snoozed_until {
                Some(_) => Some(Status::Snoozed),
                None => request.status,
            },
            snoozed_until: request.snoozed_until,
            agent_id: request.agent_id,
            team_id: request.team_id,
            priority: request.priority,
            labels: request.labels,
            ..Triage::of(id, now)
        };
        self.apply(triage).await
    }

    async fn apply(&self, triage: Triage) -> Result<InboxUpdate, ChatError> {
        let told = self.told_of_triage(triage.at);
        match self.ports.store.triage(triage, told).await? {
            TriageOutcome::Changed(triaged) => Ok(triaged.update),
            TriageOutcome::Unchanged(update) => Ok(*update),
            TriageOutcome::UnknownConversation => Err(ChatError::NotFound("conversation")),
            TriageOutcome::UnknownAgent => {
                Err(FieldErrors::one("agent_id", "is no agent's id").into())
            }
            TriageOutcome::AgentCannotAnswer => Err(FieldErrors::one(
                "agent_id",
                "must be somebody who can answer: this agent is a viewer, or was deactivated",
            )
            .into()),
            TriageOutcome::UnknownTeam => {
                Err(FieldErrors::one("team_id", "is no team's id").into())
            }
            TriageOutcome::UnknownLabel => {
                Err(FieldErrors::one("label_ids", "must be ids of labels").into())
            }
            TriageOutcome::TooManyLabels => Err(FieldErrors::one(
                "label_ids",
                format!("must not be more than {MAX_CONVERSATION_LABELS}"),
            )
            .into()),
        }
    }

    /// What follows: events, and the job that wakes what was put aside.
    fn told_of_triage(&self, now: Timestamp) -> FollowUp<TriageOutcome> {
        let announce = self.announce(None, |outcome| match outcome {
            TriageOutcome::Changed(triaged) => events(triaged),
            _ => Vec::new(),
        });
        announce.and_jobs(move |outcome| match outcome {
            TriageOutcome::Changed(triaged) => {
                let conversation = &triaged.update.conversation;
                let until = conversation
                    .snoozed_until
                    .filter(|until| triaged.before.snoozed_until != Some(*until));
                let job = until.map(|until| wake_job(conversation.id, until, now));
                job.into_iter().collect()
            }
            _ => Vec::new(),
        })
    }
}

/// A visitor hears who looks after the conversation and whether it is over; the rest is the team's business.
pub(crate) fn events(triaged: &Triaged) -> Vec<DomainEvent> {
    let (before, update) = (&triaged.before, &triaged.update);
    let after = &update.conversation;
    let mut events = Vec::new();
    match (before.status, after.status) {
        (before, after) if before == after => {}
        (_, Status::Closed) => events.push(DomainEvent::ConversationClosed(update.clone())),
        (_, Status::Active) | (Status::Closed, _) => {
            events.push(DomainEvent::ConversationReopened(update.clone()));
        }
        _ => {}
    }
    let agent = |conversation: &Conversation| {
        conversation
            .assigned_to
            .as_ref()
            .map(|assignee| assignee.id)
    };
    if agent(before) != agent(after) {
        events.push(DomainEvent::ConversationAssigned(update.clone()));
    }
    if events.is_empty() {
        events.push(DomainEvent::ConversationTriaged(update.clone()));
    }
    events
}

fn check_snooze(request: &TriageRequest, now: Timestamp) -> Result<(), ChatError> {
    match request.snoozed_until {
        Some(until) if until <= now => {
            Err(FieldErrors::one("until", "must be in the future").into())
        }
        Some(until) if until > now.plus_seconds(MAX_SNOOZE_S) => {
            Err(FieldErrors::one("until", "must be within a year").into())
        }
        Some(_)
            if request
                .status
                .is_some_and(|status| status != Status::Snoozed) =>
        {
            Err(FieldErrors::one(
                "status",
                "must be snoozed, if any, with an end of the sleep",
            )
            .into())
        }
        None if request.status == Some(Status::Snoozed) => {
            Err(FieldErrors::one("snoozed_until", "is required with the status snoozed").into())
        }
        _ => Ok(()),
    }
}
