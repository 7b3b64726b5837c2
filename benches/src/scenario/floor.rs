//! The floor alone.

use crate::floor::{self, By};
use crate::report::Report;
use anyhow::Result;

/// What to send.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Sockets to send to; at most half of what this process may open, since it holds both ends.
    #[arg(long, short = 'n', default_value_t = 1000)]
    pub(crate) connections: usize,
    /// Bytes in one send, which is one event with its framing.
    #[arg(long, default_value_t = 254)]
    pub(crate) bytes: usize,
    /// Sends to every socket, in each of five batches.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
}

/// Measures.
pub(crate) fn run(options: &Options) -> Result<Report> {
    let mut report = Report::new("floor");
    add(&mut report, options, 1)?;
    Ok(report)
}

/// Adds the floor to a report: of single sends, and of sends that carry `joined` events, if that is more than one; and the same
/// through io_uring, where that is permitted.
pub(crate) fn add(report: &mut Report, options: &Options, joined: usize) -> Result<()> {
    let measure = |by, joined: usize| {
        let bytes = options.bytes * joined;
        floor::measure(by, options.connections, bytes, options.rounds as usize)
    };
    let single = measure(By::Send, 1)?;
    report.add("floor: sockets", single.sockets as f64, "");
    report.add("floor: CPU per send", single.us_per_send, "us");
    let uring = measure(By::Uring, 1).ok();
    if let Some(batch) = &uring {
        report.add("floor: the same by io_uring", batch.us_per_send, "us");
    }
    if joined > 1 {
        let each = measure(By::Send, joined)?.us_per_send / joined as f64;
        report.add("floor: CPU per event, all in one send", each, "us");
        if uring.is_some() {
            let each = measure(By::Uring, joined)?.us_per_send / joined as f64;
            report.add("floor: the same by io_uring, joined", each, "us");
        }
    }
    Ok(())
}
