//! Who fails to log in waits, longer each time: per account and network, and more patiently per account and per network alone, so that
//! neither many addresses nor many accounts help somebody who guesses, and nobody locks a colleague out for long.
//!
//! Per process, forgotten with it, and bounded.

use crate::error::ApiError;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Counts that are kept at most; beyond that the one that failed longest ago is forgotten.
const MAX_COUNTS: usize = 10_000;
/// After so long without a failure all is forgiven.
const MEMORY: Duration = Duration::from_secs(3600);

/// How patient a count is.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// Failures without a wait.
    free: u32,
    /// The longest wait; the first is a second, and each doubles.
    most: Duration,
}

const OF_BOTH: Patience = Patience {
    free: 5,
    most: Duration::from_secs(15 * 60),
};
/// An account that is attacked from everywhere stays open to its owner, if slowly.
const OF_ACCOUNT: Patience = Patience {
    free: 50,
    most: Duration::from_secs(30),
};
/// An office has many people who mistype.
const OF_NETWORK: Patience = Patience {
    free: 30,
    most: Duration::from_secs(15 * 60),
};

#[derive(Debug, Clone, Copy)]
struct Count {
    n_failed: u32,
    last: Instant,
    waits_until: Instant,
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct LogInThrottle {
    hash: RandomState,
    counts: Mutex<HashMap<u64, Count>>,
}

/// An attempt that was let through. It counts as a failure until its outcome is told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempt([u64; 3]);

impl LogInThrottle {
    /// Lets an attempt through, or says how long to wait.
    pub(crate) fn begin(&self, email: &str, network: IpAddr) -> Result<Attempt, ApiError> {
        let keys = [
            self.hash.hash_one((email, network)),
            self.hash.hash_one(email),
            self.hash.hash_one(network),
        ];
        let now = Instant::now();
        let mut counts = self.counts.lock();
        let waits = keys.iter().filter_map(|key| counts.get(key));
        let until = waits.map(|count| count.waits_until).max();
        if let Some(wait) = until.map(|until| until.saturating_duration_since(now))
            && !wait.is_zero()
        {
            return Err(ApiError::too_many_requests(wait.as_secs() + 1));
        }
        // Counted before it is known, so that attempts at once are not all let through.
        for (key, patience) in keys.iter().zip([OF_BOTH, OF_ACCOUNT, OF_NETWORK]) {
            make_room(&mut counts, now);
            let count = counts.entry(*key).or_insert(Count {
                n_failed: 0,
                last: now,
                waits_until: now,
            });
            if now.duration_since(count.last) > MEMORY {
                count.n_failed = 0;
            }
            count.n_failed += 1;
            count.last = now;
            count.waits_until = now + patience.wait(count.n_failed);
        }
        Ok(Attempt(keys))
    }

    /// The password was right and the second factor is still to come: it is as if it had not been tried.
    pub(crate) fn forgive(&self, attempt: Attempt) {
        let mut counts = self.counts.lock();
        for key in attempt.0 {
            if let Some(count) = counts.get_mut(&key) {
                count.n_failed = count.n_failed.saturating_sub(1);
                count.waits_until = count.last;
            }
        }
    }

    /// It was the agent.
    pub(crate) fn succeeded(&self, attempt: Attempt) {
        self.forgive(attempt);
        self.counts.lock().remove(&attempt.0[0]);
    }
}

impl Patience {
    fn wait(self, n_failed: u32) -> Duration {
        match n_failed.checked_sub(self.free + 1) {
            None => Duration::ZERO,
            Some(doublings) => Duration::from_secs(1 << doublings.min(20)).min(self.most),
        }
    }
}

/// Forgets what is old, and if that is not enough, what is oldest.
fn make_room(counts: &mut HashMap<u64, Count>, now: Instant) {
    if counts.len() < MAX_COUNTS {
        return;
    }
    counts.retain(|_, count| now.duration_since(count.last) <= MEMORY);
    if counts.len() >= MAX_COUNTS {
        let oldest = counts.iter().min_by_key(|(_, count)| count.last);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test(start_paused = true)]
    async fn each_failure_after_the_fifth_doubles_the_wait() {
        let throttle = LogInThrottle::default();
        let tries = |seconds: u64| {
            let throttle = &throttle;
            async move {
                tokio::time::advance(Duration::from_secs(seconds)).await;
                throttle.begin("ana@example.com", HERE).is_ok()
            }
        };
        for _ in 0..6 {
            assert!(tries(0).await);
        }
        for wait in [1, 2, 4, 8, 16] {
            assert!(!tries(0).await);
            assert!(tries(wait).await, "after {wait} seconds");
        }
        assert!(throttle.begin("bea@example.com", HERE).is_ok());
        assert!(throttle.begin("ana@example.com", THERE).is_ok());
        assert!(tries(3601).await, "all is forgiven");
        assert!(tries(0).await);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_logs_in_is_forgiven_and_the_second_step_costs_nothing() {
        let throttle = LogInThrottle::default();
        for _ in 0..100 {
            let attempt = throttle.begin("ana@example.com", HERE).unwrap();
            throttle.forgive(attempt);
        }
        for _ in 0..5 {
            throttle.begin("ana@example.com", HERE).unwrap();
        }
        let attempt = throttle.begin("ana@example.com", HERE).unwrap();
        throttle.succeeded(attempt);
        for _ in 0..6 {
            throttle.begin("ana@example.com", HERE).unwrap();
        }
        assert!(throttle.begin("ana@example.com", HERE).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn counts_are_bounded() {
        let throttle = LogInThrottle::default();
        for n in 0..3_400 {
            let address = IpAddr::V4(std::net::Ipv4Addr::from_bits(n));
            throttle
                .begin(&format!("{n}@example.com"), address)
                .unwrap();
        }
        assert!(throttle.counts.lock().len() <= MAX_COUNTS);
    }
}
