//! How an event is known again when it comes back, and what is said about one that should not have come.

use crate::swarm::Incoming;

/// What stands before the number in the data of an event.
const MARK: &[u8] = b"seq:";
const DIGITS: usize = 10;
/// Complaints in full; the rest are counted.
const MAX_EXAMPLES: usize = 3;

/// The data of an event: its number, filled up to `length`.
pub(crate) fn data(number: usize, length: usize) -> String {
    let mut data = format!("seq:{number:0DIGITS$}:");
    let filling = length.saturating_sub(data.len());
    data.extend(std::iter::repeat_n('x', filling));
    data
}

/// Finds the numbers of events.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Where the mark stood last: a server writes all events alike.
    at: usize,
}

impl Marks {
    /// The number of the event that a message is. `None` for any other message.
    pub(crate) fn number(&mut self, message: &[u8]) -> Option<usize> {
        let here = message.get(self.at..).unwrap_or_default();
        if !here.starts_with(MARK) {
            self.at = message.windows(MARK.len()).position(|part| part == MARK)?;
        }
        let digits = message.get(self.at + MARK.len()..)?.get(..DIGITS)?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }
}

/// What was wrong: the first few, and how many.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    examples: Vec<String>,
    more: u64,
}

impl Complaints {
    pub(crate) fn add(&mut self, what: impl FnOnce() -> String) {
        if self.examples.len() < MAX_EXAMPLES {
            self.examples.push(what());
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.examples.push(format!("and {} more", self.more));
        }
        self.examples
    }
}

/// Checks that every socket gets the events 0, 1, 2 and so on of its channel once and in order, whichever channel that is.
#[derive(Debug)]
pub(crate) struct Tally {
    next: Vec<usize>,
    received: usize,
    marks: Marks,
    complaints: Complaints,
}

impl Tally {
    pub(crate) fn new(sockets: usize) -> Self {
        Self {
            next: vec![0; sockets],
            received: 0,
            marks: Marks::default(),
            complaints: Complaints::default(),
        }
    }

    /// Events that came, right or wrong.
    pub(crate) fn received(&self) -> usize {
        self.received
    }

    /// Something came to a socket.
    pub(crate) fn receive(&mut self, incoming: &Incoming<'_>) {
        self.received += 1;
        let next = &mut self.next[incoming.number];
        match self.marks.number(incoming.message) {
            Some(number) if number == *next => *next += 1,
            _ => {
                let expected = *next;
                self.complaints.add(|| {
                    let text = String::from_utf8_lossy(incoming.message);
                    let socket = incoming.number;
                    format!("socket {socket} got {text} when event {expected} was next")
                });
            }
        }
    }

    /// What was wrong, if anything, after so many events to each.
    pub(crate) fn into_failures(mut self, events: usize) -> Vec<String> {
        for (socket, next) in self.next.iter().enumerate() {
            if *next < events {
                self.complaints
                    .add(|| format!("socket {socket} got {next} of {events} events"));
            }
        }
        self.complaints.into_list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_has_the_length_that_was_asked_for() {
        assert_eq!(data(7, 100).len(), 100);
        assert_eq!(data(7, 3), "seq:0000000007:");
    }

    #[test]
    fn a_number_is_found_wherever_it_stands() {
        let mut marks = Marks::default();
        for (before, number) in [("", 3), ("abc", 4), ("abc", 5), ("", 6)] {
            let text = format!("{before}{}", data(number, 20));
            assert_eq!(marks.number(text.as_bytes()), Some(number));
        }
        assert_eq!(marks.number(b"{}"), None);
        assert_eq!(marks.number(b"seq:1"), None);
    }

    #[test]
    fn a_gap_a_repetition_and_a_missing_event_are_found() {
        let failures_after = |numbers: &[usize]| {
            let mut tally = Tally::new(1);
            for number in numbers {
                let text = data(*number, 20);
                let message = text.as_bytes();
                tally.receive(&Incoming { number: 0, message });
            }
            tally.into_failures(2).len()
        };
        assert_eq!(failures_after(&[0, 1]), 0);
        for wrong in [&[0, 0, 1][..], &[1, 0, 1], &[0]] {
            assert_eq!(failures_after(wrong), 1, "{wrong:?}");
        }
    }
}
