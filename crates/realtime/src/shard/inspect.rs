//! Looking through the connections of a shard, a slice per turn.

use super::conn::Phase;
use super::{Shard, token_of};
use crate::inspect::{ConnectionInfo, FindConnections, Inspection};
use antiphon_protocol::Code;
use std::collections::BinaryHeap;

/// How many slots are looked at in a turn. A tenth of a millisecond, roughly.
const SLICE: usize = 2048;

/// How many questions may wait for their answer. One more gets none.
const MAX_WAITING: usize = 64;

/// How many channels of a connection are named.
const MAX_CHANNELS: usize = 100;

/// A question, and how far the search has come.
#[derive(Debug)]
pub(super) struct Search {
    inspection: Inspection,
    next_slot: usize,
    /// The youngest so far: age in milliseconds, slot, generation. The oldest of them is on top.
    found: BinaryHeap<(u32, usize, u32)>,
}

impl Search {
    fn keep(&mut self, age_ms: u32, slot: usize, generation: u32) {
        self.found.push((age_ms, slot, generation));
        if self.found.len() > self.inspection.limit {
            self.found.pop();
        }
    }
}

impl Shard {
    /// Takes a question. It is answered in one of the next turns.
    pub(super) fn begin_inspection(&mut self, inspection: Inspection) {
        if self.inspections.len() < MAX_WAITING {
            self.inspections.push_back(Search {
                inspection,
                next_slot: 0,
                found: BinaryHeap::new(),
            });
        }
    }

    /// Goes on with the first of the questions. Not done where the inbox is emptied: that happens in the midst of a
    /// connection's message, too.
    pub(super) fn inspect(&mut self) {
        let Some(mut search) = self.inspections.pop_front() else {
            return;
        };
        if search.inspection.answer.is_closed() {
            return;
        }
        match self.look(&mut search) {
            true => self.answer_inspection(search),
            false => self.inspections.push_front(search),
        }
    }

    /// Looks at a slice of the connections. `true`: it was the last one.
    fn look(&self, search: &mut Search) -> bool {
        let app = search.inspection.app;
        let slots: Vec<usize> = match &search.inspection.find {
            FindConnections::Newest | FindConnections::SocketId(_) => {
                let end = (search.next_slot + SLICE).min(self.conns.capacity());
                let slots = search.next_slot..end;
                search.next_slot = end;
                slots.collect()
            }
            // A user's connections are few, and their application may end all of them.
            FindConnections::User(id) => {
                let key = (app, std::sync::Arc::clone(id));
                self.users.get(&key).cloned().unwrap_or_default()
            }
            FindConnections::Channel(name) => {
                let index = self.channels.find(app, name.as_str());
                index.map_or_else(Vec::new, |index| {
                    let subscribers = self.channels.some_subscribers(index, SLICE);
                    subscribers
                        .map(|subscriber| subscriber.slot as usize)
                        .collect()
                })
            }
        };
        for slot in slots {
            let Some(conn) = self.conns.get(slot) else {
                continue;
            };
            let is_wanted = match search.inspection.find {
                FindConnections::SocketId(socket_id) => conn.socket_id == socket_id,
                _ => true,
            };
            if is_wanted && conn.phase == Phase::Open && conn.app == Some(app) {
                let age_ms = self.now.ms.wrapping_sub(conn.accepted_ms);
                search.keep(age_ms, slot, conn.generation);
            }
        }
        match search.inspection.find {
            FindConnections::Newest => search.next_slot >= self.conns.capacity(),
            FindConnections::SocketId(_) => {
                !search.found.is_empty() || search.next_slot >= self.conns.capacity()
            }
            FindConnections::User(_) | FindConnections::Channel(_) => true,
        }
    }

    fn answer_inspection(&mut self, search: Search) {
        let Search {
            inspection, found, ..
        } = search;
        let found = found.into_sorted_vec();
        let still_there = |&(_, slot, generation): &(u32, usize, u32)| {
            let conn = self.conns.get(slot)?;
            (conn.generation == generation && conn.phase == Phase::Open).then_some(slot)
        };
        let slots: Vec<usize> = found.iter().filter_map(still_there).collect();
        let described = slots.iter().map(|&slot| self.describe(slot)).collect();
        // Whoever asked may have stopped waiting.
        let _gone = inspection.answer.send(described);
        if inspection.close {
            for slot in slots {
                let token = token_of(slot, self.conns[slot].generation);
                self.guarded(token, |this, slot| {
                    this.fail(slot, Code::Unauthorized, "Closed from the console");
                    this.flush_out(slot);
                });
            }
        }
    }

    fn describe(&self, slot: usize) -> ConnectionInfo {
        let conn = &self.conns[slot];
        let peer = || conn.io.peer_addr().ok().map(|peer| peer.ip());
        let channels = conn.subscriptions.iter().take(MAX_CHANNELS);
        ConnectionInfo {
            socket_id: conn.socket_id,
            age_ms: self.now.ms.wrapping_sub(conn.accepted_ms),
            silent_ms: conn.silent_ms(self.now),
            address: conn
                .address
                .as_ref()
                .map(|counted| counted.address())
                .or_else(peer),
            user_id: conn.user().map(|user| std::sync::Arc::clone(&user.user_id)),
            subscriptions: conn.subscriptions.len(),
            channels: channels
                .map(|subscription| self.channels.name(subscription.channel).1.clone())
                .collect(),
            waiting_bytes: conn
                .backlog
                .as_ref()
                .map_or(0, |backlog| backlog.waiting_bytes()),
        }
    }
}
