//! Watching users: whom the connections of this shard watch, and telling them who comes and who goes.
//!
//! What the watchers of a user are to be told is a state, not a queue: however often a user comes and goes, and however slowly its
//! watchers are told, at most one round of telling waits for each user, and it tells how things are then. A user that has come and
//! gone between two rounds is not told of.

use super::Shard;
use super::deliver::SLICE;
use crate::app_table::AppIndex;
use crate::online::Seen;
use antiphon_protocol::Code;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::watchlist;
use antiphon_protocol::ws::{Opcode, frame};
use bytes::Bytes;
use slab::Slab;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// A map that is filled to less than one part in so many gives its memory back.
const SHRINK_BELOW: usize = 8;

/// The place of a user in [`Watches`], for as long as it has a watcher.
pub(super) type WatchIndex = u32;

/// Whom the connections of a shard watch.
#[derive(Debug, Default)]
pub(super) struct Watches {
    all: Slab<Watched>,
    by_user: HashMap<(AppIndex, Arc<str>), WatchIndex>,
    /// The users whose watchers are to be told, each once, and some that have lost their last watcher since.
    due: VecDeque<WatchIndex>,
}

/// A user with watchers.
#[derive(Debug)]
struct Watched {
    app: AppIndex,
    user_id: Arc<str>,
    /// The slots of the connections that watch, in their order, so that a round can be interrupted.
    watchers: BTreeSet<u32>,
    /// The latest that is known.
    seen: Seen,
    /// What the watchers were told last. During a round only those know it who come after its next slot.
    told: bool,
    is_due: bool,
    round: Option<Round>,
}

/// Telling all watchers of a user, a slice at a time.
#[derive(Debug)]
struct Round {
    /// Those with lower slots have been told.
    next_slot: u32,
    frame: Bytes,
    /// Whether the user has come or gone since the round began, so that another one must follow.
    is_outdated: bool,
}

impl Watches {
    /// Takes note of the state of a user. Does nothing if nobody watches it, or something later is known.
    pub(super) fn hear(&mut self, app: AppIndex, user_id: &Arc<str>, seen: Seen) {
        let Some(&index) = self.by_user.get(&(app, Arc::clone(user_id))) else {
            return;
        };
        let watched = &mut self.all[index as usize];
        if seen.as_of <= watched.seen.as_of {
            return;
        }
        let is_change = seen.is_online != watched.seen.is_online;
        watched.seen = seen;
        if !is_change {
            return;
        }
        if let Some(round) = &mut watched.round {
            round.frame = frame_of(&watched.user_id, seen.is_online);
            round.is_outdated = true;
        }
        if !watched.is_due {
            watched.is_due = true;
            self.due.push_back(index);
        }
    }

    /// Makes a connection a watcher. `seen` is what the watcher is told of the user by others.
    pub(super) fn join(
        &mut self,
        app: AppIndex,
        user_id: &Arc<str>,
        seen: Seen,
        slot: usize,
    ) -> WatchIndex {
        self.hear(app, user_id, seen);
        let all = &mut self.all;
        let key = (app, Arc::clone(user_id));
        let index = *self.by_user.entry(key).or_insert_with(|| {
            all.insert(Watched {
                app,
                user_id: Arc::clone(user_id),
                watchers: BTreeSet::new(),
                seen,
                told: seen.is_online,
                is_due: false,
                round: None,
            }) as WatchIndex
        });
        self.all[index as usize].watchers.insert(slot as u32);
        index
    }

    /// Ends that. Gives the user if that was its last watcher.
    pub(super) fn leave(&mut self, index: WatchIndex, slot: usize) -> Option<(AppIndex, Arc<str>)> {
        let watched = &mut self.all[index as usize];
        watched.watchers.remove(&(slot as u32));
        if !watched.watchers.is_empty() {
            return None;
        }
        let Watched { app, user_id, .. } = self.all.remove(index as usize);
        let key = (app, user_id);
        self.by_user.remove(&key);
        if self.by_user.is_empty() {
            *self = Self::default();
        } else if self.by_user.len() < self.by_user.capacity() / SHRINK_BELOW {
            let room = self.by_user.len() * 2;
            self.by_user.shrink_to(room);
        }
        Some(key)
    }

    /// Whether somebody is to be told.
    pub(super) fn is_busy(&self) -> bool {
        !self.due.is_empty()
    }

    /// The place of a user, and how many watch it.
    fn find(&self, app: AppIndex, user_id: &Arc<str>) -> Option<(WatchIndex, usize)> {
        let index = *self.by_user.get(&(app, Arc::clone(user_id)))?;
        Some((index, self.all[index as usize].watchers.len()))
    }

    /// The next connection to be told of this user, and what. `None` if all are; then the user is not due any more.
    fn next_watcher(&mut self, index: WatchIndex) -> Option<(usize, Bytes)> {
        let watched = self.all.get_mut(index as usize)?;
        loop {
            if !watched.is_due {
                return None;
            }
            if watched.round.is_none() {
                if watched.seen.is_online == watched.told {
                    watched.is_due = false;
                    return None;
                }
                watched.told = watched.seen.is_online;
                watched.round = Some(Round {
                    next_slot: 0,
                    frame: frame_of(&watched.user_id, watched.told),
                    is_outdated: false,
                });
            }
            let round = watched.round.as_mut()?;
            if let Some(&slot) = watched.watchers.range(round.next_slot..).next() {
                round.next_slot = slot + 1;
                return Some((slot as usize, round.frame.clone()));
            }
            if round.is_outdated {
                // Some know what was so when the round began. They are told again, and the others twice.
                watched.told = !watched.seen.is_online;
            }
            watched.round = None;
        }
    }
}

impl Shard {
    /// Makes a connection that has just signed in watch the users on its list, and tells it which of them are signed in.
    pub(super) fn begin_watching(&mut self, slot: usize, app: AppIndex, user_data: &str) {
        let Some(user) = self.conns[slot].user() else {
            return;
        };
        let max = self.limits().watchlist_users;
        let list = watchlist::parse(user_data, &user.user_id, self.member_limits(), max);
        if list.is_cut {
            self.reply(&ServerEvent::Error {
                code: Some(Code::WatchlistLimit),
                message: &format!(
                    "Watchlist limit exceeded: only the first {max} users are watched"
                ),
                channel: None,
            });
        }
        if list.ids.is_empty() {
            return;
        }
        let mut seen = Vec::with_capacity(list.ids.len());
        for user_id in &list.ids {
            self.settle_watched(app, user_id);
            let state = self.hub.0.apps.state(app).online.watch(user_id, self.index);
            let index = self.watches.join(app, user_id, state, slot);
            let identity = self.conns[slot].identity.get_or_insert_default();
            identity.watching.push(index);
            seen.push((&**user_id, state.is_online));
        }
        self.reply_json(&watchlist::events(seen));
    }

    /// Ends the watching of a connection.
    pub(super) fn end_watching(&mut self, slot: usize, watching: &[WatchIndex]) {
        for &index in watching {
            if let Some((app, user_id)) = self.watches.leave(index, slot) {
                let online = &self.hub.0.apps.state(app).online;
                online.unwatch(&user_id, self.index);
            }
        }
    }

    /// Serves a slice of the watchers who are to be told something.
    pub(super) fn tell_watchers(&mut self) {
        let mut budget = SLICE;
        while budget > 0 {
            let Some(index) = self.watches.due.pop_front() else {
                return;
            };
            loop {
                if budget == 0 {
                    self.watches.due.push_back(index);
                    return;
                }
                let Some((slot, frame)) = self.watches.next_watcher(index) else {
                    break;
                };
                budget -= 1;
                self.send_frames(slot, &frame, 1);
            }
        }
    }

    /// Tells those who watch a user already how things are, before somebody joins them who reads it for itself and is not to be
    /// told again. A user with very many watchers is left as it is: they would all have to be served at once.
    fn settle_watched(&mut self, app: AppIndex, user_id: &Arc<str>) {
        match self.watches.find(app, user_id) {
            Some((index, n_watchers)) if n_watchers <= SLICE => {
                let seen = self.hub.0.apps.state(app).online.watch(user_id, self.index);
                self.watches.hear(app, user_id, seen);
                while let Some((slot, frame)) = self.watches.next_watcher(index) {
                    self.send_frames(slot, &frame, 1);
                }
            }
            Some(_) | None => {}
        }
    }
}

/// What is told of a user who has come or gone.
fn frame_of(user_id: &str, is_online: bool) -> Bytes {
    let json = watchlist::events([(user_id, is_online)]);
    frame::encode(Opcode::Text, json.as_bytes())
}

#[cfg(test)]
mod tests;
