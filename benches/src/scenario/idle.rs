//! Connections that are subscribed and then only stay open, through a burst of events, and through rounds of leaving and coming back.

use super::gate::Gate;
use super::marks::{Tally, data};
use crate::clock;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::swarm::{PATIENCE, Swarm};
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::time::Duration;

/// Channels of one request to the HTTP API: Pusher's limit.
const CHANNELS_PER_REQUEST: usize = 100;
const DATA_BYTES: usize = 200;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Connections, each subscribed to one private channel.
    #[arg(long, short = 'n', default_value_t = 10_000)]
    connections: usize,
    /// Connections that share a channel: three are a conversation.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    per_channel: u32,
    /// How long to watch the server once it is at rest.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Events to every channel after the silence, which every connection must get.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    burst: u16,
    /// How often everybody connects, gets the burst, and leaves. Only the first time is there a silence before the burst.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Says `ready` when everybody is subscribed, and `done` after the burst, and waits for a line each time. For `cluster`.
    #[arg(long, hide = true)]
    gate: bool,
}

/// The server's memory in one round.
#[derive(Debug, Clone, Copy)]
struct Memory {
    full: Usage,
    after_burst: Usage,
    after: Usage,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    ensure!(
        !target.pids.is_empty(),
        "`idle` measures a process: give its --pid"
    );
    let mut report = Report::new("idle");
    let empty = Usage::at_rest(&target.pids)?;
    report.add("connections", options.connections as f64, "");
    report.add("memory before the first", empty.memory_kib as f64, "KiB");
    let per_channel = options.per_channel as usize;
    let mut rounds = Vec::new();
    for round in 0..options.rounds {
        let mut swarm = Swarm::new(target)?;
        swarm.grow(options.connections, |number| {
            format!("private-bench-{}", number / per_channel)
        })?;
        let mut gate = Gate::new(options.gate);
        gate.pass(&mut swarm, "ready")?;
        let full = Usage::at_rest(&target.pids)?;
        if round == 0 {
            report.add("memory with all", full.memory_kib as f64, "KiB");
            let each = full.memory_kib_each(empty, options.connections);
            report.add("memory per connection", each, "KiB");
            let cpu = hold(&mut swarm, target, options.seconds)?;
            report.add("CPU while idle", cpu, "% of a core");
            let each = cpu * 1e5 / options.connections as f64;
            report.add("CPU while idle per 100,000", each, "% of a core");
            report.add("pings answered", swarm.pings() as f64, "");
        }
        let failures = burst(&mut swarm, target, options.burst.into())?;
        failures.into_iter().for_each(|f| report.fail(f));
        let after_burst = Usage::at_rest(&target.pids)?;
        gate.pass(&mut swarm, "done")?;
        drop(swarm);
        let after = Usage::at_rest(&target.pids)?;
        rounds.push(Memory {
            full,
            after_burst,
            after,
        });
    }
    let deliveries = options.connections * usize::from(options.burst);
    report.add("events received after it", deliveries as f64, "");
    if let (Some(first), Some(last)) = (rounds.first(), rounds.last()) {
        let mut add = |name, usage: Usage| report.add(name, usage.memory_kib as f64, "KiB");
        add("memory after the burst", first.after_burst);
        add("memory after the last has left", first.after);
        if rounds.len() > 1 {
            add("the same, with all in the last round", last.full);
            add("the same, after its burst", last.after_burst);
            add("the same, after the last has left", last.after);
        }
    }
    Ok(report)
}

/// Does nothing for some seconds, and gives what that costs the server, in percent of a core. Pings of the server are answered
/// meanwhile: to be pinged is part of being idle.
fn hold(swarm: &mut Swarm<'_>, target: &Target, seconds: u32) -> Result<f64> {
    let before = Usage::of(&target.pids)?;
    let start = clock::now();
    let length = Duration::from_secs(seconds.into());
    while let Some(rest) = length
        .checked_sub(start.elapsed())
        .filter(|rest| !rest.is_zero())
    {
        swarm.turn(rest, |_| Ok(()))?;
    }
    let after = Usage::of(&target.pids)?;
    let cpu = after.cpu_ns.saturating_sub(before.cpu_ns) as f64;
    Ok(cpu / 1e7 / start.elapsed().as_secs_f64())
}

/// Publishes so many events to every channel, and waits until everybody has them. Gives what was wrong.
fn burst(swarm: &mut Swarm<'_>, target: &Target, events: usize) -> Result<Vec<String>> {
    let channels: BTreeSet<String> = (0..swarm.len())
        .map(|number| swarm.channel(number).to_owned())
        .collect();
    let channels: Vec<&str> = channels.iter().map(String::as_str).collect();
    let mut requests = (0..events).flat_map(|event| {
        let requests = channels.chunks(CHANNELS_PER_REQUEST);
        requests.map(move |channels| (event, channels))
    });
    let mut publisher = Publisher::new(target);
    let mut tally = Tally::new(swarm.len());
    let goal = swarm.len() * events;
    let mut last = (0, clock::now());
    while tally.received() < goal && last.1.elapsed() < PATIENCE {
        if publisher.is_free()
            && let Some((event, channels)) = requests.next()
        {
            let data = data(event, DATA_BYTES);
            publisher.publish_to(swarm.registry(), channels, &data, None)?;
        }
        let foreign = swarm.turn(PATIENCE, |incoming| {
            tally.receive(&incoming);
            Ok(())
        })?;
        if !foreign.is_empty() {
            publisher.read()?;
        }
        if tally.received() > last.0 {
            last = (tally.received(), clock::now());
        }
    }
    Ok(tally.into_failures(events))
}
