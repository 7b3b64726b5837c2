//! Publishes numbered events to one channel and checks that every subscriber gets each of them once and in order.

use super::marks::{Complaints, Marks, data};
use crate::clock;
use crate::publisher::Publisher;
use crate::statistics::Latencies;
use crate::swarm::{Incoming, PATIENCE, Swarm};
use crate::usage::Usage;
use anyhow::Result;
use std::time::{Duration, Instant};

/// The private channel of the scenarios with one channel.
pub(crate) const CHANNEL: &str = "private-bench";

/// What to publish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Events before the measurement.
    pub(crate) warm_up: usize,
    /// Events in the measurement.
    pub(crate) messages: usize,
    /// Events published and not yet received by all.
    pub(crate) in_flight: usize,
    /// Events in one request.
    pub(crate) batch: usize,
    /// The length of the data of an event.
    pub(crate) data_bytes: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// From the start of the request to the receipt, of every delivery in the measurement.
    pub(crate) latencies: Latencies,
    /// The server before and after the measurement.
    pub(crate) before: Usage,
    pub(crate) after: Usage,
    /// The length of the measurement.
    pub(crate) wall: Duration,
    /// The length of one event as it was received, without framing.
    pub(crate) event_bytes: usize,
    /// What was wrong, if anything.
    pub(crate) failures: Vec<String>,
}

/// Publishes and receives in a closed loop: at most [`Plan::in_flight`] events, or one batch, are on their way.
pub(crate) fn run(
    swarm: &mut Swarm<'_>,
    publisher: &mut Publisher<'_>,
    pids: &[u32],
    plan: Plan,
) -> Result<Outcome> {
    let mut ledger = Ledger::new(swarm.len(), plan.warm_up);
    let end = plan.warm_up + plan.messages;
    publish_until(swarm, publisher, &mut ledger, plan, plan.warm_up)?;
    let before = Usage::of(pids)?;
    let start = clock::now();
    publish_until(swarm, publisher, &mut ledger, plan, end)?;
    let wall = start.elapsed();
    let after = Usage::of(pids)?;
    if ledger.complete == end {
        swarm.fence(|incoming| ledger.receive(&incoming, clock::now()))?;
    }
    Ok(Outcome {
        latencies: ledger.latencies,
        before,
        after,
        wall,
        event_bytes: ledger.event_bytes,
        failures: ledger.complaints.into_list(),
    })
}

/// Publishes until `goal` events are received by all, or nothing has come for too long.
fn publish_until(
    swarm: &mut Swarm<'_>,
    publisher: &mut Publisher<'_>,
    ledger: &mut Ledger,
    plan: Plan,
    goal: usize,
) -> Result<()> {
    let mut last = (ledger.received, clock::now());
    while ledger.complete < goal {
        let published = ledger.published.len();
        let batch = plan.batch.min(goal - published);
        if batch > 0
            && published - ledger.complete + batch <= plan.in_flight.max(plan.batch)
            && publisher.is_free()
        {
            let data: Vec<String> = (published..published + batch)
                .map(|sequence| data(sequence, plan.data_bytes))
                .collect();
            ledger.publish(batch, clock::now());
            publisher.publish(swarm.registry(), CHANNEL, &data)?;
        }
        // One look at the clock for each turn: what one turn brings has arrived at about the same time.
        let mut now = None;
        let foreign = swarm.turn(PATIENCE, |incoming| {
            let now = *now.get_or_insert_with(clock::now);
            ledger.receive(&incoming, now);
            Ok(())
        })?;
        if !foreign.is_empty() {
            publisher.read()?;
        }
        if ledger.received != last.0 {
            last = (ledger.received, clock::now());
        } else if last.1.elapsed() > PATIENCE {
            ledger.complaints.add(|| {
                format!(
                    "nothing came for {} s, and {} of {goal} events have reached every subscriber",
                    PATIENCE.as_secs(),
                    ledger.complete
                )
            });
            return Ok(());
        }
    }
    Ok(())
}

/// Who got what.
#[derive(Debug)]
struct Ledger {
    subscribers: usize,
    warm_up: usize,
    /// When each event was published.
    published: Vec<Instant>,
    /// How many subscribers have each event.
    arrived: Vec<usize>,
    /// The number that each subscriber must get next.
    next: Vec<usize>,
    /// Events that all have.
    complete: usize,
    /// Messages of any kind.
    received: u64,
    latencies: Latencies,
    marks: Marks,
    event_bytes: usize,
    complaints: Complaints,
}

impl Ledger {
    fn new(subscribers: usize, warm_up: usize) -> Self {
        Self {
            subscribers,
            warm_up,
            published: Vec::new(),
            arrived: Vec::new(),
            next: vec![0; subscribers],
            complete: 0,
            received: 0,
            latencies: Latencies::default(),
            marks: Marks::default(),
            event_bytes: 0,
            complaints: Complaints::default(),
        }
    }

    /// So many more events are on their way.
    fn publish(&mut self, count: usize, now: Instant) {
        let published = self.published.len() + count;
        self.published.resize(published, now);
        self.arrived.resize(published, 0);
    }

    fn receive(&mut self, incoming: &Incoming<'_>, now: Instant) {
        self.received += 1;
        let Some(sequence) = self.marks.number(incoming.message) else {
            return self.complaints.add(|| {
                let text = String::from_utf8_lossy(incoming.message);
                format!("socket {} got {text}", incoming.number)
            });
        };
        let next = &mut self.next[incoming.number];
        if sequence != *next || sequence >= self.published.len() {
            let expected = *next;
            self.complaints.add(|| {
                format!(
                    "socket {} got event {sequence} when {expected} was next",
                    incoming.number
                )
            });
        }
        if sequence < *next || sequence >= self.published.len() {
            return;
        }
        *next = sequence + 1;
        self.event_bytes = incoming.message.len();
        if sequence >= self.warm_up {
            self.latencies.add(now - self.published[sequence]);
        }
        self.arrived[sequence] += 1;
        while self.arrived.get(self.complete) == Some(&self.subscribers) {
            self.complete += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: usize, sequence: usize) -> (usize, String) {
        let data = data(sequence, 40);
        let text = format!(r#"{{"event":"m","channel":"{CHANNEL}","data":"{data}"}}"#);
        (number, text)
    }

    fn ledger_after(events: &[(usize, usize)]) -> Ledger {
        let mut ledger = Ledger::new(2, 0);
        ledger.publish(3, clock::now());
        for (number, sequence) in events {
            let (number, text) = event(*number, *sequence);
            let incoming = Incoming {
                number,
                message: text.as_bytes(),
            };
            ledger.receive(&incoming, clock::now());
        }
        ledger
    }

    #[test]
    fn once_each_and_in_order_is_good() {
        let ledger = ledger_after(&[(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2)]);
        assert_eq!(ledger.complete, 3);
        assert_eq!(ledger.complaints.into_list(), Vec::<String>::new());
    }

    #[test]
    fn a_repeated_a_missing_and_an_unknown_event_are_found() {
        for events in [
            &[(0, 0), (0, 0)][..],
            &[(0, 1)],
            &[(0, 7)],
            &[(0, 1), (0, 0)],
        ] {
            let ledger = ledger_after(events);
            assert_eq!(ledger.complete, 0);
            assert_ne!(ledger.complaints.into_list(), Vec::<String>::new());
        }
    }
}
