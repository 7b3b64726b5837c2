//! A transport that may be pretended: what is read from it is what the simulation said last, what is written is counted.
//!
//! All pretended sockets of a thread share one [`Wire`], since one is read at a time, so none of them has any state: the memory that
//! is measured is the engine's.

use mio::event::Source;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::cell::RefCell;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};

/// A TCP socket, or none. As small as a TCP socket.
#[derive(Debug)]
pub(in crate::shard) enum Transport {
    Tcp(TcpStream),
    Pretended,
}

/// The other end of all pretended sockets of this thread.
#[derive(Debug, Default)]
pub(in crate::shard) struct Wire {
    /// What the socket that is read next has to say.
    pub(in crate::shard) input: Vec<u8>,
    /// Whether that socket has closed, once `input` is read.
    pub(in crate::shard) ended: bool,
    /// What was written, if `listens`.
    pub(in crate::shard) output: Vec<u8>,
    pub(in crate::shard) listens: bool,
    /// Writes, and their bytes, to all sockets so far.
    pub(in crate::shard) writes: u64,
    pub(in crate::shard) bytes: u64,
}

thread_local! {
    static WIRE: RefCell<Wire> = RefCell::default();
}

/// Does something with the other end.
pub(in crate::shard) fn wire<T>(act: impl FnOnce(&mut Wire) -> T) -> T {
    WIRE.with_borrow_mut(act)
}

impl Wire {
    fn take(&mut self, bytes: &[u8]) -> usize {
        self.writes += 1;
        self.bytes += bytes.len() as u64;
        if self.listens {
            self.output.extend_from_slice(bytes);
        }
        bytes.len()
    }

    fn give(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() && !self.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let len = self.input.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.input[..len]);
        self.input.drain(..len);
        Ok(len)
    }
}

impl Transport {
    pub(in crate::shard) fn set_nodelay(&self, on: bool) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(on),
            Self::Pretended => Ok(()),
        }
    }

    pub(in crate::shard) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(how),
            Self::Pretended => Ok(()),
        }
    }

    /// A pretended socket has no peer, so it is counted under no address and never handed over.
    pub(in crate::shard) fn peer_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Tcp(stream) => stream.peer_addr(),
            Self::Pretended => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl From<Transport> for std::net::TcpStream {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Tcp(stream) => stream.into(),
            Transport::Pretended => unreachable!("what has no peer is not handed over"),
        }
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Pretended => unreachable!("a shard that does not run sends in no batches"),
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Pretended => wire(|wire| wire.give(buffer)),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Pretended => Ok(wire(|wire| wire.take(bytes))),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write_vectored(slices),
            Self::Pretended => Ok(wire(|wire| slices.iter().map(|s| wire.take(s)).sum())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Transport {
    fn register(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.register(registry, token, what),
            Self::Pretended => Ok(()),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.reregister(registry, token, what),
            Self::Pretended => Ok(()),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.deregister(registry),
            Self::Pretended => Ok(()),
        }
    }
}
