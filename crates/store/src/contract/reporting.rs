//! Facts about reports, most of them about one long weekend whose figures were worked out by hand.
//!
//! Friday, 27 to Monday, 30 March 2026 in Berlin. On Sunday at 2:00 the clock is put forward to 3:00, so that the four days have 95 hours.
//! Ana and Ben answer on two sites; the first has business hours from Monday to Friday, 9:00 to 17:00. Times are those of Berlin.
//!
//! | | site | the visitor | the team | first response | ended | rated |
//! |---|---|---|---|---|---|---|
//! | 1 | 1 | Fr 10:00 | Ana 10:02 | 120 s | 10:30, 1800 s | 5 |
//! | 2 | 1 | Fr 16:50, 16:55 | Ben Mo 9:10 | 64:20 on the clock, but 63:20 = 228,000 s; 10 + 10 minutes of business = 1200 s | | |
//! | 3 | 1 | Fr 11:00 | nobody | | 12:00, 3600 s | |
//! | 4 | 2 | Sa 23:30 | Ana Su 3:15 | 3:45 on the clock, but 2:45 = 9900 s | Su 4:30, 4 h = 14,400 s | 4 |
//! | 5 | 2 | Su 1:59 | nobody | | | |
//! | 6 | 2 | Su 3:00 | Ben 3:01, 20:01 | 60 s | 3:31, 1860 s; reopened 20:00; 20:10, 600 s | 2, then 3 |
//! | 7 | 1 | Mo 8:05 | Ana 8:00, 8:09 | 240 s; none of it business | | |
//! | 8 | 1 | Mo 23:59:59 | Ben Tu 0:00:30 | on Tuesday | | |
//! | 9 | 1 | Th 23:59 | Ana Fr 0:01 | 120 s; none of it business | Fr 0:30, 1860 s; none of it business | 1, on Tuesday |
//! | 10 | 2 | opened, nothing said | | | closed | |
//! | 11 | 2 | Mo 10:00 | Ben's note 10:01, Ben 10:04 | 240 s | | |
//! | 12 | 1 | Mo 12:00 | Ana 12:10 | 600 s | | |

use super::world::{make_agent, make_label, make_team, make_widget, message, open, posted, token};
use crate::{
    CountsBy, DeleteMessage, EditOutcome, LabelChange, NewNote, NoteOutcome, Rate, RateOutcome,
    RatingPage, ReportFilter, Store, Triage, TriageOutcome, VisitorClaim, nothing,
};
use antiphon_domain::{
    Agent, AgentId, ConversationId, CsatFigures, Figures, LabelId, NoteBody, ReportClock,
    ReportDay, ReportEvent, ReportGrouping, ReportInterval, ReportPeriod, ReportSpan, Score,
    Sender, Status, Tally, TeamId, Timestamp, WaitFigures, Widget, WidgetId, WidgetSettings, Zone,
};
use std::collections::HashMap;
use std::sync::Arc;

/// Berlin is an hour ahead of UTC until Sunday, 1:00 UTC, and two from then on.
const FRIDAY: i64 = 1_774_566_000;
const DAY: i64 = 86_400;

/// A moment by the clock in Berlin: days after Friday, hours, minutes, seconds.
fn berlin(day: i64, hours: i64, minutes: i64, seconds: i64) -> Timestamp {
    let summer = (day, hours) >= (2, 2);
    let clock = FRIDAY + day * DAY + hours * 3_600 + minutes * 60 + seconds;
    Timestamp::from_micros((clock - if summer { 3_600 } else { 0 }) * 1_000_000)
}

fn period(from: &str, to: &str) -> ReportPeriod {
    let day = |text| ReportDay::parse(text).unwrap();
    let zone = Zone::parse("Europe/Berlin").unwrap();
    ReportPeriod::new(day(from), day(to), zone).unwrap()
}

fn weekend() -> ReportFilter {
    ReportFilter::all(period("2026-03-27", "2026-03-30").span())
}

struct Desk {
    store: Arc<dyn Store>,
    widgets: [Widget; 2],
    ana: Agent,
    ben: Agent,
    n_visitors: u32,
}

impl Desk {
    async fn new(store: Arc<dyn Store>) -> Self {
        Self {
            widgets: [make_widget(&store, 1).await, make_widget(&store, 2).await],
            ana: make_agent(&store, "ana").await,
            ben: make_agent(&store, "ben").await,
            store,
            n_visitors: 0,
        }
    }

    async fn opened(&mut self, site: usize, at: Timestamp) -> ConversationId {
        self.n_visitors += 1;
        let claim = VisitorClaim::New {
            token: token(self.n_visitors),
        };
        let mut open = open(self.widgets[site - 1].id, claim);
        open.at = at;
        let opened = self.store.open_conversation(open, nothing()).await;
        opened.unwrap().conversation.id
    }

    async fn write(&self, id: ConversationId, sender: Sender, at: Timestamp) {
        let mut new = message(id, sender, "hello");
        new.at = at;
        posted(self.store.post_message(new, nothing()).await.unwrap());
    }

    async fn asked(&mut self, site: usize, at: Timestamp) -> ConversationId {
        let id = self.opened(site, at).await;
        self.write(id, Sender::Visitor, at).await;
        id
    }

    async fn answer(&self, id: ConversationId, agent: &Agent, at: Timestamp) {
        self.write(id, Sender::Agent(agent.id), at).await;
    }

    async fn triage(&self, triage: Triage) {
        let outcome = self.store.triage(triage, nothing()).await.unwrap();
        assert!(matches!(outcome, TriageOutcome::Changed(_)), "{outcome:?}");
    }

    async fn assign(&self, id: ConversationId, agent: &Agent, at: Timestamp) {
        self.triage(Triage {
            agent_id: Some(Some(agent.id)),
            ..Triage::of(id, at)
        })
        .await;
    }

    async fn set(&self, id: ConversationId, status: Status, at: Timestamp) {
        self.triage(Triage {
            status: Some(status),
            ..Triage::of(id, at)
        })
        .await;
    }

    async fn rate(&self, id: ConversationId, score: i64, at: Timestamp) {
        let rate = Rate {
            conversation_id: id,
            score: Score::parse(score).unwrap(),
            comment: Some(format!("it was a {score}")),
            at,
        };
        let outcome = self.store.rate(rate, nothing()).await.unwrap();
        assert!(matches!(outcome, RateOutcome::Rated(_)), "{outcome:?}");
    }

    /// What the table above says; answers the conversations in its order.
    async fn work(&mut self) -> Vec<ConversationId> {
        let (ana, ben) = (self.ana.clone(), self.ben.clone());
        let mut ids = Vec::new();

        let id = self.asked(1, berlin(0, 10, 0, 0)).await;
        self.assign(id, &ana, berlin(0, 10, 1, 0)).await;
        self.answer(id, &ana, berlin(0, 10, 2, 0)).await;
        self.set(id, Status::Closed, berlin(0, 10, 30, 0)).await;
        self.rate(id, 5, berlin(0, 10, 31, 0)).await;
        ids.push(id);

        let id = self.asked(1, berlin(0, 16, 50, 0)).await;
        self.assign(id, &ben, berlin(0, 16, 52, 0)).await;
        self.write(id, Sender::Visitor, berlin(0, 16, 55, 0)).await;
        self.answer(id, &ben, berlin(3, 9, 10, 0)).await;
        ids.push(id);

        let id = self.asked(1, berlin(0, 11, 0, 0)).await;
        self.set(id, Status::Closed, berlin(0, 12, 0, 0)).await;
        ids.push(id);

        let id = self.asked(2, berlin(1, 23, 30, 0)).await;
        self.assign(id, &ana, berlin(2, 3, 14, 0)).await;
        self.answer(id, &ana, berlin(2, 3, 15, 0)).await;
        self.set(id, Status::Closed, berlin(2, 4, 30, 0)).await;
        self.rate(id, 4, berlin(2, 12, 0, 0)).await;
        ids.push(id);

        ids.push(self.asked(2, berlin(2, 1, 59, 0)).await);

        let id = self.asked(2, berlin(2, 3, 0, 0)).await;
        self.assign(id, &ben, berlin(2, 3, 0, 30)).await;
        self.answer(id, &ben, berlin(2, 3, 1, 0)).await;
        self.set(id, Status::Closed, berlin(2, 3, 31, 0)).await;
        self.set(id, Status::Active, berlin(2, 20, 0, 0)).await;
        self.answer(id, &ben, berlin(2, 20, 1, 0)).await;
        self.set(id, Status::Closed, berlin(2, 20, 10, 0)).await;
        self.rate(id, 2, berlin(2, 20, 30, 0)).await;
        self.rate(id, 3, berlin(2, 21, 0, 0)).await;
        ids.push(id);

        let id = self.opened(1, berlin(3, 7, 59, 0)).await;
        self.answer(id, &ana, berlin(3, 8, 0, 0)).await;
        self.write(id, Sender::Visitor, berlin(3, 8, 5, 0)).await;
        self.answer(id, &ana, berlin(3, 8, 9, 0)).await;
        ids.push(id);

        let id = self.asked(1, berlin(3, 23, 59, 59)).await;
        self.answer(id, &ben, berlin(4, 0, 0, 30)).await;
        ids.push(id);

        let id = self.asked(1, berlin(-1, 23, 59, 0)).await;
        self.assign(id, &ana, berlin(0, 0, 0, 30)).await;
        self.answer(id, &ana, berlin(0, 0, 1, 0)).await;
        self.set(id, Status::Closed, berlin(0, 0, 30, 0)).await;
        self.rate(id, 1, berlin(4, 9, 0, 0)).await;
        ids.push(id);

        let id = self.opened(2, berlin(0, 9, 0, 0)).await;
        self.set(id, Status::Closed, berlin(0, 9, 1, 0)).await;
        ids.push(id);

        let id = self.asked(2, berlin(3, 10, 0, 0)).await;
        self.note(id, berlin(3, 10, 1, 0)).await;
        self.answer(id, &ben, berlin(3, 10, 4, 0)).await;
        ids.push(id);

        let id = self.asked(1, berlin(3, 12, 0, 0)).await;
        self.answer(id, &ana, berlin(3, 12, 10, 0)).await;
        ids.push(id);
        ids
    }

    async fn note(&self, id: ConversationId, at: Timestamp) {
        let note = NewNote {
            conversation_id: id,
            author: self.ben.id,
            body: NoteBody::parse("a difficult one").unwrap(),
            at,
        };
        let outcome = self.store.add_note(note, nothing()).await.unwrap();
        assert!(matches!(outcome, NoteOutcome::Changed(_)), "{outcome:?}");
    }

    async fn figures(&self, filter: ReportFilter, clock: &ReportClock) -> Figures {
        let mut tally = Tally::default();
        for fact in self.store.report_facts(filter, false).await.unwrap() {
            tally.add(&fact, clock);
        }
        let counts = self.store.message_counts(filter, CountsBy::All).await;
        tally.add_messages(0, 0);
        for count in counts.unwrap() {
            tally.add_messages(count.received, count.sent);
        }
        tally.finish()
    }
}

fn wait(count: i64, mean: i64, median: i64, p90: i64) -> WaitFigures {
    WaitFigures {
        count,
        mean_s: Some(mean),
        median_s: Some(median),
        p90_s: Some(p90),
    }
}

/// Over a change of the clock, around the clock and in business hours.
pub async fn a_weeks_figures_are_those_worked_out_by_hand(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    desk.work().await;
    let expected = Figures {
        // All but 9, which began on Thursday, and 10, in which nothing was said.
        new_conversations: 10,
        // 1 + 2 + 1 + 1 + 1 + 1 + 1 + 1 of the first eight, and one each of 11 and 12.
        messages_received: Some(11),
        // 1, 2 and 4 one each, 6 and 7 two each, 9, 11 and 12 one each; that of 8 is Tuesday's.
        messages_sent: Some(10),
        // 1, 3, 4, 6 twice, 9.
        closed: 6,
        reopened: 1,
        // 60, 120, 120, 240, 240, 600, 9900, 228,000: together 239,280, an eighth of that is 29,910. In the middle stand 240 and 240. Nine of
        // ten of eight are 7.2: the eighth.
        first_response: wait(8, 29_910, 240, 228_000),
        // 600, 1800, 1860, 1860, 3600, 14,400: together 24,120. In the middle stand 1860 and 1860. Nine of ten of six are 5.4: the sixth.
        resolution: wait(6, 4_020, 1_860, 14_400),
        csat: CsatFigures {
            // 6 has its last rating alone; that of 9 came on Tuesday.
            scores: [0, 0, 1, 1, 1],
            // 1, 3, 4, 6 and 9, of which all but 3 are rated by now.
            closed_conversations: 5,
            rated_conversations: 4,
        },
    };
    let always = desk.figures(weekend(), &ReportClock::Always).await;
    assert_eq!(always, expected);
    assert_eq!(always.csat.score(), Some(4.0));
    assert_eq!(always.csat.answer_rate(), Some(0.8));

    let hours = WidgetSettings::parse(serde_json::json!({
        "hours": { "timezone": "Europe/Berlin", "weekly": [{ "days": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:00" }] }
    }));
    let hours = hours.unwrap().hours.unwrap();
    let business = ReportClock::Business(HashMap::from([(desk.widgets[0].id, hours)]));
    let in_hours = Figures {
        // 0, 0, 60, 120, 240, 600, 1200, 9900: together 12,120. In the middle stand 120 and 240.
        first_response: wait(8, 1_515, 180, 9_900),
        // 0, 600, 1800, 1860, 3600, 14,400: together 22,260. In the middle stand 1800 and 1860.
        resolution: wait(6, 3_710, 1_830, 14_400),
        ..expected
    };
    assert_eq!(desk.figures(weekend(), &business).await, in_hours);

    // Day by day: each fact is in one day, and the days are as long as they are. New, received, sent, closed, ratings.
    let days = period("2026-03-27", "2026-03-30").buckets(ReportInterval::Day);
    let ends = days.iter().skip(1).map(|day| day.starts_at);
    let mut found = Vec::new();
    for (day, until) in days.iter().zip(ends.chain([berlin(4, 0, 0, 0)])) {
        let span = ReportSpan {
            from: day.starts_at,
            until,
        };
        let day = desk
            .figures(ReportFilter::all(span), &ReportClock::Always)
            .await;
        found.push((
            day.new_conversations,
            day.messages_received.unwrap(),
            day.messages_sent.unwrap(),
            day.closed,
            day.csat.ratings(),
        ));
    }
    assert_eq!(
        found,
        [
            // 1, 2 and 3 began; 1 and 9 were answered; 1, 3 and 9 ended.
            (3, 4, 2, 3, 1),
            // 4 began half an hour before midnight.
            (1, 1, 0, 0, 0),
            // 5 and 6 began; 4 was answered, and 6 twice; 4 ended, and 6 twice.
            (2, 2, 3, 3, 2),
            // 7, 8, 11 and 12 began; 2, 11 and 12 were answered, and 7 twice.
            (4, 4, 5, 0, 0),
        ]
    );
}

/// Of one agent, one site, one team.
pub async fn figures_are_of_what_is_asked_for(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let ids = desk.work().await;
    let of_ana = ReportFilter {
        agent_id: Some(desk.ana.id),
        ..weekend()
    };
    let figures = desk.figures(of_ana, &ReportClock::Always).await;
    let expected = Figures {
        // 1 and 4 are hers; what she answered in 7 and 12 is nobody's.
        new_conversations: 2,
        messages_received: Some(0),
        // 1, 4, 7 twice, 9, 12.
        messages_sent: Some(6),
        // 1, 4, 9.
        closed: 3,
        reopened: 0,
        // 120, 120, 240, 600, 9900: together 10,980. Nine of ten of five are 4.5: the fifth.
        first_response: wait(5, 2_196, 240, 9_900),
        // 1800, 1860, 14,400: together 18,060.
        resolution: wait(3, 6_020, 1_860, 14_400),
        csat: CsatFigures {
            scores: [0, 0, 0, 1, 1],
            closed_conversations: 3,
            rated_conversations: 3,
        },
    };
    assert_eq!(figures, expected);
    // The second message of 2 came when it was Ben's.
    let of_ben = ReportFilter {
        agent_id: Some(desk.ben.id),
        ..weekend()
    };
    let figures = desk.figures(of_ben, &ReportClock::Always).await;
    assert_eq!(
        (
            figures.messages_received,
            figures.messages_sent,
            figures.reopened
        ),
        (Some(1), Some(4), 1)
    );

    let of_second = ReportFilter {
        widget_id: Some(desk.widgets[1].id),
        ..weekend()
    };
    let figures = desk.figures(of_second, &ReportClock::Always).await;
    let expected = Figures {
        // 4, 5, 6, 11.
        new_conversations: 4,
        messages_received: Some(4),
        messages_sent: Some(4),
        closed: 3,
        reopened: 1,
        // 60, 240, 9900: together 10,200.
        first_response: wait(3, 3_400, 240, 9_900),
        // 600, 1860, 14,400: together 16,860.
        resolution: wait(3, 5_620, 1_860, 14_400),
        csat: CsatFigures {
            scores: [0, 0, 1, 1, 0],
            closed_conversations: 2,
            rated_conversations: 2,
        },
    };
    assert_eq!(figures, expected);

    // A conversation is its present team's, whatever it was then; a message is that of the team of its time.
    let team = make_team(&desk.store, "Support", Vec::new()).await;
    desk.triage(Triage {
        team_id: Some(Some(team.id)),
        ..Triage::of(ids[1], berlin(3, 13, 0, 0))
    })
    .await;
    desk.answer(ids[1], &desk.ben, berlin(3, 13, 1, 0)).await;
    let of_team = ReportFilter {
        team_id: Some(team.id),
        ..weekend()
    };
    let figures = desk.figures(of_team, &ReportClock::Always).await;
    assert_eq!(
        (
            figures.new_conversations,
            figures.messages_received,
            figures.messages_sent
        ),
        (1, Some(0), Some(1))
    );
    assert_eq!(figures.first_response, wait(1, 228_000, 228_000, 228_000));
    let nobody = ReportFilter {
        team_id: Some(TeamId(987_654)),
        ..weekend()
    };
    let none = Tally::default().finish();
    let figures = desk.figures(nobody, &ReportClock::Always).await;
    assert_eq!(figures.first_response, none.first_response);
    assert_eq!((figures.new_conversations, figures.closed), (0, 0));
}

/// A conversation with two labels counts for both, and one with none for nothing.
pub async fn facts_come_with_each_label(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let ids = desk.work().await;
    let (bug, refund) = (
        make_label(&desk.store, "bug").await.id,
        make_label(&desk.store, "refund").await.id,
    );
    for (id, labels) in [(ids[0], vec![bug, refund]), (ids[3], vec![refund])] {
        desk.triage(Triage {
            labels: Some(LabelChange::Set(labels)),
            ..Triage::of(id, berlin(3, 20, 0, 0))
        })
        .await;
    }
    let facts = desk.store.report_facts(weekend(), true).await.unwrap();
    let of = |label: Option<LabelId>| {
        let mut tally = Tally::default();
        for fact in facts.iter().filter(|fact| fact.label_id == label) {
            tally.add(fact, &ReportClock::Always);
        }
        let figures = tally.finish();
        let seconds = figures.first_response.mean_s;
        (figures.new_conversations, seconds, figures.csat.scores)
    };
    // 1 alone; 1 and 4, of which (120 + 9900) / 2 is 5010; the other eight, of which 239,280 - 10,020 is 229,260, and a sixth of that 38,210.
    assert_eq!(of(Some(bug)), (1, Some(120), [0, 0, 0, 0, 1]));
    assert_eq!(of(Some(refund)), (2, Some(5_010), [0, 0, 0, 1, 1]));
    assert_eq!(of(None), (8, Some(38_210), [0, 0, 1, 0, 0]));
    let groups = facts.iter().map(|fact| ReportGrouping::Label.of(fact));
    assert!(groups.flatten().all(|id| id == bug.0 || id == refund.0));
}

/// By the quarter of an hour, the agent, the team and the site; a team that is gone keeps what came and went.
pub async fn messages_are_counted_where_they_came_and_went(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let team = make_team(&desk.store, "Support", Vec::new()).await;
    let id = desk.asked(1, berlin(0, 9, 14, 59)).await;
    desk.triage(Triage {
        agent_id: Some(Some(desk.ana.id)),
        team_id: Some(Some(team.id)),
        ..Triage::of(id, berlin(0, 9, 15, 0))
    })
    .await;
    desk.write(id, Sender::Visitor, berlin(0, 9, 15, 0)).await;
    desk.write(id, Sender::Visitor, berlin(0, 9, 29, 59)).await;
    desk.answer(id, &desk.ben, berlin(0, 9, 20, 0)).await;
    desk.store.delete_team(team.id, nothing()).await.unwrap();

    let counts = async |filter: ReportFilter, by| {
        let counts = desk.store.message_counts(filter, by).await.unwrap();
        let mut counts: Vec<_> = counts
            .iter()
            .map(|count| (count.key, count.received, count.sent))
            .collect();
        counts.sort_unstable();
        counts
    };
    let nine = (FRIDAY + 9 * 3_600) / 900;
    let all = weekend();
    assert_eq!(
        counts(all, CountsBy::Quarter).await,
        [(nine, 1, 0), (nine + 1, 2, 1)]
    );
    assert_eq!(counts(all, CountsBy::All).await, [(0, 3, 1)]);
    assert_eq!(
        counts(all, CountsBy::Agent).await,
        [(0, 1, 0), (desk.ana.id.0, 2, 0), (desk.ben.id.0, 0, 1)]
    );
    assert_eq!(
        counts(all, CountsBy::Team).await,
        [(0, 1, 0), (team.id.0, 2, 1)]
    );
    assert_eq!(
        counts(all, CountsBy::Widget).await,
        [(desk.widgets[0].id.0, 3, 1)]
    );
    let of = |widget: WidgetId, agent: AgentId| ReportFilter {
        widget_id: Some(widget),
        agent_id: Some(agent),
        ..all
    };
    let (first, second) = (desk.widgets[0].id, desk.widgets[1].id);
    assert_eq!(
        counts(of(first, desk.ana.id), CountsBy::All).await,
        [(0, 2, 0)]
    );
    assert!(
        counts(of(second, desk.ana.id), CountsBy::All)
            .await
            .is_empty()
    );
    // A span ends before its last moment.
    let span = ReportSpan {
        from: berlin(0, 9, 0, 0),
        until: berlin(0, 9, 15, 0),
    };
    let quarter = counts(ReportFilter::all(span), CountsBy::All).await;
    assert_eq!(quarter, [(0, 1, 0)]);
}

/// What was sent was sent, and a note is no message.
pub async fn what_is_deleted_or_noted_changes_no_figure(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let id = desk.asked(1, berlin(3, 10, 0, 0)).await;
    let mut answer = message(id, Sender::Agent(desk.ben.id), "a slip");
    answer.at = berlin(3, 10, 4, 0);
    let answer = desk.store.post_message(answer, nothing()).await.unwrap();
    let answer = posted(answer).message;
    let before = desk.figures(weekend(), &ReportClock::Always).await;
    assert_eq!(before.messages_sent, Some(1));
    assert_eq!(before.first_response, wait(1, 240, 240, 240));

    let delete = DeleteMessage {
        id: answer.id,
        agent_id: desk.ben.id,
        sent_since: berlin(3, 0, 0, 0),
        at: berlin(3, 10, 5, 0),
    };
    let deleted = desk.store.delete_message(delete, nothing()).await.unwrap();
    assert!(matches!(deleted, EditOutcome::Changed(_)), "{deleted:?}");
    desk.note(id, berlin(3, 10, 6, 0)).await;
    // Nor is an answer the first one for having taken the place of another.
    desk.answer(id, &desk.ana, berlin(3, 10, 7, 0)).await;
    let after = desk.figures(weekend(), &ReportClock::Always).await;
    let expected = Figures {
        messages_sent: Some(2),
        ..before
    };
    assert_eq!(after, expected);
}

/// A response is one to something. Only one of a conversation is the first, though it is closed and opened again.
pub async fn the_team_that_writes_first_has_not_answered(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let (ana, ben) = (desk.ana.clone(), desk.ben.clone());
    let id = desk.opened(1, berlin(3, 8, 0, 0)).await;
    let responses = async |desk: &Desk| {
        let facts = desk.store.report_facts(weekend(), false).await.unwrap();
        let mut found = Vec::new();
        for fact in facts {
            if let ReportEvent::FirstResponse { since } = fact.event {
                found.push((since, fact.at, fact.agent_id));
            }
        }
        found
    };
    desk.answer(id, &ana, berlin(3, 8, 0, 0)).await;
    assert!(responses(&desk).await.is_empty());
    let (first, second) = (berlin(3, 8, 5, 0), berlin(3, 8, 6, 0));
    desk.write(id, Sender::Visitor, first).await;
    desk.write(id, Sender::Visitor, second).await;
    desk.answer(id, &ben, berlin(3, 8, 9, 0)).await;
    let expected = [(first, berlin(3, 8, 9, 0), Some(ben.id))];
    assert_eq!(responses(&desk).await, expected);

    desk.set(id, Status::Closed, berlin(3, 9, 0, 0)).await;
    desk.set(id, Status::Pending, berlin(3, 9, 5, 0)).await;
    desk.write(id, Sender::Visitor, berlin(3, 9, 6, 0)).await;
    desk.answer(id, &ana, berlin(3, 9, 7, 0)).await;
    assert_eq!(responses(&desk).await, expected);
}

/// With what stands beside them, newest first; one that was replaced is there once.
pub async fn ratings_come_newest_first_in_pages(store: Arc<dyn Store>) {
    let mut desk = Desk::new(store).await;
    let ids = desk.work().await;
    let page = |filter, after, limit| RatingPage {
        filter,
        after,
        limit,
    };
    let found = async |page| desk.store.rated_conversations(page).await.unwrap();
    let all = found(page(weekend(), None, 200)).await;
    let shown: Vec<_> = all
        .iter()
        .map(|rated| (rated.conversation_id, rated.rating.score.get()))
        .collect();
    assert_eq!(shown, [(ids[5], 3), (ids[3], 4), (ids[0], 5)]);
    assert_eq!(all[0].rating.comment.as_deref(), Some("it was a 3"));
    assert_eq!(all[0].rating.at, berlin(2, 21, 0, 0));
    assert_eq!(all[0].widget_name, desk.widgets[1].name.as_str());
    let agent = all[0].agent.as_ref().map(|agent| agent.id);
    assert_eq!(agent, Some(desk.ben.id));

    let first = found(page(weekend(), None, 2)).await;
    assert_eq!(first, all[..2]);
    let last = &first[1];
    let after = Some((last.rating.at.as_micros(), last.conversation_id));
    assert_eq!(found(page(weekend(), after, 2)).await, all[2..]);
    let of_ana = ReportFilter {
        agent_id: Some(desk.ana.id),
        ..weekend()
    };
    assert_eq!(found(page(of_ana, None, 200)).await, all[1..]);
}
