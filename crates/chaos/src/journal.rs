//! What happened: counts for the table, and the history of each message and event, which is printed when it was lost or doubled.

use crate::check::Acknowledged;
use antiphon_testkit::Stopwatch;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// Lines that are kept of one message; what a repeated failure adds beyond them says nothing new.
const MAX_NOTES: usize = 60;

/// Shared by all actors of a run.
#[derive(Debug)]
pub(crate) struct Journal {
    watch: Stopwatch,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    longest: Mutex<BTreeMap<&'static str, Duration>>,
    notes: Mutex<HashMap<String, Vec<String>>>,
    conversations: Mutex<BTreeMap<i64, Sends>>,
    files: Mutex<BTreeMap<String, String>>,
}

/// What was sent to a conversation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sends {
    /// Everything, by its `client_id`.
    pub(crate) sent: BTreeSet<String>,
    /// What was answered with success.
    pub(crate) acknowledged: Vec<Acknowledged>,
}

impl Journal {
    /// An empty one; times count from here.
    pub(crate) fn new() -> Self {
        Self {
            watch: Stopwatch::start(),
            counts: Mutex::default(),
            longest: Mutex::default(),
            notes: Mutex::default(),
            conversations: Mutex::default(),
            files: Mutex::default(),
        }
    }

    /// Counts one.
    pub(crate) fn count(&self, what: &'static str) {
        self.add(what, 1);
    }

    /// Counts several.
    pub(crate) fn add(&self, what: &'static str, n: u64) {
        *self.counts.lock().entry(what).or_default() += n;
    }

    /// A count.
    pub(crate) fn counted(&self, what: &'static str) -> u64 {
        self.counts.lock().get(what).copied().unwrap_or_default()
    }

    /// Keeps the longest of its kind.
    pub(crate) fn took(&self, what: &'static str, time: Duration) {
        let mut longest = self.longest.lock();
        let known = longest.entry(what).or_default();
        *known = time.max(*known);
    }

    /// The longest of its kind.
    pub(crate) fn longest(&self, what: &'static str) -> Duration {
        self.longest.lock().get(what).copied().unwrap_or_default()
    }

    /// Adds a line to the history of a message or an event.
    pub(crate) fn note(&self, about: &str, line: &str) {
        let at = self.watch.elapsed();
        let mut notes = self.notes.lock();
        let lines = match notes.get_mut(about) {
            Some(lines) => lines,
            None => notes.entry(about.to_owned()).or_default(),
        };
        if lines.len() < MAX_NOTES {
            lines.push(format!("{:9.3} s  {line}", at.as_secs_f64()));
        }
    }

    /// The history of a message or an event.
    pub(crate) fn history(&self, about: &str) -> Vec<String> {
        self.notes.lock().get(about).cloned().unwrap_or_default()
    }

    /// A message is about to be sent for the first time.
    pub(crate) fn sends(&self, conversation_id: i64, client_id: &str) {
        self.count(MESSAGES_SENT);
        let mut conversations = self.conversations.lock();
        let sends = conversations.entry(conversation_id).or_default();
        sends.sent.insert(client_id.to_owned());
    }

    /// A message was acknowledged.
    pub(crate) fn acknowledges(&self, conversation_id: i64, client_id: &str, seq: i64) {
        self.count(MESSAGES_ACKNOWLEDGED);
        let mut conversations = self.conversations.lock();
        let sends = conversations.entry(conversation_id).or_default();
        sends.acknowledged.push(Acknowledged {
            client_id: client_id.to_owned(),
            seq,
        });
    }

    /// A message was acknowledged with a file of this content.
    pub(crate) fn uploads(&self, client_id: &str, content: String) {
        self.count(UPLOADS);
        self.files.lock().insert(client_id.to_owned(), content);
    }

    /// The files that were acknowledged, by their message.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        self.files.lock().clone()
    }

    /// What was sent to a conversation.
    pub(crate) fn sends_of(&self, conversation_id: i64) -> Sends {
        let conversations = self.conversations.lock();
        conversations
            .get(&conversation_id)
            .cloned()
            .unwrap_or_default()
    }
}

pub(crate) const MESSAGES_SENT: &str = "messages sent";
pub(crate) const MESSAGES_ACKNOWLEDGED: &str = "messages acknowledged";
pub(crate) const REPEATS: &str = "sends repeated";
pub(crate) const REPEATS_KNOWN: &str = "repeats that the server knew already";
pub(crate) const SHOWN: &str = "messages shown by clients";
pub(crate) const AGAIN: &str = "messages that came to a client again, shown once";
pub(crate) const FETCHES: &str = "pages fetched to catch up";
pub(crate) const CONNECTIONS_LOST: &str = "WebSockets lost";
pub(crate) const EVENTS_SENT: &str = "events sent by backends";
pub(crate) const EVENTS_ACKNOWLEDGED: &str = "events acknowledged";
pub(crate) const EVENTS_HEARD: &str = "events heard by resuming clients";
pub(crate) const RESUMED: &str = "channels resumed";
pub(crate) const RESYNCED: &str = "channels told to fetch anew";
pub(crate) const UPLOADS: &str = "files acknowledged";
pub(crate) const READ_MARKS: &str = "read marks acknowledged";
pub(crate) const CLOSINGS: &str = "closed and reopened";
pub(crate) const SLOW_CUT_OFF: &str = "slow readers cut off";

/// From the first attempt of a send to its acknowledgement.
pub(crate) const UNTIL_ACKNOWLEDGED: &str = "longest until a send was acknowledged";
/// From the loss of a client's connection until it shows everything again.
pub(crate) const OUTAGE: &str = "longest outage of a client";
