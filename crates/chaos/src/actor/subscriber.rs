//! A stock client with the resume plug-in: it keeps the last id of its channel, and names it when it subscribes again.

use super::{Feed, REQUEST_PATIENCE, RETRY_MS, Stage};
use crate::check::{Heard, event_name};
use crate::dice::Dice;
use crate::journal::{CONNECTIONS_LOST, EVENTS_HEARD, OUTAGE, RESUMED, RESYNCED};
use crate::socket::{Next, Socket};
use antiphon_testkit::{Deadline, Stopwatch, event_data};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a subscription may take.
const SUBSCRIBE_PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks whether the run is over.
const TICK: Duration = Duration::from_millis(200);

/// A client of one channel.
#[derive(Debug)]
pub(crate) struct Subscriber {
    /// Its name in reports.
    pub(crate) who: String,
    address: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    heard: Vec<Heard>,
    /// The last id that was seen, and the socket it was seen with.
    position: Option<(String, String)>,
    /// Where it begins anew, once it was told to fetch its state.
    anew: Option<(String, String)>,
}

impl Subscriber {
    /// One that connects here.
    pub(crate) fn new(who: String, address: SocketAddr) -> Self {
        Self {
            who,
            address,
            state: Mutex::default(),
        }
    }

    /// What it has heard so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.state.lock().heard.clone()
    }

    /// The last event that it knows of, by itself or by the state that it fetched.
    pub(crate) fn knows(&self) -> u64 {
        let state = self.state.lock();
        let known = state.heard.iter().map(|one| match one {
            Heard::Event(number) => *number,
            Heard::Anew { begun } => *begun,
        });
        known.max().unwrap_or_default()
    }

    /// Follows the channel until the run is over.
    pub(crate) fn follow(&self, stage: &Stage, feed: &Feed) {
        let mut dice = Dice::of(stage.seed, &self.who);
        let mut lost = Stopwatch::start();
        while !stage.is_over() {
            if self.by_socket(stage, feed, lost) {
                stage.journal.count(CONNECTIONS_LOST);
                lost = Stopwatch::start();
            }
            if !stage.is_over() {
                stage.wait(dice.between_ms(RETRY_MS.0, RETRY_MS.1));
            }
        }
    }

    /// One connection. `false`: it was never subscribed.
    fn by_socket(&self, stage: &Stage, feed: &Feed, lost: Stopwatch) -> bool {
        let Some(mut socket) = Socket::connect(self.address, &stage.key) else {
            return false;
        };
        let position = self.state.lock().position.clone();
        let mut data = json!({ "channel": feed.channel, "auth": "" });
        if let Some((id, socket_id)) = &position {
            data["resume_after"] = id.as_str().into();
            data["resume_socket_id"] = socket_id.as_str().into();
        }
        socket.send(&json!({ "event": "pusher:subscribe", "data": data }));
        let deadline = Deadline::after(SUBSCRIBE_PATIENCE);
        let mut is_subscribed = false;
        while !stage.is_over() {
            if !is_subscribed && deadline.is_over() {
                return false;
            }
            match socket.next(TICK) {
                Next::Message(message)
                    if message["event"] == "pusher_internal:subscription_succeeded" =>
                {
                    is_subscribed = true;
                    stage.journal.took(OUTAGE, lost.elapsed());
                    self.subscribed(stage, feed, &socket, &message, position.is_some());
                }
                Next::Message(message) if message["event"] == "pusher:resync" => {
                    stage.journal.count(RESYNCED);
                    let reason = event_data(&message)["reason"].to_string();
                    self.fetch_anew(stage, feed, &reason);
                }
                Next::Message(message) if message["event"] == "tick" => {
                    self.hear(stage, feed, &socket, &message);
                }
                Next::Message(_) | Next::Nothing => {}
                Next::Gone => return is_subscribed,
            }
        }
        is_subscribed
    }

    fn subscribed(
        &self,
        stage: &Stage,
        feed: &Feed,
        socket: &Socket,
        answer: &Value,
        resumes: bool,
    ) {
        // The data of this answer is JSON in a string, as Pusher has it.
        let id = answer["id"].as_str().map(str::to_owned);
        let recovered = answer["recovered"].as_bool();
        let position = id.map(|id| (id, socket.id().to_owned()));
        let mut state = self.state.lock();
        match (resumes, recovered) {
            // It is still where it was: what was missed is yet to come.
            (true, Some(true)) => stage.journal.count(RESUMED),
            // `pusher:resync` follows, and only then is the state fetched anew.
            (true, _) => state.anew = position,
            (false, _) => {
                state.position = position;
                let begun = feed.begun();
                state.heard.push(Heard::Anew { begun });
            }
        }
    }

    /// Does as the application is told. Its state is what the backend has begun to tell by now, and it also looks at the history.
    fn fetch_anew(&self, stage: &Stage, feed: &Feed, reason: &str) {
        let begun = feed.begun();
        {
            let mut state = self.state.lock();
            state.heard.push(Heard::Anew { begun });
            if let Some(anew) = state.anew.take() {
                state.position = Some(anew);
            }
        }
        let backend = &feed.backend;
        let path = format!("/apps/{}/channels/{}/events", backend.app_id, feed.channel);
        let query = backend.sign("GET", &path, b"");
        let history = backend.request("GET", &format!("{path}?{query}"));
        let answer = history.within(REQUEST_PATIENCE).try_send();
        let status = answer.map_or(0, |answer| answer.status);
        let line = format!(
            "{} was told to fetch anew ({reason}); history {status}",
            self.who
        );
        stage.journal.note(&event_name(&feed.channel, begun), &line);
    }

    fn hear(&self, stage: &Stage, feed: &Feed, socket: &Socket, message: &Value) {
        let Some(number) = event_data(message)["n"].as_u64() else {
            return;
        };
        stage.journal.count(EVENTS_HEARD);
        stage.journal.note(
            &event_name(&feed.channel, number),
            &format!("{} heard it", self.who),
        );
        let mut state = self.state.lock();
        state.heard.push(Heard::Event(number));
        if let Some(id) = message["id"].as_str() {
            state.position = Some((id.to_owned(), socket.id().to_owned()));
        }
    }
}
