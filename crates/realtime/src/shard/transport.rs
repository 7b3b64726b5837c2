//! What a connection reads from and writes to: a TCP socket, and nothing else in the product.
//!
//! With the feature `simulation`, and in this crate's unit tests, it may also be a socket that is only pretended, so that one process
//! can hold more connections than it may have descriptors. Everything above a transport is the same in both.

use mio::net::TcpStream;

#[cfg(not(any(test, feature = "simulation")))]
pub(super) use mio::net::TcpStream as Transport;
#[cfg(any(test, feature = "simulation"))]
pub(super) use simulated::Transport;

/// The transport of a socket that was accepted.
#[cfg(not(any(test, feature = "simulation")))]
pub(super) fn tcp(stream: TcpStream) -> Transport {
    stream
}

/// The transport of a socket that was accepted.
#[cfg(any(test, feature = "simulation"))]
pub(super) fn tcp(stream: TcpStream) -> Transport {
    Transport::Tcp(stream)
}

#[cfg(any(test, feature = "simulation"))]
pub(super) mod simulated;
