//! One subscriber that never reads, among others that do.
//!
//! The same events are published twice: without it, then with it. The others must get every event both times.
//! Whether the server cut it off is seen from how its connection ends once it is read at last.

use super::delivery::{self, CHANNEL, Plan};
use crate::clock;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::socket::{Input, Socket};
use crate::swarm::Swarm;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::Result;
use std::time::Duration;

/// How long the connection may take to end once it is read, in total and between looks.
const END_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Subscribers that read.
    #[arg(long, short = 'n', default_value_t = 100)]
    subscribers: usize,
    /// Events in each of the two runs. Their sum must be well above what the kernel buffers, some 10 MB.
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    messages: u32,
    /// Bytes of an event's data.
    #[arg(long, default_value_t = 8000)]
    data_bytes: usize,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    let mut report = Report::new("slow");
    let mut swarm = Swarm::new(target)?;
    swarm.grow(options.subscribers, |_| CHANNEL.to_owned())?;
    let mut publisher = Publisher::new(target);
    let plan = Plan {
        warm_up: 100,
        messages: options.messages as usize,
        in_flight: 1,
        batch: 1,
        data_bytes: options.data_bytes,
    };
    let mut without = delivery::run(&mut swarm, &mut publisher, &target.pids, plan)?;
    swarm.grow(1, |_| CHANNEL.to_owned())?;
    let deaf = swarm.take_deaf()?;
    let mut with = delivery::run(&mut swarm, &mut publisher, &target.pids, plan)?;

    report.add("subscribers that read", swarm.len() as f64, "");
    report.add("event length", with.event_bytes as f64, "bytes");
    let published = (plan.warm_up + plan.messages) * with.event_bytes;
    report.add(
        "published past the one that does not",
        published as f64 / 1e6,
        "MB",
    );
    let [p50, p99] = without.latencies.percentiles_ms([50.0, 99.0]);
    report.add("latency p50 without it", p50, "ms");
    report.add("latency p99 without it", p99, "ms");
    let [p50, p99] = with.latencies.percentiles_ms([50.0, 99.0]);
    report.add("latency p50 with it", p50, "ms");
    report.add("latency p99 with it", p99, "ms");
    if !target.pids.is_empty() {
        let grown = with.after.memory_kib_each(without.after, 1);
        report.add("server: memory grown with it", grown, "KiB");
        let end = Usage::at_rest(&target.pids)?;
        let grown = end.memory_kib_each(without.after, 1);
        report.add("server: memory grown, at rest", grown, "KiB");
    }
    let (got, ended) = listen_at_last(deaf, with.event_bytes);
    report.add("events it finds when it reads at last", got as f64, "");
    report.add(
        "it was cut off (1) or kept (0)",
        f64::from(u8::from(ended)),
        "",
    );
    if !ended && got < plan.warm_up + plan.messages {
        report.fail(format!(
            "it lost {} events and was not told by a close",
            plan.warm_up + plan.messages - got
        ));
    }
    for failure in without.failures.into_iter().chain(with.failures) {
        report.fail(failure);
    }
    Ok(report)
}

/// Reads all there is: how many events, and whether the server has ended the connection.
fn listen_at_last(mut deaf: Socket, event_bytes: usize) -> (usize, bool) {
    let mut scratch = vec![0; 64 * 1024];
    let mut got = 0;
    let mut last = clock::now();
    while last.elapsed() < END_WITHIN {
        let before = got;
        let input = deaf.read(&mut scratch, |_, message| {
            got += usize::from(message.len() == event_bytes);
            Ok(())
        });
        // A close frame and a broken connection are errors of `read`; both are an end here.
        if !matches!(input, Ok(Input::Open)) {
            return (got, true);
        }
        if got > before {
            last = clock::now();
        }
        clock::pause(LOOK_EVERY);
    }
    (got, false)
}
