//! Figures, and how they are made of facts.

use super::{ReportClock, ReportEvent, ReportFact};
use crate::ConversationId;

/// From this score on a visitor counts as satisfied.
const SATISFIED: u8 = 4;

/// What a report says of a period, or of a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Conversations whose first message was posted.
    pub new_conversations: i64,
    /// Messages from visitors. `None` where they are not counted, which is by label.
    pub messages_received: Option<i64>,
    /// Messages from the team. `None` where they are not counted, which is by label.
    pub messages_sent: Option<i64>,
    /// How often a conversation was closed.
    pub closed: i64,
    /// How often one was opened again.
    pub reopened: i64,
    /// From the visitor's first message to the team's first after it.
    pub first_response: WaitFigures,
    /// From the beginning, or the last reopening, to the end.
    pub resolution: WaitFigures,
    /// What visitors thought of it.
    pub csat: CsatFigures,
}

/// How long something took, in whole seconds, rounded. `None` where nothing was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WaitFigures {
    /// How many were measured.
    pub count: i64,
    /// The arithmetic mean.
    pub mean_s: Option<i64>,
    /// The one in the middle; of an even number, the mean of the two in the middle.
    pub median_s: Option<i64>,
    /// The shortest that at least nine of ten did not exceed (nearest rank).
    pub p90_s: Option<i64>,
}

/// What visitors thought of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CsatFigures {
    /// How many ratings there are of each score, from 1 to 5.
    pub scores: [i64; 5],
    /// How many conversations were closed, each once.
    pub closed_conversations: i64,
    /// How many of those their visitor has rated.
    pub rated_conversations: i64,
}

impl CsatFigures {
    /// How many ratings there are.
    pub fn ratings(&self) -> i64 {
        self.scores.iter().sum()
    }

    /// How many of them are of somebody who was satisfied: 4 or 5.
    pub fn satisfied(&self) -> i64 {
        self.scores[usize::from(SATISFIED - 1)..].iter().sum()
    }

    /// The mean of the scores, to two places.
    pub fn score(&self) -> Option<f64> {
        let sum: i64 = (1..).zip(self.scores).map(|(score, n)| score * n).sum();
        share(sum, self.ratings(), 100.0)
    }

    /// Which part of the conversations that were closed is rated, from 0 to 1, to four places.
    pub fn answer_rate(&self) -> Option<f64> {
        share(
            self.rated_conversations,
            self.closed_conversations,
            10_000.0,
        )
    }
}

/// `part` of `whole`, in so many steps of one.
fn share(part: i64, whole: i64, steps: f64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * steps).round() / steps)
}

/// Figures in the making: facts are added in any order.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    new_conversations: i64,
    messages: Option<(i64, i64)>,
    reopened: i64,
    first_responses: Vec<i64>,
    resolutions: Vec<i64>,
    scores: [i64; 5],
    closed: Vec<(ConversationId, bool)>,
}

impl Tally {
    /// Adds a fact, with what of its wait counts.
    pub fn add(&mut self, fact: &ReportFact, clock: &ReportClock) {
        let waited = |since| clock.micros_between(fact.widget_id, since, fact.at);
        match fact.event {
            ReportEvent::Begun => self.new_conversations += 1,
            ReportEvent::FirstResponse { since } => self.first_responses.push(waited(since)),
            ReportEvent::Closed { since, rated } => {
                self.resolutions.push(waited(since));
                self.closed.push((fact.conversation_id, rated));
            }
            ReportEvent::Reopened => self.reopened += 1,
            ReportEvent::Rated(score) => self.scores[usize::from(score.get() - 1)] += 1,
        }
    }

    /// Adds messages. Without a call they are not counted at all.
    pub fn add_messages(&mut self, received: i64, sent: i64) {
        let (received_before, sent_before) = self.messages.unwrap_or_default();
        self.messages = Some((received_before + received, sent_before + sent));
    }

    /// Makes the figures.
    pub fn finish(mut self) -> Figures {
        let closed = self.closed.len() as i64;
        self.closed.sort_unstable();
        self.closed.dedup_by_key(|(id, _)| *id);
        let rated = self.closed.iter().filter(|(_, rated)| *rated).count();
        Figures {
            new_conversations: self.new_conversations,
            messages_received: self.messages.map(|(received, _)| received),
            messages_sent: self.messages.map(|(_, sent)| sent),
            closed,
            reopened: self.reopened,
            first_response: waits(self.first_responses),
            resolution: waits(self.resolutions),
            csat: CsatFigures {
                scores: self.scores,
                closed_conversations: self.closed.len() as i64,
                rated_conversations: rated as i64,
            },
        }
    }
}

/// Of waits in microseconds.
fn waits(mut micros: Vec<i64>) -> WaitFigures {
    micros.sort_unstable();
    let n = micros.len();
    let seconds = |micros: i64| (micros + 500_000) / 1_000_000;
    let Some(middle) = micros.get(n / 2) else {
        return WaitFigures::default();
    };
    let median = if n.is_multiple_of(2) {
        (micros[n / 2 - 1] + middle) / 2
    } else {
        *middle
    };
    let sum: i128 = micros.iter().copied().map(i128::from).sum();
    let mean = i64::try_from(sum / n as i128).expect("a mean is not above the largest");
    WaitFigures {
        count: n as i64,
        mean_s: Some(seconds(mean)),
        median_s: Some(seconds(median)),
        p90_s: Some(seconds(micros[(n * 9).div_ceil(10) - 1])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_seconds(seconds: &[i64]) -> (i64, Option<i64>, Option<i64>, Option<i64>) {
        let figures = waits(seconds.iter().map(|second| second * 1_000_000).collect());
        (
            figures.count,
            figures.mean_s,
            figures.median_s,
            figures.p90_s,
        )
    }

    #[test]
    fn mean_median_and_ninetieth_percentile_are_those_of_the_books() {
        assert_eq!(of_seconds(&[]), (0, None, None, None));
        assert_eq!(of_seconds(&[7]), (1, Some(7), Some(7), Some(7)));
        // The mean of the two in the middle; nine of ten do not exceed the second of two.
        assert_eq!(of_seconds(&[10, 20]), (2, Some(15), Some(15), Some(20)));
        assert_eq!(of_seconds(&[30, 10, 20]), (3, Some(20), Some(20), Some(30)));
        // Of ten, the ninth: one may be as late as it likes. The mean is (45 + 1000) / 10 = 104.5, which is rounded up.
        let ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000];
        assert_eq!(of_seconds(&ten), (10, Some(105), Some(6), Some(9)));
        // Of eleven, the tenth: nine would be less than nine of ten.
        let eleven = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1_000];
        assert_eq!(of_seconds(&eleven).3, Some(10));
    }

    #[test]
    fn a_conversation_that_was_closed_twice_was_asked_once() {
        let closed = |id, rated| ReportFact {
            event: ReportEvent::Closed {
                since: crate::Timestamp::from_micros(0),
                rated,
            },
            at: crate::Timestamp::from_micros(1_000_000),
            conversation_id: ConversationId(id),
            widget_id: crate::WidgetId(1),
            agent_id: None,
            team_id: None,
            label_id: None,
        };
        let mut tally = Tally::default();
        for (id, rated) in [(1, true), (2, false), (1, true), (3, false)] {
            tally.add(&closed(id, rated), &ReportClock::Always);
        }
        let figures = tally.finish();
        assert_eq!(figures.closed, 4);
        assert_eq!(figures.csat.closed_conversations, 3);
        assert_eq!(figures.csat.answer_rate(), Some(0.3333));
        assert_eq!(figures.messages_sent, None);
        assert_eq!((figures.csat.ratings(), figures.csat.score()), (0, None));
    }

    #[test]
    fn four_and_five_are_satisfied() {
        let csat = CsatFigures {
            scores: [1, 0, 2, 3, 1],
            ..CsatFigures::default()
        };
        // (1 + 6 + 12 + 5) / 7 = 3.428…
        assert_eq!(
            (csat.ratings(), csat.satisfied(), csat.score()),
            (7, 4, Some(3.43))
        );
    }
}
