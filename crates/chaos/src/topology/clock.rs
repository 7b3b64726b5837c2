//! A wall clock that can be set: libfaketime, where it is installed, under every process of the installation.
//!
//! Only the wall clock is another; pauses and time-outs go by the one that nobody sets, as on a real machine.

use anyhow::{Context as _, Result};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Where Debian and others keep libfaketime.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// After this time every process knows a new time: it looks when whole seconds of the clock say that more than one has passed.
const KNOWN_AFTER: Duration = Duration::from_millis(2200);

/// The wall clock of the processes that were started with [`WallClock::env`].
#[derive(Debug, Clone)]
pub(crate) struct WallClock {
    library: PathBuf,
    folder: Arc<TempDir>,
    /// Held while some processes may know a new time and others not, which no clock of one machine does to them.
    pub(crate) moving: Arc<Mutex<()>>,
}

impl WallClock {
    /// A clock that is right; `None` where libfaketime is not installed.
    pub(crate) fn find() -> Result<Option<Self>> {
        let library = LIBRARIES
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_file());
        let Some(library) = library else {
            return Ok(None);
        };
        let folder = Arc::new(tempfile::tempdir()?);
        let moving = Arc::default();
        let clock = Self {
            library,
            folder,
            moving,
        };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// The environment of a process that goes by this clock.
    pub(crate) fn env(&self) -> [(&'static str, String); 6] {
        [
            ("LD_PRELOAD", self.library.to_string_lossy().into_owned()),
            (
                "FAKETIME_TIMESTAMP_FILE",
                self.file().to_string_lossy().into_owned(),
            ),
            // See `KNOWN_AFTER`.
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("FAKETIME_DISABLE_SHM", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
    }

    /// Sets it so many seconds ahead, or behind, and waits until all processes know. None starts meanwhile.
    pub(crate) fn move_to(&self, offset_seconds: i32, wait: impl Fn(Duration)) -> Result<()> {
        let _moving = self.moving.lock();
        self.set(offset_seconds)?;
        wait(KNOWN_AFTER);
        Ok(())
    }

    /// Sets it so many seconds ahead, or behind. Processes that run know it after `KNOWN_AFTER`.
    fn set(&self, offset_seconds: i32) -> Result<()> {
        // In one step, so that nobody reads half of it.
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{offset_seconds:+}\n"))
            .and_then(|()| std::fs::rename(&new, self.file()))
            .context("the clock cannot be set")
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn seconds(clock: &WallClock) -> i64 {
        let output = Command::new("date")
            .arg("+%s")
            .envs(clock.env())
            .output()
            .unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    }

    #[test]
    fn a_process_goes_by_the_clock_as_it_is_set() {
        // Not everybody has libfaketime; the suite says so and leaves the faults out.
        let Some(clock) = WallClock::find().unwrap() else {
            return;
        };
        let right = seconds(&clock);
        clock.set(620).unwrap();
        assert!((600..700).contains(&(seconds(&clock) - right)));
        clock.set(-620).unwrap();
        assert!((-640..-500).contains(&(seconds(&clock) - right)));
    }
}
