//! Delivery: from the inbox to the sockets.
//!
//! What came for a channel since its last turn is joined, and each subscriber gets it in one write.
//! Between two slices of subscribers the sockets get their turn, so that a broadcast to very many does not hold up pings and subscriptions.

use super::conn::{Phase, SendError};
use super::job::Job;
use super::shut_out::ShutOut;
use super::{Shard, token_of};
use crate::app_table::AppIndex;
use crate::inbox::Post;
use antiphon_protocol::ChannelName;
use bytes::Bytes;

/// How many subscribers are served between two looks at the sockets. About one millisecond of sending, so that a ping waits no longer than a few.
pub(super) const SLICE: usize = 256;

/// Up to how many subscribers a channel is settled, in one go, before somebody joins. About two milliseconds of sending: joins are
/// rarer than slices, and what a new subscriber is told is exact up to here.
const SETTLED_SUBSCRIBERS: usize = 512;

/// Every so many bytes count like a subscriber more: large writes are to be shared out too.
const BYTES_PER_STEP: usize = 4096;

impl Shard {
    /// Takes what other threads have left, if they woke this one, and gives it to the channels.
    pub(super) fn drain_inbox(&mut self) {
        let spare = std::mem::take(&mut self.spare_posts);
        match self.inbox().take(spare) {
            Ok(posts) => self.sort_posts(posts),
            Err(spare) => self.spare_posts = spare,
        }
    }

    /// Takes everything that other threads have left up to this moment, and gives it to the channels.
    pub(super) fn empty_inbox(&mut self) {
        let spare = std::mem::take(&mut self.spare_posts);
        let posts = self.inbox().take_all(spare);
        self.sort_posts(posts);
    }

    fn sort_posts(&mut self, mut posts: Vec<Post>) {
        for post in posts.drain(..) {
            match post {
                Post::Deliver(delivery) => {
                    if !self.channels.queue(&delivery) {
                        self.inbox().delivered(delivery.frame.len());
                    }
                }
                Post::UserChanged(app, user_id, seen) => self.watches.hear(app, &user_id, seen),
                Post::Terminate(app, user_id) => self.shut_outs.push(ShutOut::User(app, user_id)),
                Post::ShutOut(app) => self.shut_outs.push(ShutOut::App(app)),
                Post::Inspect(inspection) => self.begin_inspection(*inspection),
                // Whoever asked may have stopped waiting.
                Post::Probe(answer) => drop(answer.send(())),
            }
        }
        self.spare_posts = posts;
    }

    /// Serves a slice of the subscribers who wait.
    pub(super) fn deliver(&mut self) {
        let mut budget = SLICE;
        while budget > 0 {
            let Some((channel, job)) = self.channels.next_job() else {
                return;
            };
            let cost = 1 + job.bytes / BYTES_PER_STEP;
            let n_served = self.serve_next(channel, &job, budget.div_ceil(cost));
            budget = budget.saturating_sub(n_served * cost);
            if let Some(bytes) = self.channels.end_turn(channel) {
                self.inbox().delivered(bytes);
            }
        }
    }

    /// Brings everything that was posted for a channel to those who are subscribed, before somebody joins who is told of the outcome.
    /// A channel with very many subscribers is left as it is: the sockets of all others would have to wait.
    pub(super) fn settle(&mut self, app: AppIndex, channel: &ChannelName) {
        if self.channels.subscriber_count(app, channel.as_str()) > SETTLED_SUBSCRIBERS {
            return;
        }
        self.empty_inbox();
        while let Some((index, job)) = self.channels.job_of(app, channel.as_str()) {
            while self.serve_next(index, &job, SLICE) > 0 {}
            if let Some(bytes) = self.channels.end_turn(index) {
                self.inbox().delivered(bytes);
            }
        }
    }

    /// Brings a job to one subscriber.
    pub(super) fn serve(&mut self, slot: usize, job: &Job) {
        let Some(conn) = self.conns.get(slot) else {
            return;
        };
        let frames = job.exception(conn.socket_id).unwrap_or(&job.frames);
        if frames.n_frames == 0 || conn.phase != Phase::Open {
            return;
        }
        let bytes = match conn.deflates {
            true => frames.deflated(&mut self.deflater),
            false => &frames.plain,
        };
        self.send_frames(slot, bytes, frames.n_frames);
    }

    /// Sends messages that several connections get to one of them, if it is open.
    pub(super) fn send_frames(&mut self, slot: usize, bytes: &Bytes, n_frames: usize) {
        let max_backlog = self.limits().backlog_bytes;
        let Some(conn) = self.conns.get_mut(slot) else {
            return;
        };
        if conn.phase != Phase::Open {
            return;
        }
        if let Some(app) = conn.app {
            let counts = &self.hub.0.apps.state(app).counts[self.index];
            counts.messages_sent.add(n_frames);
            counts.sent_bytes.add(bytes.len());
        }
        if let Err(error) = conn.send_shared(bytes, max_backlog) {
            let token = token_of(slot, conn.generation);
            self.guarded(token, |this, slot| this.send_failed(slot, error));
        }
    }

    pub(super) fn send_failed(&mut self, slot: usize, error: SendError) {
        match error {
            SendError::Gone => self.drop_conn(slot),
            SendError::TooSlow => self.cut_off(slot),
        }
    }
}

#[cfg(test)]
mod tests;
