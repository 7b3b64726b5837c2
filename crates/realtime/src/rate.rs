//! A rate limit in four bytes, so that every connection can have some.

/// How many messages of any kind each connection of an application may send, besides the limits of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageQuota {
    /// So many messages. At least 1.
    pub messages: u32,
    /// Within so many seconds. 1 to 1,000: the clock of a limit goes round in little more than an hour.
    pub seconds: u32,
    /// Whether a connection that sends more is closed; otherwise each message above it is refused.
    pub terminate: bool,
}

/// Lets a number of events in some time through, and as many at once after a rest of that time.
///
/// Remembers only when the events so far would have been over at an even pace (the generic cell rate algorithm).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    even_pace_us: u32,
}

const SECOND_US: u32 = 1_000_000;
/// A quarter of what 32 bits of microseconds hold.
const MAX_SECONDS: u32 = 1_000;

impl Rate {
    /// Nothing has happened yet.
    pub(crate) fn starting(now_us: u32) -> Self {
        Self {
            even_pace_us: now_us,
        }
    }

    /// Whether one more event may happen now, of so many per second.
    pub(crate) fn allow(&mut self, now_us: u32, per_second: u32) -> bool {
        self.allow_within(now_us, per_second, SECOND_US)
    }

    /// Whether one more event may happen now, of those that a quota allows.
    pub(crate) fn allow_quota(&mut self, now_us: u32, quota: MessageQuota) -> bool {
        let seconds = quota.seconds.clamp(1, MAX_SECONDS);
        self.allow_within(now_us, quota.messages, seconds * SECOND_US)
    }

    fn allow_within(&mut self, now_us: u32, max: u32, window_us: u32) -> bool {
        let interval = window_us / max.clamp(1, window_us);
        let ahead = match self.even_pace_us.wrapping_sub(now_us) {
            ahead if ahead <= window_us => ahead,
            // Not ahead at all: the last event is long ago, and the difference wrapped around.
            _ => 0,
        };
        let allowed = ahead <= window_us - interval;
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
    #[test]
    fn a_quota_may_be_used_at_once_and_grows_back_evenly() {
        let quota = MessageQuota {
            messages: 60,
            seconds: 120,
            terminate: false,
        };
        let mut rate = Rate::starting(7);
        let mut at = |s: u32| rate.allow_quota(7 + s * SECOND_US, quota);
        assert!((0..60).all(|_| at(0)) && !at(0) && !at(1));
        assert!(at(2) && !at(2));
        assert!((0..60).all(|_| at(122)) && !at(122));
    }
}
