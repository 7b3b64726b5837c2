//! A rate limit in four bytes, so that every connection can have some.

/// Lets a number of events per second through, and as many at once after a second of rest.
///
/// Remembers only when the events so far would have been over at an even pace (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    even_pace_us: u32,
}

const SECOND_US: u32 = 1_000_000;

impl Rate {
    /// Nothing has happened yet.
    pub(crate) fn starting(now_us: u32) -> Self {
        Self {
            even_pace_us: now_us,
        }
    }

    /// Whether one more event may happen now.
    pub(crate) fn allow(&mut self, now_us: u32, per_second: u32) -> bool {
        let interval = SECOND_US / per_second.clamp(1, SECOND_US);
        let ahead = match self.even_pace_us.wrapping_sub(now_us) {
            ahead if ahead <= SECOND_US => ahead,
            // Not ahead at all: the last event is long ago, and the difference wrapped around.
            _ => 0,
        };
        let allowed = ahead <= SECOND_US - interval;
        if allowed {
            self.even_pace_us = now_us.wrapping_add(ahead + interval);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_per_second_may_come_at_once_and_then_one_each_tenth() {
        for start in [0, 5, u32::MAX - 300_000] {
            let mut rate = Rate::starting(start);
            let mut at = |ms: u32| rate.allow(u32::wrapping_add(start, ms * 1000), 10);
            assert!((0..10).all(|_| at(0)), "{start}");
            assert!(!at(0) && !at(99));
            assert!(at(100) && !at(100));
            assert!(at(200) && !at(250));
            assert!((0..10).all(|_| at(1200)) && !at(1200));
        }
    }
}
