//! The door to HTTP: connections that are no WebSocket leave the engine through it.

use crate::address_counts::CountedAddress;
use bytes::Bytes;
use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::sync::CancellationToken;

/// Serves the HTTP connections of the engine's listeners.
pub trait HttpHandoff: Send + Sync + 'static {
    /// Takes over a connection. Called on the shard's thread, within its `LocalSet`: use `tokio::task::spawn_local`, and return at once,
    /// since every WebSocket of the shard waits for it.
    fn take(&self, connection: HandedOver);
}

/// A connection that spoke HTTP, or nothing that the engine understands.
#[derive(Debug)]
pub struct HandedOver {
    /// The socket, in non-blocking mode.
    pub stream: TcpStream,
    /// What the engine has read from it: the start of the first request, perhaps more.
    pub read_ahead: Bytes,
    /// Who is at the other end: the last proxy, if there is one.
    pub peer: SocketAddr,
    /// Cancelled when the engine stops: finish the request at hand, then close.
    pub stopping: CancellationToken,
    /// To be kept for as long as the connection is served: counts it, and a stopping engine waits for it.
    pub guard: HandoffGuard,
}

/// One open HTTP connection, counted until this is dropped.
pub struct HandoffGuard {
    open: Vec<Arc<AtomicUsize>>,
    _address: Option<Box<CountedAddress>>,
}

impl HandoffGuard {
    /// Adds one to each counter, and goes on counting for the address.
    pub(crate) fn new(
        counters: Vec<Arc<AtomicUsize>>,
        address: Option<Box<CountedAddress>>,
    ) -> Self {
        for counter in &counters {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        Self {
            open: counters,
            _address: address,
        }
    }
}

impl Drop for HandoffGuard {
    fn drop(&mut self) {
        for counter in &self.open {
            counter.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for HandoffGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandoffGuard")
    }
}
