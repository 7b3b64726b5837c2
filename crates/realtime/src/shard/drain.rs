//! The end of a shard: nobody new, and everybody told to connect again elsewhere, not all in one moment.
//!
//! Clients come back as soon as they are told. So that whoever takes them is not overrun, large numbers are told one after the other,
//! in random order, while those who wait are served as before. Few are told at once: a small server stops without delay.

use super::conn::Phase;
use super::{STOP_POLL, Shard, token_of};
use antiphon_protocol::Code;
use mio::Token;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How many connections of the node are told to go in a second, unless the grace period is too short for that.
/// Each of them means a handshake, and some subscriptions to be authorized, elsewhere.
const FAREWELLS_PER_SECOND: u32 = 2_000;

/// The connections that have not been told yet, and the time there is for that.
#[derive(Debug)]
pub(super) struct Farewells {
    waiting: Vec<Token>,
    n_all: usize,
    since_ms: u32,
    over_ms: u32,
}

impl Farewells {
    fn new(waiting: Vec<Token>, since_ms: u32, over_ms: u32) -> Self {
        Self {
            n_all: waiting.len(),
            waiting,
            since_ms,
            over_ms,
        }
    }

    /// Those whose time has come.
    fn due(&mut self, now_ms: u32) -> Vec<Token> {
        let elapsed_ms = now_ms.wrapping_sub(self.since_ms);
        let n_left = match elapsed_ms < self.over_ms {
            true => {
                let left_ms = u64::from(self.over_ms - elapsed_ms);
                self.n_all as u64 * left_ms / u64::from(self.over_ms)
            }
            false => 0,
        };
        let n_left = usize::try_from(n_left).unwrap_or(usize::MAX);
        self.waiting.split_off(n_left.min(self.waiting.len()))
    }
}

impl Shard {
    /// Stops accepting, and begins to tell everybody to connect again elsewhere. Half of `grace` at most goes into that;
    /// the rest is for those who are told last.
    pub(super) fn begin_stop(&mut self, grace: Duration) -> Farewells {
        for mut listener in self.listeners.drain(..) {
            // Closing the descriptor takes it out of the epoll set too.
            let _ = self.poll.registry().deregister(&mut listener);
        }
        let mut open = Vec::new();
        for slot in 0..self.conns.capacity() {
            match self.conns.get(slot) {
                Some(conn) if conn.phase == Phase::Open => {
                    open.push(token_of(slot, conn.generation));
                }
                Some(conn) if conn.phase == Phase::Head => self.drop_conn(slot),
                Some(_) | None => {}
            }
        }
        let order = RandomState::new();
        open.sort_by_cached_key(|token| order.hash_one(token));
        // The kernel gives all shards about as many connections.
        let n_connections = open.len() * self.hub.0.inboxes.len();
        let over_ms = spread(n_connections, grace).as_millis() as u32;
        let mut farewells = Farewells::new(open, self.now.ms, over_ms);
        self.say_farewell(&mut farewells);
        farewells
    }

    /// Tells those whose time has come.
    pub(super) fn say_farewell(&mut self, farewells: &mut Farewells) {
        for token in farewells.due(self.now.ms) {
            self.guarded(token, |this, slot| {
                if this.conns[slot].phase == Phase::Open {
                    this.fail(slot, Code::Reconnect, Code::Reconnect.message());
                    this.flush_out(slot);
                }
            });
        }
    }

    /// Whether all connections that came through this shard are gone.
    pub(super) fn is_deserted(&self) -> bool {
        self.conns.is_empty() && self.handed_over.load(Ordering::Relaxed) == 0
    }
}

/// Over which time so many connections are told to go.
fn spread(n_connections: usize, grace: Duration) -> Duration {
    let n_connections = u32::try_from(n_connections).unwrap_or(u32::MAX);
    let wanted = Duration::from_secs(1) * n_connections / FAREWELLS_PER_SECOND;
    match wanted < STOP_POLL {
        true => Duration::ZERO,
        false => wanted.min(grace / 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_told_slowly_and_few_at_once() {
        let minute = Duration::from_secs(60);
        assert_eq!(spread(0, minute), Duration::ZERO);
        assert_eq!(spread(19, minute), Duration::ZERO);
        assert_eq!(spread(200, minute), Duration::from_millis(100));
        assert_eq!(spread(10_000, minute), Duration::from_secs(5));
        assert_eq!(spread(1_000_000, minute), Duration::from_secs(30));
        assert_eq!(spread(usize::MAX, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn everybody_is_told_once_and_evenly_over_the_time() {
        let all: Vec<Token> = (0..100).map(Token).collect();
        // The clock may overflow meanwhile.
        let start_ms = u32::MAX - 20;
        let mut farewells = Farewells::new(all.clone(), start_ms, 50);
        let mut told = farewells.due(start_ms);
        assert_eq!(told.len(), 0);
        for (elapsed_ms, so_far) in [(10, 20), (25, 50), (25, 50), (49, 98), (50, 100), (90, 100)] {
            told.extend(farewells.due(start_ms.wrapping_add(elapsed_ms)));
            assert_eq!(told.len(), so_far, "after {elapsed_ms} ms");
        }
        told.sort_unstable();
        assert_eq!(told, all);
        let mut at_once = Farewells::new(all, start_ms, 0);
        assert_eq!(at_once.due(start_ms).len(), 100);
    }
}
