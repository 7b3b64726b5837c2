//! What the log says, this node's own words included.

use super::{JOIN_PATIENCE_MS, Joining, Link, Tasks, age_ms, serial_of};
use crate::broker::{Appended, BrokerError, LogEntry, Reading};
use crate::cluster::apply::Arrival;
use crate::cluster::record::{self, Head, Record};
use crate::cluster::view::Source;
use crate::history::Logged;
use crate::registry::ShardSet;
use antiphon_protocol::ChannelName;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long the log keeps entries beyond the longest history: for nodes that start, and such that have lost it for a while.
const LOG_SPARE_MS: u64 = 60_000;
/// The most bytes that the log is to have; above it the oldest entries go. A node that is behind by more has a gap.
const LOG_BYTES: u64 = 256 << 20;
/// How far apart the marks are by which the log is trimmed, in time and in bytes.
const MARK_MS: u64 = 1_000;
const MARK_BYTES: u64 = 4 << 20;
/// A node that has spoken so shortly before another one asks is waited for.
const RECENT_MS: u64 = 10_000;

/// Which entries of the log are not needed any more.
#[derive(Debug, Default)]
pub(super) struct Trim {
    /// Some entries, each with the time at which it was read and the bytes of all entries before it.
    marks: VecDeque<(u64, u64, u64)>,
    bytes: u64,
}

impl Trim {
    /// An entry has been read. `age_ms`: for how long entries are kept.
    fn note(&mut self, entry: &LogEntry, now_ms: u64, age_ms: u64) {
        let is_due = self.marks.back().is_none_or(|(_, at_ms, bytes)| {
            now_ms.saturating_sub(*at_ms) >= MARK_MS || self.bytes - bytes >= MARK_BYTES
        });
        if is_due {
            self.marks.push_back((entry.number, now_ms, self.bytes));
        }
        self.bytes += entry.bytes.len() as u64;
        // The first mark is where the log may begin; it goes when the next one is old enough too.
        while self.marks.get(1).is_some_and(|(_, at_ms, bytes)| {
            now_ms.saturating_sub(*at_ms) > age_ms || self.bytes - bytes > LOG_BYTES
        }) {
            self.marks.pop_front();
        }
    }

    /// Below which entry nothing is needed.
    pub(super) fn below(&self) -> u64 {
        self.marks.front().map_or(0, |(number, ..)| *number)
    }
}

impl Link {
    /// Before this node is there: what cache channels remember, and what was published lately.
    pub(super) async fn catch_up(&mut self) -> Result<(), BrokerError> {
        let broker = Arc::clone(&self.cluster().broker);
        let epoch = self.cluster().epoch.load(Ordering::Relaxed);
        let state = broker.open(epoch).await?;
        self.begin_log(state.epoch, state.first.saturating_sub(1));
        let now_unix_ms = crate::clock::unix_ms();
        for kept in broker.kept(now_unix_ms).await? {
            self.remember(&kept.name, &kept.value);
        }
        while self.position < state.last {
            match broker.read(self.position, Duration::ZERO).await? {
                Reading::Entries(entries) if entries.is_empty() => break,
                Reading::Entries(entries) => self.apply(&entries),
                Reading::Gap => {
                    let state = broker.open(epoch).await?;
                    self.begin_log(state.epoch, state.first.saturating_sub(1));
                }
            }
        }
        self.contact_ms = self.now_ms();
        self.caught_up_ms = self.contact_ms;
        self.peers.listen_again(self.contact_ms);
        Ok(())
    }

    /// Puts a kept value back into the cache that it came from.
    fn remember(&self, name: &str, value: &[u8]) {
        let Some((app, channel)) = name.split_once(':') else {
            return;
        };
        let (Some(app), Ok(channel)) = (self.shared().apps.by_id(app), ChannelName::parse(channel))
        else {
            return;
        };
        if let Ok((at_unix_ms, event, data)) = record::read_cached(value) {
            self.shared()
                .remember(app, &channel, (event, data), age_ms(at_unix_ms));
        }
    }

    /// From now on the log is read behind that entry, and the histories have its order.
    fn begin_log(&mut self, epoch: u32, position: u64) {
        (self.epoch, self.position) = (epoch, position);
        self.take_order(serial_of(position + 1) - 1);
    }

    /// From now on the histories have the order of the log, behind that serial. What they have is from before.
    pub(super) fn take_order(&mut self, serial: u64) {
        self.has_own_order = false;
        self.unheard.clear();
        self.cluster().epoch.store(self.epoch, Ordering::Relaxed);
        for index in self.shared().apps.all() {
            let history = &self.shared().apps.state(index).history;
            history.restart(serial);
        }
    }

    /// Whether everything has come back that this node has delivered when it was alone.
    pub(super) fn is_complete(&self) -> bool {
        self.returned >= self.delivered
    }

    /// Whether the clients of this node do not have an own record that comes back now.
    fn is_unheard(&self, number: u64) -> bool {
        number > self.delivered || self.unheard.iter().any(|range| range.contains(&number))
    }

    pub(super) fn has_read(&mut self, read: Result<Reading, BrokerError>, tasks: &mut Tasks) {
        match read {
            Ok(Reading::Entries(entries)) => {
                self.contact_ms = self.now_ms();
                self.apply(&entries);
                // Few at a time means that there were no more.
                if entries.len() < 2 {
                    self.caught_up_ms = self.contact_ms;
                }
            }
            Ok(Reading::Gap) => self.look_at_log_again(tasks),
            Err(error) => self.has_lost_log(&error, tasks),
        }
    }

    pub(super) fn has_appended(
        &mut self,
        last: u64,
        appended: Result<Appended, BrokerError>,
        tasks: &mut Tasks,
    ) {
        match appended {
            Ok(Appended { epoch, .. }) => {
                self.contact_ms = self.now_ms();
                self.cluster().outbox.lock().settle(last);
                self.cluster().settled(last);
                // The log has begun anew since it was opened.
                if epoch != Some(self.epoch) {
                    self.look_at_log_again(tasks);
                }
            }
            Err(error) => self.has_lost_log(&error, tasks),
        }
    }

    fn apply(&mut self, entries: &[LogEntry]) {
        let mut posted = ShardSet::default();
        let now_ms = self.now_ms();
        let kept_ms = self.kept_ms();
        for entry in entries {
            self.trim.note(entry, now_ms, kept_ms);
            match record::read(&entry.bytes) {
                Ok((head, records)) => {
                    self.apply_records(entry.number, head, &records, now_ms, &mut posted);
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.has_warned, true) {
                        tracing::error!(%error, "a node says what this one cannot read");
                    }
                }
            }
            self.position = entry.number;
        }
        self.shared().wake(posted);
    }

    /// For how long entries of the log are needed.
    fn kept_ms(&self) -> u64 {
        let apps = self.hub.apps();
        let longest = apps.iter().map(|app| app.history.age_ms).max();
        longest.unwrap_or_default().saturating_add(LOG_SPARE_MS)
    }

    fn apply_records(
        &mut self,
        entry: u64,
        head: Head,
        records: &[Record<'_>],
        now_ms: u64,
        posted: &mut ShardSet,
    ) {
        let is_own = head.node == self.me;
        self.peers.hear(head.node, head.life, now_ms);
        let age_ms = age_ms(head.at_unix_ms);
        let mut serial = serial_of(entry);
        for (record, number) in records.iter().zip(head.first..) {
            let logged = (!self.has_own_order).then_some(Logged { serial, age_ms });
            serial += record.events() as u64;
            if !self.peers.take(head.node, number) {
                continue;
            }
            if is_own {
                self.returned = number;
            }
            if record.is_event() {
                let arrival = Arrival {
                    logged,
                    is_new: !is_own || self.is_unheard(number),
                };
                let hub = &self.hub.0;
                hub.apply_event(record, Some(arrival), posted);
            } else {
                self.hear(head, record, now_ms, posted);
            }
            if self.has_own_order && self.is_complete() {
                self.take_order(serial - 1);
            }
        }
        if is_own {
            self.cluster().outbox.lock().forget(self.returned);
            // Its answer may be under way, or lost.
            self.cluster().settled(self.returned);
        }
    }

    /// Does what a node says of itself or of another one.
    fn hear(&mut self, head: Head, record: &Record<'_>, now_ms: u64, posted: &mut ShardSet) {
        let is_own = head.node == self.me;
        let source = Source {
            node: head.node,
            tells: is_own,
        };
        if let Record::Dead { node, life } = record {
            // Its word counts even if it is dead itself by now: all nodes see the same order.
            if self.peers.end(*node, *life) {
                self.part_with(*node, is_own, posted);
            }
            if *node == self.me && *life >= self.life {
                tracing::warn!("this node was taken for dead, and tells the others that it is not");
                self.life = *life + 1;
                self.begin_dump();
            }
            return;
        }
        let Some(peer) = self.peers.living(head.node, head.life, now_ms) else {
            return;
        };
        match record {
            Record::Hello if is_own && self.joining == Joining::Before => {
                self.joining = Joining::Asked(now_ms + JOIN_PATIENCE_MS);
            }
            Record::Hello if !is_own => {
                self.begin_dump();
            }
            Record::Bye => {
                self.peers.leave(head.node);
                self.part_with(head.node, is_own, posted);
                self.has_left |= is_own;
            }
            Record::Alive { connections } => {
                let of_app = |(app, count): &(&str, u64)| {
                    (Box::from(*app), usize::try_from(*count).unwrap_or(0))
                };
                peer.connections = connections.iter().map(of_app).collect();
                peer.is_awaited |= self.joining == Joining::Before
                    && !is_own
                    && age_ms(head.at_unix_ms) < RECENT_MS;
                self.count_elsewhere();
            }
            Record::Lost if !is_own => self.shared().resync_all(),
            // What was told before this node asked is told again.
            _ if self.joining == Joining::Before => {}
            Record::StateBegin => {
                peer.sweep = Some(Box::new(self.view.of_node(head.node)));
            }
            Record::StateEnd => {
                // Without a beginning it is the end of an earlier telling.
                if let Some(sweep) = peer.sweep.take() {
                    peer.is_awaited = false;
                    self.view.end_sweep(&self.hub.0, *sweep, source, posted);
                }
            }
            Record::Channel {
                app,
                channel,
                subscriptions,
                members,
            } => {
                let (Some(app), Ok(channel)) =
                    (self.hub.0.apps.by_id(app), ChannelName::parse(channel))
                else {
                    return;
                };
                let key = (app, channel);
                if let Some(sweep) = &mut peer.sweep {
                    sweep.confirm_channel(&key, members.iter().map(|member| member.user_id));
                }
                let told = (*subscriptions, &**members);
                self.view.channel(&self.hub.0, &key, source, told, posted);
            }
            Record::User { app, user, is_here } => {
                let Some(app) = self.hub.0.apps.by_id(app) else {
                    return;
                };
                let key = (app, Arc::from(*user));
                if let Some(sweep) = &mut peer.sweep {
                    sweep.confirm_user(&key);
                }
                let user = (app, &key.1);
                self.view
                    .user(&self.hub.0, user, head.node, *is_here, posted);
            }
            _ => {}
        }
        let nodes = self.peers.count_others(self.me) + 1;
        self.cluster().nodes.store(nodes, Ordering::Relaxed);
    }

    /// A node is gone, and everything that it had with it. `tells`: it was this node that has brought it into the log.
    fn part_with(&mut self, node: u64, tells: bool, posted: &mut ShardSet) {
        let source = Source { node, tells };
        self.view.forget(&self.hub.0, source, posted);
        self.count_elsewhere();
    }

    /// Adds up the connections of the other nodes.
    pub(super) fn count_elsewhere(&self) {
        for app in self.hub.apps() {
            if let Some(index) = self.shared().apps.by_id(&app.id) {
                let count = self.peers.connections(self.me, &app.id);
                let state = self.shared().apps.state(index);
                state.connections_elsewhere.store(count, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_trimmed_by_age_and_by_bytes() {
        let mut trim = Trim::default();
        let entry = |number, len| LogEntry {
            number,
            bytes: vec![0; len],
        };
        for number in 1..=100 {
            trim.note(&entry(number, 10), number * 1_000, 20_000);
        }
        assert_eq!(
            trim.below(),
            79,
            "the entry read at the last moment before its age"
        );
        let large = (LOG_BYTES / 8) as usize;
        for number in 101..=120 {
            trim.note(&entry(number, large), 100_000, 20_000);
        }
        assert!((111..=113).contains(&trim.below()), "{}", trim.below());
    }
}
