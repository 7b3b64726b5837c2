//! What the team decides about a conversation besides answering it: who looks after it, where it stands, how urgent it is, what it is
//! about.

use antiphon_domain::{
    AgentId, Conversation, ConversationId, InboxUpdate, LabelId, Priority, Status, TeamId,
    Timestamp,
};

/// The most labels of one conversation.
pub const MAX_CONVERSATION_LABELS: usize = 20;

/// Changes of a conversation; what is `None` stays. One that asks for nothing changes nothing.
#[derive(Debug, Clone)]
pub struct Triage {
    /// Which.
    pub conversation_id: ConversationId,
    /// The new status. Every status can follow every other.
    pub status: Option<Status>,
    /// With the status `Snoozed`: when it wakes by itself. Else of no account.
    pub snoozed_until: Option<Timestamp>,
    /// To whom it is given; `Some(None)` is nobody.
    pub agent_id: Option<Option<AgentId>>,
    /// With nobody: its agent has left, and it awaits another one if its widget assigns. Else somebody has decided that nobody is to
    /// have it, and it awaits none.
    pub released: bool,
    /// To which team; `Some(None)` is none.
    pub team_id: Option<Option<TeamId>>,
    /// How urgent it is.
    pub priority: Option<Option<Priority>>,
    /// What it is about.
    pub labels: Option<LabelChange>,
    /// Now.
    pub at: Timestamp,
}

impl Triage {
    /// Nothing yet.
    pub fn of(conversation_id: ConversationId, at: Timestamp) -> Self {
        Self {
            conversation_id,
            status: None,
            snoozed_until: None,
            agent_id: None,
            released: false,
            team_id: None,
            priority: None,
            labels: None,
            at,
        }
    }

    /// What the conversation's status and the end of its sleep are to be, if another than they are.
    pub fn new_status(&self, before: &Conversation) -> Option<(Status, Option<Timestamp>)> {
        let status = self.status?;
        let until = self.snoozed_until.filter(|_| status == Status::Snoozed);
        (before.status != status || before.snoozed_until != until).then_some((status, until))
    }
}

/// Which labels a conversation is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelChange {
    /// These and no others.
    Set(Vec<LabelId>),
    /// Those that it has, and more or fewer. One that is in both lists is not there afterwards. It is no mistake to take away what
    /// is not there.
    Adjust {
        /// To be there.
        add: Vec<LabelId>,
        /// Not to be there.
        remove: Vec<LabelId>,
    },
}

impl LabelChange {
    /// The labels afterwards, ascending.
    pub fn applied_to(&self, before: &[LabelId]) -> Vec<LabelId> {
        let mut after = match self {
            Self::Set(labels) => labels.clone(),
            Self::Adjust { add, remove } => before
                .iter()
                .chain(add)
                .filter(|label| !remove.contains(label))
                .copied()
                .collect(),
        };
        after.sort_unstable();
        after.dedup();
        after
    }
}

/// A conversation that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triaged {
    /// As it was.
    pub before: Conversation,
    /// As it is.
    pub update: InboxUpdate,
}

/// What became of it. Either all that was asked for is done, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriageOutcome {
    /// Changed, with one new revision.
    Changed(Box<Triaged>),
    /// It was as it should be; nothing changed.
    Unchanged(Box<InboxUpdate>),
    /// There is no such conversation.
    UnknownConversation,
    /// There is no such agent.
    UnknownAgent,
    /// The agent has left, or is a viewer, and could not answer. One who has the conversation already keeps it.
    AgentCannotAnswer,
    /// There is no such team.
    UnknownTeam,
    /// There is no such label.
    UnknownLabel,
    /// It would have more than [`MAX_CONVERSATION_LABELS`] labels.
    TooManyLabels,
}

/// What became of a conversation whose sleep was to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WakeOutcome {
    /// It is awake: active if an agent ever answered, else pending.
    Woken(Box<InboxUpdate>),
    /// It is not snoozed, or until later, or is not there: nothing changed.
    Unchanged,
}
