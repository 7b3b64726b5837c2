//! The one place that reads clocks and waits: a load generator measures real time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "latencies are of real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970, for signatures.
#[expect(
    clippy::disallowed_methods,
    reason = "servers compare signatures with the real time"
)]
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Does nothing for at least `duration`.
pub(crate) fn pause(duration: Duration) {
    let end = now() + duration;
    // A parked thread may wake early.
    while let Some(rest) = end
        .checked_duration_since(now())
        .filter(|rest| !rest.is_zero())
    {
        std::thread::park_timeout(rest);
    }
}
