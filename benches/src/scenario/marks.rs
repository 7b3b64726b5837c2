//! How an event is known again when it comes back, and what is said about one that should not have come.

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
}
