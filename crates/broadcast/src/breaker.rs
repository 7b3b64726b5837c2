//! A circuit breaker: a server that does not answer is left alone for a while, then tried with one request.

use antiphon_domain::Timestamp;
use parking_lot::Mutex;
use std::time::Duration;

/// Failures in a row that open it: one may be a restart.
const FAILURES: u32 = 3;
/// How long it stays open, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
enum State {
    /// Requests are made.
    Closed { failures: u32 },
    /// None are, until then. The first one after it is the probe; while that is out, `until` is moved on, so it is the only one.
    Open { until: Timestamp, pause: Duration },
}

/// The breaker of one server.
#[derive(Debug)]
pub(crate) struct Breaker(Mutex<State>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }
}

impl Breaker {
    /// Whether a request may be made now; if not, how long to wait.
    pub(crate) fn admit(&self, now: Timestamp) -> Result<(), Duration> {
        let mut state = self.0.lock();
        match &mut *state {
            State::Closed { .. } => Ok(()),
            // No pause is longer than the longest: one that seems so began by a clock that was ahead.
            State::Open { until, pause } if *until <= now || *until > plus(now, LONGEST_PAUSE) => {
                *until = plus(now, *pause);
                Ok(())
            }
            State::Open { until, .. } => {
                let micros = until.as_micros().saturating_sub(now.as_micros());
                Err(Duration::from_micros(
                    u64::try_from(micros).unwrap_or_default(),
                ))
            }
        }
    }

    /// The server answered. `true`: it had not for a while.
    pub(crate) fn succeeded(&self) -> bool {
        let before = std::mem::replace(&mut *self.0.lock(), State::Closed { failures: 0 });
        matches!(before, State::Open { .. })
    }

    /// The server did not answer. `true`: from now on it is left alone.
    pub(crate) fn failed(&self, now: Timestamp) -> bool {
        let mut state = self.0.lock();
        match *state {
            State::Closed { failures } if failures + 1 < FAILURES => {
                *state = State::Closed {
                    failures: failures + 1,
                };
                false
            }
            State::Closed { .. } => {
                *state = State::Open {
                    until: plus(now, FIRST_PAUSE),
                    pause: FIRST_PAUSE,
                };
                true
            }
            State::Open { pause, .. } => {
                let pause = (pause * 2).min(LONGEST_PAUSE);
                *state = State::Open {
                    until: plus(now, pause),
                    pause,
                };
                false
            }
        }
    }
}

fn plus(now: Timestamp, pause: Duration) -> Timestamp {
    let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(now.as_micros().saturating_add(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_micros(ms * 1000)
    }

    #[test]
    fn it_opens_after_three_failures_in_a_row() {
        let breaker = Breaker::default();
        assert!(!breaker.failed(at(0)) && !breaker.failed(at(0)));
        assert!(!breaker.succeeded());
        assert!(!breaker.failed(at(0)) && !breaker.failed(at(0)));
        assert_eq!(breaker.admit(at(0)), Ok(()));
        assert!(breaker.failed(at(0)));
        assert_eq!(breaker.admit(at(400)), Err(Duration::from_millis(600)));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_it_open() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            breaker.failed(at(620_000));
        }
        assert!(breaker.admit(at(620_500)).is_err());
        assert_eq!(breaker.admit(at(0)), Ok(()));
        assert!(breaker.admit(at(0)).is_err(), "one probe at a time");
        assert!(breaker.succeeded());
    }

    #[test]
    fn one_probe_decides_and_failed_ones_are_ever_rarer() {
        let breaker = Breaker::default();
        for _ in 0..3 {
            breaker.failed(at(0));
        }
        let mut now = 0;
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            now += pause * 1000;
            assert!(breaker.admit(at(now - 1)).is_err());
            assert_eq!(breaker.admit(at(now)), Ok(()));
            assert!(breaker.admit(at(now)).is_err(), "one probe at a time");
            assert!(!breaker.failed(at(now)));
        }
        assert_eq!(breaker.admit(at(now + 30_000)), Ok(()));
        assert!(breaker.succeeded());
        assert_eq!(breaker.admit(at(now + 30_000)), Ok(()));
        assert!(!breaker.failed(at(now + 30_000)), "as good as new");
    }
}
