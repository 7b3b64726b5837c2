//! `antiphon serve`, the real binary, ready to be used.

use crate::agent::Agent;
use crate::api::Api;
use crate::backend::Backend;
use crate::process::Process;
use crate::visitor::Visitor;
use crate::workspace::Workspace;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::path::Path;
use std::process::ExitStatus;

/// A running server. Its log is printed when the test fails; it is killed when it is dropped.
///
/// Everything of [`Api`] is at hand on it.
#[derive(Debug)]
pub struct TestApp {
    workspace: Workspace,
    process: Process,
    api: Api,
    lines: Vec<String>,
}

impl TestApp {
    /// A server without any configuration.
    pub fn start(binary: impl AsRef<Path>) -> Self {
        Self::start_in(Workspace::new(binary))
    }

    /// A server in this workspace.
    #[track_caller]
    pub fn start_in(workspace: Workspace) -> Self {
        let mut process = workspace.spawn(&["serve"], &[], b"");
        let lines = ready_lines(&mut process);
        let http = port_after(&lines, "http://localhost:")
            .unwrap_or_else(|| panic!("no HTTP port in {lines:#?}"));
        // Without a port of its own the WebSocket server shares the other one.
        let websocket = port_after(&lines, "WebSocket: port ")
            .or_else(|| port_after(&lines, "reverb:start on port "))
            .unwrap_or(http);
        let api = Api::new(loopback(http), loopback(websocket));
        Self {
            workspace,
            process,
            api,
            lines,
        }
    }

    /// Starts again on the same folder and the same ports, after its end.
    #[track_caller]
    pub fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// Starts again on the same folder and the same ports, with these variables besides.
    #[track_caller]
    pub fn restart_with(&mut self, env: &[(&str, &str)]) {
        self.process.kill9();
        let mut all = vec![
            (
                "ANTIPHON_PORT".to_owned(),
                self.api.http().port().to_string(),
            ),
            (
                "REVERB_SERVER_PORT".to_owned(),
                self.api.websocket().port().to_string(),
            ),
        ];
        all.extend(
            env.iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        self.process = self.workspace.spawn(&["serve"], &all, b"");
        self.lines = ready_lines(&mut self.process);
    }

    /// SIGKILL.
    pub fn kill9(&mut self) {
        self.process.kill9();
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

    /// SIGTERM, without waiting for the end.
    pub fn ask_to_stop(&self) {
        self.process.ask_to_stop();
    }

    /// Waits for the server's own end.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// SIGTERM, and its end.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.wait()
    }

    /// What it printed at its start.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// What it has logged since its start.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The memory that is the process's own.
    pub fn anonymous_bytes(&self) -> u64 {
        self.process.anonymous_bytes()
    }

    /// Its folder.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The token of the set-up link that it printed, if it did.
    pub fn setup_token(&self) -> Option<String> {
        let link = self.lines.iter().find(|line| line.contains("/setup#"))?;
        Some(link.split_once('#')?.1.to_owned())
    }

    /// The demo widget's token.
    pub fn widget_token(&self) -> String {
        self.api.widget_token()
    }

    /// A new visitor of the demo widget, with a conversation.
    pub fn visitor(&self) -> Visitor {
        Visitor::init(&self.api, &self.widget_token(), &serde_json::json!({}))
    }

    /// The first agent, set up through the printed link and logged in.
    ///
    /// # Panics
    /// There is an agent already.
    pub fn agent(&self) -> Agent {
        let token = self.setup_token().expect("a set-up link was printed");
        Agent::set_up(&self.api, &token)
    }

    /// A further agent, made by the command line and logged in; its password is [`Agent::PASSWORD`].
    #[track_caller]
    pub fn further_agent(&self, name: &str, email: &str) -> Agent {
        let made = self.workspace.cli_with_input(
            &["agent:create", "--name", name, "--email", email],
            Agent::PASSWORD.as_bytes(),
        );
        assert!(made.status.success(), "{made:?}");
        Agent::log_in(&self.api, email, Agent::PASSWORD)
    }

    /// A backend that knows the application's secret.
    pub fn backend(&self) -> Backend {
        Backend::new(&self.api, &self.workspace)
    }
}

impl Deref for TestApp {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint_log(&self.process.log());
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the test harness shows it with the failure"
)]
fn eprint_log(log: &str) {
    eprintln!("the server's log:\n{log}");
}

#[track_caller]
fn ready_lines(process: &mut Process) -> Vec<String> {
    process.wait_for_line(|line| line == "Ready.").to_vec()
}

/// The number right after this text, in the first line that has it.
pub(crate) fn port_after(lines: &[String], text: &str) -> Option<u16> {
    lines.iter().find_map(|line| {
        let digits: String = line
            .split_once(text)?
            .1
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    })
}

pub(crate) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
