//! The nodes of a cluster, as this one knows them: who is there, who is dead, and how far each was heard.

use super::view::Sweep;
use std::collections::HashMap;

/// How long a node may be silent. It speaks every three seconds: two words may be lost to a machine that stands still for a moment.
const DEAD_AFTER_MS: u64 = 10_000;

/// How long a node that is gone is remembered, so that what it has sent in its last moments is not taken twice. Far above the
/// time for which anything waits on its way to the log.
const REMEMBERED_MS: u64 = 600_000;

/// Another node, or this one as the others see it.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// When it was heard last, in milliseconds of the hub's clock.
    pub(super) heard_ms: u64,
    /// The number of its last record that was taken.
    pub(super) taken: u64,
    /// How often it has been declared dead.
    lives: u32,
    /// Whether it is there.
    pub(super) is_there: bool,
    /// Whether it has been asked for its state, and has not told all of it yet.
    pub(super) is_awaited: bool,
    /// When this node has said that it is dead.
    reported_ms: Option<u64>,
    /// What it has not confirmed of its state yet.
    pub(super) sweep: Option<Box<Sweep>>,
    /// Its connections, by application.
    pub(super) connections: Vec<(Box<str>, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct Peers(pub(super) HashMap<u64, Peer>);

impl Peers {
    /// The node, which has spoken now in this life of it. `None`: that life is over.
    pub(super) fn living(&mut self, node: u64, life: u32, now_ms: u64) -> Option<&mut Peer> {
        let peer = self.0.entry(node).or_default();
        if life < peer.lives {
            return None;
        }
        peer.lives = life;
        peer.heard_ms = now_ms;
        peer.is_there = true;
        peer.reported_ms = None;
        Some(peer)
    }

    /// A node has said something, be it of itself or not.
    pub(super) fn hear(&mut self, node: u64, life: u32, now_ms: u64) {
        if let Some(peer) = self.0.get_mut(&node)
            && peer.is_there
            && life >= peer.lives
        {
            peer.heard_ms = now_ms;
        }
    }

    /// Whether a record with that number is a new one of the node; then it is taken.
    pub(super) fn take(&mut self, node: u64, number: u64) -> bool {
        let peer = self.0.entry(node).or_default();
        let is_new = number > peer.taken;
        peer.taken = peer.taken.max(number);
        is_new
    }

    /// A life of a node is over. `false`: that was known.
    pub(super) fn end(&mut self, node: u64, life: u32) -> bool {
        let peer = self.0.entry(node).or_default();
        if life < peer.lives {
            return false;
        }
        peer.lives = life + 1;
        peer.leave();
        true
    }

    /// A node has gone by itself.
    pub(super) fn leave(&mut self, node: u64) {
        self.0.entry(node).or_default().leave();
    }

    /// The nodes that have been silent for too long, each once, with the life that is over.
    pub(super) fn silent(&mut self, me: u64, now_ms: u64) -> Vec<(u64, u32)> {
        let is_silent = |peer: &Peer| {
            peer.is_there
                && peer.reported_ms.is_none()
                && now_ms.saturating_sub(peer.heard_ms) > DEAD_AFTER_MS
        };
        let mut silent = Vec::new();
        for (node, peer) in &mut self.0 {
            if *node != me && is_silent(peer) {
                peer.reported_ms = Some(now_ms);
                silent.push((*node, peer.lives));
            }
        }
        silent
    }

    /// Nobody could be heard until now: silence counts from here.
    pub(super) fn listen_again(&mut self, now_ms: u64) {
        for peer in self.0.values_mut() {
            peer.heard_ms = now_ms;
            peer.reported_ms = None;
        }
    }

    pub(super) fn forget_old(&mut self, now_ms: u64) {
        self.0.retain(|_, peer| {
            peer.is_there || now_ms.saturating_sub(peer.heard_ms) < REMEMBERED_MS
        });
    }

    /// How many are there, this node not counted.
    pub(super) fn count_others(&self, me: u64) -> usize {
        let there = self.0.iter();
        there
            .filter(|(node, peer)| **node != me && peer.is_there)
            .count()
    }

    /// The connections of an application on the other nodes.
    pub(super) fn connections(&self, me: u64, app_id: &str) -> usize {
        let others = self.0.iter().filter(|(node, _)| **node != me);
        let counts = others.flat_map(|(_, peer)| &peer.connections);
        counts
            .filter(|(app, _)| **app == *app_id)
            .map(|(_, count)| count)
            .sum()
    }
}

impl Peer {
    fn leave(&mut self) {
        self.is_there = false;
        self.is_awaited = false;
        self.sweep = None;
        self.connections = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_that_is_over_is_not_heard_any_more() {
        let mut peers = Peers::default();
        assert!(peers.living(1, 0, 0).is_some());
        assert_eq!(peers.silent(9, DEAD_AFTER_MS), []);
        assert_eq!(peers.silent(9, DEAD_AFTER_MS + 1), [(1, 0)]);
        assert_eq!(peers.silent(9, DEAD_AFTER_MS + 2), [], "once");
        assert!(peers.end(1, 0));
        assert!(!peers.end(1, 0), "the first one counts");
        assert!(peers.living(1, 0, 20_000).is_none());
        assert_eq!(peers.count_others(9), 0);
        assert!(peers.living(1, 1, 20_000).is_some());
        assert_eq!(peers.count_others(9), 1);
    }

    #[test]
    fn silence_counts_only_while_somebody_listens() {
        let mut peers = Peers::default();
        peers.living(1, 0, 0);
        peers.listen_again(50_000);
        assert_eq!(peers.silent(9, 50_000 + DEAD_AFTER_MS), []);
        assert_eq!(peers.silent(1, 99_999), [], "nobody says it of itself");
        peers.hear(1, 0, 90_000);
        assert_eq!(peers.silent(9, 90_000 + DEAD_AFTER_MS), []);
    }

    #[test]
    fn a_record_that_comes_again_is_not_taken() {
        let mut peers = Peers::default();
        assert!(peers.take(1, 1) && peers.take(1, 2));
        assert!(!peers.take(1, 1) && !peers.take(1, 2));
        assert!(peers.take(2, 1), "another node's");
    }
}
