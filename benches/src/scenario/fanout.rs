//! One private channel, many subscribers, events by the HTTP API.
//!
//! The processor time is all that the server's processes used, the requests included, over the number of deliveries.
//! With more events in flight a server may join several in one write, and with `--batch` it has them at the same moment;
//! without either, what one write costs is shown.

use super::delivery::{self, CHANNEL, Plan};
use super::floor;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::Result;

/// Framing of a server's message of 126 to 65,535 bytes.
const FRAME_HEAD: usize = 4;

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Subscribers.
    #[arg(long, short = 'n', default_value_t = 1000)]
    subscribers: usize,
    /// Events to measure, after a tenth as many that are not.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    messages: u32,
    /// Events published and not yet received by every subscriber.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    in_flight: u16,
    /// Events in one request (`batch_events`); ten is what most servers accept.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    batch: u16,
    /// Bytes of an event's data; its name, channel and JSON add about 50.
    #[arg(long, default_value_t = 200)]
    data_bytes: usize,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    let mut report = Report::new("fanout");
    let messages = options.messages as usize;
    let empty = Usage::at_rest(&target.pids)?;
    let mut swarm = Swarm::new(target)?;
    swarm.grow(options.subscribers, |_| CHANNEL.to_owned())?;
    let subscribed = Usage::at_rest(&target.pids)?;
    let mut publisher = Publisher::new(target);
    let plan = Plan {
        warm_up: messages.div_ceil(10),
        messages,
        in_flight: options.in_flight.into(),
        batch: options.batch.into(),
        data_bytes: options.data_bytes,
    };
    let mut outcome = delivery::run(&mut swarm, &mut publisher, &target.pids, plan)?;
    let subscribers = swarm.len();
    drop(swarm);

    let deliveries = subscribers * messages;
    report.add("subscribers", subscribers as f64, "");
    report.add("events", messages as f64, "");
    report.add(
        "events in flight at most",
        options.in_flight.max(options.batch).into(),
        "",
    );
    report.add("events in one request", options.batch.into(), "");
    report.add("event length", outcome.event_bytes as f64, "bytes");
    let rate = deliveries as f64 / outcome.wall.as_secs_f64();
    report.add("deliveries per second", rate.round(), "/s");
    let [p50, p90, p99, max] = outcome.latencies.percentiles_ms([50.0, 90.0, 99.0, 100.0]);
    report.add("latency p50", p50, "ms");
    report.add("latency p90", p90, "ms");
    report.add("latency p99", p99, "ms");
    report.add("latency max", max, "ms");
    if !target.pids.is_empty() {
        let cpu = outcome.after.cpu_us_each(outcome.before, deliveries);
        report.add("server: CPU per delivery", cpu, "us");
        let memory = subscribed.memory_kib_each(empty, subscribers);
        report.add("server: memory per subscriber", memory, "KiB");
        let memory = outcome.after.memory_kib_each(empty, subscribers);
        report.add("server: the same after the load", memory, "KiB");
    }
    outcome.failures.drain(..).for_each(|f| report.fail(f));
    let floor = floor::Options {
        connections: subscribers,
        bytes: outcome.event_bytes + FRAME_HEAD,
        rounds: floor_rounds(subscribers),
    };
    floor::add(
        &mut report,
        &floor,
        options.in_flight.max(options.batch).into(),
    )?;
    Ok(report)
}

/// Enough sends for a steady figure, whatever the number of sockets, within some seconds.
fn floor_rounds(sockets: usize) -> u32 {
    u32::try_from(40_000 / sockets.max(1)).map_or(40, |rounds| rounds.clamp(4, 40))
}
