//! What is broken: the processes of one installation, how each of them is broken, and what they hold.
//!
//! Everything else knows only this type, two addresses and a data folder. Another way to run Antiphon is another [`Layout`] here.

mod clock;
mod disk;

use crate::actor::Stage;
use crate::check::Holdings;
use crate::plan::Fault;
use antiphon_testkit::{Agent, ReverbServer, TestApp, Visitor, Worker, Workspace};
use anyhow::{Context as _, Result, bail};
pub(crate) use clock::WallClock;
use disk::SmallDisk;
use rusqlite::{Connection, params};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Which processes an installation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Layout {
    /// `serve`.
    One,
    /// `serve`, `reverb:start` and `queue:work`.
    Three,
}

impl Layout {
    /// As the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "one process",
            Self::Three => "three processes",
        }
    }
}

/// Ports of servers are taken from here: below those that the kernel gives to connections, so that none takes a server's port while
/// it is down.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// Less than the default, which is more than the small disk has.
const FILES_LEAVE_FREE: &str = "8388608";
/// How long the poisoner waits for the database's lock; `serve` holds it for milliseconds, unless it is frozen.
const DATABASE_PATIENCE: Duration = Duration::from_secs(10);

/// A running installation. Its processes end when it is dropped, before its disk does.
#[derive(Debug)]
pub(crate) struct Topology {
    worker: Option<Worker>,
    sockets: Option<ReverbServer>,
    app: TestApp,
    disk: Option<SmallDisk>,
    clock: Option<WallClock>,
    left_out: Vec<String>,
}

impl Topology {
    /// Starts an installation on an empty folder.
    ///
    /// # Panics
    /// A process does not start.
    pub(crate) fn start(binary: &Path, layout: Layout) -> Result<Self> {
        let mut left_out = Vec::new();
        let mut workspace = Workspace::new(binary);
        let offset = std::process::id() as u16 ^ (layout as u16) << 11;
        let ports = free_ports(offset)?;
        workspace.set_env("ANTIPHON_PORT", &ports[0].to_string());
        workspace.set_env("REVERB_SERVER_PORT", &ports[1].to_string());
        let mut disk = None;
        if layout == Layout::One {
            match SmallDisk::mount() {
                Ok(mounted) => {
                    symlink(mounted.path(), workspace.data()).context("cannot place the disk")?;
                    workspace.set_env("ANTIPHON_FILES_MIN_FREE_BYTES", FILES_LEAVE_FREE);
                    disk = Some(mounted);
                }
                Err(error) => left_out.push(format!("{}: {error:#}", Fault::FullDisk.name())),
            }
        }
        let clock = WallClock::find()?;
        match &clock {
            Some(clock) => {
                for (key, value) in clock.env() {
                    workspace.set_env(key, &value);
                }
            }
            None => left_out.push("wrong clocks: libfaketime is not installed".to_owned()),
        }
        let sockets = (layout == Layout::Three).then(|| ReverbServer::start(&workspace));
        let app = TestApp::start_in(workspace);
        let worker = (layout == Layout::Three).then(|| Worker::start(app.workspace()));
        Ok(Self {
            worker,
            sockets,
            app,
            disk,
            clock,
            left_out,
        })
    }

    /// The server, for what is not to be broken on the way to it.
    pub(crate) fn app(&self) -> &TestApp {
        &self.app
    }

    /// The faults of its processes that this machine can make.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![Fault::KillServe, Fault::StopServe, Fault::FreezeServe];
        if self.disk.is_some() {
            faults.push(Fault::FullDisk);
        }
        if self.sockets.is_some() {
            faults.extend([Fault::KillSockets, Fault::FreezeSockets]);
        }
        if self.worker.is_some() {
            faults.extend([Fault::KillWorker, Fault::FreezeWorker]);
        }
        faults
    }

    /// What this machine cannot do, and why.
    pub(crate) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// An agent who is set up, and so many visitors with a conversation each.
    pub(crate) fn people(&self, n_visitors: usize) -> (Agent, Vec<Visitor>) {
        let visitors = (0..n_visitors).map(|_| self.app.visitor()).collect();
        (self.app.agent(), visitors)
    }

    /// Breaks a process, and mends it.
    ///
    /// # Panics
    /// It does not stop, or does not come back.
    pub(crate) fn inject(&mut self, fault: Fault, lasting: Duration, stage: &Stage) -> Result<()> {
        let moving = self.clock.as_ref().map(|clock| Arc::clone(&clock.moving));
        let _still = moving.as_ref().map(|moving| moving.lock());
        match fault {
            Fault::KillServe => {
                self.app.kill9();
                stage.wait(lasting);
                self.app.restart();
            }
            Fault::StopServe => {
                let status = self.app.terminate();
                stage.wait(lasting);
                self.app.restart();
                if !status.success() {
                    bail!("serve was asked to stop, and ended with {status}");
                }
            }
            Fault::FreezeServe => {
                self.app.freeze();
                stage.wait(lasting);
                self.app.thaw();
            }
            Fault::FullDisk => {
                let disk = self.disk.as_ref().context("there is no small disk")?;
                disk.fill()?;
                stage.wait(lasting);
                disk.empty()?;
            }
            Fault::KillSockets => {
                let sockets = self.sockets.as_mut().context("there is no reverb:start")?;
                sockets.kill9();
                stage.wait(lasting);
                sockets.restart(self.app.workspace());
            }
            Fault::FreezeSockets => {
                let sockets = self.sockets.as_ref().context("there is no reverb:start")?;
                sockets.freeze();
                stage.wait(lasting);
                sockets.thaw();
            }
            Fault::KillWorker => {
                let worker = self.worker.as_mut().context("there is no queue:work")?;
                worker.kill9();
                stage.wait(lasting);
                *worker = Worker::start(self.app.workspace());
            }
            Fault::FreezeWorker => {
                let worker = self.worker.as_ref().context("there is no queue:work")?;
                worker.freeze();
                stage.wait(lasting);
                worker.thaw();
            }
            other => bail!("{} is no fault of a process", other.name()),
        }
        Ok(())
    }

    /// What each process holds.
    pub(crate) fn holdings(&self) -> Result<Vec<(&'static str, Holdings)>> {
        let sockets = self
            .sockets
            .as_ref()
            .map(|process| ("reverb:start", process.process_id()));
        let worker = self
            .worker
            .as_ref()
            .map(|process| ("queue:work", process.process_id()));
        let all = [Some(("serve", self.app.process_id())), sockets, worker];
        all.into_iter()
            .flatten()
            .map(|(name, id)| Ok((name, holdings_of(id)?)))
            .collect()
    }

    /// The wall clock of all its processes, if it can be set.
    pub(crate) fn clock(&self) -> Option<WallClock> {
        self.clock.clone()
    }

    /// Where the jobs are.
    pub(crate) fn jobs(&self) -> Jobs {
        Jobs {
            database: self.app.workspace().database(),
        }
    }

    /// Copies what the processes logged into this folder.
    pub(crate) fn keep_logs(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        for entry in std::fs::read_dir(self.app.workspace().folder())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log")
                && let Some(name) = path.file_name()
            {
                std::fs::copy(&path, folder.join(name))?;
            }
        }
        Ok(())
    }
}

/// The table of jobs, by the back door: no command makes a job that cannot be done.
#[derive(Debug)]
pub(crate) struct Jobs {
    database: PathBuf,
}

impl Jobs {
    /// Puts two jobs among the others that nobody can do: one of a kind that nobody knows, and a broadcast that makes no sense, in a
    /// conversation's lane, where the conversation's broadcasts wait behind it.
    pub(crate) fn poison(&self, conversation_id: i64) -> Result<()> {
        let connection = self.open()?;
        let mut insert = connection.prepare(
            "INSERT INTO jobs (queue, kind, payload, run_at, attempts, max_attempts, lane, created_at) VALUES (?1, ?2, ?3, 1, 0, 3, ?4, 1)",
        )?;
        insert.execute(params!["default", UNKNOWN_KIND, "{}", None::<String>])?;
        let lane = format!("{BROADCAST_KIND}:{conversation_id}");
        insert.execute(params![
            "broadcast",
            BROADCAST_KIND,
            r#"{"poison":true}"#,
            lane
        ])?;
        Ok(())
    }

    /// How many broadcasts wait or run, and how many were given up.
    pub(crate) fn waiting_and_dead(&self) -> Result<(i64, i64)> {
        let sql = "SELECT count(*) FILTER (WHERE died_at IS NULL), count(died_at) FROM jobs WHERE kind = ?1";
        let row = self
            .open()?
            .query_row(sql, [BROADCAST_KIND], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(row)
    }

    fn open(&self) -> Result<Connection> {
        let connection = Connection::open(&self.database)?;
        connection.busy_timeout(DATABASE_PATIENCE)?;
        Ok(connection)
    }
}

const UNKNOWN_KIND: &str = "chaos.of_another_version";
const BROADCAST_KIND: &str = "broadcast.reverb";

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

/// Two ports that nobody uses now.
fn free_ports(offset: u16) -> Result<[u16; 2]> {
    let count = PORTS.end - PORTS.start;
    let mut free = (0..count)
        .map(|n| PORTS.start + (offset % count + n) % count)
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    match (free.next(), free.next()) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => bail!("there are no free ports"),
    }
}
