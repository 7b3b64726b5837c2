//! `antiphon-chaos` breaks running installations of Antiphon on purpose, in ways that follow from a seed, while visitors, agents,
//! backends and clients use them, and then counts: what was acknowledged is stored once and shown to everybody once and in order.
//!
//! The servers are the real program in processes of their own. One installation of each layout is broken at the same time. The
//! schedule of the faults is the same for the same seed; what is on its way when a fault comes is not.
#![expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to the person who started it"
)]

mod actor;
mod breaking;
mod check;
mod dice;
mod doors;
mod journal;
mod plan;
mod proxy;
mod report;
mod run;
mod socket;
mod store;
mod timeline;
mod topology;

use crate::run::{Options, Outcome};
use crate::topology::Layout;
use anyhow::{Context as _, Result, bail};
use clap::Parser;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

/// The nodes of an installation that has several, unless it is said how many.
const N_NODES: u8 = 3;

/// Breaks running servers on purpose and counts what was lost or doubled. Ends with status 1 if anything was.
#[derive(Debug, Parser)]
#[command(name = "antiphon-chaos")]
struct Arguments {
    /// The program under test; without it the one that was built beside this one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// For how long things are broken, by the schedule. What starts, restarts and settling take comes on top.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// What the schedule of the faults follows from; without it another one each time.
    #[arg(long)]
    seed: Option<u64>,
    /// This process has a mount namespace of its own already.
    #[arg(long, hide = true)]
    own_namespace: bool,
    /// The installation; without it one of each is broken at the same time.
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// How many nodes the installation of several nodes has. Without a layout, only that one is broken.
    #[arg(long, value_parser = clap::value_parser!(u8).range(2..=9))]
    nodes: Option<u8>,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let this = std::env::current_exe().context("this program has a path")?;
    if !arguments.own_namespace {
        enter_own_namespace(&this);
    }
    let binary = arguments.binary.unwrap_or_else(|| run::beside(&this));
    let options = Options {
        binary: binary
            .canonicalize()
            .with_context(|| format!("{} is not there", binary.display()))?,
        seed: arguments
            .seed
            .unwrap_or_else(|| antiphon_testkit::unix_seconds() % 1_000_000),
        time: Duration::from_secs(arguments.seconds),
        n_nodes: arguments.nodes.unwrap_or(N_NODES).into(),
    };
    let only = arguments.layout.or(arguments.nodes.map(|_| Layout::Nodes));
    let mut layouts = only.map_or_else(|| Layout::ALL.to_vec(), |one| vec![one]);
    layouts.retain(|layout| match layout.lacks() {
        Some(reason) => {
            println!("left out ({}): {reason}", layout.name());
            false
        }
        None => true,
    });
    println!(
        "Breaking things for {} s, seed {}.",
        arguments.seconds, options.seed
    );
    let outcomes = std::thread::scope(|scope| {
        let runs: Vec<_> = layouts
            .into_iter()
            .map(|layout| {
                let options = &options;
                scope.spawn(move || run::run(options, layout))
            })
            .collect();
        let ended = runs.into_iter().map(|run| match run.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!(
                "an installation did not start, or its people could not be made (seed {})",
                options.seed
            ),
        });
        ended.collect::<Result<Vec<Outcome>>>()
    })?;
    print!("{}", report::table(&outcomes));
    for outcome in &outcomes {
        for left_out in &outcome.left_out {
            println!("left out ({}): {left_out}", outcome.layout.name());
        }
        print!("{}", report::violations(outcome, options.seed));
    }
    let n_violations: usize = outcomes
        .iter()
        .map(|outcome| outcome.violations.len())
        .sum();
    if n_violations == 0 {
        println!("Nothing was lost and nothing doubled.");
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{n_violations} violations; the same faults again: --seed {}",
        options.seed
    );
    Ok(ExitCode::FAILURE)
}

/// Starts this program anew where it may mount a small disk that ends with it, however it ends. Returns where it may not.
fn enter_own_namespace(this: &Path) {
    let ways: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    let way = ways.into_iter().find(|way| {
        let mut trial = Command::new("unshare");
        trial.args(*way).arg("true").stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    });
    if let Some(way) = way {
        let mut command = Command::new("unshare");
        command.args(way).arg(this).arg("--own-namespace");
        let _not_started = command.args(std::env::args_os().skip(1)).exec();
    }
}
