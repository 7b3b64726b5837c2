//! What each node has told of itself, in the order of the log; so all nodes see the same changes at the same places.
//!
//! What another node has is counted in the registry and among the users online, like one more connection. And where a change in the
//! order of the log is one of the whole cluster (a first subscription, a last member), the node that has brought it tells its
//! observer: one node does, and no other.

use super::record::MemberRecord;
use crate::app_table::AppIndex;
use crate::hub::Shared;
use crate::occurrence::{Occurrence, OccurrenceKind};
use crate::registry::elsewhere::MemberElsewhere;
use crate::registry::{EAGER_COUNT, ShardSet};
use antiphon_protocol::presence::Member;
use antiphon_protocol::{ChannelKind, ChannelName};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What all nodes have.
#[derive(Debug)]
pub(super) struct View {
    /// This node.
    me: u64,
    channels: HashMap<(AppIndex, ChannelName), ChannelView>,
    users: HashMap<(AppIndex, Arc<str>), Vec<u64>>,
    /// Channels whose subscribers here are to be told how many they are, when the time has come.
    counts_due: HashSet<(AppIndex, ChannelName)>,
    /// Channels of whose count the observer is to be told.
    observed_counts_due: HashSet<(AppIndex, ChannelName)>,
}

#[derive(Debug, Default)]
struct ChannelView {
    /// The subscriptions of the nodes that have any.
    subscriptions: Vec<(u64, u32)>,
    /// The nodes that have each member.
    members: HashMap<Arc<str>, Vec<u64>>,
    /// The count that the observer was told last, and when, in milliseconds of the hub's clock.
    count_told: (u32, u64),
}

/// Whose word it is that something has changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    /// The node that has it, or had it.
    pub(super) node: u64,
    /// Whether the observer of this node is told of what it means for the cluster.
    pub(super) tells: bool,
}

/// What a node has told earlier and not confirmed yet, while it tells everything anew.
#[derive(Debug, Default)]
pub(super) struct Sweep {
    channels: HashMap<(AppIndex, ChannelName), Unconfirmed>,
    users: HashSet<(AppIndex, Arc<str>)>,
}

/// What of a channel is not confirmed yet: all of it, or some members.
#[derive(Debug, Default)]
struct Unconfirmed {
    is_confirmed: bool,
    members: HashSet<Arc<str>>,
}

impl ChannelView {
    fn all_subscriptions(&self) -> u32 {
        let counts = self.subscriptions.iter().map(|(_, count)| *count);
        counts.fold(0, u32::saturating_add)
    }

    fn of(&self, node: u64) -> u32 {
        let found = self.subscriptions.iter().find(|(id, _)| *id == node);
        found.map_or(0, |(_, count)| *count)
    }

    /// Sets the subscriptions of a node. Gives those that it had.
    fn set(&mut self, node: u64, count: u32) -> u32 {
        let before = self.of(node);
        self.subscriptions.retain(|(id, _)| *id != node);
        if count > 0 {
            self.subscriptions.push((node, count));
        }
        before
    }

    fn has(&self, node: u64) -> bool {
        self.of(node) > 0 || self.members.values().any(|nodes| nodes.contains(&node))
    }
}

impl View {
    pub(super) fn new(me: u64) -> Self {
        Self {
            me,
            channels: HashMap::new(),
            users: HashMap::new(),
            counts_due: HashSet::new(),
            observed_counts_due: HashSet::new(),
        }
    }

    /// A node has so many subscriptions of a channel now, and has some members or has them no longer. The shards in `posted` are to be
    /// woken afterwards.
    pub(super) fn channel(
        &mut self,
        shared: &Shared,
        key: &(AppIndex, ChannelName),
        source: Source,
        (subscriptions, members): (u32, &[MemberRecord<'_>]),
        posted: &mut ShardSet,
    ) {
        let (app, channel) = key;
        let view = match self.channels.get_mut(key) {
            Some(view) => view,
            None => self.channels.entry(key.clone()).or_default(),
        };
        let all_before = view.all_subscriptions();
        let before = view.set(source.node, subscriptions);
        let all = view.all_subscriptions();
        if source.tells && all_before == 0 && all > 0 {
            shared.tell_occupied(*app, channel);
        }
        let mut changes = Vec::new();
        for MemberRecord { user_id, here } in members {
            let user_id: Arc<str> = Arc::from(*user_id);
            match here {
                Some(info) => {
                    let member = Member {
                        user_id: Arc::clone(&user_id),
                        user_info: info.map(Arc::from),
                    };
                    let nodes = view.members.entry(Arc::clone(&user_id)).or_default();
                    if nodes.contains(&source.node) {
                        changes.push(MemberElsewhere::Renewed(member));
                        continue;
                    }
                    nodes.push(source.node);
                    if source.tells && nodes.len() == 1 {
                        shared.occurred(*app, channel, OccurrenceKind::MemberAdded, |channel| {
                            Occurrence::MemberAdded { channel, user_id }
                        });
                    }
                    changes.push(MemberElsewhere::Came(member));
                }
                None => {
                    let Some(nodes) = view.members.get_mut(&user_id) else {
                        continue;
                    };
                    let n_before = nodes.len();
                    nodes.retain(|id| *id != source.node);
                    if nodes.len() == n_before {
                        continue;
                    }
                    changes.push(MemberElsewhere::Went(Arc::clone(&user_id)));
                    if nodes.is_empty() {
                        view.members.remove(&user_id);
                        if source.tells {
                            let kind = OccurrenceKind::MemberRemoved;
                            shared.occurred(*app, channel, kind, |channel| {
                                Occurrence::MemberRemoved { channel, user_id }
                            });
                        }
                    }
                }
            }
        }
        if source.tells && all_before > 0 && all == 0 {
            shared.tell_vacated(*app, channel);
        }
        let tells_counts = channel.kind() != ChannelKind::Presence && all != all_before;
        if view.subscriptions.is_empty() && view.members.is_empty() {
            self.channels.remove(key);
        } else if tells_counts && source.tells {
            self.observed_counts_due.insert(key.clone());
        }
        if source.node != self.me {
            let counts = (before, subscriptions);
            let is_here = shared.change_elsewhere(*app, channel, counts, changes, posted);
            if is_here && tells_counts && shared.tells_counts(*app) {
                self.counts_due.insert(key.clone());
            }
        }
    }

    /// A node has a user signed in now, or no longer. The shards in `posted` are to be woken afterwards.
    pub(super) fn user(
        &mut self,
        shared: &Shared,
        (app, user_id): (AppIndex, &Arc<str>),
        node: u64,
        is_there: bool,
        posted: &mut ShardSet,
    ) {
        // Nobody but the watchers of this node is told, and they know their own.
        if node == self.me {
            return;
        }
        let key = (app, Arc::clone(user_id));
        let nodes = self.users.entry(key).or_default();
        if nodes.contains(&node) == is_there {
            return;
        }
        match is_there {
            true => nodes.push(node),
            false => nodes.retain(|id| *id != node),
        }
        if nodes.is_empty() {
            self.users.remove(&(app, Arc::clone(user_id)));
        }
        shared.user_elsewhere(app, user_id, is_there, posted);
    }

    /// A node has nothing any more. The shards in `posted` are to be woken afterwards.
    pub(super) fn forget(&mut self, shared: &Shared, source: Source, posted: &mut ShardSet) {
        let all = self.of_node(source.node);
        self.end_sweep(shared, all, source, posted);
    }

    /// What is to be confirmed by a node that tells everything anew.
    pub(super) fn of_node(&self, node: u64) -> Sweep {
        let mut sweep = Sweep::default();
        for (key, view) in self.channels.iter().filter(|(_, view)| view.has(node)) {
            let members = view.members.iter();
            let own = members.filter(|(_, nodes)| nodes.contains(&node));
            let unconfirmed = Unconfirmed {
                is_confirmed: false,
                members: own.map(|(id, _)| Arc::clone(id)).collect(),
            };
            sweep.channels.insert(key.clone(), unconfirmed);
        }
        let users = self.users.iter();
        let own = users.filter(|(_, nodes)| nodes.contains(&node));
        sweep.users.extend(own.map(|(key, _)| key.clone()));
        sweep
    }

    /// Removes what a node has not confirmed.
    pub(super) fn end_sweep(
        &mut self,
        shared: &Shared,
        sweep: Sweep,
        source: Source,
        posted: &mut ShardSet,
    ) {
        for (key, unconfirmed) in sweep.channels {
            let subscriptions = match (unconfirmed.is_confirmed, self.channels.get(&key)) {
                (true, Some(view)) => view.of(source.node),
                _ => 0,
            };
            let members = unconfirmed.members.iter();
            let gone: Vec<_> = members
                .map(|user_id| MemberRecord {
                    user_id,
                    here: None,
                })
                .collect();
            self.channel(shared, &key, source, (subscriptions, &gone), posted);
        }
        for (app, user_id) in sweep.users {
            self.user(shared, (app, &user_id), source.node, false, posted);
        }
    }

    /// The nodes that have told of something, but for this one.
    pub(super) fn others(&self) -> HashSet<u64> {
        let mut nodes = HashSet::new();
        for view in self.channels.values() {
            nodes.extend(view.subscriptions.iter().map(|(id, _)| *id));
            nodes.extend(view.members.values().flatten());
        }
        nodes.extend(self.users.values().flatten());
        nodes.remove(&self.me);
        nodes
    }

    /// Whether counts wait for their time.
    pub(super) fn has_counts_due(&self) -> bool {
        !self.counts_due.is_empty() || !self.observed_counts_due.is_empty()
    }

    /// Tells the counts whose time has come, to subscribers and to the observer.
    pub(super) fn tell_counts(&mut self, shared: &Shared) {
        let due = std::mem::take(&mut self.counts_due);
        let later = |(app, channel): &(AppIndex, ChannelName)| !shared.tell_count(*app, channel);
        self.counts_due.extend(due.into_iter().filter(later));
        let (now_ms, every_ms) = (
            shared.clock.elapsed_ms(),
            u64::from(shared.limits.subscription_count_every_ms),
        );
        for key in std::mem::take(&mut self.observed_counts_due) {
            let Some(view) = self.channels.get_mut(&key) else {
                continue;
            };
            let count = view.all_subscriptions();
            let (known, at_ms) = view.count_told;
            if count > EAGER_COUNT && now_ms.saturating_sub(at_ms) < every_ms {
                self.observed_counts_due.insert(key);
                continue;
            }
            view.count_told = (count, now_ms);
            if count != known && count > 0 {
                let kind = OccurrenceKind::SubscriptionCount;
                shared.occurred(key.0, &key.1, kind, |channel| {
                    Occurrence::SubscriptionCount { channel, count }
                });
            }
        }
    }
}

impl Sweep {
    /// A node has told of a channel, and of these members whether it has them.
    pub(super) fn confirm_channel<'a>(
        &mut self,
        key: &(AppIndex, ChannelName),
        members: impl Iterator<Item = &'a str>,
    ) {
        if let Some(unconfirmed) = self.channels.get_mut(key) {
            unconfirmed.is_confirmed = true;
            for id in members {
                unconfirmed.members.remove(id);
            }
        }
    }

    /// A node has told of a user.
    pub(super) fn confirm_user(&mut self, key: &(AppIndex, Arc<str>)) {
        self.users.remove(key);
    }
}
