//! The time of day, read from the system: the one clock of the program outside of tests.

use antiphon_domain::{Clock, Timestamp};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

impl SystemClock {
    /// Milliseconds since the Unix epoch.
    pub(crate) fn unix_millis() -> u64 {
        u64::try_from(Self.now().as_micros() / 1_000).unwrap_or_default()
    }

    /// Seconds since the Unix epoch, for signatures.
    pub(crate) fn unix_seconds() -> u64 {
        u64::try_from(Self.now().as_seconds()).unwrap_or_default()
    }
}
