//! Limits by rate: a bucket per token and one per address, each refilled steadily (GCRA).
//!
//! Per process: N processes allow N times as much. Buckets that are full again are forgotten, and their number is bounded by
//! sweeping whenever it has doubled.

use crate::error::ApiError;
use crate::log_in_throttle::{Attempt, LogInThrottle};
use antiphon_domain::TokenKind;
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Buckets of one limiter that are kept before the full ones are swept out.
const SWEEP_AT: usize = 20_000;

/// What a request does, for its price.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// `init`: may write a visitor and a conversation.
    Init,
    /// Posting a message.
    Post,
    /// Announcing a file, or a part of one: its post is counted besides.
    Upload,
    /// Reading, read marks, channel authorization.
    Read,
    /// A password or a set-up token is tried.
    LogIn,
}

struct Limiter {
    buckets: RateLimiter<u64, DefaultKeyedStateStore<u64>, DefaultClock>,
    sweep_at: AtomicUsize,
}

impl Limiter {
    fn new(per_minute: u32, burst: u32) -> Self {
        let positive = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(positive(per_minute)).allow_burst(positive(burst));
        Self {
            buckets: RateLimiter::keyed(quota),
            sweep_at: AtomicUsize::new(SWEEP_AT),
        }
    }

    fn check(&self, key: u64) -> Result<(), ApiError> {
        if self.buckets.len() > self.sweep_at.load(Ordering::Relaxed) {
            self.buckets.retain_recent();
            self.sweep_at
                .store(SWEEP_AT.max(self.buckets.len() * 2), Ordering::Relaxed);
        }
        self.buckets.check_key(&key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ApiError::too_many_requests(wait.as_secs() + 1)
        })
    }
}

/// Every limit of the chat's API. Generous to a person, and to an office behind one address; narrow to a loop.
pub(crate) struct RateLimits {
    enabled: bool,
    hash: RandomState,
    init_by_address: Limiter,
    post_by_visitor: Limiter,
    post_by_agent: Limiter,
    post_by_address: Limiter,
    upload_by_visitor: Limiter,
    upload_by_agent: Limiter,
    upload_by_address: Limiter,
    read_by_visitor: Limiter,
    read_by_agent: Limiter,
    read_by_address: Limiter,
    log_in_by_address: Limiter,
    log_in_by_email: Limiter,
    /// Who fails to log in waits.
    pub(crate) log_in: LogInThrottle,
}

impl RateLimits {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            hash: RandomState::new(),
            init_by_address: Limiter::new(60, 30),
            post_by_visitor: Limiter::new(60, 20),
            post_by_agent: Limiter::new(600, 120),
            post_by_address: Limiter::new(600, 120),
            upload_by_visitor: Limiter::new(300, 60),
            upload_by_agent: Limiter::new(1200, 300),
            upload_by_address: Limiter::new(3000, 600),
            read_by_visitor: Limiter::new(300, 60),
            read_by_agent: Limiter::new(1200, 300),
            read_by_address: Limiter::new(3000, 600),
            log_in_by_address: Limiter::new(20, 10),
            log_in_by_email: Limiter::new(30, 30),
            log_in: LogInThrottle::default(),
        }
    }

    /// Lets somebody try to log in to the account of this e-mail address, or says how long to wait. The outcome is told to
    /// [`Self::log_in`].
    pub(crate) fn begin_log_in(&self, email: &str, address: IpAddr) -> Result<Attempt, ApiError> {
        self.check_token(Action::LogIn, email)?;
        match self.enabled {
            true => self.log_in.begin(email, network_of(address)),
            false => Ok(Attempt::default()),
        }
    }

    /// Takes one from the address's bucket for this action.
    pub(crate) fn check_address(&self, action: Action, address: IpAddr) -> Result<(), ApiError> {
        let limiter = match action {
            Action::Init => &self.init_by_address,
            Action::Post => &self.post_by_address,
            Action::Upload => &self.upload_by_address,
            Action::Read => &self.read_by_address,
            Action::LogIn => &self.log_in_by_address,
        };
        self.check(limiter, &network_of(address))
    }

    /// Takes one from the bucket of this token, or, when logging in, of this e-mail address.
    pub(crate) fn check_token(&self, action: Action, token: &str) -> Result<(), ApiError> {
        let is_visitor = token.starts_with(TokenKind::Visitor.prefix());
        let limiter = match action {
            Action::Init => return Ok(()),
            Action::Post if is_visitor => &self.post_by_visitor,
            Action::Post => &self.post_by_agent,
            Action::Upload if is_visitor => &self.upload_by_visitor,
            Action::Upload => &self.upload_by_agent,
            Action::Read if is_visitor => &self.read_by_visitor,
            Action::Read => &self.read_by_agent,
            Action::LogIn => &self.log_in_by_email,
        };
        self.check(limiter, &token)
    }

    fn check(&self, limiter: &Limiter, key: &impl std::hash::Hash) -> Result<(), ApiError> {
        if self.enabled {
            limiter.check(self.hash.hash_one(key))
        } else {
            Ok(())
        }
    }
}

/// One subscriber of an IPv6 provider has a whole /64; one bucket for it.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimits")
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_loop_does_not() {
        let limits = RateLimits::new(true);
        let refused = |n: usize| {
            (0..n)
                .filter(|_| limits.check_token(Action::Post, "cbv_a").is_err())
                .count()
        };
        assert_eq!(refused(20), 0);
        assert!(refused(5) >= 4);
        assert!(limits.check_token(Action::Post, "cbv_b").is_ok());
    }

    #[test]
    fn switched_off_nothing_is_refused() {
        let limits = RateLimits::new(false);
        assert!((0..1000).all(|_| limits.check_token(Action::LogIn, "a").is_ok()));
    }

    #[test]
    fn an_ipv6_network_shares_a_bucket() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
