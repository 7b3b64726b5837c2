//! Who was sent what, and who got it.

use crate::scenario::marks::{Complaints, Marks};
use crate::statistics::Latencies;
use crate::swarm::{Incoming, PATIENCE};
use std::collections::VecDeque;
use std::time::Instant;

/// Every conversation with its messages that some member does not have yet.
#[derive(Debug)]
pub(super) struct Ledger {
    members: usize,
    warm_up: usize,
    conversations: Vec<Conversation>,
    /// For each socket, how many messages of its conversation it has passed.
    passed: Vec<usize>,
    sent: usize,
    complete: usize,
    received: u64,
    marks: Marks,
    event_bytes: usize,
    complaints: Complaints,
    /// From the intended time of sending to the receipt, of every delivery in the measurement.
    pub(super) latencies: Latencies,
}

#[derive(Debug, Default)]
struct Conversation {
    /// Messages that all have, and that are forgotten.
    forgotten: usize,
    waiting: VecDeque<Sent>,
}

/// A message on its way.
#[derive(Debug)]
struct Sent {
    number: usize,
    /// The socket that does not get it.
    author: usize,
    /// When it was meant to be sent.
    at: Instant,
    missing: usize,
}

impl Ledger {
    /// The first `warm_up` messages are checked, but do not count for latencies.
    pub(super) fn new(conversations: usize, members: usize, warm_up: usize) -> Self {
        Self {
            members,
            warm_up,
            conversations: (0..conversations)
                .map(|_| Conversation::default())
                .collect(),
            passed: vec![0; conversations * members],
            sent: 0,
            complete: 0,
            received: 0,
            marks: Marks::default(),
            event_bytes: 0,
            complaints: Complaints::default(),
            latencies: Latencies::default(),
        }
    }

    /// Messages so far.
    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// Messages that every member has.
    pub(super) fn complete(&self) -> usize {
        self.complete
    }

    /// Messages that some member does not have.
    pub(super) fn on_their_way(&self) -> usize {
        self.sent - self.complete
    }

    /// Whether every member has every message of a conversation.
    pub(super) fn is_quiet(&self, conversation: usize) -> bool {
        self.conversations[conversation].waiting.is_empty()
    }

    /// Deliveries, right or wrong.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// The length of the newest event, without framing.
    pub(super) fn event_bytes(&self) -> usize {
        self.event_bytes
    }

    /// One more message is on its way, from this socket, and was meant to be sent at this time. Gives its number.
    pub(super) fn send(&mut self, author: usize, at: Instant) -> usize {
        let number = self.sent;
        self.sent += 1;
        let conversation = &mut self.conversations[author / self.members];
        conversation.waiting.push_back(Sent {
            number,
            author,
            at,
            missing: self.members - 1,
        });
        number
    }

    /// Something came to a socket.
    pub(super) fn receive(&mut self, incoming: &Incoming<'_>, now: Instant) {
        self.received += 1;
        let socket = incoming.number;
        let Some(number) = self.marks.number(incoming.message) else {
            return self.complaints.add(|| {
                let text = String::from_utf8_lossy(incoming.message);
                format!("socket {socket} got {text}")
            });
        };
        let Conversation { forgotten, waiting } = &mut self.conversations[socket / self.members];
        let passed = &mut self.passed[socket];
        // Those that were forgotten and not received were its own.
        let mut place = passed.saturating_sub(*forgotten);
        while waiting.get(place).is_some_and(|sent| sent.author == socket) {
            place += 1;
        }
        let Some(sent) = waiting.get_mut(place).filter(|sent| sent.number == number) else {
            let expected = waiting.get(place).map(|sent| sent.number);
            return self.complaints.add(|| {
                format!("socket {socket} got message {number} when {expected:?} was next")
            });
        };
        *passed = *forgotten + place + 1;
        sent.missing -= 1;
        self.complete += usize::from(sent.missing == 0);
        self.event_bytes = incoming.message.len();
        if number >= self.warm_up {
            self.latencies.add(now.saturating_duration_since(sent.at));
        }
        while waiting.front().is_some_and(|sent| sent.missing == 0) {
            waiting.pop_front();
            *forgotten += 1;
        }
    }

    /// Nothing comes any more.
    pub(super) fn give_up(&mut self) {
        let (sent, complete) = (self.sent, self.complete);
        self.complaints.add(|| {
            let seconds = PATIENCE.as_secs();
            format!("nothing came for {seconds} s, and {complete} of {sent} messages have reached every member")
        });
    }

    pub(super) fn into_failures(self) -> Vec<String> {
        self.complaints.into_list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::scenario::marks::data;

    /// Two conversations of three; message 0 by socket 0, message 1 by socket 1, message 2 by socket 4.
    fn ledger_after(deliveries: &[(usize, usize)]) -> Ledger {
        let mut ledger = Ledger::new(2, 3, 0);
        for author in [0, 1, 4] {
            ledger.send(author, clock::now());
        }
        for &(number, message) in deliveries {
            let text = data(message, 30);
            let message = text.as_bytes();
            ledger.receive(&Incoming { number, message }, clock::now());
        }
        ledger
    }

    #[test]
    fn everybody_but_the_author_once_and_in_order_is_good() {
        let all = [(2, 0), (1, 0), (0, 1), (2, 1), (3, 2), (5, 2)];
        let mut ledger = ledger_after(&all);
        assert_eq!(ledger.complete(), 3);
        // The author of the last one is next heard of in another message.
        ledger.send(3, clock::now());
        let text = data(3, 30);
        for number in [4, 5] {
            let message = text.as_bytes();
            ledger.receive(&Incoming { number, message }, clock::now());
        }
        assert_eq!(ledger.complete(), 4);
        assert_eq!(ledger.into_failures(), Vec::<String>::new());
    }

    #[test]
    fn the_author_a_repetition_a_gap_and_a_stranger_are_found() {
        for wrong in [
            &[(0, 0)][..],
            &[(1, 0), (1, 0)],
            &[(2, 1)],
            &[(3, 0)],
            &[(1, 0), (2, 0), (2, 0)],
        ] {
            let failures = ledger_after(wrong).into_failures();
            assert_eq!(failures.len(), 1, "{wrong:?}");
        }
    }
}
