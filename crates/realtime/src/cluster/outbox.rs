//! What this node has published and has not read in the log yet: records in their order, each with its number.
//!
//! The first ones are in the log, the others wait for it. What was under way when the log was lost is sent again under the same
//! numbers, by which the readers know it: so nothing is lost, and nothing comes twice. What is in the log stays until it has come back,
//! because a node that goes alone before has to deliver it first: otherwise its clients would get it behind what came later.

use super::OUTBOX_BYTES;
use super::record::Record;
use crate::broker::Kept;
use std::collections::VecDeque;

/// The most events of one entry of the log: each has a place in it, which is a part of its serial.
pub(super) const MAX_EVENTS: usize = 1 << SERIAL_BITS;

/// How many bits of a serial are the place in the entry; the others are the entry's number.
pub(super) const SERIAL_BITS: u32 = 8;

/// Up to how many bytes of records go into one entry, if the first is not larger. Much smaller ones cost more for each record,
/// larger ones hold up what is behind them.
const ENTRY_BYTES: usize = 128 << 10;

/// What a record costs beside its bytes.
const ITEM_BYTES: usize = 96;

#[derive(Debug)]
pub(super) struct Item {
    pub(super) record: Box<[u8]>,
    /// How many serials it takes.
    events: usize,
    /// Whether it is delivered to clients, and not only told to nodes.
    pub(super) is_event: bool,
    pub(super) kept: Vec<Kept>,
}

#[derive(Debug)]
pub(super) struct Outbox {
    items: VecDeque<Item>,
    /// The number of the first item, or of the next one if there is none.
    first: u64,
    /// How many items, from the first on, are in the log.
    n_logged: usize,
    /// Of the items that are in the log, and of those that wait.
    logged_bytes: usize,
    waiting_bytes: usize,
    /// Whether the log is out of reach for so long that events are delivered without it.
    pub(super) is_alone: bool,
    /// Whether records were dropped that the log never had.
    has_lost: bool,
}

/// Records that go into one entry.
#[derive(Debug)]
pub(super) struct Batch {
    /// The number of the first.
    pub(super) first: u64,
    /// The number of the last.
    pub(super) last: u64,
    pub(super) records: Vec<u8>,
    pub(super) kept: Vec<Kept>,
}

impl Item {
    /// Something that is delivered to clients.
    pub(super) fn event(record: &Record<'_>) -> Self {
        Self {
            is_event: true,
            ..Self::state(record)
        }
    }

    /// Something that nodes tell each other.
    pub(super) fn state(record: &Record<'_>) -> Self {
        let mut bytes = Vec::new();
        record.write(&mut bytes);
        Self {
            record: bytes.into(),
            events: record.events(),
            is_event: false,
            kept: Vec::new(),
        }
    }

    fn bytes(&self) -> usize {
        let kept = self.kept.iter().map(|kept| kept.value.len());
        ITEM_BYTES + self.record.len() + kept.sum::<usize>()
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            first: 1,
            n_logged: 0,
            logged_bytes: 0,
            waiting_bytes: 0,
            is_alone: false,
            has_lost: false,
        }
    }
}

impl Outbox {
    /// How much waits for the log.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether another event may wait. A node that is alone makes room by dropping the oldest.
    pub(super) fn has_room(&self) -> bool {
        self.is_alone || self.waiting_bytes < OUTBOX_BYTES
    }

    /// The number of the last record that there was.
    pub(super) fn last(&self) -> u64 {
        self.first + self.items.len() as u64 - 1
    }

    /// The number of the last record that the log has had.
    pub(super) fn last_logged(&self) -> u64 {
        self.first + self.n_logged as u64 - 1
    }

    /// The number before that of the first record that is here.
    pub(super) fn last_dropped(&self) -> u64 {
        self.first - 1
    }

    pub(super) fn push(&mut self, item: Item) {
        self.waiting_bytes += item.bytes();
        self.items.push_back(item);
        while self.is_alone && self.bytes() > OUTBOX_BYTES && self.items.len() > 1 {
            self.has_lost |= self.n_logged == 0;
            self.drop_first();
        }
    }

    /// The records behind that number, each with its own.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = (u64, &Item)> {
        let numbered = self.items.iter().zip(self.first..);
        numbered
            .map(|(item, number)| (number, item))
            .skip_while(move |(at, _)| *at <= number)
    }

    /// The records that go next, as many as fit into an entry. They stay.
    pub(super) fn batch(&self) -> Option<Batch> {
        let mut events = 0;
        let last = self.last_logged();
        let mut batch = Batch {
            first: last + 1,
            last,
            records: Vec::new(),
            kept: Vec::new(),
        };
        for item in self.items.iter().skip(self.n_logged) {
            events += item.events;
            let bytes = batch.records.len() + item.record.len();
            if events > MAX_EVENTS || (bytes > ENTRY_BYTES && batch.last >= batch.first) {
                break;
            }
            batch.records.extend_from_slice(&item.record);
            batch.kept.extend(item.kept.iter().cloned());
            batch.last += 1;
        }
        (batch.last >= batch.first).then_some(batch)
    }

    /// The log has everything up to that number. A node that is far behind with its reading does not keep all of it.
    pub(super) fn settle(&mut self, number: u64) {
        while self.last_logged() < number {
            let Some(item) = self.items.get_mut(self.n_logged) else {
                break;
            };
            self.waiting_bytes -= item.bytes();
            item.kept = Vec::new();
            self.logged_bytes += item.bytes();
            self.n_logged += 1;
        }
        while self.logged_bytes > OUTBOX_BYTES {
            self.drop_first();
        }
    }

    /// Everything up to that number has come back from the log, or never will.
    pub(super) fn forget(&mut self, number: u64) {
        while self.first <= number && self.drop_first() {}
        if self.items.is_empty() {
            // A burst is not paid for ever.
            self.items = VecDeque::new();
        }
    }

    /// Whether nothing waits for the log.
    pub(super) fn is_told(&self) -> bool {
        self.n_logged == self.items.len()
    }

    /// Whether records were dropped since the last time somebody asked.
    pub(super) fn take_lost(&mut self) -> bool {
        std::mem::take(&mut self.has_lost)
    }

    fn bytes(&self) -> usize {
        self.logged_bytes + self.waiting_bytes
    }

    fn drop_first(&mut self) -> bool {
        let Some(item) = self.items.pop_front() else {
            return false;
        };
        match self.n_logged {
            0 => self.waiting_bytes -= item.bytes(),
            _ => {
                self.n_logged -= 1;
                self.logged_bytes -= item.bytes();
            }
        }
        self.first += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(channels: usize, data: &str) -> Item {
        Item::event(&Record::Publish {
            app: "1",
            channels: vec!["a"; channels],
            event: "e",
            data,
            except: None,
            once: None,
        })
    }

    #[test]
    fn an_entry_has_no_more_events_than_serials() {
        let mut outbox = Outbox::default();
        for _ in 0..3 {
            outbox.push(event(100, ""));
        }
        let batch = outbox.batch().unwrap();
        assert_eq!((batch.first, batch.last), (1, 2));
        outbox.settle(2);
        let batch = outbox.batch().unwrap();
        assert_eq!((batch.first, batch.last), (3, 3));
        outbox.settle(3);
        assert!(outbox.batch().is_none());
        assert!(outbox.is_told());
        assert_eq!((outbox.waiting_bytes(), outbox.last()), (0, 3));
    }

    #[test]
    fn what_the_log_has_stays_until_it_has_come_back() {
        let mut outbox = Outbox::default();
        let numbers = |outbox: &Outbox| -> Vec<_> { outbox.after(0).map(|(n, _)| n).collect() };
        for data in ["1", "2", "3"] {
            outbox.push(event(1, data));
        }
        outbox.settle(2);
        assert_eq!((outbox.last_logged(), numbers(&outbox)), (2, vec![1, 2, 3]));
        let batch = outbox.batch().unwrap();
        assert_eq!((batch.first, batch.last), (3, 3));
        outbox.forget(1);
        assert_eq!(numbers(&outbox), [2, 3]);
        // It comes back before the log has answered.
        outbox.forget(3);
        outbox.settle(3);
        assert_eq!((outbox.last_logged(), outbox.last()), (3, 3));
        assert_eq!((outbox.bytes(), numbers(&outbox)), (0, vec![]));
    }

    #[test]
    fn who_reads_nothing_does_not_keep_everything_that_the_log_has() {
        let mut outbox = Outbox::default();
        let large = "x".repeat(OUTBOX_BYTES / 2);
        for number in 1..=5 {
            outbox.push(event(1, &large));
            outbox.settle(number);
        }
        assert_eq!((outbox.last_dropped(), outbox.last()), (4, 5));
        assert!(outbox.has_room() && !outbox.take_lost());
    }

    #[test]
    fn a_large_record_has_an_entry_of_its_own() {
        let mut outbox = Outbox::default();
        let large = "x".repeat(ENTRY_BYTES);
        outbox.push(event(1, &large));
        outbox.push(event(1, ""));
        assert_eq!(outbox.batch().unwrap().last, 1);
        outbox.settle(1);
        outbox.push(event(1, &large));
        assert_eq!(outbox.batch().unwrap().last, 2);
    }

    #[test]
    fn who_is_alone_keeps_the_newest_and_knows_that_others_are_lost() {
        let mut outbox = Outbox {
            is_alone: true,
            ..Outbox::default()
        };
        let large = "x".repeat(OUTBOX_BYTES / 2);
        for _ in 0..3 {
            outbox.push(event(1, &large));
        }
        assert_eq!((outbox.last_dropped(), outbox.last()), (2, 3));
        assert!(outbox.take_lost() && !outbox.take_lost());
        let numbers: Vec<_> = outbox.after(2).map(|(number, _)| number).collect();
        assert_eq!(numbers, [3]);
    }
}
