//! A client that shows conversations, and an agent's also the inbox: by WebSocket or by long-poll alone, recovering with `after_seq`
//! and `after_revision` as the contract says.

use super::{Person, RETRY_MS, Stage};
use crate::check::Row;
use crate::dice::Dice;
use crate::journal::{AGAIN, CONNECTIONS_LOST, FETCHES, OUTAGE, SHOWN};
use crate::socket::{Next, Socket};
use crate::timeline::{Message, Offer, Timeline};
use antiphon_testkit::{Deadline, Stopwatch, event_data};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

const INBOX: &str = "private-chat.inbox";
/// How long a subscription may take.
const SUBSCRIBE_PATIENCE: Duration = Duration::from_secs(3);
/// How often a client looks whether its own sends have left a gap.
const TICK: Duration = Duration::from_millis(150);
/// How long a long-poll waits at the server. Short, so that many begin and end in the midst of faults; less than a client's patience.
const WAIT_SECONDS: u64 = 2;

/// How a client hears of what is new.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// A WebSocket at this address.
    Socket(SocketAddr),
    /// Only long-polls.
    LongPoll,
}

/// A client's view.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Its name in reports.
    pub(crate) who: String,
    person: Person,
    way: Way,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    timelines: BTreeMap<i64, Timeline>,
    inbox: Option<Inbox>,
    socket_id: Option<String>,
}

#[derive(Debug, Default)]
struct Inbox {
    /// By conversation: the revision, and what is shown.
    rows: BTreeMap<i64, (i64, Row)>,
    /// Where the next fetch goes on from.
    fetched: i64,
}

impl Screen {
    /// A screen with these conversations, and with the inbox if it is an agent's. Nothing is shown yet.
    pub(crate) fn new(who: String, person: Person, way: Way, conversations: &[i64]) -> Self {
        let state = State {
            timelines: conversations
                .iter()
                .map(|id| (*id, Timeline::default()))
                .collect(),
            inbox: matches!(person, Person::Agent(_)).then(Inbox::default),
            socket_id: None,
        };
        Self {
            who,
            person,
            way,
            state: Mutex::new(state),
        }
    }

    /// Who looks at it.
    pub(crate) fn person(&self) -> &Person {
        &self.person
    }

    /// The id of its socket, to be left out of what it causes.
    pub(crate) fn socket_id(&self) -> Option<String> {
        self.state.lock().socket_id.clone()
    }

    /// A conversation as it is shown.
    pub(crate) fn timeline(&self, conversation_id: i64) -> Timeline {
        let state = self.state.lock();
        state
            .timelines
            .get(&conversation_id)
            .cloned()
            .unwrap_or_default()
    }

    /// The conversations that it shows.
    pub(crate) fn conversations(&self) -> Vec<i64> {
        self.state.lock().timelines.keys().copied().collect()
    }

    /// The inbox as it is shown, if it has one.
    pub(crate) fn inbox(&self) -> Option<BTreeMap<i64, Row>> {
        let state = self.state.lock();
        let rows = state.inbox.as_ref()?.rows.iter();
        Some(rows.map(|(id, (_, row))| (*id, *row)).collect())
    }

    /// Shows a message, however it came here.
    pub(crate) fn offer(&self, stage: &Stage, conversation_id: i64, message: Message, from: &str) {
        let about = message.client_id.clone();
        let offer = {
            let mut state = self.state.lock();
            let Some(timeline) = state.timelines.get_mut(&conversation_id) else {
                return;
            };
            timeline.offer(message)
        };
        note(stage, &self.who, &about, offer, from);
    }

    /// Follows until the run is over.
    pub(crate) fn follow(&self, stage: &Stage) {
        let mut dice = Dice::of(stage.seed, &self.who);
        let mut lost = Stopwatch::start();
        while !stage.is_over() {
            let held = match self.way {
                Way::Socket(address) => self.by_socket(stage, address, lost),
                Way::LongPoll => self.by_long_poll(stage, lost),
            };
            if held {
                lost = Stopwatch::start();
                if matches!(self.way, Way::Socket(_)) {
                    stage.journal.count(CONNECTIONS_LOST);
                }
            }
            self.state.lock().socket_id = None;
            if !stage.is_over() {
                stage.wait(dice.between_ms(RETRY_MS.0, RETRY_MS.1));
            }
        }
    }

    /// One connection, from its beginning to its end. `false`: it never showed anything.
    fn by_socket(&self, stage: &Stage, address: SocketAddr, lost: Stopwatch) -> bool {
        let Some(mut socket) = Socket::connect(address, &stage.key) else {
            return false;
        };
        let Some(early) = self.subscribe(&mut socket) else {
            return false;
        };
        // First the subscription, then the fetch: so nothing falls in between.
        if !self.catch_up(stage, true) {
            return false;
        }
        stage.journal.took(OUTAGE, lost.elapsed());
        self.state.lock().socket_id = Some(socket.id().to_owned());
        for message in early {
            self.hear(stage, &message);
        }
        while !stage.is_over() {
            if !self.catch_up(stage, false) {
                stage.wait(TICK);
            }
            match socket.next(TICK) {
                Next::Message(message) => self.hear(stage, &message),
                Next::Nothing => {}
                Next::Gone => return true,
            }
        }
        true
    }

    /// Subscribes to everything, and gives the events that came meanwhile.
    fn subscribe(&self, socket: &mut Socket) -> Option<Vec<Value>> {
        let mut channels: Vec<String> = self
            .conversations()
            .iter()
            .map(|id| format!("private-chat.conversation.{id}"))
            .collect();
        if self.state.lock().inbox.is_some() {
            channels.push(INBOX.to_owned());
        }
        for (channel, auth) in self.person.grants(socket.id(), &channels)? {
            socket.send(&json!({ "event": "pusher:subscribe", "data": { "channel": channel, "auth": auth } }));
        }
        let mut waiting: BTreeSet<String> = channels.into_iter().collect();
        let (deadline, mut early) = (Deadline::after(SUBSCRIBE_PATIENCE), Vec::new());
        while !waiting.is_empty() {
            if deadline.is_over() {
                return None;
            }
            match socket.next(deadline.left()) {
                Next::Message(message)
                    if message["event"] == "pusher_internal:subscription_succeeded" =>
                {
                    waiting.remove(message["channel"].as_str()?);
                }
                Next::Message(message) => early.push(message),
                Next::Nothing => {}
                Next::Gone => return None,
            }
        }
        Some(early)
    }

    /// Fetches what is missing, or everything that could be. `false`: not all of it came.
    fn catch_up(&self, stage: &Stage, everything: bool) -> bool {
        for id in self.conversations() {
            loop {
                let (after, is_behind) = {
                    let state = self.state.lock();
                    let timeline = &state.timelines[&id];
                    (timeline.last_seq(), timeline.is_behind())
                };
                if !everything && !is_behind {
                    break;
                }
                stage.journal.count(FETCHES);
                let page = self.person.page(id, &format!("after_seq={after}"));
                match page.and_then(|page| self.take(stage, id, &page)) {
                    Some(true) => break,
                    Some(false) => {}
                    None => return false,
                }
            }
        }
        !everything || self.fetch_inbox(stage)
    }

    /// Takes a page. `true`: that was all there is.
    fn take(&self, stage: &Stage, id: i64, page: &Value) -> Option<bool> {
        let (is_all, offers) = {
            let mut state = self.state.lock();
            state.timelines.get_mut(&id)?.take_page(page)?
        };
        let messages = page["data"]["messages"].as_array()?;
        let read = messages.iter().filter_map(Message::read);
        for (message, offer) in read.zip(offers) {
            note(stage, &self.who, &message.client_id, offer, "a page");
        }
        Some(is_all)
    }

    fn fetch_inbox(&self, stage: &Stage) -> bool {
        loop {
            let Some(after) = self.state.lock().inbox.as_ref().map(|inbox| inbox.fetched) else {
                return true;
            };
            stage.journal.count(FETCHES);
            let target = format!("/api/v1/conversations?after_revision={after}&limit=100");
            let answer = self.person.get(&target).try_send();
            let Some(answer) = answer.filter(|answer| answer.status == 200) else {
                return false;
            };
            let page = super::json_of(&answer);
            let (Some(rows), Some(revision)) =
                (page["conversations"].as_array(), page["revision"].as_i64())
            else {
                return false;
            };
            let mut state = self.state.lock();
            let inbox = state.inbox.get_or_insert_default();
            rows.iter().for_each(|row| inbox.take(row));
            inbox.fetched = revision;
            if page["has_more"] != true {
                return true;
            }
        }
    }

    /// An event of a channel.
    fn hear(&self, stage: &Stage, message: &Value) {
        let data = || event_data(message);
        match message["event"].as_str().unwrap_or_default() {
            "ChatMessageReceived" => {
                let data = data();
                let Some(id) = data["conversation_id"].as_i64() else {
                    return;
                };
                match Message::read(&data) {
                    Some(message) => self.offer(stage, id, message, "an event"),
                    None => self.with(id, |timeline| {
                        timeline.hear_of(data["seq"].as_i64().unwrap_or_default());
                    }),
                }
            }
            "ConversationClosed" | "ConversationReopened" | "ConversationAssigned" => {
                let data = data();
                let number = |name: &str| data[name].as_i64().unwrap_or_default();
                self.with(number("conversation_id"), |timeline| {
                    let status = data["status"].as_str().unwrap_or_default();
                    timeline.set_status(status, number("revision"));
                    timeline.hear_of(number("last_seq"));
                });
            }
            "ConversationUpdated" => {
                if let Some(inbox) = &mut self.state.lock().inbox {
                    inbox.take(&data());
                }
            }
            _ => {}
        }
    }

    fn with(&self, id: i64, change: impl FnOnce(&mut Timeline)) {
        if let Some(timeline) = self.state.lock().timelines.get_mut(&id) {
            change(timeline);
        }
    }

    /// Long-polls until one fails. `false`: the first did.
    fn by_long_poll(&self, stage: &Stage, lost: Stopwatch) -> bool {
        let mut has_shown = false;
        while !stage.is_over() {
            for id in self.conversations() {
                let timeline = self.timeline(id);
                let query = format!(
                    "after_seq={}&after_revision={}&wait={WAIT_SECONDS}",
                    timeline.last_seq(),
                    timeline.revision()
                );
                let page = self.person.page(id, &query);
                if page.and_then(|page| self.take(stage, id, &page)).is_none() {
                    return has_shown;
                }
                if !has_shown {
                    stage.journal.took(OUTAGE, lost.elapsed());
                }
                has_shown = true;
            }
        }
        true
    }
}

impl Inbox {
    /// Takes a row, unless a newer one is shown.
    fn take(&mut self, row: &Value) {
        let number = |name: &str| row[name].as_i64();
        let (Some(id), Some(revision)) = (number("id"), number("revision")) else {
            return;
        };
        // A row that is too large for an event is only referred to, and fetched like what was missed.
        let Some(last_seq) = number("last_seq") else {
            return;
        };
        let known = self.rows.entry(id).or_insert((0, (0, false)));
        if revision >= known.0 {
            *known = (revision, (last_seq, row["status"] == "closed"));
        }
    }
}

fn note(stage: &Stage, who: &str, about: &str, offer: Offer, from: &str) {
    let what = match offer {
        Offer::Shown => "shows it",
        Offer::Again => "got it again",
        Offer::Gap => "got it before what comes first",
        Offer::Conflict => "shows another message in its place",
    };
    match offer {
        Offer::Shown => stage.journal.count(SHOWN),
        Offer::Again => stage.journal.count(AGAIN),
        Offer::Gap | Offer::Conflict => {}
    }
    stage
        .journal
        .note(about, &format!("{who} {what}, from {from}"));
}
