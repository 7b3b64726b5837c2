//! Catching up: a client that was away gets what it missed of a channel, right behind the answer to its subscription.
//!
//! A new subscriber gets every event of the channel that has not had its turn in this shard yet, and all later ones. So what it
//! missed is what is kept from its last event up to the first of those: each event comes once, and in order. If its last event is one
//! that has not had its turn here, because another shard or another node was faster, it is left out when that is delivered.

use super::Shard;
use super::channels::ChannelIndex;
use crate::app_table::AppIndex;
use crate::history::{Gap, Kept};
use antiphon_protocol::frame::Subscribe;
use antiphon_protocol::{ChannelName, EventId, SocketId};
use std::sync::Arc;

/// What a subscriber is told of the past.
#[derive(Debug)]
pub(super) struct CaughtUp {
    /// The position in the history from which on the client has or gets everything. `None` if the channel keeps no history.
    pub(super) id: Option<EventId>,
    /// The events that it has missed, if it asked for them.
    pub(super) missed: Option<Result<Vec<Kept>, Gap>>,
}

impl Shard {
    /// Finds what a subscriber has missed. `channel` is the one that it has joined, `is_new` whether it had not before, and
    /// `own_socket` its connection: it may have acted as that since it came back.
    pub(super) fn catch_up(
        &mut self,
        own_socket: SocketId,
        index: AppIndex,
        name: &ChannelName,
        (channel, is_new): (ChannelIndex, bool),
        subscribe: &Subscribe,
    ) -> CaughtUp {
        let shared = Arc::clone(&self.hub.0);
        let state = shared.apps.state(index);
        let rules = &state.app().history;
        let asked = subscribe.resume_after.as_deref();
        if !rules.cover(name) {
            return CaughtUp {
                id: None,
                missed: asked.map(|_| Err(Gap::Off)),
            };
        }
        let after = asked.map(|text| text.parse::<EventId>().map_err(|_| Gap::Unknown));
        let (position, kept) = state.registry.in_order(name, |_| {
            let kept = |after| state.history.after(name, after, rules);
            (
                state.history.position(),
                after.map(|after| after.and_then(kept)),
            )
        });
        // Now everything up to that position that this shard has still to deliver is in the channel's queue.
        self.empty_inbox();
        let waiting = self.channels.first_waiting(channel).unwrap_or(u64::MAX);
        let newest = position;
        let position = position.min(waiting - 1);
        let earlier_socket = subscribe.resume_socket_id.as_deref();
        let earlier_socket = earlier_socket.and_then(|text| text.parse::<SocketId>().ok());
        let mut may_double = false;
        if let (Some(Ok(after)), Some(Ok(_)), true) = (after, &kept, is_new) {
            may_double = !self.channels.skip_seen(channel, after.serial, own_socket);
            // Known, and not delivered yet: it was on a node that is ahead of this one.
            if after.serial > newest {
                may_double |= !self.channels.expect_seen(channel, after.serial, own_socket);
            }
        }
        let missed = kept.map(|kept| {
            let mut events = kept?;
            if may_double {
                return Err(Gap::Behind);
            }
            // Whoever was subscribed all the time has missed nothing.
            events.retain(|event| {
                let is_own = event
                    .except
                    .is_some_and(|socket| socket == own_socket || Some(socket) == earlier_socket);
                is_new && event.serial < waiting && !is_own
            });
            let n_bytes: usize = events.iter().map(|event| event.frame.len()).sum();
            // With more than that a client would be cut off for reading too slowly, come back, and ask for the same again.
            match self.out.len() + n_bytes <= self.limits().backlog_bytes / 2 {
                true => Ok(events),
                false => Err(Gap::TooMuch),
            }
        });
        let id = match (&missed, after) {
            (Some(Ok(_)), Some(Ok(after))) => after,
            _ => state.history.id(position),
        };
        CaughtUp {
            id: Some(id),
            missed,
        }
    }

    /// Adds events to the answers of the connection that is being read.
    pub(super) fn reply_frames(&mut self, events: &[Kept]) {
        for event in events {
            self.tap_frame(&event.frame);
            self.out.extend_from_slice(&event.frame);
        }
        self.out_messages += events.len();
    }
}
