//! A part of the channels of an application, with what is kept of each.
//!
//! Channels with events are found by their oldest event, and quiet ones, whose events have all gone, by their newest: so what goes
//! next is found without a search. A quiet channel is remembered for how far its history reaches, until there are too many;
//! then `forgotten` stands for all that were forgotten.

use super::{Bounds, HistoryRules, Kept};
use antiphon_protocol::ChannelName;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// What an event costs beside its frame: its place in the list, and the shared frame's own head.
const EVENT_BYTES: usize = 96;
/// What a channel costs beside its events and its name: two table entries.
const CHANNEL_BYTES: usize = 192;

#[derive(Debug, Default)]
struct Channel {
    events: VecDeque<Kept>,
    /// Bytes of the events.
    bytes: usize,
    /// The serial of the newest event that is not kept any more.
    dropped: u64,
    /// The serial under which the channel stands in `filled`: of its oldest event, or of an older one that has gone since.
    filed: u64,
}

#[derive(Debug, Default)]
pub(super) struct Part {
    channels: HashMap<ChannelName, Channel>,
    /// Channels that have events, by a serial that is not above that of their oldest one.
    filled: BTreeMap<u64, ChannelName>,
    /// Channels that have none, by the serial of their newest one that is not kept any more.
    quiet: BTreeMap<u64, ChannelName>,
    /// The newest serial of all channels that were forgotten.
    forgotten: u64,
    /// Bytes of everything.
    bytes: usize,
}

impl Kept {
    fn bytes(&self) -> usize {
        EVENT_BYTES + self.frame.len()
    }
}

impl Channel {
    /// Drops the oldest event. Gives its bytes.
    fn drop_oldest(&mut self) -> usize {
        let Some(oldest) = self.events.pop_front() else {
            return 0;
        };
        self.dropped = oldest.serial;
        self.bytes -= oldest.bytes();
        oldest.bytes()
    }
}

impl Part {
    /// One that knows nothing of what came up to this serial.
    pub(super) fn reaching_back_to(serial: u64) -> Self {
        Self {
            forgotten: serial,
            ..Self::default()
        }
    }

    pub(super) fn add(
        &mut self,
        name: &ChannelName,
        event: Kept,
        rules: &HistoryRules,
        bounds: Bounds,
    ) {
        self.expire(event.at_ms, rules.age_ms);
        let (serial, bytes) = (event.serial, event.bytes());
        // Most events are on a channel that has some already, whose name need not be cloned.
        let channel = match self.channels.get_mut(name) {
            Some(channel) => channel,
            None => {
                self.bytes += CHANNEL_BYTES + name.as_str().len();
                let channel = Channel {
                    dropped: self.forgotten,
                    ..Channel::default()
                };
                self.channels.entry(name.clone()).or_insert(channel)
            }
        };
        if channel.events.is_empty() {
            self.quiet.remove(&channel.dropped);
            self.filled.insert(serial, name.clone());
            channel.filed = serial;
        }
        channel.events.push_back(event);
        channel.bytes += bytes;
        self.bytes += bytes;
        while channel.events.len() > rules.events || channel.bytes > rules.bytes {
            self.bytes -= channel.drop_oldest();
        }
        self.settle(name);
        while self.bytes > bounds.bytes && self.drop_oldest() {}
        while self.channels.len() > bounds.channels {
            self.forget_channel();
        }
    }

    /// Drops what is too old.
    pub(super) fn expire(&mut self, now_ms: u64, age_ms: u64) {
        while let Some(name) = self.oldest() {
            let channel = &self.channels[&name];
            let is_old = |event: &Kept| now_ms.saturating_sub(event.at_ms) >= age_ms;
            if !channel.events.front().is_some_and(is_old) {
                return;
            }
            self.drop_oldest_of(&name);
        }
    }

    /// Whether no event of the channel after this one has been dropped.
    pub(super) fn reaches_back_to(&self, name: &ChannelName, serial: u64) -> bool {
        let channel = self.channels.get(name);
        serial >= channel.map_or(self.forgotten, |channel| channel.dropped)
    }

    /// The channel's events after this one.
    pub(super) fn after(&self, name: &ChannelName, serial: u64) -> impl Iterator<Item = &Kept> {
        let events = self.channels.get(name).map(|channel| &channel.events);
        events
            .into_iter()
            .flatten()
            .skip_while(move |event| event.serial <= serial)
    }

    /// The channel with the oldest event of all.
    fn oldest(&mut self) -> Option<ChannelName> {
        loop {
            let (&filed, name) = self.filled.first_key_value()?;
            let channel = self
                .channels
                .get_mut(name)
                .expect("a channel is in the table for as long as it is filed");
            let oldest = channel
                .events
                .front()
                .expect("a channel without events is not filed among the filled ones")
                .serial;
            if oldest == filed {
                return Some(name.clone());
            }
            // Its oldest events have gone since: it moves to its new place.
            channel.filed = oldest;
            let (_, name) = self.filled.pop_first()?;
            self.filled.insert(oldest, name);
        }
    }

    /// Drops the oldest event of all, or a quiet channel. `false`: there is nothing left.
    fn drop_oldest(&mut self) -> bool {
        match self.oldest() {
            Some(name) => self.drop_oldest_of(&name),
            None if self.quiet.is_empty() => return false,
            None => self.forget_channel(),
        }
        true
    }

    fn drop_oldest_of(&mut self, name: &ChannelName) {
        if let Some(channel) = self.channels.get_mut(name) {
            self.bytes -= channel.drop_oldest();
        }
        self.settle(name);
    }

    /// Files a channel among the quiet ones if its last event has gone.
    fn settle(&mut self, name: &ChannelName) {
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        if channel.events.is_empty() {
            channel.events = VecDeque::new();
            self.filled.remove(&channel.filed);
            self.quiet.insert(channel.dropped, name.clone());
        }
    }

    /// Forgets the channel that has been quiet for longest, or else the one with the oldest event.
    fn forget_channel(&mut self) {
        let Some(name) = self.quiet.pop_first().map(|(_, name)| name).or_else(|| {
            let name = self.oldest()?;
            self.filled.pop_first();
            Some(name)
        }) else {
            return;
        };
        if let Some(channel) = self.channels.remove(&name) {
            self.bytes -= channel.bytes + CHANNEL_BYTES + name.as_str().len();
            let newest = channel
                .events
                .back()
                .map_or(channel.dropped, |it| it.serial);
            self.forgotten = self.forgotten.max(newest);
        }
    }
}

#[cfg(test)]
mod tests;
