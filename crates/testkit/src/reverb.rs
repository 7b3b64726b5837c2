//! `antiphon reverb:start`, the WebSocket server in a process of its own.

use crate::app::{loopback, port_after};
use crate::clock::eventually;
use crate::process::Process;
use crate::workspace::Workspace;
use std::net::SocketAddr;

/// A running WebSocket server, on a workspace that it shares with others. Killed when it is dropped.
#[derive(Debug)]
pub struct ReverbServer {
    process: Process,
    address: SocketAddr,
}

impl ReverbServer {
    /// Starts it on the port that the workspace's environment names; 0 is any free one.
    #[track_caller]
    pub fn start(workspace: &Workspace) -> Self {
        Self::start_with(workspace, &["reverb:start"])
    }

    /// Starts it with `--debug`.
    #[track_caller]
    pub fn start_debugging(workspace: &Workspace) -> Self {
        Self::start_with(workspace, &["reverb:start", "--debug"])
    }

    /// Starts it again on the port that it had.
    #[track_caller]
    pub fn restart(&mut self, workspace: &Workspace) {
        self.process.kill9();
        let port = self.address.port().to_string();
        *self = Self::start_with(workspace, &["reverb:start", "--port", &port]);
    }

    /// Starts it with other arguments.
    #[track_caller]
    pub fn start_with(workspace: &Workspace, args: &[&str]) -> Self {
        let mut process = workspace.spawn(args, &[], b"");
        let lines = process.wait_for_line(|line| line.starts_with("WebSocket server: "));
        let port =
            port_after(lines, "ws://127.0.0.1:").unwrap_or_else(|| panic!("no port in {lines:#?}"));
        Self {
            process,
            address: loopback(port),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for a printed line, and gives all lines up to it.
    #[track_caller]
    pub fn wait_for_line(&mut self, is_it: impl Fn(&str) -> bool) -> &[String] {
        self.process.wait_for_line(is_it)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until it has logged this.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        eventually(text, || self.log().contains(text));
    }

    /// SIGTERM, and its end.
    #[track_caller]
    pub fn terminate(&mut self) -> std::process::ExitStatus {
        self.process.ask_to_stop();
        self.process.wait()
    }

    /// SIGHUP.
    pub fn hang_up(&self) {
        self.process.signal("HUP");
    }

    /// The process's id.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// SIGSTOP: it does nothing more, and keeps everything.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// SIGKILL.
    pub fn kill9(&mut self) {
        self.process.kill9();
    }
}
