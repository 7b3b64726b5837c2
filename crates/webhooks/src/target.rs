//! One target: its settings, which may change, and the events that wait for it, which are bounded.
//!
//! When the queue is full the oldest events go: what a backend needs most is what is the case now.

use crate::retry::RETRY_FOR;
use crate::settings::Webhook;
use antiphon_realtime::OccurrenceKind;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How many events wait for a target: five minutes of three hundred per second, or as many channels as are occupied within moments
/// when a busy server starts.
pub(crate) const MAX_WAITING: usize = 100_000;
/// How many bytes their JSON may have together: client events are up to 10 kB each.
pub(crate) const MAX_WAITING_BYTES: usize = 8 << 20;
/// How many replays wait for a target. They are asked for by hand.
pub(crate) const MAX_REPLAYS: usize = 16;
/// The most events in one request, and their bytes: PHP takes 8 MB by default, and a request should be worked off in its 10 s.
const MAX_BATCH: usize = 1_000;
const MAX_BATCH_BYTES: usize = 256 << 10;

/// A target of an application.
#[derive(Debug)]
pub(crate) struct Target {
    settings: Mutex<Arc<Webhook>>,
    queue: Mutex<Queue>,
    changed: Notify,
    /// The target is no longer configured, or the last chance is over.
    pub(crate) ended: CancellationToken,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    bytes: usize,
    replays: VecDeque<Replay>,
    /// What is being sent: how many events, and when the oldest of them came in.
    in_flight: Option<(usize, Instant)>,
    /// Whether the last event that came in cost an older one its place.
    is_dropping: bool,
}

/// An event that waits.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) since: Instant,
    pub(crate) kind: OccurrenceKind,
    pub(crate) json: Arc<str>,
}

/// A delivery that is to be made once more.
#[derive(Debug)]
pub(crate) struct Replay {
    /// The delivery's own id.
    pub(crate) id: u64,
    pub(crate) body: Arc<str>,
}

/// What a target gets next.
#[derive(Debug)]
pub(crate) enum Work {
    /// These events, in one request. There is at least one.
    Events(Vec<Event>),
    /// A request as it was.
    Replay(Replay),
    /// Nothing: so many events have waited too long and are given up.
    Expired(usize),
}

/// What became of an event that was given to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// How many older ones it has cost their place.
    pub(crate) dropped: usize,
    /// Whether it is the first one that did.
    pub(crate) is_first: bool,
}

impl Target {
    pub(crate) fn new(settings: Webhook) -> Self {
        Self {
            settings: Mutex::new(Arc::new(settings)),
            queue: Mutex::default(),
            changed: Notify::new(),
            ended: CancellationToken::new(),
        }
    }

    pub(crate) fn settings(&self) -> Arc<Webhook> {
        Arc::clone(&self.settings.lock())
    }

    /// Changes the settings. What waits stays.
    pub(crate) fn set(&self, settings: Webhook) {
        *self.settings.lock() = Arc::new(settings);
    }

    /// Puts an event at the end of the queue.
    pub(crate) fn push(&self, event: Event) -> Pushed {
        let mut queue = self.queue.lock();
        queue.bytes += event.json.len();
        queue.events.push_back(event);
        let mut dropped = 0;
        while queue.events.len() > MAX_WAITING || queue.bytes > MAX_WAITING_BYTES {
            queue.pop();
            dropped += 1;
        }
        let is_first = dropped > 0 && !queue.is_dropping;
        queue.is_dropping = dropped > 0;
        // In between there is nothing to do but to wait for the end of the batch.
        let wakes = queue.events.len() == 1 || queue.fills_a_batch();
        drop(queue);
        if wakes {
            self.changed.notify_one();
        }
        Pushed { dropped, is_first }
    }

    /// Adds a replay. `false`: there are as many as there may be, or the target is gone.
    pub(crate) fn replay(&self, replay: Replay) -> bool {
        let mut queue = self.queue.lock();
        if queue.replays.len() >= MAX_REPLAYS || self.ended.is_cancelled() {
            return false;
        }
        queue.replays.push_back(replay);
        drop(queue);
        self.changed.notify_one();
        true
    }

    /// What is to be sent next, once there is something and its batch is complete. Ends the one before.
    ///
    /// `None` when the target has ended, or when it is `closing` and nothing waits any more. Cancellation-safe.
    pub(crate) async fn next(&self, closing: &CancellationToken) -> Option<Work> {
        self.queue.lock().in_flight = None;
        loop {
            if self.ended.is_cancelled() {
                return None;
            }
            let changed = self.changed.notified();
            let is_closing = closing.is_cancelled();
            let ready_at = match self.take_if_ready(is_closing) {
                Ok(work) => return Some(work),
                Err(ready_at) => ready_at,
            };
            match ready_at {
                Some(at) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(at) => {}
                    () = closing.cancelled() => {}
                    () = self.ended.cancelled() => {}
                },
                None if is_closing => return None,
                None => tokio::select! {
                    () = changed => {}
                    () = closing.cancelled() => {}
                    () = self.ended.cancelled() => {}
                },
            }
        }
    }

    /// The work, or when there will be some if nothing changes.
    fn take_if_ready(&self, at_once: bool) -> Result<Work, Option<Instant>> {
        let batch = self.settings().batch;
        let now = Instant::now();
        let mut queue = self.queue.lock();
        if let Some(replay) = queue.replays.pop_front() {
            queue.in_flight = Some((1, now));
            return Ok(Work::Replay(replay));
        }
        let expired = queue.expire(now);
        if expired > 0 {
            return Ok(Work::Expired(expired));
        }
        let first = queue.events.front().ok_or(None)?;
        let ready_at = first.since + batch;
        if ready_at > now && !at_once && !queue.fills_a_batch() {
            return Err(Some(ready_at));
        }
        let max = if batch.is_zero() { 1 } else { MAX_BATCH };
        Ok(Work::Events(queue.take(max)))
    }

    /// How many events have not been delivered yet, and since when the oldest of them waits.
    pub(crate) fn waiting(&self) -> (usize, Option<Instant>) {
        let queue = self.queue.lock();
        let (sending, oldest) = queue.in_flight.unzip();
        let waiting = queue.events.len() + queue.replays.len() + sending.unwrap_or(0);
        let first = queue.events.front().map(|event| event.since);
        (waiting, oldest.or(first))
    }
}

impl Queue {
    fn pop(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        self.bytes -= event.json.len();
        Some(event)
    }

    fn fills_a_batch(&self) -> bool {
        self.events.len() >= MAX_BATCH || self.bytes >= MAX_BATCH_BYTES
    }

    /// Takes out what has waited for as long as anything may.
    fn expire(&mut self, now: Instant) -> usize {
        let mut expired = 0;
        while let Some(first) = self.events.front()
            && now.duration_since(first.since) >= RETRY_FOR
        {
            self.pop();
            expired += 1;
        }
        expired
    }

    fn take(&mut self, max: usize) -> Vec<Event> {
        let mut taken: Vec<Event> = Vec::new();
        let mut bytes = 0;
        while taken.len() < max
            && let Some(next) = self.events.front()
            && (taken.is_empty() || bytes + next.json.len() <= MAX_BATCH_BYTES)
            && let Some(event) = self.pop()
        {
            bytes += event.json.len();
            taken.push(event);
        }
        self.in_flight = taken.first().map(|first| (taken.len(), first.since));
        taken
    }
}

#[cfg(test)]
mod tests;
