//! The lists that agents work through: filters that combine, four orders, and how many there are of what is open.
//!
//! A page goes on where the last one ended, at a [`Position`], so that what is posted meanwhile moves nobody and pages cost the same
//! however far down they are. A conversation that changes its place meanwhile may be met twice or not at all: whoever shows a list also
//! hears of changes.

use crate::StoreError;
use antiphon_domain::{
    AgentId, Conversation, InboxUpdate, LabelId, Priority, Status, TeamId, WidgetId,
};

/// Conversations by where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusFilter {
    /// Pending and active: what there is to do.
    Open,
    /// Those of one status.
    Only(Status),
    /// All.
    All,
}

/// Conversations by who looks after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Held<Id> {
    /// Whoever, or nobody.
    Whatever,
    /// Somebody, whoever it is.
    Somebody,
    /// Nobody.
    Nobody,
    /// This one.
    By(Id),
}

/// Conversations by their priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriorityFilter {
    /// Whatever it is.
    Whatever,
    /// None.
    Unset,
    /// This one.
    Only(Priority),
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The newest message first.
    Newest,
    /// The oldest newest message first.
    Oldest,
    /// Who waits longest for an answer first; behind them, those that wait for none, oldest conversation first.
    Waiting,
    /// The most urgent first; of the same priority, the newest message.
    Priority,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Newest, Self::Oldest, Self::Waiting, Self::Priority];

    /// The name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Waiting => "waiting",
            Self::Priority => "priority",
        }
    }
}

/// The place of a conversation in a list: what the list is sorted by. Compared as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The priority's rank where that counts, else 0.
    pub rank: i64,
    /// Microseconds since 1970: of the newest message, or since when it waits.
    pub time: i64,
    /// The conversation.
    pub id: i64,
}

impl Position {
    /// Since when a conversation waits that waits for nothing.
    pub const NEVER: i64 = i64::MAX;

    /// Where a conversation is in a list of this order.
    pub fn of(sort: Sort, conversation: &Conversation) -> Self {
        let newest = conversation.last_message_at.map_or(0, |at| at.as_micros());
        let waiting = conversation
            .waiting_since
            .map_or(Self::NEVER, |at| at.as_micros());
        Self {
            rank: match sort {
                Sort::Priority => conversation.priority.map_or(0, Priority::rank),
                _ => 0,
            },
            time: if sort == Sort::Waiting {
                waiting
            } else {
                newest
            },
            id: conversation.id.0,
        }
    }

    /// Before every place in a list of this order.
    pub const fn start(sort: Sort) -> Self {
        let end = match sort {
            Sort::Newest | Sort::Priority => i64::MAX,
            Sort::Oldest | Sort::Waiting => i64::MIN,
        };
        Self {
            rank: end,
            time: end,
            id: end,
        }
    }
}

/// Which conversations a list shows, and which part of it. One without any message is in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPage {
    /// By where they stand.
    pub status: StatusFilter,
    /// By agent.
    pub agent: Held<AgentId>,
    /// By team.
    pub team: Held<TeamId>,
    /// By site.
    pub widget_id: Option<WidgetId>,
    /// By label.
    pub label_id: Option<LabelId>,
    /// By priority.
    pub priority: PriorityFilter,
    /// Only those with messages that no agent has read.
    pub unread: bool,
    /// Only those with a note in which this agent is mentioned.
    pub mentioned: Option<AgentId>,
    /// In which order.
    pub sort: Sort,
    /// Only what comes behind this place.
    pub after: Option<Position>,
    /// ≤ 200.
    pub limit: u32,
}

impl ListPage {
    /// The beginning of everything open, newest first.
    pub const fn open(limit: u32) -> Self {
        Self {
            status: StatusFilter::Open,
            agent: Held::Whatever,
            team: Held::Whatever,
            widget_id: None,
            label_id: None,
            priority: PriorityFilter::Whatever,
            unread: false,
            mentioned: None,
            sort: Sort::Newest,
            after: None,
            limit,
        }
    }
}

/// So many of the conversations that are not closed have these in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenGroup {
    /// Where they stand.
    pub status: Status,
    /// Who looks after them.
    pub agent_id: Option<AgentId>,
    /// Which team does.
    pub team_id: Option<TeamId>,
    /// Where they were begun.
    pub widget_id: WidgetId,
    /// Whether there are messages that no agent has read.
    pub unread: bool,
    /// How many.
    pub n: i64,
}

/// How many conversations there are of what is not closed, as far as it takes to say it of any list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenCounts {
    /// By everything but labels, in any order.
    pub groups: Vec<OpenGroup>,
    /// Open ones (pending and active) by label, ascending.
    pub by_label: Vec<(LabelId, i64)>,
}

/// Lists of conversations.
#[async_trait::async_trait]
pub trait Lists: Send + Sync {
    /// A page of a list.
    async fn list(&self, page: ListPage) -> Result<Vec<InboxUpdate>, StoreError>;
    /// How many conversations there are that are not closed. Looks at those alone, however many are closed.
    async fn open_counts(&self) -> Result<OpenCounts, StoreError>;
}
