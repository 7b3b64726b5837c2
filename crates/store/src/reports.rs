//! What reports are made of. The drivers write it down in the transaction of what happened: events of conversations one by one, and how
//! many messages came and went in each quarter of an hour. So a report looks at no message, and at no conversation to which nothing
//! happened in its time.
//!
//! Events go with their conversation when that is removed. The counts of messages name nobody but agents, and stay.

use crate::StoreError;
use antiphon_domain::{
    AgentId, Assignee, ConversationId, Rating, ReportFact, ReportSpan, TeamId, WidgetId,
};

/// The most facts of one report: some 40 MB of memory for a moment, and a team's year. A report with more is refused, never cut.
pub const MAX_REPORT_FACTS: usize = 500_000;
/// How long a stretch is in which messages are counted together, in microseconds: every zone's days and hours begin with one.
pub const COUNT_MICROS: i64 = 15 * 60 * 1_000_000;

/// Of what a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFilter {
    /// From its first moment to the one after its last.
    pub span: ReportSpan,
    /// Only of this widget.
    pub widget_id: Option<WidgetId>,
    /// Only of this team.
    pub team_id: Option<TeamId>,
    /// Only of this agent.
    pub agent_id: Option<AgentId>,
}

impl ReportFilter {
    /// Everything of a time.
    pub const fn all(span: ReportSpan) -> Self {
        Self {
            span,
            widget_id: None,
            team_id: None,
            agent_id: None,
        }
    }
}

/// What messages are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountsBy {
    /// All together: at most one count, with the key 0.
    All,
    /// By the quarter of an hour: the key is how many of them began since 1970.
    Quarter,
    /// By the agent who sent them, or looked after the conversation in which they came; 0 for nobody.
    Agent,
    /// By the team that looked after the conversation then; 0 for none.
    Team,
    /// By the widget.
    Widget,
}

/// How many messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCount {
    /// Of what; see [`CountsBy`].
    pub key: i64,
    /// From visitors.
    pub received: i64,
    /// From the team.
    pub sent: i64,
}

/// Which part of the ratings of a time; the newest come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingPage {
    /// Of what.
    pub filter: ReportFilter,
    /// Only those behind this one, which is named by when it was given, in microseconds, and its conversation.
    pub after: Option<(i64, ConversationId)>,
    /// ≤ 200.
    pub limit: u32,
}

/// A rating with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedConversation {
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// As the visitor gave it.
    pub visitor_name: Option<String>,
    /// Where it was begun.
    pub widget_id: WidgetId,
    /// The widget's name.
    pub widget_name: String,
    /// Who looks after it.
    pub agent: Option<Assignee>,
    /// The rating.
    pub rating: Rating,
}

/// What reports are made of.
#[async_trait::async_trait]
pub trait Reports: Send + Sync {
    /// What happened in that time, in any order; with `by_label`, once for each label of a conversation, and once for one without.
    /// At most [`MAX_REPORT_FACTS`] and one: then there are more.
    async fn report_facts(
        &self,
        filter: ReportFilter,
        by_label: bool,
    ) -> Result<Vec<ReportFact>, StoreError>;
    /// How many messages there were, by the quarters of an hour that begin in that time; in any order, without those of none.
    async fn message_counts(
        &self,
        filter: ReportFilter,
        by: CountsBy,
    ) -> Result<Vec<MessageCount>, StoreError>;
    /// Ratings that were given in that time, newest first.
    async fn rated_conversations(
        &self,
        page: RatingPage,
    ) -> Result<Vec<RatedConversation>, StoreError>;
}
