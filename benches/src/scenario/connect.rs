//! Rounds of mass connect, subscribe and disconnect.
//!
//! The first round fills whatever a server keeps for later ones; memory should not grow after it. To look at a server it has to
//! be at rest, which takes a second; so of very many rounds only some, evenly spread, are followed by a look.

use crate::clock;
use crate::report::Report;
use crate::statistics::median;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::Result;

/// How many rounds are looked at, besides the first and the last.
const LOOKS: u32 = 20;

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
    let (mut joining, mut rates, mut memory) = (vec![], vec![], vec![]);
    let look_every = options.rounds.div_ceil(LOOKS);
    for round in 0..options.rounds {
        let looks = round % look_every == 0 || round + 1 == options.rounds;
        let before = match looks {
            true => Usage::at_rest(&target.pids)?,
            false => Usage::default(),
        };
        let mut swarm = Swarm::new(target)?;
        let start = clock::now();
        swarm.grow(options.connections, |number| {
            format!("private-bench-{number}")
        })?;
        let wall = start.elapsed().as_secs_f64();
        if looks {
            rates.push(options.connections as f64 / wall);
            let joined = Usage::of(&target.pids)?;
            joining.push(joined.cpu_us_each(before, options.connections));
        }
        drop(swarm);
        if looks {
            memory.push(Usage::at_rest(&target.pids)?.memory_kib as f64);
        }
    }
    let end = Usage::at_rest(&target.pids)?;
    let all = end.cpu_us_each(empty, options.connections * options.rounds as usize);

    report.add("connections in a round", options.connections as f64, "");
    report.add("rounds", options.rounds.into(), "");
    report.add(
        "connects and subscribes per second",
        median(rates).round(),
        "/s",
    );
    if !target.pids.is_empty() {
        report.add("CPU per connect and subscribe", median(joining), "us");
        report.add("CPU per connect, subscribe, disconnect", all, "us");
        report.add(
            "memory before the first round",
            empty.memory_kib as f64,
            "KiB",
        );
        for (name, value) in [
            ("memory after the first round", memory.first()),
            (
                "memory after half of the rounds",
                memory.get(memory.len() / 2),
            ),
            ("memory after the last round", memory.last()),
        ] {
            report.add(name, value.copied().unwrap_or_default(), "KiB");
        }
    }
    Ok(report)
}
