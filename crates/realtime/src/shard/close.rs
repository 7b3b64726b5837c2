//! The ends of a connection: closed with a code, cut off, or dropped.
//!
//! After a close frame the write half is shut down and the rest is read until the peer closes too. Closing at once,
//! with something unread, would send a reset, and the peer would lose the close frame.

use super::Shard;
use super::channels::Subscription;
use super::conn::Phase;
use super::departure::Departure;
use super::transport::Transport;
use crate::metrics::DropReason;
use crate::presence::Parting;
use crate::registry::ShardSet;
use antiphon_protocol::Code;
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::ws::close::{self, CloseCode};
use antiphon_protocol::ws::{Opcode, frame};
use bytes::Bytes;
use std::net::Shutdown;
use std::sync::atomic::Ordering;

/// Above how many bytes the answer buffer is given back after use.
const KEPT_OUT_BYTES: usize = 64 << 10;

impl Shard {
    /// Ends a connection with a code of the Pusher protocol: as a message, for clients that look at those, and as a close frame.
    pub(super) fn fail(&mut self, slot: usize, code: Code, message: &str) {
        self.reply(&ServerEvent::Error {
            code: Some(code),
            message,
            channel: None,
        });
        self.close(slot, code.number(), message);
    }

    /// Ends a connection with a close frame, after the answers that are on their way.
    pub(super) fn close(&mut self, slot: usize, code: CloseCode, reason: &str) {
        self.tap_parting(code, reason);
        close::write(&mut self.out, code, reason);
        self.begin_closing(slot, Departure::of_close(code));
    }

    /// From now on the connection only has to read what is queued for it.
    pub(super) fn begin_closing(&mut self, slot: usize, departure: Departure) {
        // Afterwards nobody knows any more whose connection it was.
        self.count_answers(slot);
        self.leave(slot, departure);
        let conn = &mut self.conns[slot];
        conn.phase = Phase::Closing;
        conn.since_ms = self.now.ms;
        conn.input = None;
    }

    /// Ends a connection that is too far behind: of what waits for it, only a frame that was begun and the reason will follow.
    pub(super) fn cut_off(&mut self, slot: usize) {
        self.count_drop(slot, DropReason::SlowConsumer);
        let code = Code::OverCapacity;
        let max_bytes = self.limits().backlog_bytes;
        let message = format!("Too slow: more than {max_bytes} bytes wait for this connection");
        let mut last_words = Vec::new();
        let error = ServerEvent::Error {
            code: Some(code),
            message: &message,
            channel: None,
        };
        frame::write(&mut last_words, Opcode::Text, error.to_json().as_bytes());
        close::write(&mut last_words, code.number(), &message);
        if let Some(backlog) = &mut self.conns[slot].backlog {
            backlog.cut(Bytes::from(last_words));
        }
        if self.conns[slot].phase != Phase::Closing {
            self.tap_parting(code.number(), &message);
            self.begin_closing(slot, Departure::Lost);
        }
    }

    /// Sends the answers that were collected.
    pub(super) fn flush_out(&mut self, slot: usize) {
        if self.out.is_empty() {
            return;
        }
        self.count_answers(slot);
        let mut out = std::mem::take(&mut self.out);
        let max_backlog = self.limits().backlog_bytes;
        if let Some(conn) = self.conns.get_mut(slot) {
            match conn.send_copied(&out, max_backlog) {
                Ok(()) => self.shut_if_done(slot),
                Err(error) => self.send_failed(slot, error),
            }
        }
        out.clear();
        if out.capacity() <= KEPT_OUT_BYTES {
            self.out = out;
        }
    }

    /// Counts the answers that were collected, for the application of the connection.
    fn count_answers(&mut self, slot: usize) {
        self.tap_answers(slot);
        let n_messages = std::mem::take(&mut self.out_messages);
        if let Some(app) = self.conns.get(slot).and_then(|conn| conn.app) {
            let counts = self.counts(app);
            counts.messages_sent.add(n_messages);
            counts.sent_bytes.add(self.out.len());
        }
    }

    /// Counts a connection that is about to be ended.
    pub(super) fn count_drop(&self, slot: usize, reason: DropReason) {
        if let Some(app) = self.conns[slot].app {
            self.counts(app).dropped(reason);
        }
    }

    /// Sends what the socket would not take earlier.
    pub(super) fn flush(&mut self, slot: usize) {
        match self.conns[slot].flush() {
            Ok(()) => self.shut_if_done(slot),
            Err(error) => self.send_failed(slot, error),
        }
    }

    fn shut_if_done(&mut self, slot: usize) {
        let conn = &self.conns[slot];
        if conn.phase == Phase::Closing && conn.backlog.is_none() {
            // Fails if the peer has closed already, which reading will show.
            let _ = conn.io.shutdown(Shutdown::Write);
        }
    }

    /// Ends a connection without a word, because nobody would hear it.
    pub(super) fn drop_conn(&mut self, slot: usize) {
        if let Some(mut io) = self.remove_conn(slot) {
            // Closing the descriptor takes it out of the epoll set too.
            let _ = self.poll.registry().deregister(&mut io);
        }
    }

    /// Takes a connection out of the slab and of all counts.
    pub(super) fn remove_conn(&mut self, slot: usize) -> Option<Transport> {
        if !self.conns.contains(slot) {
            return None;
        }
        self.leave(slot, Departure::Lost);
        self.hub.0.sockets.fetch_sub(1, Ordering::Relaxed);
        Some(self.conns.remove(slot).io)
    }

    /// Takes a connection out of its channels and of the counts of open WebSockets.
    fn leave(&mut self, slot: usize, departure: Departure) {
        while !self.conns[slot].subscriptions.is_empty() {
            let last = self.conns[slot].subscriptions.len() - 1;
            self.leave_channel(slot, last, departure);
        }
        self.sign_out(slot);
        self.tap_closed(slot);
        let conn = &mut self.conns[slot];
        conn.subscriptions = Vec::new();
        if let Some(app) = conn.app.take() {
            let connections = &self.hub.0.apps.state(app).connections;
            connections.fetch_sub(1, Ordering::Relaxed);
        }
        conn.address = None;
    }

    /// Ends the subscription at `place` in the connection's list.
    pub(super) fn leave_channel(&mut self, slot: usize, place: usize, departure: Departure) {
        let conn = &mut self.conns[slot];
        let subscription = conn.subscriptions.swap_remove(place);
        if let Some(&moved) = conn.subscriptions.get(place) {
            self.channels.set_place(moved, place as u32);
        }
        let member = conn.forget_member(subscription.channel);
        let (app, name) = self.channels.name(subscription.channel);
        let name = name.clone();
        self.counts(app).subscriptions.subtract(1);
        let conns = &mut self.conns;
        let left = self.channels.leave(subscription, |subscriber, place| {
            let moved: &mut Subscription =
                &mut conns[subscriber.slot as usize].subscriptions[subscriber.place as usize];
            moved.place = place;
        });
        let mut posted = ShardSet::default();
        let shard = (self.index, left.last);
        let shared = &self.hub.0;
        let member = member.as_ref().map(|user_id| Parting {
            user_id,
            until_ms: self.grace_until_ms(app, departure),
        });
        let lingers = shared.leave(app, &name, shard, member, &mut posted);
        // This shard is woken as well: it may have looked into its inbox for the last time in this turn.
        shared.wake(posted);
        self.inbox().delivered(left.dropped_bytes);
        self.count_changed(app, &name);
        if lingers {
            self.lingering.insert((app, name));
        }
    }
}
