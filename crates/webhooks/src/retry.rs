//! When a delivery that failed is tried again.

use std::time::Duration;

/// For how long a delivery is tried, as at Pusher. It is also for how long an event may wait for its turn.
pub(crate) const RETRY_FOR: Duration = Duration::from_secs(5 * 60);
/// The longest pause before the second attempt. Each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer, so that a target that comes back is noticed within a minute.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long to wait after this many failed attempts. `random` is any number: it takes up to half of the pause away, so that
/// many deliveries that failed together do not come back together.
pub(crate) fn pause(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
    let share = f64::from(random) / f64::from(u32::MAX);
    whole.mul_f64(1.0 - share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let seconds: Vec<_> = (1..=9)
            .map(|failures| pause(failures, 0).as_secs())
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pause(u32::MAX, 0), LONGEST_PAUSE);
    }

    #[test]
    fn chance_takes_at_most_half_of_a_pause() {
        assert_eq!(pause(4, u32::MAX), Duration::from_secs(4));
        let some = pause(4, u32::MAX / 2);
        assert!(
            Duration::from_secs(5) < some && some < Duration::from_secs(7),
            "{some:?}"
        );
    }
}
