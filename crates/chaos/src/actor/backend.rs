//! A backend that publishes numbered events on a channel with history, by the Pusher HTTP API with idempotency keys.

use super::{REQUEST_PATIENCE, RETRY_MS, Stage};
use crate::check::event_name;
use crate::dice::Dice;
use crate::journal::{EVENTS_ACKNOWLEDGED, EVENTS_SENT};
use antiphon_testkit::Backend;
use parking_lot::Mutex;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// The pauses between two events, in milliseconds.
const PAUSE_MS: (u64, u64) = (100, 400);

/// A channel's events.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The channel.
    pub(crate) channel: String,
    /// Who publishes, and where.
    pub(crate) backend: Backend,
    /// Whether that is one node and no other.
    pub(crate) is_ordered: bool,
    begun: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
}

impl Feed {
    /// Without events so far.
    pub(crate) fn new(channel: &str, backend: Backend, is_ordered: bool) -> Self {
        Self {
            channel: channel.to_owned(),
            backend,
            is_ordered,
            begun: AtomicU64::new(0),
            acknowledged: Mutex::default(),
        }
    }

    /// The last event whose sending has begun.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// The events that were answered with success.
    pub(crate) fn acknowledged(&self) -> BTreeSet<u64> {
        self.acknowledged.lock().clone()
    }

    /// The next event, until it is acknowledged or the run is over.
    fn send(&self, stage: &Stage, dice: &mut Dice) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let (name, key) = (event_name(&self.channel, number), dice.uuid());
        stage.journal.count(EVENTS_SENT);
        let body = json!({ "name": "tick", "channels": [self.channel], "data": json!({ "n": number }).to_string() });
        while !stage.is_over() {
            let request = self
                .backend
                .trigger(&body)
                .header("x-idempotency-key", &key)
                .within(REQUEST_PATIENCE);
            let answer = request.try_send();
            match &answer {
                Some(answer) => {
                    let replayed = answer.header("idempotency-replayed").is_some();
                    let replayed = if replayed { ", as before" } else { "" };
                    stage
                        .journal
                        .note(&name, &format!("answered {}{replayed}", answer.status));
                }
                None => stage.journal.note(&name, "no answer"),
            }
            if answer.is_some_and(|answer| answer.status == 200) {
                stage.journal.count(EVENTS_ACKNOWLEDGED);
                self.acknowledged.lock().insert(number);
                return;
            }
            stage.wait(dice.between_ms(RETRY_MS.0, RETRY_MS.1));
        }
    }
}

/// Publishes until the run drains, one event after the other, and one more then, which shows every client whether it missed one.
pub(crate) fn publish(stage: &Stage, feed: &Feed) {
    let mut dice = Dice::of(stage.seed, &feed.channel);
    while stage.is_writing() {
        feed.send(stage, &mut dice);
        stage.pause(dice.between_ms(PAUSE_MS.0, PAUSE_MS.1));
    }
    feed.send(stage, &mut dice);
}
