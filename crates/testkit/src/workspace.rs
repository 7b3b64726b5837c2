//! A folder of its own for one installation: the data, the `.env`, the environment, and the binary that works on them.

use crate::process::{Finished, Process};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// One installation: any number of processes may run on it. Removed when it is dropped.
#[derive(Debug)]
pub struct Workspace {
    binary: PathBuf,
    folder: TempDir,
    env: Vec<(String, String)>,
    runs: AtomicUsize,
}

impl Workspace {
    /// An empty one. The environment has free ports on the loopback, and no rate limits, and nothing else.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let workspace = Self {
            binary: binary.as_ref().to_owned(),
            folder: tempfile::tempdir().unwrap(),
            env: Vec::new(),
            runs: AtomicUsize::new(0),
        };
        workspace
            .with_env("ANTIPHON_HOST", "127.0.0.1")
            .with_env("ANTIPHON_PORT", "0")
            .with_env("REVERB_SERVER_HOST", "127.0.0.1")
            .with_env("REVERB_SERVER_PORT", "0")
            .with_env("ANTIPHON_RATE_LIMITS", "off")
    }

    /// Sets a variable of the environment for every process, instead of what it was.
    #[must_use]
    pub fn with_env(mut self, key: &str, value: &str) -> Self {
        self.set_env(key, value);
        self
    }

    /// Sets a variable of the environment for every process that starts from now on.
    pub fn set_env(&mut self, key: &str, value: &str) {
        self.env.retain(|(known, _)| known != key);
        self.env.push((key.to_owned(), value.to_owned()));
    }

    /// A variable of the environment, if it is set.
    pub fn env(&self, key: &str) -> Option<&str> {
        let found = self.env.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| &**value)
    }

    /// Takes a variable out of the environment.
    #[must_use]
    pub fn without_env(mut self, key: &str) -> Self {
        self.env.retain(|(known, _)| known != key);
        self
    }

    /// Where it is; the working directory of every process.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The database's file.
    pub fn database(&self) -> PathBuf {
        self.data().join("antiphon.sqlite")
    }

    /// A generated secret, from where it is kept.
    ///
    /// # Panics
    /// There is none of that name.
    pub fn secret(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.data().join("secrets.env")).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_else(|| panic!("{name} is not in {text}"))
            .trim_matches('"')
            .to_owned()
    }

    /// Runs a command to its end.
    #[track_caller]
    pub fn cli<S: AsRef<OsStr>>(&self, args: &[S]) -> Finished {
        self.cli_with_input(args, b"")
    }

    /// Runs a command to its end, with this on its standard input.
    #[track_caller]
    pub fn cli_with_input<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Finished {
        self.spawn(args, &[], input).finish()
    }

    /// Starts a command. Each has a log of its own.
    pub(crate) fn spawn<S: AsRef<OsStr>>(
        &self,
        args: &[S],
        env: &[(String, String)],
        input: &[u8],
    ) -> Process {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .envs(env.iter().map(|(key, value)| (key, value)));
        Process::spawn(
            command,
            &self.folder().join(format!("process-{run}.log")),
            input,
        )
    }
}
