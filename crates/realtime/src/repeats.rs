//! Events that their backend may send again through another node of the cluster: which of them have been delivered.
//!
//! Every node learns of them from the log, in one order, so that of two with the same number all nodes deliver the same one. A node that is
//! alone goes by what it knows; what it has delivered by itself is known when it comes in the log. A node that starts learns them from the
//! log that it reads.

use std::collections::{HashMap, VecDeque};

/// How long a number is known, in milliseconds: as long as the signature of a request is good.
const WINDOW_MS: u64 = 600_000;
/// The most numbers that are known of an application; the oldest go first. About 8 MB.
const MAX_KNOWN: usize = 100_000;

/// The numbers of an application's events.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// By number, whether it has come in the log.
    known: HashMap<u128, bool>,
    /// All of them, the oldest first, each with the time at which it came.
    order: VecDeque<(u64, u128)>,
}

/// What is to be done about an event from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arriving {
    /// It is delivered and kept.
    First,
    /// It was delivered here when this node was alone: it is only kept.
    Delivered,
    /// It is neither: another one with this number came before.
    Again,
}

impl Repeats {
    /// An event comes in the log.
    pub(crate) fn arrive(&mut self, number: u128, now_ms: u64) -> Arriving {
        match self.known.get_mut(&number) {
            Some(true) => Arriving::Again,
            Some(has_come) => {
                *has_come = true;
                Arriving::Delivered
            }
            None => {
                self.remember(number, true, now_ms);
                Arriving::First
            }
        }
    }

    /// Whether an event is to be delivered by a node that is alone.
    pub(crate) fn is_first_here(&mut self, number: u128, now_ms: u64) -> bool {
        let is_first = !self.known.contains_key(&number);
        if is_first {
            self.remember(number, false, now_ms);
        }
        is_first
    }

    fn remember(&mut self, number: u128, has_come: bool, now_ms: u64) {
        while self.order.front().is_some_and(|(at_ms, _)| {
            now_ms.saturating_sub(*at_ms) > WINDOW_MS || self.order.len() >= MAX_KNOWN
        }) {
            if let Some((_, oldest)) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        self.order.push_back((now_ms, number));
        self.known.insert(number, has_come);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_in_the_log_the_first_counts() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.arrive(1, 0), Arriving::First);
        assert_eq!(repeats.arrive(2, 0), Arriving::First);
        assert_eq!(repeats.arrive(1, 0), Arriving::Again);
        assert!(!repeats.is_first_here(1, 0));
    }

    #[test]
    fn what_was_delivered_alone_is_kept_once_and_delivered_never_again() {
        let mut repeats = Repeats::default();
        assert!(repeats.is_first_here(1, 0));
        assert!(!repeats.is_first_here(1, 0));
        assert_eq!(repeats.arrive(1, 0), Arriving::Delivered);
        assert_eq!(repeats.arrive(1, 0), Arriving::Again);
    }

    #[test]
    fn numbers_are_forgotten_when_they_are_old_or_too_many() {
        let mut repeats = Repeats::default();
        repeats.arrive(1, 0);
        repeats.arrive(2, WINDOW_MS);
        assert_eq!(repeats.arrive(1, WINDOW_MS), Arriving::Again);
        repeats.arrive(3, WINDOW_MS + 1);
        assert_eq!(repeats.arrive(1, WINDOW_MS + 1), Arriving::First);
        for number in 0..MAX_KNOWN as u128 {
            repeats.arrive(1_000 + number, WINDOW_MS + 1);
        }
        assert_eq!(repeats.known.len(), MAX_KNOWN);
        assert_eq!(repeats.order.len(), MAX_KNOWN);
        assert_eq!(repeats.arrive(3, WINDOW_MS + 1), Arriving::First);
    }
}
