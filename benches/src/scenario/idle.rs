//! Connections that are subscribed and then only stay open.

use crate::clock;
use crate::report::Report;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Result, ensure};
use std::time::Duration;

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
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    ensure!(
        !target.pids.is_empty(),
        "`idle` measures a process: give its --pid"
    );
    let mut report = Report::new("idle");
    let empty = Usage::at_rest(&target.pids)?;
    let mut swarm = Swarm::new(target)?;
    let per_channel = options.per_channel as usize;
    swarm.grow(options.connections, |number| {
        format!("private-bench-{}", number / per_channel)
    })?;
    let full = Usage::at_rest(&target.pids)?;
    let start = clock::now();
    let length = Duration::from_secs(options.seconds.into());
    // Pings of the server are answered meanwhile: to be pinged is part of being idle.
    while let Some(rest) = length
        .checked_sub(start.elapsed())
        .filter(|rest| !rest.is_zero())
    {
        swarm.turn(rest, |_| Ok(()))?;
    }
    let later = Usage::of(&target.pids)?;
    let seconds = start.elapsed().as_secs_f64();
    let connections = swarm.len();
    drop(swarm);
    let after = Usage::at_rest(&target.pids)?;

    report.add("connections", connections as f64, "");
    report.add("memory before the first", empty.memory_kib as f64, "KiB");
    report.add("memory with all", full.memory_kib as f64, "KiB");
    let each = full.memory_kib_each(empty, connections);
    report.add("memory per connection", each, "KiB");
    report.add("memory after the last", after.memory_kib as f64, "KiB");
    let cpu = later.cpu_ns.saturating_sub(full.cpu_ns) as f64;
    report.add("CPU while idle", cpu / 1e7 / seconds, "% of a core");
    Ok(report)
}
