//! Reports: how much came in, how quickly it was answered and ended, and how people liked it. What the figures mean is the domain's
//! (`antiphon_domain::report`) and docs/reports.md's.
//!
//! Everybody of the team sees its totals; what each agent did is for administrators, and one's own is for oneself. A report is
//! made on a thread of its own, one at a time, and within a time: nobody's chat waits for it.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    Agent, AgentId, AgentRole, ConversationId, Figures, MAX_HOURLY_DAYS, Permission, ReportBucket,
    ReportClock, ReportFact, ReportGrouping, ReportInterval, ReportPeriod, ReportSpan, Tally,
    TeamId, Timestamp, WidgetId,
};
use antiphon_store::{
    COUNT_MICROS, CountsBy, MAX_REPORT_FACTS, MessageCount, RatedConversation, RatingPage,
    ReportFilter,
};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The longest that a report takes, waiting for its turn included. More is not waited for by any page.
const REPORT_TIME: Duration = Duration::from_secs(20);
/// The most ratings that are given out at once, for a file.
pub const MAX_RATINGS: usize = 10_000;
/// The largest page of ratings.
const PAGE: u32 = 200;

/// Whose turn it is: reports are made one at a time, so that whoever asks for many slows down nobody else.
#[derive(Debug)]
pub(crate) struct ReportTurns(Semaphore);

impl Default for ReportTurns {
    fn default() -> Self {
        Self(Semaphore::new(1))
    }
}

/// Of what a report is.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// Of which days.
    pub period: ReportPeriod,
    /// Only of this widget.
    pub widget_id: Option<WidgetId>,
    /// Only of this team.
    pub team_id: Option<TeamId>,
    /// Only of this agent.
    pub agent_id: Option<AgentId>,
    /// Waits are measured in business hours, as they are set now.
    pub business_hours: bool,
}

/// The figures of a period, and of the one before.
#[derive(Debug)]
pub struct ReportOverview {
    /// From when until when.
    pub span: ReportSpan,
    /// Its figures.
    pub figures: Figures,
    /// From when until when the period before was; of a period that is not over, as much of it.
    pub previous_span: ReportSpan,
    /// The figures of that.
    pub previous: Figures,
}

/// The figures of a part of a report.
#[derive(Debug)]
pub struct ReportGroup {
    /// Which; `None` is what belongs to none.
    pub id: Option<i64>,
    /// Its name now.
    pub name: Option<String>,
    /// Its figures.
    pub figures: Figures,
}

/// Ratings, newest first.
#[derive(Debug)]
pub struct RatingList {
    /// The ratings.
    pub ratings: Vec<RatedConversation>,
    /// What to ask for the next ones with, if there may be some.
    pub next: Option<(Timestamp, ConversationId)>,
}

impl Chat {
    /// The figures of a period and of the one before. Agents only.
    pub async fn report_overview(
        &self,
        principal: &Principal,
        request: ReportRequest,
    ) -> Result<ReportOverview, ChatError> {
        self.in_turn(async {
            let clock = self.report_clock(principal, &request).await?;
            let span = request.period.span();
            let previous_span = request.period.before(self.ports.clock.now());
            let mut found = Vec::new();
            for span in [span, previous_span] {
                let filter = filter(&request, span);
                let facts = self.facts(filter, false).await?;
                found.push((facts, self.counts(filter, CountsBy::All).await?));
            }
            let mut figures = apart(move || {
                let sums = found.into_iter().map(|(facts, counts)| {
                    let mut tally = Tally::default();
                    tally.add_messages(0, 0);
                    for count in counts {
                        tally.add_messages(count.received, count.sent);
                    }
                    for fact in &facts {
                        tally.add(fact, &clock);
                    }
                    tally.finish()
                });
                sums.collect::<Vec<_>>()
            })
            .await?
            .into_iter();
            let (Some(figures), Some(previous)) = (figures.next(), figures.next()) else {
                return Err(ChatError::Internal("two spans have two figures".into()));
            };
            Ok(ReportOverview {
                span,
                figures,
                previous_span,
                previous,
            })
        })
        .await
    }

    /// The figures of each day or hour. Agents only.
    pub async fn report_series(
        &self,
        principal: &Principal,
        request: ReportRequest,
        interval: ReportInterval,
    ) -> Result<Vec<(ReportBucket, Figures)>, ChatError> {
        if interval == ReportInterval::Hour && request.period.days() > MAX_HOURLY_DAYS {
            let reason = format!("can be hour for at most {MAX_HOURLY_DAYS} days");
            return Err(FieldErrors::one("interval", reason).into());
        }
        self.in_turn(async {
            let clock = self.report_clock(principal, &request).await?;
            let filter = filter(&request, request.period.span());
            let facts = self.facts(filter, false).await?;
            let counts = self.counts(filter, CountsBy::Quarter).await?;
            apart(move || series(&request.period, interval, &facts, &counts, &clock)).await
        })
        .await
    }

    /// The figures of each agent, widget, team or label: of those that there are, and of what belongs to none, if there is some. To
    /// others than administrators, of no agent but themselves. Agents only.
    pub async fn report_by(
        &self,
        principal: &Principal,
        mut request: ReportRequest,
        grouping: ReportGrouping,
    ) -> Result<Vec<ReportGroup>, ChatError> {
        let agent = require(principal, Permission::Read)?;
        if grouping == ReportGrouping::Agent && !sees_agents(agent) && request.agent_id.is_none() {
            request.agent_id = Some(agent.id);
        }
        let only = match grouping {
            ReportGrouping::Agent => request.agent_id.map(|id| id.0),
            ReportGrouping::Widget => request.widget_id.map(|id| id.0),
            ReportGrouping::Team => request.team_id.map(|id| id.0),
            ReportGrouping::Label => None,
        };
        self.in_turn(async {
            let clock = self.report_clock(principal, &request).await?;
            let filter = filter(&request, request.period.span());
            let facts = self
                .facts(filter, grouping == ReportGrouping::Label)
                .await?;
            let by = match grouping {
                ReportGrouping::Agent => Some(CountsBy::Agent),
                ReportGrouping::Widget => Some(CountsBy::Widget),
                ReportGrouping::Team => Some(CountsBy::Team),
                ReportGrouping::Label => None,
            };
            let counts = match by {
                Some(by) => Some(self.counts(filter, by).await?),
                None => None,
            };
            let mut names = self.groups(grouping).await?;
            names.retain(|named| only.is_none_or(|only| named.id == only));
            apart(move || groups(grouping, names, &facts, counts.as_deref(), &clock)).await
        })
        .await
    }

    /// A page of the ratings of a period. Agents only.
    pub async fn ratings(
        &self,
        principal: &Principal,
        request: ReportRequest,
        after: Option<(Timestamp, ConversationId)>,
        limit: u32,
    ) -> Result<RatingList, ChatError> {
        self.report_clock(principal, &request).await?;
        let page = RatingPage {
            filter: filter(&request, request.period.span()),
            after: after.map(|(at, id)| (at.as_micros(), id)),
            limit,
        };
        self.rating_list(page).await
    }

    /// The ratings of a period, at most [`MAX_RATINGS`]. Agents only.
    pub async fn all_ratings(
        &self,
        principal: &Principal,
        request: ReportRequest,
    ) -> Result<Vec<RatedConversation>, ChatError> {
        self.in_turn(async {
            self.report_clock(principal, &request).await?;
            let mut page = RatingPage {
                filter: filter(&request, request.period.span()),
                after: None,
                limit: PAGE,
            };
            let mut ratings = Vec::new();
            while ratings.len() < MAX_RATINGS {
                let list = self.rating_list(page).await?;
                ratings.extend(list.ratings);
                match list.next {
                    Some((at, id)) => page.after = Some((at.as_micros(), id)),
                    None => break,
                }
            }
            Ok(ratings)
        })
        .await
    }

    async fn rating_list(&self, page: RatingPage) -> Result<RatingList, ChatError> {
        let ratings = self.ports.store.rated_conversations(page).await?;
        // A full page may have been the last one: then the next is empty, which costs less than a wrong "no more".
        let last = ratings
            .last()
            .filter(|_| ratings.len() >= page.limit as usize);
        Ok(RatingList {
            next: last.map(|last| (last.rating.at, last.conversation_id)),
            ratings,
        })
    }

    /// Whether the caller may see this, and what it names is there; and how waits are measured.
    async fn report_clock(
        &self,
        principal: &Principal,
        request: &ReportRequest,
    ) -> Result<ReportClock, ChatError> {
        let agent = require(principal, Permission::Read)?;
        if request.agent_id.is_some_and(|id| id != agent.id) && !sees_agents(agent) {
            return Err(ChatError::Forbidden(
                "what other agents did is for agents with the admin role",
            ));
        }
        let store = &self.ports.store;
        let mut errors = FieldErrors::default();
        let widgets = store.list_widgets().await?;
        if let Some(id) = request.widget_id
            && !widgets.iter().any(|widget| widget.id == id)
        {
            errors.add("widget_id", "is no widget");
        }
        if let Some(id) = request.team_id
            && !store.list_teams().await?.iter().any(|team| team.id == id)
        {
            errors.add("team_id", "is no team");
        }
        if let Some(id) = request.agent_id
            && !store
                .list_agents()
                .await?
                .iter()
                .any(|agent| agent.id == id)
        {
            errors.add("agent_id", "is no agent");
        }
        errors.finish()?;
        if !request.business_hours {
            return Ok(ReportClock::Always);
        }
        let hours = widgets
            .into_iter()
            .filter_map(|widget| Some((widget.id, widget.settings.hours?)));
        Ok(ReportClock::Business(hours.collect()))
    }

    async fn facts(
        &self,
        filter: ReportFilter,
        by_label: bool,
    ) -> Result<Vec<ReportFact>, ChatError> {
        let facts = self.ports.store.report_facts(filter, by_label).await?;
        if facts.len() > MAX_REPORT_FACTS {
            let reason = format!(
                "must be nearer to from: more than {MAX_REPORT_FACTS} things happened until then"
            );
            return Err(FieldErrors::one("to", reason).into());
        }
        Ok(facts)
    }

    async fn counts(
        &self,
        filter: ReportFilter,
        by: CountsBy,
    ) -> Result<Vec<MessageCount>, ChatError> {
        Ok(self.ports.store.message_counts(filter, by).await?)
    }

    /// What there is to be told apart, in the order in which it is shown.
    async fn groups(&self, grouping: ReportGrouping) -> Result<Vec<Named>, ChatError> {
        let store = &self.ports.store;
        let mut named: Vec<Named> = match grouping {
            ReportGrouping::Agent => {
                let agents = store.list_agents().await?.into_iter();
                let named = agents.map(|agent| Named {
                    id: agent.id.0,
                    name: agent.name.as_str().to_owned(),
                    has_left: agent.deactivated_at.is_some(),
                });
                named.collect()
            }
            ReportGrouping::Widget => {
                let widgets = store.list_widgets().await?.into_iter();
                widgets
                    .map(|widget| Named::of(widget.id.0, widget.name.as_str()))
                    .collect()
            }
            ReportGrouping::Team => {
                let teams = store.list_teams().await?.into_iter();
                teams
                    .map(|team| Named::of(team.id.0, team.name.as_str()))
                    .collect()
            }
            ReportGrouping::Label => {
                let labels = store.list_labels().await?.into_iter();
                labels
                    .map(|label| Named::of(label.id.0, label.name.as_str()))
                    .collect()
            }
        };
        named.sort_by_cached_key(|named| (named.name.to_lowercase(), named.id));
        Ok(named)
    }

    /// Does it when it is its turn, within [`REPORT_TIME`].
    async fn in_turn<T>(
        &self,
        work: impl Future<Output = Result<T, ChatError>>,
    ) -> Result<T, ChatError> {
        let in_turn = async {
            let turn = self.report_turns.0.acquire().await;
            let _turn = turn.map_err(|error| ChatError::Internal(Box::new(error)))?;
            work.await
        };
        let done = tokio::time::timeout(REPORT_TIME, in_turn).await;
        done.map_err(|_| ChatError::Unavailable)?
    }
}

/// Something with a name by which a report is taken apart.
struct Named {
    id: i64,
    name: String,
    /// Shown only if there is something to show.
    has_left: bool,
}

impl Named {
    fn of(id: i64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            has_left: false,
        }
    }
}

/// Whether this agent sees what each of the others did. It is the role that counts: an administrator's program with the scope `read` reads.
fn sees_agents(agent: &Agent) -> bool {
    agent.role == AgentRole::Admin
}

fn filter(request: &ReportRequest, span: ReportSpan) -> ReportFilter {
    ReportFilter {
        span,
        widget_id: request.widget_id,
        team_id: request.team_id,
        agent_id: request.agent_id,
    }
}

/// On a thread that nobody's chat waits for.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ChatError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ChatError::Internal(Box::new(error)))
}

fn series(
    period: &ReportPeriod,
    interval: ReportInterval,
    facts: &[ReportFact],
    counts: &[MessageCount],
    clock: &ReportClock,
) -> Vec<(ReportBucket, Figures)> {
    let buckets = period.buckets(interval);
    let mut tallies = vec![Tally::default(); buckets.len()];
    for tally in &mut tallies {
        tally.add_messages(0, 0);
    }
    // The last bucket that had begun by then.
    let index = |at: Timestamp| {
        let begun = buckets.partition_point(|bucket| bucket.starts_at <= at);
        begun.checked_sub(1)
    };
    for fact in facts {
        if let Some(tally) = index(fact.at).and_then(|index| tallies.get_mut(index)) {
            tally.add(fact, clock);
        }
    }
    for count in counts {
        let at = Timestamp::from_micros(count.key.saturating_mul(COUNT_MICROS));
        if let Some(tally) = index(at).and_then(|index| tallies.get_mut(index)) {
            tally.add_messages(count.received, count.sent);
        }
    }
    let figures = tallies.into_iter().map(Tally::finish);
    buckets.iter().copied().zip(figures).collect()
}

/// Without `counts`, messages are not counted at all.
fn groups(
    grouping: ReportGrouping,
    names: Vec<Named>,
    facts: &[ReportFact],
    counts: Option<&[MessageCount]>,
    clock: &ReportClock,
) -> Vec<ReportGroup> {
    let empty = || {
        let mut tally = Tally::default();
        if counts.is_some() {
            tally.add_messages(0, 0);
        }
        tally
    };
    let known: HashMap<i64, usize> = (0..).zip(&names).map(|(at, name)| (name.id, at)).collect();
    let mut tallies: Vec<(Tally, bool)> = names.iter().map(|_| (empty(), false)).collect();
    let mut nobodys = (empty(), false);
    // What is gone, such as a team, is nobody's.
    let place = |id: Option<i64>| id.and_then(|id| known.get(&id)).copied();
    for fact in facts {
        let (tally, is_used) = match place(grouping.of(fact)) {
            Some(index) => &mut tallies[index],
            None => &mut nobodys,
        };
        tally.add(fact, clock);
        *is_used = true;
    }
    for count in counts.unwrap_or_default() {
        let (tally, is_used) = match place(Some(count.key)) {
            Some(index) => &mut tallies[index],
            None => &mut nobodys,
        };
        tally.add_messages(count.received, count.sent);
        *is_used = true;
    }
    let named = names
        .into_iter()
        .zip(tallies)
        .filter(|(name, (_, is_used))| *is_used || !name.has_left)
        .map(|(name, (tally, _))| ReportGroup {
            id: Some(name.id),
            name: Some(name.name),
            figures: tally.finish(),
        });
    let mut groups: Vec<ReportGroup> = named.collect();
    let (tally, is_used) = nobodys;
    if is_used {
        groups.push(ReportGroup {
            id: None,
            name: None,
            figures: tally.finish(),
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::{ReportDay, ReportEvent, Zone};

    fn berlin(from: &str, to: &str) -> ReportPeriod {
        let day = |text| ReportDay::parse(text).unwrap();
        ReportPeriod::new(day(from), day(to), Zone::parse("Europe/Berlin").unwrap()).unwrap()
    }

    fn fact(event: ReportEvent, at: Timestamp) -> ReportFact {
        ReportFact {
            event,
            at,
            conversation_id: ConversationId(1),
            widget_id: WidgetId(1),
            agent_id: None,
            team_id: None,
            label_id: None,
        }
    }

    #[test]
    fn a_series_counts_what_happened_in_its_own_hour() {
        // The clock is put back at three: two o'clock comes twice.
        let period = berlin("2026-10-25", "2026-10-25");
        let midnight = period.span().from;
        let after = |minutes: i64| midnight.plus_seconds(minutes * 60);
        let quarter = |minutes| after(minutes).as_micros() / COUNT_MICROS;
        let count = |minutes| MessageCount {
            key: quarter(minutes),
            received: 1,
            sent: 2,
        };
        let facts = [119, 120, 179, 180].map(|minutes| fact(ReportEvent::Begun, after(minutes)));
        let hours = series(
            &period,
            ReportInterval::Hour,
            &facts,
            &[count(165), count(180)],
            &ReportClock::Always,
        );
        let shown: Vec<_> = hours[1..5]
            .iter()
            .map(|(bucket, figures)| {
                let messages = (figures.messages_received, figures.messages_sent);
                (bucket.hour, figures.new_conversations, messages)
            })
            .collect();
        assert_eq!(
            shown,
            [
                (Some(1), 1, (Some(0), Some(0))),
                (Some(2), 2, (Some(1), Some(2))),
                (Some(2), 1, (Some(1), Some(2))),
                (Some(3), 0, (Some(0), Some(0))),
            ]
        );
        assert_eq!(hours.len(), 25);
    }

    #[test]
    fn what_is_gone_is_nobodys_and_who_has_left_is_shown_for_what_was_done() {
        let at = Timestamp::from_micros(0);
        let of = |agent: Option<i64>| ReportFact {
            agent_id: agent.map(AgentId),
            ..fact(ReportEvent::Begun, at)
        };
        let named = |id, has_left| Named {
            has_left,
            ..Named::of(id, &format!("agent {id}"))
        };
        let names = vec![named(1, false), named(2, true), named(3, true)];
        let counts = [MessageCount {
            key: 4,
            received: 5,
            sent: 6,
        }];
        let facts = [of(Some(3)), of(None)];
        let found = groups(
            ReportGrouping::Agent,
            names,
            &facts,
            Some(&counts),
            &ReportClock::Always,
        );
        let found: Vec<_> = found
            .iter()
            .map(|group| {
                let figures = &group.figures;
                (group.id, figures.new_conversations, figures.messages_sent)
            })
            .collect();
        assert_eq!(
            found,
            [
                (Some(1), 0, Some(0)),
                (Some(3), 1, Some(0)),
                (None, 1, Some(6))
            ]
        );
        let without = groups(
            ReportGrouping::Label,
            Vec::new(),
            &facts,
            None,
            &ReportClock::Always,
        );
        assert_eq!(without[0].figures.messages_sent, None);
    }
}
