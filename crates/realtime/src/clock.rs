//! The engine's clock, and the only place that reads the machine's.
//!
//! The readings of [`Now`] are 32 bits, to be small in every connection, and wrap around: compare them only by wrapping difference.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A clock that started when its shard did, or its hub.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
}

/// One reading. A shard reads once per turn: what happens within a turn happens at once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Now {
    /// Milliseconds; wraps around after 49 days.
    pub(crate) ms: u32,
    /// Microseconds; wraps around after 71 minutes.
    pub(crate) us: u32,
}

/// The time of day, in milliseconds since 1970. For people to read, never to measure with.
#[expect(clippy::disallowed_methods, reason = "this is the engine's clock")]
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the engine's clock")]
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Milliseconds since the start, for what must not wrap around.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    pub(crate) fn now(&self) -> Now {
        let elapsed = self.started.elapsed();
        Now {
            ms: elapsed.as_millis() as u32,
            us: elapsed.as_micros() as u32,
        }
    }
}
