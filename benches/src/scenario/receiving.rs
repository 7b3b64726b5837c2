//! What a delivery costs a node whose events come from another one, beside a server that is alone.
//!
//! It starts all servers: one by itself, and two nodes of a cluster with a Redis, or on a PostgreSQL that is there. Both get the same load in turns, so that what else
//! the machine does falls on both: events by the HTTP API, to subscribers of the server that takes them, and to subscribers of the
//! other node. Only the server with the subscribers is measured, and of all rounds the medians are told.

use super::delivery::{self, CHANNEL, Plan};
use crate::publisher::Publisher;
use crate::report::Report;
use crate::server::Server;
use crate::statistics::median;
use crate::swarm::Swarm;
use crate::target::Target;
use anyhow::{Result, ensure};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Antiphon's program.
    #[arg(long, default_value = "target/release/antiphon")]
    server: PathBuf,
    /// The nodes share this PostgreSQL instead of a Redis: a URL as for `DB_URL`.
    #[arg(long)]
    postgres: Option<String>,
    /// Subscribers of either server.
    #[arg(long, short = 'n', default_value_t = 1000)]
    subscribers: usize,
    /// Events in a round, after a tenth as many that are not measured.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    messages: u32,
    /// Rounds of each.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Events published and not yet received by every subscriber.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    in_flight: u16,
    /// Bytes of an event's data; its name, channel and JSON add about 50.
    #[arg(long, default_value_t = 200)]
    data_bytes: usize,
}

/// The key by which servers are told of it.
const SCALING: (&str, &str) = ("REVERB_SCALING_ENABLED", "true");
/// Ports from the target's on: the server by itself, the two nodes, their Redis.
const PORTS: u16 = 4;

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    ensure!(
        target.port.checked_add(PORTS).is_some(),
        "there are not {PORTS} ports from {} on",
        target.port
    );
    let mut report = Report::new("receiving");
    let at = |place: u16| Target {
        port: target.port + place,
        ..target.clone()
    };
    let [alone, sender, receiver] = [0, 1, 2].map(at);
    let redis_port = target.port + 3;
    let redis_url = format!("redis://127.0.0.1:{redis_port}/0");
    let (_redis, cluster) = match &options.postgres {
        Some(url) => {
            let broker = ("ANTIPHON_SCALING_BROKER", "pgsql");
            let database = ("DB_CONNECTION", "pgsql");
            (None, vec![SCALING, broker, database, ("DB_URL", url)])
        }
        None => {
            let redis = Server::redis(redis_port)?;
            redis.wait_for(SocketAddr::from(([127, 0, 0, 1], redis_port)))?;
            (Some(redis), vec![SCALING, ("REDIS_URL", &redis_url)])
        }
    };
    let start = |target: &Target, env: &[(&str, &str)]| {
        let server = Server::start(&options.server, target, target.port, env)?;
        server.wait_for(SocketAddr::new(target.host, target.port))?;
        anyhow::Ok(server)
    };
    let by_itself = start(&alone, &[])?;
    let _sending = start(&sender, &cluster)?;
    let receiving = start(&receiver, &cluster)?;

    let messages = options.messages as usize;
    let plan = Plan {
        warm_up: messages.div_ceil(10),
        messages,
        in_flight: options.in_flight.into(),
        batch: 1,
        data_bytes: options.data_bytes,
    };
    let mut sides = [
        Side::new(&alone, &alone, by_itself.pid(), options.subscribers)?,
        Side::new(&receiver, &sender, receiving.pid(), options.subscribers)?,
    ];
    for _ in 0..options.rounds {
        for side in &mut sides {
            side.round(plan, &mut report)?;
        }
    }
    let [alone, receiving] = sides.map(|side| (median(side.cpu_us), median(side.latency_ms)));
    report.add("subscribers", options.subscribers as f64, "");
    report.add("events in a round", messages as f64, "");
    report.add("rounds of each", options.rounds.into(), "");
    report.add("a server alone: CPU per delivery", alone.0, "us");
    report.add("a receiving node: CPU per delivery", receiving.0, "us");
    let more = 100.0 * (receiving.0 / alone.0 - 1.0);
    report.add("a receiving node: more than alone", more, "%");
    report.add("a server alone: latency p50", alone.1, "ms");
    report.add("a receiving node: latency p50", receiving.1, "ms");
    Ok(report)
}

/// A server with subscribers, and the one that takes their events.
struct Side<'a> {
    swarm: Swarm<'a>,
    publisher: Publisher<'a>,
    pids: [u32; 1],
    cpu_us: Vec<f64>,
    latency_ms: Vec<f64>,
}

impl<'a> Side<'a> {
    fn new(subscribed: &'a Target, takes: &'a Target, pid: u32, count: usize) -> Result<Self> {
        let mut swarm = Swarm::new(subscribed)?;
        swarm.grow(count, |_| CHANNEL.to_owned())?;
        Ok(Self {
            swarm,
            publisher: Publisher::new(takes),
            pids: [pid],
            cpu_us: Vec::new(),
            latency_ms: Vec::new(),
        })
    }

    fn round(&mut self, plan: Plan, report: &mut Report) -> Result<()> {
        let mut outcome = delivery::run(&mut self.swarm, &mut self.publisher, &self.pids, plan)?;
        let deliveries = self.swarm.len() * plan.messages;
        let cpu_us = outcome.after.cpu_us_each(outcome.before, deliveries);
        self.cpu_us.push(cpu_us);
        let [p50] = outcome.latencies.percentiles_ms([50.0]);
        self.latency_ms.push(p50);
        outcome.failures.drain(..).for_each(|f| report.fail(f));
        Ok(())
    }
}
