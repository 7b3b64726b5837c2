//! One machine: `serve` on SQLite alone, or beside `reverb:start` and `queue:work`.

use super::disk::SmallDisk;
use super::{Jobs, Layout, Topology, WallClock, copy_logs, free_ports, holdings_of};
use crate::actor::Stage;
use crate::check::Holdings;
use crate::plan::Fault;
use antiphon_testkit::{Agent, Api, Backend, ReverbServer, TestApp, Visitor, Worker, Workspace};
use anyhow::{Context as _, Result, bail};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Less than the default, which is more than the small disk has.
const FILES_LEAVE_FREE: &str = "8388608";

/// A running installation. Its processes end when it is dropped, before its disk does.
#[derive(Debug)]
pub(super) struct Machine {
    worker: Option<Worker>,
    sockets: Option<ReverbServer>,
    app: TestApp,
    disk: Option<SmallDisk>,
    clock: Option<WallClock>,
    left_out: Vec<String>,
}

impl Machine {
    /// Starts an installation on an empty folder.
    ///
    /// # Panics
    /// A process does not start.
    pub(super) fn start(binary: &Path, layout: Layout) -> Result<Self> {
        let mut left_out = Vec::new();
        let mut workspace = Workspace::new(binary);
        let ports = free_ports(layout, 2)?;
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
}

impl Topology for Machine {
    fn nodes(&self) -> Vec<Api> {
        vec![Api::clone(&self.app)]
    }

    fn backend(&self) -> Backend {
        self.app.backend()
    }

    fn faults(&self) -> Vec<Fault> {
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

    fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn people(&self, n_visitors: usize) -> (Agent, Vec<Visitor>) {
        let visitors = (0..n_visitors).map(|_| self.app.visitor()).collect();
        (self.app.agent(), visitors)
    }

    fn inject(&mut self, fault: Fault, lasting: Duration, stage: &Stage) -> Result<()> {
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

    fn holdings(&self) -> Result<Vec<(String, Holdings)>> {
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
            .map(|(name, id)| Ok((name.to_owned(), holdings_of(id)?)))
            .collect()
    }

    fn clocks(&self) -> Vec<WallClock> {
        self.clock.clone().into_iter().collect()
    }

    fn jobs(&self) -> Jobs {
        Jobs::Sqlite(self.app.workspace().database())
    }

    fn keep_logs(&self, folder: &Path) -> Result<()> {
        copy_logs(self.app.workspace().folder(), folder, "")
    }
}
