//! Made-up conversations: what a support team has after a year, drawn from a number, so that the same number makes the same.
//!
//! They go into the database as rows, in one transaction, by the way that copies one database to another: a million messages in minutes.

mod dice;
mod words;

use antiphon_domain::{AgentId, LabelId, TeamId, Timestamp, WidgetId};
use antiphon_store::COUNT_MICROS;
use antiphon_store::copy::{Target, Value};
use dice::Dice;
use std::collections::BTreeMap;
use words::{Language, Speaker};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// How far the conversations go back.
const YEAR: i64 = 365 * DAY;
/// Conversations that are written together.
const CHUNK: u32 = 500;

/// How much to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) conversations: u32,
    /// At least two for each conversation.
    pub(crate) messages: u32,
    pub(crate) seed: u64,
}

/// Who and what is there already.
#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) widget_ids: Vec<WidgetId>,
    pub(crate) agents: Vec<(AgentId, String)>,
    pub(crate) teams: Vec<TeamId>,
    pub(crate) labels: Vec<LabelId>,
}

/// What was made.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    pub(crate) conversations: u32,
    pub(crate) messages: u32,
    pub(crate) visitors: u32,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Filling {
    numbers: Numbers,
    team: Team,
    now: i64,
    dice: Dice,
    /// Who may come back: id, widget, language, name.
    regulars: Vec<(i64, i64, Language, String)>,
    next_visitor: i64,
    next_conversation: i64,
    next_message: i64,
    revision: i64,
    /// How many messages came and went, by quarter of an hour, widget, team and agent.
    counts: BTreeMap<[i64; 4], [i64; 2]>,
}

/// Rows that wait to be written.
#[derive(Default)]
struct Rows {
    visitors: Vec<Vec<Value>>,
    conversations: Vec<Vec<Value>>,
    labels: Vec<Vec<Value>>,
    messages: Vec<Vec<Value>>,
    events: Vec<Vec<Value>>,
}

const VISITORS: &[&str] = &[
    "id",
    "widget_id",
    "name",
    "email",
    "phone",
    "external_id",
    "verified",
    "created_at",
];
const CONVERSATIONS: &[&str] = &[
    "id",
    "widget_id",
    "visitor_id",
    "status",
    "assigned_agent_id",
    "team_id",
    "priority",
    "snoozed_until",
    "waiting_since",
    "last_seq",
    "revision",
    "visitor_read_seq",
    "agent_read_seq",
    "visitor_delivered_seq",
    "agent_delivered_seq",
    "unread_count",
    "answered",
    "created_at",
    "last_message_at",
    "rating_score",
    "rated_at",
];
const LABELS: &[&str] = &["conversation_id", "label_id"];
const MESSAGES: &[&str] = &[
    "id",
    "conversation_id",
    "seq",
    "sender_type",
    "sender_agent_id",
    "sender_name",
    "body",
    "created_at",
    "read_at",
];

const EVENTS: &[&str] = &["at", "kind", "conversation_id", "agent_id", "since"];
const COUNTS: &[&str] = &[
    "quarter",
    "widget_id",
    "team_id",
    "agent_id",
    "received",
    "sent",
];

/// A message on its way into its row.
struct Line {
    by: Option<usize>,
    body: String,
    at: i64,
}

impl Filling {
    pub(crate) fn new(numbers: Numbers, team: Team, now: Timestamp) -> Self {
        Self {
            numbers,
            team,
            now: now.as_micros(),
            dice: Dice::new(numbers.seed),
            regulars: Vec::new(),
            next_visitor: 1,
            next_conversation: 1,
            next_message: 1,
            revision: 0,
            counts: BTreeMap::new(),
        }
    }

    /// Makes everything and commits it. Tells now and then how many conversations there are.
    pub(crate) fn run(
        mut self,
        target: &mut dyn Target,
        progress: &mut dyn FnMut(u32),
    ) -> anyhow::Result<Filled> {
        let next = |target: &mut dyn Target, table| -> anyhow::Result<i64> {
            Ok(target.highest_id(table)?.unwrap_or(0) + 1)
        };
        self.next_visitor = next(target, "visitors")?;
        self.next_conversation = next(target, "conversations")?;
        self.next_message = next(target, "messages")?;
        self.revision = revision(target)?;
        self.counts = counts(target)?;
        let (first_visitor, mut filled) = (self.next_visitor, Filled::default());
        while filled.conversations < self.numbers.conversations {
            let mut rows = Rows::default();
            let left = self.numbers.conversations - filled.conversations;
            for index in 0..left.min(CHUNK) {
                let done = filled.conversations + index;
                let n_messages = self.n_messages(done, filled.messages);
                self.conversation(done, n_messages, &mut rows);
                filled.messages += n_messages;
            }
            write(target, "visitors", VISITORS, &rows.visitors)?;
            write(target, "conversations", CONVERSATIONS, &rows.conversations)?;
            write(target, "conversation_labels", LABELS, &rows.labels)?;
            write(target, "messages", MESSAGES, &rows.messages)?;
            write(target, "report_events", EVENTS, &rows.events)?;
            filled.conversations += left.min(CHUNK);
            progress(filled.conversations);
        }
        for (table, next) in [
            ("visitors", self.next_visitor),
            ("conversations", self.next_conversation),
            ("messages", self.next_message),
        ] {
            target.set_highest_id(table, next - 1)?;
        }
        target.clear("message_counts")?;
        let counts = self.counts.iter().map(|(key, count)| {
            let row = key.iter().chain(count);
            row.copied().map(Value::Integer).collect()
        });
        write(
            target,
            "message_counts",
            COUNTS,
            &counts.collect::<Vec<_>>(),
        )?;
        target.clear("counters")?;
        let counter = vec![
            Value::Text("revision".to_owned()),
            Value::Integer(self.revision),
        ];
        write(target, "counters", &["name", "value"], &[counter])?;
        target.commit()?;
        filled.visitors = u32::try_from(self.next_visitor - first_visitor)?;
        Ok(filled)
    }

    /// Many conversations are short and some are very long; together they have as many messages as were asked for.
    fn n_messages(&mut self, conversations: u32, messages: u32) -> u32 {
        let left = self.numbers.conversations - conversations;
        let to_write = self.numbers.messages - messages;
        if left == 1 {
            return to_write;
        }
        let mean = f64::from(to_write) / f64::from(left);
        let drawn = (self.dice.exponential() * mean).round() as u32;
        drawn.clamp(2, to_write - 2 * (left - 1))
    }

    fn conversation(&mut self, index: u32, n_messages: u32, rows: &mut Rows) {
        let n = i64::from(self.numbers.conversations);
        // Evenly over the year, up to a few minutes ago.
        let begun = self.now - YEAR
            + (YEAR - 3600 * SECOND) / n * i64::from(index)
            + self.dice.below((YEAR / n / 2).max(1));
        let (visitor, widget, language, name) = self.visitor(begun, rows);
        let id = self.next_conversation;
        self.next_conversation += 1;
        self.revision += 1;

        let is_recent = i64::from(index) * 100 > n * 97;
        let is_live = self.dice.chance(if is_recent { 0.6 } else { 0.05 });
        let agent = self.dice.index(self.team.agents.len());
        let lines = self.lines(language, begun, n_messages, agent, is_live);
        let answered = lines.iter().any(|line| line.by.is_some());
        let status = match (is_live, answered) {
            (false, _) => "closed",
            (true, _) if self.dice.chance(0.1) => "snoozed",
            (true, true) => "active",
            (true, false) => "pending",
        };
        let last_answer = lines.iter().rposition(|line| line.by.is_some());
        let waits_from = last_answer.map_or(0, |last| last + 1);
        let waiting = lines.get(waits_from).map(|line| line.at);
        let last_seq = lines.len() as i64;
        let agent_read = match status {
            "closed" => last_seq,
            _ if self.dice.chance(0.5) => last_seq,
            _ => waits_from as i64,
        };
        let visitor_read = match last_answer {
            Some(last) if status == "closed" || self.dice.chance(0.7) => last as i64 + 1,
            _ => 0,
        };
        let unread = lines
            .iter()
            .skip(agent_read as usize)
            .filter(|line| line.by.is_none());
        let ended = lines.last().map_or(begun, |line| line.at);
        let rated = (status == "closed" && answered && self.dice.chance(0.3))
            .then(|| [5, 5, 5, 4, 4, 3, 2, 1][self.dice.index(8)]);
        let assigned = (answered || self.dice.chance(0.2)) && !self.dice.chance(0.08);
        let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
        let (team, priority) = (
            self.dice
                .chance(0.5)
                .then(|| self.dice.index(self.team.teams.len())),
            self.dice.chance(0.15).then(|| 1 + self.dice.below(4)),
        );
        rows.conversations.push(vec![
            Value::Integer(id),
            Value::Integer(widget),
            Value::Integer(visitor),
            Value::Text(status.to_owned()),
            optional(assigned.then(|| self.team.agents[agent].0.0)),
            optional(team.map(|team| self.team.teams[team].0)),
            optional(priority),
            optional((status == "snoozed").then(|| self.now + DAY + self.dice.below(20 * DAY))),
            optional(waiting),
            Value::Integer(last_seq),
            Value::Integer(self.revision),
            Value::Integer(visitor_read),
            Value::Integer(agent_read),
            Value::Integer(visitor_read),
            Value::Integer(agent_read),
            Value::Integer(unread.count() as i64),
            Value::Integer(i64::from(answered)),
            Value::Integer(begun),
            Value::Integer(ended),
            optional(rated),
            optional(rated.map(|_| ended + 60 * SECOND)),
        ]);
        let mut labels: Vec<usize> = (0..self.dice.index(4))
            .map(|_| self.dice.skewed(self.team.labels.len()))
            .collect();
        labels.sort_unstable();
        labels.dedup();
        rows.labels.extend(labels.into_iter().map(|label| {
            vec![
                Value::Integer(id),
                Value::Integer(self.team.labels[label].0),
            ]
        }));
        let holder = assigned.then(|| self.team.agents[agent].0.0);
        let mut event = |at: i64, kind: &str, agent: Option<i64>, since: Option<i64>| {
            rows.events.push(vec![
                Value::Integer(at),
                Value::Text(kind.to_owned()),
                Value::Integer(id),
                optional(agent),
                optional(since),
            ]);
        };
        // The visitor begins, so the team's first message is a response.
        let first = lines.first().map_or(begun, |line| line.at);
        event(first, "begun", None, None);
        let mut answers = lines.iter().filter_map(|line| Some((line.at, line.by?)));
        if let Some((at, by)) = answers.next() {
            let by = self.team.agents[by].0.0;
            event(at, "first_response", Some(by), Some(first));
        }
        if status == "closed" {
            event(ended + 30 * SECOND, "closed", holder, Some(first));
        }
        for (index, line) in lines.into_iter().enumerate() {
            let by = line.by.map(|by| self.team.agents[by].0.0);
            let key = [
                line.at / COUNT_MICROS,
                widget,
                team.map_or(0, |team| self.team.teams[team].0),
                by.or(holder).unwrap_or(0),
            ];
            self.counts.entry(key).or_default()[usize::from(by.is_some())] += 1;
            let seq = index as i64 + 1;
            let read = if line.by.is_some() {
                visitor_read
            } else {
                agent_read
            };
            let (sender, agent_id, sender_name) = match line.by {
                None => ("visitor", None, name.clone()),
                Some(agent) => {
                    let (id, name) = &self.team.agents[agent];
                    ("employee", Some(id.0), name.clone())
                }
            };
            rows.messages.push(vec![
                Value::Integer(self.next_message),
                Value::Integer(id),
                Value::Integer(seq),
                Value::Text(sender.to_owned()),
                optional(agent_id),
                Value::Text(sender_name),
                Value::Text(line.body),
                Value::Integer(line.at),
                optional((seq <= read).then_some(line.at + 20 * SECOND)),
            ]);
            self.next_message += 1;
        }
    }

    /// Somebody new, or who comes back: id, widget, language and name.
    fn visitor(&mut self, at: i64, rows: &mut Rows) -> (i64, i64, Language, String) {
        if !self.regulars.is_empty() && self.dice.chance(0.25) {
            let index = self.dice.index(self.regulars.len());
            return self.regulars[index].clone();
        }
        let id = self.next_visitor;
        self.next_visitor += 1;
        let widget = self.team.widget_ids[self.dice.index(self.team.widget_ids.len())].0;
        let language = Language::drawn(&mut self.dice);
        let name = language.name(&mut self.dice);
        let text = |is: bool, text: String| if is { Value::Text(text) } else { Value::Null };
        let has_id = self.dice.chance(0.4);
        let (has_email, has_phone) = (self.dice.chance(0.7), self.dice.chance(0.25));
        let phone = format!(
            "+{} {} {}",
            30 + self.dice.below(60),
            100 + self.dice.below(900),
            100_000 + self.dice.below(900_000)
        );
        rows.visitors.push(vec![
            Value::Integer(id),
            Value::Integer(widget),
            Value::Text(name.clone()),
            text(
                has_email,
                format!(
                    "visitor{id}@{}.example",
                    words::DOMAINS[self.dice.index(words::DOMAINS.len())]
                ),
            ),
            text(has_phone, phone),
            text(has_id, format!("customer-{id}")),
            Value::Integer(i64::from(has_id)),
            Value::Integer(at),
        ]);
        let visitor = (id, widget, language, name);
        if self.regulars.len() < 5_000 {
            self.regulars.push(visitor.clone());
        }
        visitor
    }

    /// What is said: the visitor begins, and of what goes on a part waits for an answer.
    fn lines(
        &mut self,
        language: Language,
        begun: i64,
        n: u32,
        agent: usize,
        is_live: bool,
    ) -> Vec<Line> {
        let waits = if is_live && self.dice.chance(0.5) {
            1 + self.dice.below(3)
        } else {
            0
        };
        let answers_until = i64::from(n) - waits;
        let mut lines = Vec::with_capacity(n as usize);
        let mut at = begun;
        let mut by_visitor = true;
        for index in 0..i64::from(n) {
            let speaker = if by_visitor || index >= answers_until {
                Speaker::Visitor
            } else {
                Speaker::Agent
            };
            // Seconds within a conversation, and now and then a night.
            let room = ((self.now - at) / (i64::from(n) - index + 1)).max(2);
            let pause = if self.dice.chance(0.03) {
                DAY / 2
            } else {
                90 * SECOND
            };
            at += 1 + self.dice.below(pause.min(room));
            lines.push(Line {
                by: (speaker == Speaker::Agent).then_some(agent),
                body: language.says(speaker, &mut self.dice),
                at,
            });
            if self.dice.chance(0.65) {
                by_visitor = !by_visitor;
            }
        }
        // A closed conversation had an answer.
        if !is_live
            && lines.iter().all(|line| line.by.is_none())
            && let Some(last) = lines.last_mut()
        {
            last.by = Some(agent);
            last.body = language.says(Speaker::Agent, &mut self.dice);
        }
        lines
    }
}

fn write(
    target: &mut dyn Target,
    table: &str,
    columns: &[&str],
    rows: &[Vec<Value>],
) -> anyhow::Result<()> {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    for some in rows.chunks(CHUNK as usize) {
        target.write(table, &columns, some)?;
    }
    Ok(())
}

/// The counts of messages that there are already.
fn counts(target: &mut dyn Target) -> anyhow::Result<BTreeMap<[i64; 4], [i64; 2]>> {
    let columns: Vec<String> = COUNTS.iter().map(|column| (*column).to_owned()).collect();
    let mut counts = BTreeMap::new();
    target.read("message_counts", &columns, &mut |row| {
        let numbers: Vec<i64> = row
            .iter()
            .filter_map(|value| match value {
                Value::Integer(number) => Some(*number),
                _ => None,
            })
            .collect();
        if let [quarter, widget, team, agent, received, sent] = *numbers {
            counts.insert([quarter, widget, team, agent], [received, sent]);
        }
        Ok(())
    })?;
    Ok(counts)
}

fn revision(target: &mut dyn Target) -> anyhow::Result<i64> {
    let mut revision = 0;
    target.read("counters", &["value".to_owned()], &mut |row| {
        if let [Value::Integer(value)] = row {
            revision = *value;
        }
        Ok(())
    })?;
    Ok(revision)
}
