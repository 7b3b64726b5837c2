//! How long one connection's ping takes while broadcasts go out to very many others.
//!
//! The pings come from a thread of their own. While the server sends, nobody reads the broadcast, so that it is the server that
//! a ping waits for and not this program; when the server has done its work, the subscribers are read, and each must have the event.

use super::delivery::CHANNEL;
use super::marks::{Tally, data};
use crate::clock;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::statistics::Latencies;
use crate::swarm::{PATIENCE, PING, Swarm};
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Context as _, Result, ensure};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

/// Connections that ping, one after the other: some in each thread of the server.
const PINGERS: usize = 8;
/// The rest between two pings.
const PING_EVERY: Duration = Duration::from_micros(500);
/// How often it is looked whether the server still works, and below which share of that time it does not.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const REST_SHARE: f64 = 0.25;
/// A server that has to share its cores may do nothing for a moment; so many looks in a row are no moment.
const RESTING_LOOKS: u32 = 4;
/// A broadcast is over by then.
const MAX_BROADCAST: Duration = Duration::from_secs(2);

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Subscribers of the broadcasts.
    #[arg(long, short = 'n', default_value_t = 19_000)]
    subscribers: usize,
    /// Broadcasts.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    messages: u32,
    /// Bytes of an event's data.
    #[arg(long, default_value_t = 200)]
    data_bytes: usize,
}

/// What goes on, for the thread that pings.
const SILENCE: u8 = 0;
const BROADCAST: u8 = 1;
const READING: u8 = 2;
const END: u8 = 3;

/// What the thread that pings has found.
#[derive(Default)]
struct Pings {
    in_silence: Latencies,
    in_broadcast: Latencies,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    ensure!(
        !target.pids.is_empty(),
        "`ping` watches a process for the end of its work: give its --pid"
    );
    let mut swarm = Swarm::new(target)?;
    swarm.grow(options.subscribers, |_| CHANNEL.to_owned())?;
    let stage = AtomicU8::new(READING);
    let (broadcasts, pings) = thread::scope(|scope| {
        let pinger = thread::Builder::new()
            .name("ping".to_owned())
            .spawn_scoped(scope, || ping(target, &stage))?;
        let broadcasts = broadcast(&mut swarm, target, options, &stage);
        stage.store(END, Ordering::Release);
        let pings = pinger.join().ok().context("the pinging thread panicked")?;
        anyhow::Ok((broadcasts?, pings?))
    })?;

    let mut report = Report::new("ping");
    let Pings {
        mut in_silence,
        mut in_broadcast,
    } = pings;
    report.add("subscribers", options.subscribers as f64, "");
    report.add("broadcasts", options.messages.into(), "");
    report.add("length of a broadcast", broadcasts.length_ms, "ms");
    report.add("pings in silence", in_silence.len() as f64, "");
    report.add("pings in broadcasts", in_broadcast.len() as f64, "");
    let [p50, p99, longest] = in_silence.percentiles_ms([50.0, 99.0, 100.0]);
    report.add("ping p50 in silence", p50, "ms");
    report.add("ping p99 in silence", p99, "ms");
    report.add("ping max in silence", longest, "ms");
    let [p50, p99, longest] = in_broadcast.percentiles_ms([50.0, 99.0, 100.0]);
    report.add("ping p50 in broadcasts", p50, "ms");
    report.add("ping p99 in broadcasts", p99, "ms");
    report.add("ping max in broadcasts", longest, "ms");
    broadcasts.failures.into_iter().for_each(|f| report.fail(f));
    if in_broadcast.len() == 0 {
        report.fail("no ping met a broadcast: there are too few subscribers".to_owned());
    }
    Ok(report)
}

struct Broadcasts {
    length_ms: f64,
    failures: Vec<String>,
}

/// Publishes one event after the other, with a silence as long before each.
fn broadcast(
    swarm: &mut Swarm<'_>,
    target: &Target,
    options: &Options,
    stage: &AtomicU8,
) -> Result<Broadcasts> {
    let events = options.messages as usize;
    let mut publisher = Publisher::new(target);
    let mut tally = Tally::new(swarm.len());
    let mut length = Duration::from_millis(100);
    let mut sum = Duration::ZERO;
    for event in 0..events {
        stage.store(SILENCE, Ordering::Release);
        clock::pause(length);
        stage.store(BROADCAST, Ordering::Release);
        let start = clock::now();
        let data = data(event, options.data_bytes);
        publisher.publish_to(swarm.registry(), &[CHANNEL], &data, None)?;
        await_rest(&target.pids)?;
        stage.store(READING, Ordering::Release);
        length = start.elapsed();
        sum += length;
        let goal = swarm.len() * (event + 1);
        let deadline = clock::now() + PATIENCE;
        while tally.received() < goal || !publisher.is_free() {
            if clock::now() > deadline {
                break;
            }
            let foreign = swarm.turn(PATIENCE, |incoming| {
                tally.receive(&incoming);
                Ok(())
            })?;
            if !foreign.is_empty() {
                publisher.read()?;
            }
        }
    }
    Ok(Broadcasts {
        length_ms: sum.as_secs_f64() * 1e3 / events as f64,
        failures: tally.into_failures(events),
    })
}

/// Waits until the server has begun to work and is done.
fn await_rest(pids: &[u32]) -> Result<()> {
    let start = clock::now();
    let (mut before, mut looked) = (Usage::of(pids)?, start);
    let mut resting = 0;
    while start.elapsed() < MAX_BROADCAST {
        clock::pause(LOOK_EVERY);
        let (after, now) = (Usage::of(pids)?, clock::now());
        let worked = after.cpu_ns.saturating_sub(before.cpu_ns) as f64;
        resting = match worked < REST_SHARE * (now - looked).as_nanos() as f64 {
            true => resting + 1,
            false => 0,
        };
        if resting == RESTING_LOOKS {
            return Ok(());
        }
        (before, looked) = (after, now);
    }
    Ok(())
}

/// Pings until the end.
fn ping(target: &Target, stage: &AtomicU8) -> Result<Pings> {
    let mut swarm = Swarm::new(target)?;
    swarm.grow(PINGERS, |_| "private-ping".to_owned())?;
    let mut pings = Pings::default();
    for number in (0..PINGERS).cycle() {
        let (sent_in, start) = (stage.load(Ordering::Acquire), clock::now());
        if sent_in == END {
            break;
        }
        swarm.send(number, PING)?;
        let mut answered = false;
        while !answered {
            ensure!(start.elapsed() < PATIENCE, "a ping was not answered");
            swarm.turn(PATIENCE, |incoming| {
                answered |= incoming.number == number;
                Ok(())
            })?;
        }
        // One that began in the last moment of a stage belongs to it, since that is what it had to wait for.
        match sent_in {
            SILENCE => pings.in_silence.add(start.elapsed()),
            BROADCAST => pings.in_broadcast.add(start.elapsed()),
            _ => {}
        }
        clock::pause(PING_EVERY);
    }
    Ok(pings)
}
