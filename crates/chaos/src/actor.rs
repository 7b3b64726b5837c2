//! Who uses the server while it is being broken, each at a steady rate and in a thread of its own.
//!
//! No actor fails: whatever does not work is tried again, as the widget, the inbox and the client libraries do. What it did and saw
//! goes to the journal and to its own view, and is judged afterwards.

mod agent;
mod backend;
mod outbox;
mod person;
mod screen;
mod subscriber;

pub(crate) use agent::{ReadMarks, work_at_the_desk};
pub(crate) use backend::{Feed, publish};
pub(crate) use outbox::write;
pub(crate) use person::Person;
pub(crate) use screen::{Screen, Way};
pub(crate) use subscriber::Subscriber;

use crate::journal::Journal;
use antiphon_testkit::Deadline;
use parking_lot::{Condvar, Mutex};
use std::time::Duration;

/// How long a client waits for an answer before it takes the request for lost.
pub(crate) const REQUEST_PATIENCE: Duration = Duration::from_secs(3);
/// The pauses between attempts, in milliseconds; drawn anew each time, so that actors do not come back in step.
pub(crate) const RETRY_MS: (u64, u64) = (100, 600);

/// What the actors are to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Make new messages and events.
    Writing,
    /// Bring what was begun to its end, and make nothing new.
    Draining,
    /// Leave.
    Over,
}

/// What the actors of a run share.
#[derive(Debug)]
pub(crate) struct Stage {
    /// What happens.
    pub(crate) journal: Journal,
    /// The seed of all dice.
    pub(crate) seed: u64,
    /// The application's key, for sockets.
    pub(crate) key: String,
    phase: Mutex<Phase>,
    changed: Condvar,
}

impl Stage {
    /// A stage on which everybody writes.
    pub(crate) fn new(seed: u64, key: String) -> Self {
        Self {
            journal: Journal::new(),
            seed,
            key,
            phase: Mutex::new(Phase::Writing),
            changed: Condvar::new(),
        }
    }

    /// Goes on to this phase.
    pub(crate) fn enter(&self, phase: Phase) {
        *self.phase.lock() = phase;
        self.changed.notify_all();
    }

    /// Whether new messages are made.
    pub(crate) fn is_writing(&self) -> bool {
        *self.phase.lock() == Phase::Writing
    }

    /// Whether it is time to leave.
    pub(crate) fn is_over(&self) -> bool {
        *self.phase.lock() == Phase::Over
    }

    /// Waits, but not into another phase.
    pub(crate) fn pause(&self, time: Duration) {
        let deadline = Deadline::after(time);
        let mut phase = self.phase.lock();
        let begun = *phase;
        while *phase == begun && !deadline.is_over() {
            self.changed.wait_for(&mut phase, deadline.left());
        }
    }

    /// Waits, whatever the phase.
    pub(crate) fn wait(&self, time: Duration) {
        let deadline = Deadline::after(time);
        while !deadline.is_over() {
            self.pause(deadline.left());
        }
    }
}

/// The JSON of an answer, if it is whole.
pub(crate) fn json_of(answer: &antiphon_testkit::Response) -> serde_json::Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
