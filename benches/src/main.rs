//! `pusher-load`: puts load on any server of the Pusher protocol and says what it costs that server.
//!
//! One process, one thread, one epoll set: the client must cost little, since it often shares the machine with the server.
//! Every scenario checks what it measures: a server that loses, repeats or reorders messages fails, however fast it is.
//! But for `cluster` and `receiving` it does not start servers: give it the process ids of a running one. `docs/performance.md` has the commands.

mod clock;
mod dice;
mod floor;
mod publisher;
mod report;
mod scenario;
mod server;
mod socket;
mod statistics;
mod swarm;
mod target;
mod usage;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use target::Target;

/// Measures a server of the Pusher protocol.
#[derive(Debug, Parser)]
#[command(name = "pusher-load", version)]
struct Cli {
    #[command(flatten)]
    target: Target,
    /// Prints one JSON object instead of a table.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Memory per connection, and what connections cost that only stay open.
    Idle(scenario::idle::Options),
    /// `idle` over several servers and as many load generators, which it starts: for more sockets than one process may hold.
    Cluster(scenario::cluster::Options),
    /// What it costs to connect, subscribe with a signature, and leave; and what memory is left behind.
    Connect(scenario::connect::Options),
    /// One private channel with many subscribers: cost and latency of a delivery, beside the floor.
    Fanout(scenario::fanout::Options),
    /// Many small private channels: cost and latency of a message to one of them.
    Chat(scenario::chat::Options),
    /// A bare send() loop over as many sockets, without any server: what no server can go below.
    Floor(scenario::floor::Options),
    /// How long a ping of one connection takes while broadcasts go out to very many others.
    Ping(scenario::ping::Options),
    /// Visitors who write to Antiphon's chat: cost and latency of a message that is stored.
    Posting(scenario::posting::Options),
    /// What a delivery costs a node whose events come from another one, beside a server alone. It starts all of them.
    Receiving(scenario::receiving::Options),
    /// One subscriber that never reads: what it does to the others and to the server's memory.
    Slow(scenario::slow::Options),
}

fn main() -> Result<ExitCode> {
    let cli = Cli::parse();
    let report = match &cli.scenario {
        Scenario::Idle(options) => scenario::idle::run(&cli.target, options),
        Scenario::Cluster(options) => scenario::cluster::run(&cli.target, options),
        Scenario::Connect(options) => scenario::connect::run(&cli.target, options),
        Scenario::Fanout(options) => scenario::fanout::run(&cli.target, options),
        Scenario::Chat(options) => scenario::chat::run(&cli.target, options),
        Scenario::Floor(options) => scenario::floor::run(options),
        Scenario::Ping(options) => scenario::ping::run(&cli.target, options),
        Scenario::Posting(options) => scenario::posting::run(&cli.target, options),
        Scenario::Receiving(options) => scenario::receiving::run(&cli.target, options),
        Scenario::Slow(options) => scenario::slow::run(&cli.target, options),
    }?;
    report.print(cli.json)?;
    Ok(match report.passed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
