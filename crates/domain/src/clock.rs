//! Time as an input: a point in time, and where the code that needs one asks for it.

/// Microseconds since 1970-01-01 00:00 UTC, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time plus whole seconds; saturates at the ends of the range.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// Where use cases read the time, so that a test decides it.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now. Two readings may be equal and, when the machine's clock is set back, may decrease:
    /// order inside a conversation is its `seq`, never a time.
    fn now(&self) -> Timestamp;
}
