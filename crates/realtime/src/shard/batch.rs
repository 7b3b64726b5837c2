//! Fan-out in few system calls: one for as many subscribers as a slice has, where the kernel's io_uring may be used.
//!
//! Only those take part for whom a send is all there is to do: who gets the same bytes as the others, and for whom nothing waits.
//! Everybody else, and whoever did not get everything, is served one by one as without a ring.

use super::channels::ChannelIndex;
use super::conn::{Conn, Phase};
use super::job::Job;
use super::{Shard, token_of};
use crate::sys::ring::{Outcome, Ring, Unsent};
use bytes::Bytes;
use std::io;
use std::os::fd::AsFd as _;
use std::sync::atomic::Ordering;

/// A ring, and lists that are empty between two slices and kept for their memory.
pub(super) struct Batch {
    ring: Ring,
    /// From how many subscribers on it is used.
    from: usize,
    /// The slots of those who get the job as it is, and of those who get it compressed.
    plain: Vec<u32>,
    deflated: Vec<u32>,
    /// The slots of those who are served one by one.
    others: Vec<u32>,
    unsent: Vec<Unsent>,
}

impl Batch {
    fn new(ring: Ring, from: usize) -> Self {
        let list = || Vec::with_capacity(Ring::CAPACITY);
        Self {
            ring,
            from,
            plain: list(),
            deflated: list(),
            others: list(),
            unsent: Vec::new(),
        }
    }

    /// The list that a subscriber of a job belongs to.
    fn list_for(&mut self, conn: &Conn, job: &Job) -> &mut Vec<u32> {
        let is_plain_sailing = conn.phase == Phase::Open
            && conn.backlog.is_none()
            && job.exception(conn.socket_id).is_none();
        match (is_plain_sailing, conn.deflates) {
            (true, false) => &mut self.plain,
            (true, true) => &mut self.deflated,
            (false, _) => &mut self.others,
        }
    }
}

impl Shard {
    /// Gets ready to send in batches, if that is wanted and possible. For the shard's own thread.
    pub(super) fn prepare_batches(&mut self) {
        let from = self.limits().batch_from;
        let (how, error) = match from.map(|from| (from, Ring::new())) {
            None => ("one by one, as configured", None),
            Some((from, Ok(ring))) => {
                self.batch = Some(Box::new(Batch::new(ring, from)));
                self.hub.0.batching_shards.fetch_add(1, Ordering::Relaxed);
                ("in batches, with io_uring", None)
            }
            // Usual in containers, and no reason to worry.
            Some((_, Err(error))) => ("one by one, without io_uring", Some(error)),
        };
        let error = error.map(tracing::field::display);
        match self.index {
            // Said once: the shards are alike.
            0 => tracing::info!(how, error, "events go out"),
            shard => tracing::debug!(shard, how, error, "events go out"),
        }
    }

    /// Serves the next subscribers of a channel who wait for its job, so many at most. Gives how many they were.
    pub(super) fn serve_next(&mut self, channel: ChannelIndex, job: &Job, n_most: usize) -> usize {
        let n_most = n_most.min(self.channels.waiting(channel));
        if let Some(batch) = self.batch.take_if(|batch| n_most >= batch.from) {
            return self.serve_in_batch(channel, job, n_most.min(Ring::CAPACITY), batch);
        }
        let mut n_served = 0;
        while n_served < n_most
            && let Some(subscriber) = self.channels.next_subscriber(channel)
        {
            n_served += 1;
            self.serve(subscriber.slot as usize, job);
        }
        n_served
    }

    fn serve_in_batch(
        &mut self,
        channel: ChannelIndex,
        job: &Job,
        n_most: usize,
        mut batch: Box<Batch>,
    ) -> usize {
        let mut n_served = 0;
        while n_served < n_most
            && let Some(subscriber) = self.channels.next_subscriber(channel)
        {
            n_served += 1;
            if let Some(conn) = self.conns.get(subscriber.slot as usize) {
                let list = batch.list_for(conn, job);
                list.push(subscriber.slot);
            }
        }
        // From here on connections may be dropped, each only after the kernel has been told of it. Its slot stays empty in this turn.
        let Batch {
            ring,
            from: _,
            plain,
            deflated,
            others,
            unsent,
        } = &mut *batch;
        let mut outcome = Ok(());
        if !plain.is_empty() {
            let bytes = &job.frames.plain;
            outcome = self.send_to_all(ring, plain, (bytes, job.frames.n_frames), unsent);
        }
        if !deflated.is_empty() {
            let bytes = job.frames.deflated(&mut self.deflater);
            outcome =
                outcome.and(self.send_to_all(ring, deflated, (bytes, job.frames.n_frames), unsent));
        }
        for slot in others.drain(..) {
            self.serve(slot as usize, job);
        }
        match outcome {
            Ok(()) => self.batch = Some(batch),
            Err(error) => {
                self.hub.0.batching_shards.fetch_sub(1, Ordering::Relaxed);
                tracing::warn!(shard = self.index, %error, "io_uring has failed; events go out one by one from now on");
            }
        }
        n_served
    }

    /// Sends some frames to all slots of a list, which is empty afterwards. An error means that the ring has failed; everybody is served nevertheless.
    fn send_to_all(
        &mut self,
        ring: &mut Ring,
        slots: &mut Vec<u32>,
        (bytes, n_frames): (&Bytes, usize),
        unsent: &mut Vec<Unsent>,
    ) -> io::Result<()> {
        // All subscribers of a channel are of its application.
        if let Some(app) = slots
            .first()
            .and_then(|&slot| self.conns[slot as usize].app)
        {
            let counts = self.counts(app);
            counts.messages_sent.add(n_frames * slots.len());
            counts.sent_bytes.add(bytes.len() * slots.len());
        }
        let conns = &self.conns;
        let sockets = slots
            .drain(..)
            .map(|slot| (slot, conns[slot as usize].io.as_fd()));
        let outcome = ring.send_to_all(sockets, bytes, unsent);
        let max_backlog = self.limits().backlog_bytes;
        for Unsent { key, outcome } in unsent.drain(..) {
            let slot = key as usize;
            let conn = &mut self.conns[slot];
            let sent = match outcome {
                Outcome::Part(sent) => conn.keep_rest(bytes, sent, max_backlog),
                Outcome::Unknown => conn.send_shared(bytes, max_backlog),
            };
            if let Err(error) = sent {
                let token = token_of(slot, conn.generation);
                self.guarded(token, |this, slot| this.send_failed(slot, error));
            }
        }
        outcome
    }
}
