//! Listening sockets: one per shard and address, among which the kernel spreads new connections.

use crate::engine::StartError;
use mio::net::TcpListener;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// How many connections may wait to be accepted; the kernel lowers it to its own limit.
const QUEUE: i32 = 4096;

/// Binds every address once for each shard. Gives the addresses with the ports that were chosen for port 0,
/// and the listeners of each shard.
pub(crate) fn bind_all(
    addresses: &[SocketAddr],
    shards: usize,
) -> Result<(Vec<SocketAddr>, Vec<Vec<TcpListener>>), StartError> {
    let mut bound = Vec::with_capacity(addresses.len());
    let mut listeners: Vec<Vec<TcpListener>> = (0..shards).map(|_| Vec::new()).collect();
    for &address in addresses {
        // `[::]` takes IPv4 connections too, unless the same port is asked for on an IPv4 address as well.
        let only_v6 = addresses
            .iter()
            .any(|other| other.is_ipv4() && other.port() == address.port());
        let fail = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::PortInUse(address),
            _ => StartError::Bind {
                address,
                source: error,
            },
        };
        if address.port() != 0 {
            // With SO_REUSEPORT a second process of the same user would silently get half of the connections.
            // A socket without it finds out whether anybody listens.
            bind(address, only_v6, false).map_err(fail)?;
        }
        let mut chosen = address;
        for listeners in &mut listeners {
            let socket = bind(chosen, only_v6, true).map_err(fail)?;
            let listener = TcpListener::from_std(socket.into());
            chosen = listener.local_addr().map_err(fail)?;
            listeners.push(listener);
        }
        bound.push(chosen);
    }
    Ok((bound, listeners))
}

fn bind(address: SocketAddr, only_v6: bool, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Connections of an earlier process that are still fading away shall not keep this one from starting.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(QUEUE)?;
    Ok(socket)
}
