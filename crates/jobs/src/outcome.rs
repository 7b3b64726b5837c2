//! How a run ended, for whoever counts.

/// How a run of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Done.
    Done,
    /// Failed; it is tried again.
    Retried,
    /// Failed for the last time; it stays until a person retries it.
    Dead,
    /// The lease was lost: another worker has it, or will.
    Lost,
    /// Given back at a stop.
    Released,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Done,
        Self::Retried,
        Self::Dead,
        Self::Lost,
        Self::Released,
    ];

    /// As a label of a metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::Lost => "lost",
            Self::Released => "released",
        }
    }
}

/// Counts.
pub trait Observer: Send + Sync {
    /// A run of a job of this kind ended so.
    fn ended(&self, kind: &str, outcome: Outcome);
    /// A handler panicked; the job failed, and is counted as such too.
    fn panicked(&self, kind: &str);
}

/// Counts nothing.
impl Observer for () {
    fn ended(&self, _: &str, _: Outcome) {}
    fn panicked(&self, _: &str) {}
}
