//! Which users of an application are signed in, whatever the shards and, in a cluster, the nodes, and which shards have somebody who watches them.
//!
//! A shard writes here when the first of its connections signs in as a user or begins to watch one, and when the last of them
//! ends that. An entry exists for as long as a shard is in it. Telling the watchers never comes here.
//!
//! A user comes and goes under the lock of its part, which is held while the change goes to the inboxes; and every change of a part
//! has a number. So a shard that reads a state with its number knows which posts are older than that: what it tells its watchers
//! is the truth of one moment, and each later change, in their order.
//! Lock order: a part, then an inbox; never two parts, and none of a registry.

use crate::app_table::AppIndex;
use crate::hub::Shared;
use crate::inbox::Post;
use crate::registry::ShardSet;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// How many locks the users of one application are spread over. More than most machines have cores that sign users in at one moment.
const PARTS: usize = 16;

/// A part that is filled to less than one in so many gives its memory back.
const SHRINK_BELOW: usize = 8;

/// Whether a user was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) is_online: bool,
    /// The number of the latest change that this takes into account. Of two numbers for one user the higher is the later one.
    pub(crate) as_of: u64,
}

#[derive(Debug, Default)]
struct Entry {
    /// The shards with a connection that is signed in as the user.
    online: ShardSet,
    /// How many other nodes have the user signed in.
    elsewhere: u32,
    /// The shards with a connection that watches the user.
    watching: ShardSet,
}

#[derive(Debug, Default)]
struct Part {
    users: HashMap<Arc<str>, Entry>,
    /// How many changes there were. Counted for the part and not for the user, so that no number comes twice when a user is
    /// forgotten in between.
    changes: u64,
}

#[derive(Debug)]
pub(crate) struct Online {
    parts: Box<[Mutex<Part>]>,
    hasher: RandomState,
}

impl Entry {
    fn is_here(&self) -> bool {
        self.online != ShardSet::default()
    }

    fn is_online(&self) -> bool {
        self.is_here() || self.elsewhere > 0
    }
}

impl Part {
    fn entry(&mut self, user_id: &Arc<str>) -> &mut Entry {
        self.users.entry(Arc::clone(user_id)).or_default()
    }

    fn forget_if_unused(&mut self, user_id: &str) {
        let is_unused = self
            .users
            .get(user_id)
            .is_some_and(|entry| !entry.is_online() && entry.watching == ShardSet::default());
        if is_unused {
            self.users.remove(user_id);
            if self.users.len() < self.users.capacity() / SHRINK_BELOW {
                let room = self.users.len() * 2;
                self.users.shrink_to(room);
            }
        }
    }
}

impl Online {
    pub(crate) fn new() -> Self {
        Self {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The first connection of `shard` has signed in as a user. If that is the first of all, calls `tell` with the shards
    /// where the user is watched.
    fn came(&self, user_id: &Arc<str>, shard: usize, tell: impl FnOnce(ShardSet, Seen)) {
        let mut part = self.part(user_id).lock();
        let entry = part.entry(user_id);
        let is_change = !entry.is_online();
        entry.online.insert(shard);
        let watching = entry.watching;
        if is_change {
            part.changes += 1;
            let as_of = part.changes;
            tell(
                watching,
                Seen {
                    is_online: true,
                    as_of,
                },
            );
        }
    }

    /// The last connection of `shard` that was signed in as a user has ended. If that was the last of all, calls `tell` with the
    /// shards where the user is watched.
    fn went(&self, user_id: &str, shard: usize, tell: impl FnOnce(ShardSet, Seen)) {
        let mut part = self.part(user_id).lock();
        let Some(entry) = part.users.get_mut(user_id) else {
            return;
        };
        let was_here = entry.online.remove(shard);
        let is_change = was_here && !entry.is_online();
        let watching = entry.watching;
        if is_change {
            part.changes += 1;
            let as_of = part.changes;
            tell(
                watching,
                Seen {
                    is_online: false,
                    as_of,
                },
            );
            part.forget_if_unused(user_id);
        }
    }

    /// Another node has the user signed in now, or no longer. If that is a change for those who watch, calls `tell`.
    fn elsewhere(&self, user_id: &Arc<str>, is_there: bool, tell: impl FnOnce(ShardSet, Seen)) {
        let mut part = self.part(user_id).lock();
        let entry = part.entry(user_id);
        let was_online = entry.is_online();
        entry.elsewhere = match is_there {
            true => entry.elsewhere + 1,
            false => entry.elsewhere.saturating_sub(1),
        };
        let (is_online, watching) = (entry.is_online(), entry.watching);
        if is_online != was_online {
            part.changes += 1;
            let as_of = part.changes;
            tell(watching, Seen { is_online, as_of });
        }
        part.forget_if_unused(user_id);
    }

    /// Whether a connection of this node is signed in as the user.
    pub(crate) fn is_here(&self, user_id: &str) -> bool {
        let part = self.part(user_id).lock();
        part.users.get(user_id).is_some_and(Entry::is_here)
    }

    /// The users that are signed in on this node. A part at a time.
    pub(crate) fn all_here(&self) -> Vec<Arc<str>> {
        let mut found = Vec::new();
        for part in &self.parts {
            let part = part.lock();
            let here = part.users.iter().filter(|(_, entry)| entry.is_here());
            found.extend(here.map(|(id, _)| Arc::clone(id)));
        }
        found
    }

    /// From now on `shard` is posted the changes of a user, those with higher numbers than the answer's.
    pub(crate) fn watch(&self, user_id: &Arc<str>, shard: usize) -> Seen {
        let mut part = self.part(user_id).lock();
        let entry = part.entry(user_id);
        entry.watching.insert(shard);
        let is_online = entry.is_online();
        Seen {
            is_online,
            as_of: part.changes,
        }
    }

    /// Nobody in `shard` watches a user any more.
    pub(crate) fn unwatch(&self, user_id: &str, shard: usize) {
        let mut part = self.part(user_id).lock();
        if let Some(entry) = part.users.get_mut(user_id) {
            entry.watching.remove(shard);
        }
        part.forget_if_unused(user_id);
    }

    fn part(&self, user_id: &str) -> &Mutex<Part> {
        let hash = self.hasher.hash_one(user_id);
        &self.parts[hash as usize % PARTS]
    }

    /// How many users somebody of the node is signed in as, or watches.
    #[cfg(test)]
    fn entries(&self) -> usize {
        self.parts.iter().map(|part| part.lock().users.len()).sum()
    }
}

impl Shared {
    /// See [`Online::came`]. The shards in `posted` are to be woken afterwards.
    pub(crate) fn user_came(
        &self,
        app: AppIndex,
        user_id: &Arc<str>,
        shard: usize,
        posted: &mut ShardSet,
    ) {
        let online = &self.apps.state(app).online;
        online.came(user_id, shard, |watching, seen| {
            self.post_change(app, user_id, watching, seen, posted);
        });
        self.user_changed(app, user_id);
    }

    /// See [`Online::went`]. The shards in `posted` are to be woken afterwards.
    pub(crate) fn user_went(
        &self,
        app: AppIndex,
        user_id: &Arc<str>,
        shard: usize,
        posted: &mut ShardSet,
    ) {
        let online = &self.apps.state(app).online;
        online.went(user_id, shard, |watching, seen| {
            self.post_change(app, user_id, watching, seen, posted);
        });
        self.user_changed(app, user_id);
    }

    /// See [`Online::elsewhere`]. The shards in `posted` are to be woken afterwards.
    pub(crate) fn user_elsewhere(
        &self,
        app: AppIndex,
        user_id: &Arc<str>,
        is_there: bool,
        posted: &mut ShardSet,
    ) {
        let online = &self.apps.state(app).online;
        online.elsewhere(user_id, is_there, |watching, seen| {
            self.post_change(app, user_id, watching, seen, posted);
        });
    }

    /// In a cluster, the other nodes are to be told.
    fn user_changed(&self, app: AppIndex, user_id: &Arc<str>) {
        if let Some(cluster) = &self.cluster {
            cluster.user_changed(app, user_id);
        }
    }

    fn post_change(
        &self,
        app: AppIndex,
        user_id: &Arc<str>,
        watching: ShardSet,
        seen: Seen,
        posted: &mut ShardSet,
    ) {
        for shard in watching.iter() {
            posted.insert(shard);
            self.inboxes[shard].post(Post::UserChanged(app, Arc::clone(user_id), seen));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told, as shards, state and number.
    fn told(
        change: impl FnOnce(&mut dyn FnMut(ShardSet, Seen)),
    ) -> Option<(Vec<usize>, bool, u64)> {
        let mut told = None;
        change(&mut |shards, seen| {
            told = Some((shards.iter().collect(), seen.is_online, seen.as_of));
        });
        told
    }

    #[test]
    fn the_first_connection_of_the_node_and_its_last_are_changes() {
        let online = Online::new();
        let user: Arc<str> = "u".into();
        let before = online.watch(&user, 5);
        assert!(!before.is_online);
        let first = told(|tell| online.came(&user, 0, tell)).unwrap();
        assert_eq!((&first.0, first.1), (&vec![5], true));
        assert!(first.2 > before.as_of);
        assert_eq!(told(|tell| online.came(&user, 1, tell)), None);
        assert_eq!(told(|tell| online.went(&user, 0, tell)), None);
        let seen = online.watch(&user, 6);
        assert_eq!((seen.is_online, seen.as_of), (true, first.2));
        let last = told(|tell| online.went(&user, 1, tell)).unwrap();
        assert_eq!((last.0, last.1), (vec![5, 6], false));
        assert!(last.2 > first.2);
        assert_eq!(told(|tell| online.went(&user, 1, tell)), None, "it is gone");
    }

    #[test]
    fn who_is_signed_in_on_another_node_is_online() {
        let online = Online::new();
        let user: Arc<str> = "u".into();
        online.watch(&user, 5);
        assert!(told(|tell| online.elsewhere(&user, true, tell)).unwrap().1);
        assert_eq!(told(|tell| online.came(&user, 0, tell)), None);
        assert_eq!(told(|tell| online.elsewhere(&user, false, tell)), None);
        assert_eq!(online.all_here(), ["u".into()]);
        assert!(!told(|tell| online.went(&user, 0, tell)).unwrap().1);
        online.unwatch(&user, 5);
        assert_eq!(online.entries(), 0);
    }

    #[test]
    fn nothing_is_kept_of_a_user_whom_nobody_is_or_watches() {
        let online = Online::new();
        let user: Arc<str> = "u".into();
        online.watch(&user, 0);
        assert_eq!(told(|tell| online.came(&user, 0, tell)).unwrap().2, 1);
        online.unwatch(&user, 0);
        assert_eq!(online.entries(), 1);
        assert_eq!(
            told(|tell| online.went(&user, 0, tell)),
            Some((vec![], false, 2))
        );
        assert_eq!(online.entries(), 0);
        assert_eq!(online.watch(&user, 0).as_of, 2, "numbers go on");
        online.unwatch(&user, 0);
        assert_eq!(online.entries(), 0);
    }
}
