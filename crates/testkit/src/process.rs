//! A process of the binary under test: its printed lines, its log, its end. Killed when it is dropped.

use crate::clock::Deadline;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    printing: Receiver<String>,
    printed: Vec<String>,
    log: PathBuf,
    ended: Option<ExitStatus>,
}

/// A process that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub status: ExitStatus,
    /// What it printed, line by line.
    pub lines: Vec<String>,
    /// What it said on standard error.
    pub stderr: String,
}

impl Finished {
    /// The one JSON object that was printed.
    ///
    /// # Panics
    /// The process failed, or printed anything else.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.status.success(), "{self:?}");
        assert_eq!(self.lines.len(), 1, "{self:?}");
        serde_json::from_str(&self.lines[0]).unwrap()
    }
}

impl Process {
    /// Starts it, with this on its standard input.
    pub(crate) fn spawn(mut command: Command, log: &Path, input: &[u8]) -> Self {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .unwrap();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().expect("it is piped");
        // A command that reads no input may be gone already.
        let _gone = stdin.write_all(input);
        drop(stdin);
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (print, printing) = channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if print.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            printing,
            printed: Vec::new(),
            log: log.to_owned(),
            ended: None,
        }
    }

    /// Waits for a printed line, and gives all lines up to it.
    ///
    /// # Panics
    /// The process ends, or patience does.
    #[track_caller]
    pub(crate) fn wait_for_line(&mut self, is_it: impl Fn(&str) -> bool) -> &[String] {
        let deadline = Deadline::new();
        while !self.printed.last().is_some_and(|line| is_it(line)) {
            match self.printing.recv_timeout(deadline.left()) {
                Ok(line) => self.printed.push(line),
                Err(_) => panic!(
                    "the line that was waited for never came; printed: {:#?}\nlog:\n{}",
                    self.printed,
                    self.log()
                ),
            }
        }
        &self.printed
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The memory that is its own, as the kernel counts it: no files, no shared pages.
    pub(crate) fn anonymous_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
        1024 * kib.unwrap().trim().parse::<u64>().unwrap()
    }

    /// SIGKILL: nothing is flushed, nothing is said.
    pub(crate) fn kill9(&mut self) -> ExitStatus {
        if let Some(status) = self.ended {
            return status;
        }
        self.child.kill().unwrap();
        self.reap()
    }

    /// SIGSTOP: it does nothing more, and keeps everything.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// SIGTERM, and no waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.signal("TERM");
    }

    /// Sends a signal, and does not wait.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -$1 \"$0\"", &self.child.id().to_string(), name])
            .status()
            .unwrap();
        assert!(status.success(), "SIG{name} could not be sent");
    }

    /// Waits for its own end.
    ///
    /// # Panics
    /// It has not ended when patience has.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        if let Some(status) = self.ended {
            return status;
        }
        let deadline = Deadline::new();
        // Its standard output ends with it.
        loop {
            match self.printing.recv_timeout(deadline.left()) {
                Ok(line) => self.printed.push(line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return self.reap(),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    panic!("it did not end; log:\n{}", self.log())
                }
            }
        }
    }

    /// Waits for its own end, and gives what it said.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        let status = self.wait();
        Finished {
            status,
            lines: std::mem::take(&mut self.printed),
            stderr: self.log(),
        }
    }

    fn reap(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        self.ended = Some(status);
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            let _gone = self.child.kill();
            let _reaped = self.child.wait();
        }
    }
}
