//! Rounds of mass connect, subscribe and disconnect.
//!
//! The first round fills whatever a server keeps for later ones; memory should not grow after it.

use crate::clock;
use crate::report::Report;
use crate::statistics::median;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::Result;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Connections in a round, each subscribed to a private channel of its own.
    #[arg(long, short = 'n', default_value_t = 5_000)]
    connections: usize,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    let mut report = Report::new("connect");
    let empty = Usage::at_rest(&target.pids)?;
    let (mut joining, mut all, mut rates, mut memory) = (vec![], vec![], vec![], vec![]);
    for _ in 0..options.rounds {
        let before = Usage::at_rest(&target.pids)?;
        let mut swarm = Swarm::new(target)?;
        let start = clock::now();
        swarm.grow(options.connections, |number| {
            format!("private-bench-{number}")
        })?;
        rates.push(options.connections as f64 / start.elapsed().as_secs_f64());
        let joined = Usage::of(&target.pids)?;
        joining.push(joined.cpu_us_each(before, options.connections));
        drop(swarm);
        let left = Usage::at_rest(&target.pids)?;
        all.push(left.cpu_us_each(before, options.connections));
        memory.push(left.memory_kib as f64);
    }

    report.add("connections in a round", options.connections as f64, "");
    report.add("rounds", options.rounds.into(), "");
    report.add(
        "connects and subscribes per second",
        median(rates).round(),
        "/s",
    );
    if !target.pids.is_empty() {
        report.add("CPU per connect and subscribe", median(joining), "us");
        report.add("CPU per connect, subscribe, disconnect", median(all), "us");
        report.add(
            "memory before the first round",
            empty.memory_kib as f64,
            "KiB",
        );
        for (name, value) in [
            ("memory after the first round", memory.first()),
            ("memory after the last round", memory.last()),
        ] {
            report.add(name, value.copied().unwrap_or_default(), "KiB");
        }
    }
    Ok(report)
}
