//! What a support lead looks at: how much came in, how quickly it was answered and ended, and how people liked it.
//!
//! A report is of whole days of a time zone ([`ReportPeriod`]). It is made of facts, each of which was written down when it happened
//! ([`ReportFact`]), and of how many messages came and went; a [`Tally`] makes figures of them. What each figure means exactly stands in
//! docs/reports.md, with the same names.

mod figures;
mod period;

pub use figures::{CsatFigures, Figures, Tally, WaitFigures};
pub use period::{
    MAX_HOURLY_DAYS, MAX_REPORT_DAYS, ReportBucket, ReportDay, ReportInterval, ReportPeriod,
    ReportSpan,
};

use crate::{
    AgentId, ConversationId, Invalid, LabelId, Score, TeamId, Timestamp, WidgetId, settings::Hours,
};
use std::collections::HashMap;

/// Something that happened to a conversation, as far as reports count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFact {
    /// What happened.
    pub event: ReportEvent,
    /// When.
    pub at: Timestamp,
    /// To which conversation.
    pub conversation_id: ConversationId,
    /// Where that was begun.
    pub widget_id: WidgetId,
    /// Whose it is: of the first response, who wrote it; of an end and a reopening, who looked after the conversation then; else who
    /// looks after it now.
    pub agent_id: Option<AgentId>,
    /// The team that looks after the conversation now.
    pub team_id: Option<TeamId>,
    /// A label of the conversation, if facts are asked for by label: a conversation with two labels has each fact twice.
    pub label_id: Option<LabelId>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportEvent {
    /// The first message was posted.
    Begun,
    /// Somebody of the team wrote for the first time after the visitor had.
    FirstResponse {
        /// The visitor's first message.
        since: Timestamp,
    },
    /// It was closed.
    Closed {
        /// When it had begun, or was reopened the last time.
        since: Timestamp,
        /// Whether the visitor has rated the conversation, then or ever.
        rated: bool,
    },
    /// It was opened again.
    Reopened,
    /// The visitor rated it.
    Rated(Score),
}

/// How waits are measured.
#[derive(Debug, Clone, Default)]
pub enum ReportClock {
    /// Around the clock.
    #[default]
    Always,
    /// Only while the widget's business hours are on, as they are set now. A widget without hours is always open.
    Business(HashMap<WidgetId, Hours>),
}

impl ReportClock {
    /// How much of the time between two moments counts, in microseconds. None if the second is the earlier one, as it may be where a
    /// clock was set back.
    pub fn micros_between(&self, widget_id: WidgetId, since: Timestamp, until: Timestamp) -> i64 {
        let hours = match self {
            Self::Always => None,
            Self::Business(hours) => hours.get(&widget_id),
        };
        match hours {
            Some(hours) => hours.open_micros(since, until),
            None => (until.as_micros() - since.as_micros()).max(0),
        }
    }
}

/// By what a report is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportGrouping {
    /// By agent.
    Agent,
    /// By widget.
    Widget,
    /// By team.
    Team,
    /// By label. A conversation with two counts for both.
    Label,
}

impl ReportGrouping {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Widget, Self::Team, Self::Label];

    /// The name used on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Widget => "widget",
            Self::Team => "team",
            Self::Label => "label",
        }
    }

    /// Reads a grouping's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL
            .into_iter()
            .find(|grouping| grouping.as_str() == text);
        found.ok_or_else(|| Invalid::new("must be agent, widget, team or label"))
    }

    /// The group that a fact is in; `None` are those of nobody.
    pub fn of(self, fact: &ReportFact) -> Option<i64> {
        match self {
            Self::Agent => fact.agent_id.map(|id| id.0),
            Self::Widget => Some(fact.widget_id.0),
            Self::Team => fact.team_id.map(|id| id.0),
            Self::Label => fact.label_id.map(|id| id.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WidgetSettings;
    use serde_json::json;

    #[test]
    fn every_grouping_reads_back_from_its_name() {
        for grouping in ReportGrouping::ALL {
            assert_eq!(ReportGrouping::parse(grouping.as_str()), Ok(grouping));
        }
        assert!(ReportGrouping::parse("agents").is_err());
    }

    #[test]
    fn a_widget_without_hours_is_always_open() {
        let settings = WidgetSettings::parse(json!({
            "hours": { "timezone": "UTC", "weekly": [{ "days": [1], "from": "09:00", "to": "10:00" }] }
        }));
        let hours = settings.unwrap().hours.unwrap();
        let clock = ReportClock::Business(HashMap::from([(WidgetId(1), hours)]));
        // From a Monday at eight to the Tuesday at eight.
        let since = Timestamp::from_micros(1_774_252_800_000_000);
        let until = since.plus_seconds(86_400);
        let seconds = |clock: &ReportClock, widget| {
            clock.micros_between(WidgetId(widget), since, until) / 1_000_000
        };
        assert_eq!(seconds(&clock, 1), 3_600);
        assert_eq!(seconds(&clock, 2), 86_400);
        assert_eq!(seconds(&ReportClock::Always, 1), 86_400);
        let backwards = ReportClock::Always.micros_between(WidgetId(1), until, since);
        assert_eq!(backwards, 0);
    }
}
