//! How long a failed job waits: twice as long each time, and never as long as another that failed at the same moment.

use antiphon_domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Draws a number from 0 up to 1, 1 excluded.
pub type Chance = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The pauses between the attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// After any number of failures.
    pub most: Duration,
}

impl Default for Backoff {
    /// From five seconds up to an hour: ten attempts take about 45 minutes.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            most: Duration::from_secs(3600),
        }
    }
}

impl Backoff {
    /// When to try again after so many attempts: within a quarter around the pause, by chance, so that jobs which failed together
    /// do not come back together.
    pub(crate) fn retry_at(&self, now: Timestamp, attempts: u32, chance: &Chance) -> Timestamp {
        let doublings = attempts.saturating_sub(1).min(31);
        let pause = self
            .first
            .saturating_mul(1 << doublings)
            .min(self.most)
            .mul_f64(0.75 + chance() / 2.0);
        let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(now.as_micros().saturating_add(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(attempts: u32, chance: f64) -> Duration {
        let now = Timestamp::from_micros(1_000_000);
        let chance: Chance = Arc::new(move || chance);
        let at = Backoff::default().retry_at(now, attempts, &chance);
        Duration::from_micros(u64::try_from(at.as_micros() - now.as_micros()).unwrap())
    }

    #[test]
    fn pauses_double_up_to_the_most() {
        let pauses: Vec<_> = [1, 2, 3, 10, 11, 64, u32::MAX]
            .map(|attempts| pause(attempts, 0.5).as_secs())
            .into();
        assert_eq!(pauses, [5, 10, 20, 2560, 3600, 3600, 3600]);
    }

    #[test]
    fn chance_moves_a_pause_by_a_quarter_at_most() {
        assert_eq!(pause(1, 0.0), Duration::from_millis(3750));
        assert_eq!(pause(1, 0.999), Duration::from_micros(6_247_500));
    }
}
