//! Several servers with a load generator each, all on this machine: more sockets than one process may hold.
//!
//! The servers are Antiphon's own, started with the credentials of the command line, on as many ports from `--port` on. All
//! connections of all of them are open at the same time, from before the silence until after the last event was received.

use crate::clock;
use crate::report::Report;
use crate::server::Server;
use crate::target::Target;
use crate::usage::Usage;
use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The load.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Antiphon's program.
    #[arg(long, default_value = "target/release/antiphon")]
    server: PathBuf,
    /// Servers, and load generators.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    processes: u16,
    /// Connections to each server.
    #[arg(long, short = 'n', default_value_t = 18_750, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Connections that share a channel.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    per_channel: u32,
    /// How long the silence is.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// After so many seconds of silence the servers ping a connection.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    ping_interval: u32,
    /// Events to every channel after the silence.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    burst: u16,
}

/// Measures.
pub(crate) fn run(target: &Target, options: &Options) -> Result<Report> {
    ensure!(
        target.port.checked_add(options.processes).is_some(),
        "there are not so many ports from {} on",
        target.port
    );
    let mut report = Report::new("cluster");
    let ports = target.port..target.port + options.processes;
    let servers = ports
        .clone()
        .map(|port| {
            let interval = options.ping_interval.to_string();
            let env = [("REVERB_APP_PING_INTERVAL", &*interval)];
            Server::start(&options.server, target, port, &env)
        })
        .collect::<Result<Vec<_>>>()?;
    for (server, port) in servers.iter().zip(ports.clone()) {
        server.wait_for(SocketAddr::new(target.host, port))?;
    }
    let pids: Vec<u32> = servers.iter().map(Server::pid).collect();
    let empty = Usage::at_rest(&pids)?;
    let start = clock::now();
    let mut loads = pids
        .iter()
        .zip(ports)
        .map(|(pid, port)| Load::start(target, options, *pid, port))
        .collect::<Result<Vec<_>>>()?;
    all(&mut loads, |load| load.expect("ready"))?;
    let connecting = start.elapsed();
    eprintln!("all are connected after {:.0} s", connecting.as_secs_f64());
    let full = Usage::at_rest(&pids)?;
    all(&mut loads, Load::go_on)?;
    all(&mut loads, |load| load.expect("done"))?;
    eprintln!("all have what was sent after the silence");
    let after_burst = Usage::at_rest(&pids)?;
    all(&mut loads, Load::go_on)?;
    let mut sum = Sum::default();
    for load in loads {
        sum.add(&load.finish()?)?;
    }
    let after = Usage::at_rest(&pids)?;

    let connections = options.connections as usize * usize::from(options.processes);
    report.add("servers", options.processes.into(), "");
    report.add("connections", connections as f64, "");
    report.add("open after", connecting.as_secs_f64(), "s");
    report.add("memory before the first", empty.memory_kib as f64, "KiB");
    report.add("memory with all", full.memory_kib as f64, "KiB");
    let each = full.memory_kib_each(empty, connections);
    report.add("memory per connection", each, "KiB");
    report.add("seconds of silence", options.seconds.into(), "s");
    report.add("CPU while idle, pings included", sum.cpu, "% of a core");
    report.add("pings answered", sum.pings, "");
    report.add("events received after it", sum.received, "");
    report.add(
        "memory after the burst",
        after_burst.memory_kib as f64,
        "KiB",
    );
    report.add(
        "memory after the last has left",
        after.memory_kib as f64,
        "KiB",
    );
    sum.failures.into_iter().for_each(|f| report.fail(f));
    Ok(report)
}

fn all(loads: &mut [Load], act: impl Fn(&mut Load) -> Result<()>) -> Result<()> {
    loads.iter_mut().try_for_each(act)
}

/// A load generator for one server: this program once more, kept in step through its standard streams.
struct Load {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Load {
    fn start(target: &Target, options: &Options, pid: u32, port: u16) -> Result<Self> {
        let number = |number: u32| number.to_string();
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--json", "--host", &target.host.to_string()])
            .args(["--port", &port.to_string(), "--pid", &number(pid)])
            .args(["--addresses", &number(target.addresses.into())])
            .args(["--app-id", &target.app_id, "--key", &target.key])
            .args(["--secret", &target.secret, "idle", "--gate"])
            .args(["--connections", &number(options.connections)])
            .args(["--per-channel", &number(options.per_channel)])
            .args(["--seconds", &number(options.seconds)])
            .args(["--burst", &number(options.burst.into())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a load generator")?;
        let stdin = child.stdin.take().context("no way to tell it anything")?;
        let stdout = child.stdout.take().context("no way to hear from it")?;
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// Waits until it says `word`. It has limits of its own on how long it waits for the server.
    fn expect(&mut self, word: &str) -> Result<()> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        ensure!(
            line.trim_end() == word,
            "a load generator said {line:?} when it should have been {word}"
        );
        Ok(())
    }

    fn go_on(&mut self) -> Result<()> {
        Ok(self.stdin.write_all(b"go on\n")?)
    }

    /// What it measured.
    fn finish(mut self) -> Result<Value> {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text)?;
        self.child.wait()?;
        serde_json::from_str(&text).with_context(|| format!("a load generator ended with {text:?}"))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // After `finish` there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What all load generators measured, added up.
#[derive(Default)]
struct Sum {
    cpu: f64,
    pings: f64,
    received: f64,
    failures: Vec<String>,
}

impl Sum {
    fn add(&mut self, report: &Value) -> Result<()> {
        let value = |name: &str| match report["values"][name].as_f64() {
            Some(value) => Ok(value),
            None => bail!("a load generator does not say {name}"),
        };
        self.cpu += value("CPU_while_idle_percent_of_a_core")?;
        self.pings += value("pings_answered")?;
        self.received += value("events_received_after_it")?;
        let failures = report["failures"].as_array().into_iter().flatten();
        self.failures
            .extend(failures.filter_map(|f| Some(f.as_str()?.to_owned())));
        Ok(())
    }
}
