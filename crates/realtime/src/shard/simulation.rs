//! A shard without a thread and without sockets, for measuring what very many connections cost.
//!
//! The connections are the engine's own, in its slab, its channels and its registry: they shake hands, subscribe with a signature,
//! are delivered to, swept and dropped by the same code as those of the network. Only their transport is pretended, and what would
//! be an event of the epoll set is a call here.

use super::transport::Transport;
use super::transport::simulated::wire;
use super::{Shard, token_of};
use crate::engine::Control;
use crate::handoff::{HandedOver, HttpHandoff};
use crate::hub::Hub;
use mio::Token;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// One shard of a hub. Belongs to the thread that made it.
pub struct Simulation {
    shard: Shard,
}

/// A connection of a simulation. Of no use once it has hung up.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedSocket(Token);

/// What was written to all sockets of a simulation so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Writes: system calls, if the sockets were real.
    pub writes: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Where pretended sockets come from.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Nothing is served but WebSockets.
struct NoHttp;

impl HttpHandoff for NoHttp {
    fn take(&self, _connection: HandedOver) {}
}

impl Simulation {
    /// Takes the first shard of a hub, which then cannot have an engine any more.
    pub fn new(hub: &Hub) -> io::Result<Self> {
        let poll = hub.0.polls.lock().take().into_iter().flatten().next();
        let poll = poll.ok_or_else(|| io::Error::other("the hub already has an engine"))?;
        let control = Arc::<Control>::default();
        let shard = Shard::new(0, hub.clone(), poll, Vec::new(), Arc::new(NoHttp), control)?;
        Ok(Self { shard })
    }

    /// A new connection, which has said nothing yet. `None` if the hub has no room for it.
    pub fn connect(&mut self) -> Option<SimulatedSocket> {
        self.shard.now = self.shard.clock.now();
        let slot = self.shard.conns.vacant_key();
        self.shard.admit(Transport::Pretended, NOWHERE);
        let conn = self.shard.conns.get(slot)?;
        Some(SimulatedSocket(token_of(slot, conn.generation)))
    }

    /// A connection sends some bytes. Appends to `answer` what the engine writes at once, to whomever.
    pub fn say(&mut self, socket: SimulatedSocket, bytes: &[u8], answer: &mut Vec<u8>) {
        wire(|wire| {
            wire.input.extend_from_slice(bytes);
            wire.listens = true;
        });
        self.shard.now = self.shard.clock.now();
        let ended = false;
        self.shard
            .guarded(socket.0, |shard, slot| shard.read(slot, ended));
        wire(|wire| {
            wire.listens = false;
            answer.append(&mut wire.output);
        });
    }

    /// A connection ends.
    pub fn hang_up(&mut self, socket: SimulatedSocket) {
        wire(|wire| wire.ended = true);
        let ended = true;
        self.shard
            .guarded(socket.0, |shard, slot| shard.read(slot, ended));
        wire(|wire| wire.ended = false);
    }

    /// Brings everything that was published to the subscribers.
    pub fn deliver(&mut self) {
        self.shard.drain_inbox();
        while self.shard.channels.is_busy() {
            self.shard.deliver();
        }
    }

    /// Looks at every connection once for what its time limits demand, as an idle shard does every [`crate::Limits::sweep_ms`].
    pub fn sweep(&mut self) {
        self.shard.now = self.shard.clock.now();
        self.shard.sweep_at = 0;
        while self.shard.sweep_at < self.shard.conns.capacity() {
            self.shard.sweep();
        }
    }

    /// What was written so far.
    pub fn written(&self) -> Written {
        wire(|wire| Written {
            writes: wire.writes,
            bytes: wire.bytes,
        })
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("connections", &self.shard.conns.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
