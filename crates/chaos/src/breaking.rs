//! The two lanes at work: what the schedule says is done, counted, and undone.

use crate::actor::{REQUEST_PATIENCE, Stage};
use crate::check::{Kind, Violation};
use crate::dice::Dice;
use crate::journal::SLOW_CUT_OFF;
use crate::plan::{Fault, Injection};
use crate::proxy::{Proxy, Way};
use crate::socket::{Next, Socket};
use crate::topology::{Jobs, Topology, WallClock};
use antiphon_testkit::{Backend, Deadline};
use anyhow::{Result, bail};
use parking_lot::Mutex;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

/// The faults of the network and of the work.
const NETWORK: [Fault; 7] = [
    Fault::Cut,
    Fault::CutRequests,
    Fault::CutAnswers,
    Fault::HalfOpen,
    Fault::Stall,
    Fault::Flood,
    Fault::PoisonJob,
];

/// How wrong a wall clock is: a little more than ten minutes, the age at which signatures of the Pusher API are refused.
const CLOCK_OFFSET_S: i32 = 620;
/// How many connections are cut in the midst of a request or an answer.
const CUT_CONNECTIONS: u32 = 6;
/// Where they are cut, in bytes: from within the first line to within a page of messages.
const CUT_BYTES: u64 = 1500;
/// An event of a flood, in bytes, and the channels that it goes to at once.
const FLOOD_BYTES: usize = 8000;
const FLOOD_CHANNELS: usize = 20;
/// How long it is tried to make a poison job.
const POISON_PATIENCE: Duration = Duration::from_secs(10);
/// A slow reader has this time to find out that it was cut off.
const CUT_OFF_PATIENCE: Duration = Duration::from_secs(2);

/// What the network's lane breaks.
#[derive(Debug)]
pub(crate) struct Network<'a> {
    /// Between the actors and the nodes.
    pub(crate) proxies: Vec<&'a Proxy>,
    /// The WebSocket servers without a proxy.
    pub(crate) websockets: Vec<SocketAddr>,
    /// A backend, to be sent to one of them.
    pub(crate) backend: Backend,
    /// The clocks of the machines, where they can be set.
    pub(crate) clocks: Vec<WallClock>,
    /// Where poison goes.
    pub(crate) jobs: Jobs,
    /// The conversations whose lanes are poisoned.
    pub(crate) conversations: Vec<i64>,
}

/// Breaks processes by the schedule.
pub(crate) fn break_processes(
    stage: &Stage,
    schedule: &[Injection],
    topology: &Mutex<Box<dyn Topology>>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for Injection {
        after,
        fault,
        lasting,
    } in schedule
    {
        stage.wait(*after);
        let injected = topology.lock().inject(*fault, *lasting, stage);
        match injected {
            Ok(()) => stage.journal.count(fault.name()),
            Err(error) => violations.push(Violation::new(Kind::Stuck, format!("{error:#}"))),
        }
    }
    violations
}

/// Breaks the network and the work by the schedule.
pub(crate) fn break_network(
    stage: &Stage,
    schedule: &[Injection],
    network: &Network<'_>,
) -> Vec<Violation> {
    let mut dice = Dice::of(stage.seed, "the network's lane");
    let mut violations = Vec::new();
    for Injection {
        after,
        fault,
        lasting,
    } in schedule
    {
        stage.wait(*after);
        match network.inject(*fault, *lasting, stage, &mut dice) {
            Ok(()) => stage.journal.count(fault.name()),
            Err(error) => {
                let what = format!("{} could not be made: {error:#}", fault.name());
                violations.push(Violation::new(Kind::Stuck, what));
            }
        }
    }
    violations
}

impl Network<'_> {
    /// The faults that it can make.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let mut faults = NETWORK.to_vec();
        if !self.clocks.is_empty() {
            faults.extend([Fault::ClockAhead, Fault::ClockBehind]);
        }
        faults
    }

    fn inject(
        &self,
        fault: Fault,
        lasting: Duration,
        stage: &Stage,
        dice: &mut Dice,
    ) -> Result<()> {
        let all = |act: &dyn Fn(&Proxy)| self.proxies.iter().copied().for_each(act);
        match fault {
            Fault::Cut => {
                all(&|proxy| proxy.cut());
                stage.wait(lasting);
            }
            Fault::CutRequests | Fault::CutAnswers => {
                let way = if fault == Fault::CutRequests {
                    Way::Up
                } else {
                    Way::Down
                };
                let bytes = 1 + dice.below(CUT_BYTES) as usize;
                all(&|proxy| proxy.cut_next(CUT_CONNECTIONS, way, bytes));
                stage.wait(lasting);
            }
            Fault::HalfOpen => {
                all(&|proxy| proxy.fall_silent());
                stage.wait(lasting);
                all(&Proxy::heal);
            }
            Fault::Stall => {
                all(&Proxy::stall);
                stage.wait(lasting);
                all(&Proxy::flow);
            }
            Fault::ClockAhead | Fault::ClockBehind => {
                if self.clocks.is_empty() {
                    bail!("there is no libfaketime");
                }
                let clock = dice.one_of(&self.clocks);
                let sign = if fault == Fault::ClockAhead { 1 } else { -1 };
                clock.move_to(sign * CLOCK_OFFSET_S, |time| stage.wait(time))?;
                stage.wait(lasting);
                clock.move_to(0, |time| stage.wait(time))?;
            }
            Fault::Flood => self.flood(lasting, stage, dice),
            Fault::PoisonJob => {
                let conversation_id = *dice.one_of(&self.conversations);
                let deadline = Deadline::after(POISON_PATIENCE);
                // The other lane may just have filled the disk.
                while let Err(error) = self.jobs.poison(conversation_id) {
                    if deadline.is_over() {
                        return Err(error);
                    }
                    stage.wait(Duration::from_millis(100));
                }
                stage.wait(lasting);
            }
            _ => bail!("it is no fault of the network"),
        }
        Ok(())
    }

    /// Publishes large events past somebody who subscribes to all of them and reads none.
    fn flood(&self, lasting: Duration, stage: &Stage, dice: &mut Dice) {
        let channels: Vec<String> = (0..FLOOD_CHANNELS).map(|n| format!("flood-{n}")).collect();
        let backend = self.backend.clone().at(*dice.one_of(&self.websockets));
        let mut slow = Socket::connect(*dice.one_of(&self.websockets), &stage.key);
        if let Some(slow) = &mut slow {
            for channel in &channels {
                slow.send(&json!({ "event": "pusher:subscribe", "data": { "channel": channel, "auth": "" } }));
            }
        }
        let body =
            json!({ "name": "flood", "channels": channels, "data": "x".repeat(FLOOD_BYTES) });
        let deadline = Deadline::after(lasting);
        while !deadline.is_over() {
            let answer = backend.trigger(&body).within(REQUEST_PATIENCE).try_send();
            if answer.is_none() {
                // The other lane has the server down.
                stage.wait(Duration::from_millis(50));
            }
        }
        if let Some(slow) = &mut slow {
            let deadline = Deadline::after(CUT_OFF_PATIENCE);
            while !deadline.is_over() {
                if matches!(slow.next(deadline.left()), Next::Gone) {
                    stage.journal.count(SLOW_CUT_OFF);
                    return;
                }
            }
        }
    }
}
