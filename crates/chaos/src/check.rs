//! The verdict: what was acknowledged, stored and shown, held against each other.
//!
//! Pure functions over what was recorded, so that each can be shown a loss and a double and has to find it.

use crate::timeline::{Message, Timeline};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Something is missing.
    Loss,
    /// Something is there more than once.
    Double,
    /// Something is in the wrong place, or is another thing than it should be.
    Wrong,
    /// Something did not end in time, or did not come back to where it was.
    Stuck,
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Of which sort.
    pub(crate) kind: Kind,
    /// What, in a line.
    pub(crate) what: String,
    /// The message or event concerned, as the journal names it.
    pub(crate) about: Option<String>,
}

impl Violation {
    /// About a message or an event.
    pub(crate) fn about(kind: Kind, about: &str, what: String) -> Self {
        Self {
            kind,
            what,
            about: Some(about.to_owned()),
        }
    }

    /// About no message in particular.
    pub(crate) fn new(kind: Kind, what: String) -> Self {
        Self {
            kind,
            what,
            about: None,
        }
    }
}

/// A send that was answered with success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    /// The sender's id of it.
    pub(crate) client_id: String,
    /// The place that the answer told.
    pub(crate) seq: i64,
}

/// A conversation in the store: gapless, each message once, all that was acknowledged at its place, and nothing that nobody sent.
/// In the end everything that was sent is acknowledged.
pub(crate) fn stored(
    stored: &[Message],
    acknowledged: &[Acknowledged],
    sent: &BTreeSet<String>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut places: HashMap<&str, i64> = HashMap::new();
    let mut open: BTreeSet<&str> = sent.iter().map(String::as_str).collect();
    let mut expected = 1;
    for message in stored {
        let id = &message.client_id;
        if message.seq != expected {
            let what = format!("place {expected} is taken by seq {}", message.seq);
            violations.push(Violation::about(Kind::Wrong, id, what));
        }
        expected = message.seq + 1;
        if let Some(first) = places.insert(id, message.seq) {
            let what = format!("it is stored as seq {first} and as seq {}", message.seq);
            violations.push(Violation::about(Kind::Double, id, what));
        }
        if !sent.contains(id) {
            let what = format!("nobody sent what is stored as seq {}", message.seq);
            violations.push(Violation::about(Kind::Wrong, id, what));
        }
    }
    for Acknowledged { client_id, seq } in acknowledged {
        open.remove(client_id.as_str());
        let found = match places.get(client_id.as_str()) {
            Some(place) if place == seq => continue,
            Some(place) => (
                Kind::Wrong,
                format!("it was acknowledged as seq {seq} and is stored as {place}"),
            ),
            None => (
                Kind::Loss,
                format!("it was acknowledged as seq {seq} and is not stored"),
            ),
        };
        violations.push(Violation::about(found.0, client_id, found.1));
    }
    for id in open {
        violations.push(Violation::about(
            Kind::Stuck,
            id,
            "it was never acknowledged".to_owned(),
        ));
    }
    violations
}

/// What a client shows of a conversation: the whole of it, once, in order.
pub(crate) fn view(who: &str, timeline: &Timeline, stored: &[Message]) -> Vec<Violation> {
    let mut violations = shown(who, timeline.messages(), stored);
    for (shown, came) in timeline.conflicts() {
        let what = format!(
            "{who} was sent it as seq {}, where it shows {}",
            came.seq, shown.client_id
        );
        violations.push(Violation::about(Kind::Wrong, &came.client_id, what));
    }
    violations
}

/// The messages on a screen against those in the store.
fn shown(who: &str, shown: &[Message], stored: &[Message]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for message in shown {
        *times.entry(&message.client_id).or_default() += 1;
    }
    for (id, times) in times.iter().filter(|(_, times)| **times > 1) {
        violations.push(Violation::about(
            Kind::Double,
            id,
            format!("{who} shows it {times} times"),
        ));
    }
    for message in stored {
        if !times.contains_key(message.client_id.as_str()) {
            let what = format!("{who} does not show seq {}", message.seq);
            violations.push(Violation::about(Kind::Loss, &message.client_id, what));
        }
    }
    if violations.is_empty()
        && let Some((seen, kept)) = shown.iter().zip(stored).find(|(seen, kept)| seen != kept)
    {
        let what = format!("{who} shows {seen:?} in the place of {kept:?}");
        violations.push(Violation::about(Kind::Wrong, &seen.client_id, what));
    } else if violations.is_empty() && shown.len() > stored.len() {
        let id = &shown[stored.len()].client_id;
        let what = format!("{who} shows it, and it is not stored");
        violations.push(Violation::about(Kind::Wrong, id, what));
    }
    violations
}

/// What a client that resumes has met on a channel, in order. Events are numbered by their backend, from 1, in the order in which
/// it sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An event.
    Event(u64),
    /// It began, or was told to fetch its state anew, and did: that holds everything whose sending had begun by then.
    Anew {
        /// The last event whose sending had begun.
        begun: u64,
    },
}

/// How an event is named in the journal.
pub(crate) fn event_name(channel: &str, number: u64) -> String {
    format!("{channel}#{number}")
}

/// What a resuming client heard of a channel: each acknowledged event, unless it fetched its state anew since; between two such
/// fetches nothing twice, and everything in order, if the backend sends through one node: of several, those that have lost each other
/// tell later what they took meanwhile.
pub(crate) fn heard(
    who: &str,
    channel: &str,
    heard: &[Heard],
    acknowledged: &BTreeSet<u64>,
    is_ordered: bool,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut all = BTreeSet::new();
    let mut since_anew = BTreeSet::new();
    let mut covered = 0;
    let mut last = None;
    for one in heard {
        let number = match one {
            Heard::Anew { begun } => {
                covered = covered.max(*begun);
                last = None;
                since_anew.clear();
                continue;
            }
            Heard::Event(number) => *number,
        };
        let name = event_name(channel, number);
        let is_again = !since_anew.insert(number);
        match last {
            Some(last) if number == last || (is_again && !is_ordered) => {
                violations.push(Violation::about(
                    Kind::Double,
                    &name,
                    format!("{who} heard it twice"),
                ));
            }
            Some(last) if number < last && is_ordered => {
                let kind = if all.contains(&number) {
                    Kind::Double
                } else {
                    Kind::Wrong
                };
                violations.push(Violation::about(
                    kind,
                    &name,
                    format!("{who} heard it after {last}"),
                ));
            }
            _ => {}
        }
        last = last.max(Some(number));
        all.insert(number);
    }
    for number in acknowledged {
        if *number > covered && !all.contains(number) {
            let name = event_name(channel, *number);
            let what = format!(
                "it was acknowledged, and {who} neither heard it nor was told to fetch its state anew"
            );
            violations.push(Violation::about(Kind::Loss, &name, what));
        }
    }
    violations
}

/// A row of the inbox: the conversation's last `seq`, and whether it is closed.
pub(crate) type Row = (i64, bool);

/// The inbox on an agent's screen against the one in the store, by conversation.
pub(crate) fn inbox(
    who: &str,
    shown: &BTreeMap<i64, Row>,
    stored: &BTreeMap<i64, Row>,
) -> Vec<Violation> {
    let row = |(last_seq, is_closed): &Row| {
        let state = if *is_closed { "closed" } else { "open" };
        format!("seq {last_seq}, {state}")
    };
    let mut violations = Vec::new();
    for (id, kept) in stored {
        match shown.get(id) {
            Some(seen) if seen == kept => {}
            Some(seen) => violations.push(Violation::new(
                Kind::Wrong,
                format!(
                    "{who} shows conversation {id} as {}, and it is {}",
                    row(seen),
                    row(kept)
                ),
            )),
            None => violations.push(Violation::new(
                Kind::Loss,
                format!("{who} does not show conversation {id}"),
            )),
        }
    }
    for id in shown.keys().filter(|id| !stored.contains_key(id)) {
        let what = format!("{who} shows conversation {id}, which is not there");
        violations.push(Violation::new(Kind::Wrong, what));
    }
    violations
}

/// Whether a client shows a conversation as open or closed, as it is.
pub(crate) fn status(who: &str, id: i64, shows_closed: bool, is_closed: bool) -> Vec<Violation> {
    if shows_closed == is_closed {
        return Vec::new();
    }
    let word = |is_closed| if is_closed { "closed" } else { "open" };
    let what = format!(
        "{who} shows conversation {id} as {}, and it is {}",
        word(shows_closed),
        word(is_closed)
    );
    vec![Violation::new(Kind::Wrong, what)]
}

/// The files of messages that were acknowledged with one: each has its own, whole and once. `found` has what the addresses gave.
pub(crate) fn files(
    acknowledged: &BTreeMap<String, String>,
    found: &BTreeMap<String, Vec<String>>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (client_id, content) in acknowledged {
        let wrong = match found.get(client_id).map(Vec::as_slice) {
            Some([one]) if one == content => continue,
            Some([_]) => (Kind::Wrong, "its file is not what was sent"),
            Some([_, _, ..]) => (Kind::Double, "it has more than one file"),
            Some([]) | None => (Kind::Loss, "its file is not there"),
        };
        violations.push(Violation::about(wrong.0, client_id, wrong.1.to_owned()));
    }
    violations
}

/// A read mark never goes back: the one in the store is at least the highest that was acknowledged.
pub(crate) fn read_mark(id: i64, acknowledged: i64, stored: i64) -> Vec<Violation> {
    if stored >= acknowledged {
        return Vec::new();
    }
    let what = format!(
        "conversation {id} was marked as read up to {acknowledged}, and the mark is at {stored}"
    );
    vec![Violation::new(Kind::Loss, what)]
}

/// The jobs: each poisoned broadcast was given up, and nothing else waits or was.
pub(crate) fn jobs(poisoned: i64, waiting: i64, dead: i64) -> Vec<Violation> {
    let mut violations = Vec::new();
    if waiting > 0 {
        let what = format!("{waiting} broadcasts still wait");
        violations.push(Violation::new(Kind::Stuck, what));
    }
    if dead != poisoned {
        let what = format!("{poisoned} jobs were poisoned, and {dead} were given up");
        violations.push(Violation::new(Kind::Wrong, what));
    }
    violations
}

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Holdings {
    /// Memory of its own, in bytes.
    pub(crate) memory_bytes: u64,
    /// Open file descriptors.
    pub(crate) descriptors: u64,
}

/// How much more a process may hold at the end than before the first fault. The memory is for what is kept on purpose: history,
/// idempotency keys, page caches of SQLite, and what an allocator does not give back at once.
pub(crate) const TOLERANCE: Holdings = Holdings {
    memory_bytes: 48 << 20,
    descriptors: 24,
};

/// A process against what it held before.
pub(crate) fn holdings(process: &str, before: Holdings, after: Holdings) -> Vec<Violation> {
    let mut violations = Vec::new();
    if after.memory_bytes > before.memory_bytes + TOLERANCE.memory_bytes {
        let [before, after] = [before, after].map(|held| held.memory_bytes >> 10);
        let what = format!("{process} held {before} KiB before, and holds {after} KiB");
        violations.push(Violation::new(Kind::Stuck, what));
    }
    if after.descriptors > before.descriptors + TOLERANCE.descriptors {
        let [before, after] = [before, after].map(|held| held.descriptors);
        let what = format!("{process} had {before} descriptors before, and has {after}");
        violations.push(Violation::new(Kind::Stuck, what));
    }
    violations
}

#[cfg(test)]
mod tests;
