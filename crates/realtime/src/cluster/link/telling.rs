//! What this node tells the others: that it is there, and what it has.

use super::{Joining, Link, STOP_PATIENCE_MS};
use crate::app_table::AppIndex;
use crate::clock;
use crate::cluster::outbox::{Batch, Item};
use crate::cluster::record::{Head, MemberRecord, Record};
use crate::cluster::view::Source;
use crate::registry::ShardSet;
use crate::registry::elsewhere::OwnPart;
use antiphon_protocol::ChannelName;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many channels or users of a whole state are told in one go.
const DUMP_STEP: usize = 500;
/// Above so many bytes in the outbox, what the node has is told later: it can wait, and becomes less by waiting.
const STATE_BACKLOG_BYTES: usize = 4 << 20;

/// What is still to be told of a whole state.
#[derive(Debug)]
pub(super) struct Dump {
    channels: VecDeque<(AppIndex, ChannelName)>,
    users: VecDeque<(AppIndex, Arc<str>)>,
}

impl Link {
    /// A batch as an entry of the log.
    pub(super) fn entry(&self, batch: &Batch) -> Vec<u8> {
        let head = Head {
            node: self.me,
            life: self.life,
            at_unix_ms: clock::unix_ms(),
            first: batch.first,
        };
        let mut entry = Vec::with_capacity(32 + batch.records.len());
        head.write(&mut entry);
        entry.extend_from_slice(&batch.records);
        entry
    }

    pub(super) fn say(&self, record: &Record<'_>) {
        self.cluster().outbox.lock().push(Item::state(record));
    }

    /// Asks the others for everything that they have.
    pub(super) fn say_hello(&self) {
        if self.alone_ms.is_none() {
            self.say(&Record::Hello);
            self.say_alive();
        }
    }

    fn say_alive(&self) {
        let apps = self.hub.apps();
        let count = |id: &str| {
            let index = self.shared().apps.by_id(id)?;
            let count = self.shared().apps.state(index).connection_count() as u64;
            (count > 0).then_some(count)
        };
        let connections = apps
            .iter()
            .filter_map(|app| Some((&*app.id, count(&app.id)?)));
        self.say(&Record::Alive {
            connections: connections.collect(),
        });
    }

    /// Says that this node is there, and who seems to be no longer.
    pub(super) fn beat(&mut self) {
        let now_ms = self.now_ms();
        if self.alone_ms.is_some() || self.has_left {
            return;
        }
        self.say_alive();
        // Who cannot read cannot say who is silent.
        let reads_well = self.is_connected && now_ms.saturating_sub(self.caught_up_ms) < 2_000;
        if reads_well && self.joining == Joining::Done {
            for (node, life) in self.peers.silent(self.me, now_ms) {
                tracing::warn!(node, "a node is silent, and taken for dead");
                self.say(&Record::Dead { node, life });
            }
        }
    }

    /// Tells what has changed on this node since the last time.
    pub(super) fn flush(&mut self) {
        let is_alone = self.alone_ms.is_some();
        if !is_alone && self.is_behind() {
            return;
        }
        let changes = std::mem::take(&mut *self.cluster().changes.lock());
        let hub = self.hub.clone();
        for (key, members) in changes.channels {
            let registry = &hub.0.apps.state(key.0).registry;
            let own = registry.own(&key.1, members.into_iter());
            self.tell_channel(&key, &own);
        }
        for (app, user_id) in changes.users {
            self.tell_user(app, &user_id);
        }
    }

    fn is_behind(&self) -> bool {
        self.cluster().outbox.lock().waiting_bytes() > STATE_BACKLOG_BYTES
    }

    fn tell_channel(&mut self, key: &(AppIndex, ChannelName), own: &OwnPart) {
        let members: Vec<_> = own
            .members
            .iter()
            .map(|(user_id, here)| MemberRecord {
                user_id,
                here: here.as_ref().map(|info| info.as_deref()),
            })
            .collect();
        if self.alone_ms.is_some() {
            // Nobody else is there to tell it; and when somebody is again, everything is told.
            let source = Source {
                node: self.me,
                tells: true,
            };
            let mut posted = ShardSet::default();
            let told = (own.subscriptions, &*members);
            self.view
                .channel(&self.hub.0, key, source, told, &mut posted);
            return;
        }
        self.say(&Record::Channel {
            app: &self.shared().app(key.0).id,
            channel: key.1.as_str(),
            subscriptions: own.subscriptions,
            members,
        });
    }

    fn tell_user(&self, app: AppIndex, user_id: &Arc<str>) {
        if self.alone_ms.is_none() {
            self.say(&Record::User {
                app: &self.shared().app(app).id,
                user: user_id,
                is_here: self.shared().apps.state(app).online.is_here(user_id),
            });
        }
    }

    /// Begins to tell everything that this node has.
    pub(super) fn begin_dump(&mut self) {
        if self.dump.is_some() {
            self.dump_again = true;
            return;
        }
        if self.alone_ms.is_some() || self.has_left {
            return;
        }
        self.say(&Record::StateBegin);
        let mut dump = Dump {
            channels: VecDeque::new(),
            users: VecDeque::new(),
        };
        for app in self.shared().apps.listed() {
            let state = self.shared().apps.state(app);
            let channels = state.registry.own_channels().into_iter();
            dump.channels.extend(channels.map(|channel| (app, channel)));
            let users = state.online.all_here().into_iter();
            dump.users.extend(users.map(|user_id| (app, user_id)));
        }
        self.dump = Some(dump);
        self.go_on_dumping();
    }

    /// Tells more of it, if there is room.
    pub(super) fn go_on_dumping(&mut self) {
        if self.alone_ms.is_some() {
            (self.dump, self.dump_again) = (None, false);
        }
        if self.is_behind() {
            return;
        }
        let Some(mut dump) = self.dump.take() else {
            return;
        };
        let n_channels = dump.channels.len().min(DUMP_STEP);
        let hub = self.hub.clone();
        for key in dump.channels.drain(..n_channels) {
            let own = hub.0.apps.state(key.0).registry.all_own(&key.1);
            self.tell_channel(&key, &own);
        }
        let n_users = dump.users.len().min(DUMP_STEP);
        for (app, user_id) in dump.users.drain(..n_users) {
            self.tell_user(app, &user_id);
        }
        if !dump.channels.is_empty() || !dump.users.is_empty() {
            self.dump = Some(dump);
            return;
        }
        self.say(&Record::StateEnd);
        if std::mem::take(&mut self.dump_again) {
            self.begin_dump();
        }
    }

    /// Tells what was changed last, and that this node leaves.
    pub(super) fn begin_leaving(&mut self) {
        self.stop_ms = Some(self.now_ms() + STOP_PATIENCE_MS);
        self.flush();
        self.say(&Record::Bye);
    }
}
