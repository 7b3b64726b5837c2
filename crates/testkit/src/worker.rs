//! `antiphon queue:work`, a worker in a process of its own.

use crate::process::{Finished, Process};
use crate::workspace::Workspace;
use std::process::ExitStatus;

/// A running worker, on a workspace that it shares with a server. Killed when it is dropped.
#[derive(Debug)]
pub struct Worker(Process);

impl Worker {
    /// Starts it, and waits until it works.
    #[track_caller]
    pub fn start(workspace: &Workspace) -> Self {
        Self::start_with(workspace, &[]).0
    }

    /// Starts it with these arguments, and gives what it has printed by the time it works.
    #[track_caller]
    pub fn start_with(workspace: &Workspace, args: &[&str]) -> (Self, Vec<String>) {
        let args: Vec<&str> = ["queue:work"].iter().chain(args).copied().collect();
        let mut process = workspace.spawn(&args, &[], b"");
        let lines = process.wait_for_line(|line| line.starts_with("Working on "));
        let lines = lines.to_vec();
        (Self(process), lines)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.0.log()
    }

    /// The process's id.
    pub fn process_id(&self) -> u32 {
        self.0.id()
    }

    /// SIGSTOP: it does nothing more, and keeps everything.
    pub fn freeze(&self) {
        self.0.freeze();
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.0.thaw();
    }

    /// SIGKILL.
    pub fn kill9(&mut self) {
        self.0.kill9();
    }

    /// SIGTERM, and its end.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.0.ask_to_stop();
        self.0.wait()
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn finish(self) -> Finished {
        self.0.finish()
    }
}
