//! What is broken: the processes of one installation, how each of them is broken, and what they hold.
//!
//! Everything else knows only this trait, the addresses of the nodes and what it is told of them. Another way to run Antiphon is
//! another [`Layout`] here.

mod clock;
mod disk;
mod jobs;
mod machine;
mod nodes;

use crate::actor::Stage;
use crate::check::Holdings;
use crate::plan::Fault;
use antiphon_testkit::{Agent, Api, Backend, Visitor};
use anyhow::{Context as _, Result, bail};
pub(crate) use clock::WallClock;
pub(crate) use jobs::Jobs;
use machine::Machine;
use nodes::Nodes;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// Which processes an installation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Layout {
    /// `serve`.
    One,
    /// `serve`, `reverb:start` and `queue:work`.
    Three,
    /// Several `serve` on one PostgreSQL and one Redis.
    Nodes,
}

impl Layout {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::One, Self::Three, Self::Nodes];

    /// As the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "one process",
            Self::Three => "three processes",
            Self::Nodes => "several nodes",
        }
    }

    /// What this machine lacks for it, if anything.
    pub(crate) fn lacks(self) -> Option<String> {
        match self {
            Self::One | Self::Three => None,
            Self::Nodes => nodes::lacks(),
        }
    }
}

/// A running installation. Its processes end when it is dropped.
pub(crate) trait Topology: Send {
    /// The nodes, without a proxy before them. People and backends may use any of them.
    fn nodes(&self) -> Vec<Api>;

    /// A backend at the first node.
    fn backend(&self) -> Backend;

    /// An agent who is set up, and so many visitors with a conversation each.
    fn people(&self, n_visitors: usize) -> (Agent, Vec<Visitor>);

    /// The faults of its processes that this machine can make.
    fn faults(&self) -> Vec<Fault>;

    /// What this machine cannot do, and why.
    fn left_out(&self) -> &[String];

    /// Breaks a process, and mends it.
    ///
    /// # Panics
    /// It does not stop, or does not come back.
    fn inject(&mut self, fault: Fault, lasting: Duration, stage: &Stage) -> Result<()>;

    /// What each process holds.
    fn holdings(&self) -> Result<Vec<(String, Holdings)>>;

    /// The wall clocks of its machines, if they can be set.
    fn clocks(&self) -> Vec<WallClock>;

    /// Where the jobs are.
    fn jobs(&self) -> Jobs;

    /// Copies what the processes logged into this folder.
    fn keep_logs(&self, folder: &Path) -> Result<()>;
}

/// Starts an installation that has nothing yet. `n_nodes` is for a layout of several nodes.
///
/// # Panics
/// A process does not start.
pub(crate) fn start(
    binary: &Path,
    layout: Layout,
    n_nodes: usize,
    seed: u64,
) -> Result<Box<dyn Topology>> {
    Ok(match layout {
        Layout::One | Layout::Three => Box::new(Machine::start(binary, layout)?),
        Layout::Nodes => Box::new(Nodes::start(binary, n_nodes, seed)?),
    })
}

/// Ports of servers are taken from here: below those that the kernel gives to connections, so that none takes a server's port while
/// it is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// So many ports that nobody uses now, for an installation of this layout.
fn free_ports(layout: Layout, n: usize) -> Result<Vec<u16>> {
    // Each process that breaks things begins elsewhere, and so does each of its installations.
    let offset = std::process::id() as u16 ^ (layout as u16) << 11;
    let count = PORTS.end - PORTS.start;
    let ports: Vec<u16> = (0..count)
        .map(|n| PORTS.start + (offset % count + n) % count)
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .take(n)
        .collect();
    if ports.len() < n {
        bail!("there are no free ports");
    }
    Ok(ports)
}

fn holdings_of(id: u32) -> Result<Holdings> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let descriptors = std::fs::read_dir(format!("/proc/{id}/fd"))?.count() as u64;
    Ok(Holdings {
        memory_bytes: 1024 * kib.context("the kernel tells no memory")?,
        descriptors,
    })
}

/// Copies the logs of a workspace's processes, with this in front of their names.
fn copy_logs(from: &Path, to: &Path, prefix: &str) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "log")
            && let Some(name) = path.file_name()
        {
            std::fs::copy(
                &path,
                to.join(format!("{prefix}{}", name.to_string_lossy())),
            )?;
        }
    }
    Ok(())
}
