//! Real time, in one place: deadlines for what must come, and stop watches for what must come soon.
#![expect(
    clippy::disallowed_methods,
    reason = "the server under test runs in real time, and so does the patience with it"
)]

use std::time::{Duration, Instant, SystemTime};

/// How long a test waits for what must come. Far above what anything takes, and above the longest long-poll, so that a loaded
/// machine fails nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition that nothing announces is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The moment at which patience ends.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// [`PATIENCE`] from now.
    pub fn new() -> Self {
        Self::after(PATIENCE)
    }

    /// So much from now.
    pub fn after(patience: Duration) -> Self {
        Self(Instant::now() + patience)
    }

    /// What is left; at least a millisecond, since a time-out of nothing means for ever to a socket.
    pub fn left(&self) -> Duration {
        self.0
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.0
    }
}

impl Default for Deadline {
    fn default() -> Self {
        Self::new()
    }
}

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Looks at a condition until it is true.
///
/// # Panics
/// It is not true within [`PATIENCE`].
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Deadline::new();
    while !condition() {
        assert!(!deadline.is_over(), "it never came true: {what}");
        std::thread::park_timeout(LOOK_AGAIN);
    }
}

/// Seconds since 1970, for signatures and identities.
pub fn unix_seconds() -> u64 {
    unix_time().as_secs()
}

/// The time since 1970.
pub fn unix_time() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("the clock is past 1970")
}
