//! The floor: what `send` alone costs, with no server around it.
//!
//! One thread sends the same bytes to each of many connected sockets; the receiving ends are in an epoll set, as a client's
//! are, and are emptied between rounds by another thread, so that only sends are counted. Both ends are in this process.

mod uring;

use crate::statistics::median;
use crate::target::allowed_sockets;
use crate::usage::{this_thread, thread_cpu_ns};
use anyhow::{Context as _, Result, anyhow, ensure};
use mio::{Events, Interest, Poll, Token, net};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

/// The batches whose median counts: a neighbor that wakes up spoils one of them.
const BATCHES: usize = 5;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Floor {
    /// How many sockets were sent to: as many as asked for, or half of what this process may open.
    pub(crate) sockets: usize,
    /// Microseconds of processor time for one `send` to one socket, system and user.
    pub(crate) us_per_send: f64,
}

/// How bytes get to the sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A `send` for each.
    Send,
    /// Batches of sends through io_uring.
    Uring,
}

/// Sends `bytes` to each of up to `sockets` sockets, `rounds` times in each batch.
/// Fails for [`By::Uring`] where that is not permitted.
pub(crate) fn measure(by: By, sockets: usize, bytes: usize, rounds: usize) -> Result<Floor> {
    let sockets = sockets.min(allowed_sockets()? / 2);
    ensure!(sockets > 0, "there is nothing to send to");
    let (mut senders, mut receivers) = pairs(sockets)?;
    let (go, wait_for_go) = mpsc::sync_channel::<()>(0);
    let (done, wait_for_done) = mpsc::sync_channel::<Result<String>>(0);
    let sender = thread::Builder::new()
        .name("floor".to_owned())
        .spawn(move || {
            let payload = vec![b'x'; bytes];
            // A ring belongs to the thread that made it.
            let mut ring = match by {
                By::Send => Ok(None),
                By::Uring => uring::Ring::new().map(Some),
            };
            while wait_for_go.recv().is_ok() {
                let sent = match &mut ring {
                    Ok(Some(ring)) => ring.send(&senders, &payload),
                    Ok(None) => senders
                        .iter_mut()
                        .try_for_each(|s| s.write_all(&payload))
                        .context("cannot send"),
                    Err(error) => Err(anyhow!("{error:#}")),
                };
                let thread = sent.and_then(|()| this_thread());
                if done.send(thread).is_err() {
                    break;
                }
            }
        })?;
    let mut thread_cpu_after_round = || -> Result<u64> {
        go.send(())?;
        let thread = wait_for_done.recv()??;
        receivers.empty(bytes)?;
        // The sender waits for the next round by now, and a waiting thread's time is exact.
        thread_cpu_ns(&thread)
    };
    let mut before = thread_cpu_after_round()?;
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let mut after = before;
        for _ in 0..rounds {
            after = thread_cpu_after_round()?;
        }
        batches.push((after - before) as f64 / 1e3 / (rounds * sockets) as f64);
        before = after;
    }
    drop(go);
    ensure!(sender.join().is_ok(), "the sending thread panicked");
    Ok(Floor {
        sockets,
        us_per_send: median(batches),
    })
}

/// The receiving ends.
struct Receivers {
    poll: Poll,
    events: Events,
    streams: Vec<net::TcpStream>,
    scratch: Vec<u8>,
}

impl Receivers {
    /// Reads `bytes` from each of them.
    fn empty(&mut self, bytes: usize) -> Result<()> {
        let mut missing = bytes * self.streams.len();
        while missing > 0 {
            self.poll.poll(&mut self.events, None)?;
            for event in &self.events {
                let stream = &mut self.streams[event.token().0];
                while let Ok(count) = stream.read(&mut self.scratch) {
                    ensure!(count > 0, "a socket of the floor closed");
                    missing -= count;
                }
            }
        }
        Ok(())
    }
}

fn pairs(count: usize) -> Result<(Vec<TcpStream>, Receivers)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let poll = Poll::new()?;
    let mut senders = Vec::with_capacity(count);
    let mut streams = Vec::with_capacity(count);
    for number in 0..count {
        let stream = TcpStream::connect(address)?;
        stream.set_nonblocking(true)?;
        let mut stream = net::TcpStream::from_std(stream);
        poll.registry()
            .register(&mut stream, Token(number), Interest::READABLE)?;
        streams.push(stream);
        let (sender, _) = listener.accept()?;
        sender.set_nodelay(true)?;
        senders.push(sender);
    }
    let receivers = Receivers {
        poll,
        events: Events::with_capacity(1024),
        streams,
        scratch: vec![0; 64 * 1024],
    };
    Ok((senders, receivers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_above_zero() {
        let floor = measure(By::Send, 20, 250, 5).unwrap();
        assert_eq!(floor.sockets, 20);
        assert!(floor.us_per_send > 0.0);
    }

    #[test]
    fn batches_larger_than_the_ring_arrive_whole_where_io_uring_is_permitted() {
        if uring::Ring::new().is_ok() {
            let floor = measure(By::Uring, 600, 250, 2).unwrap();
            assert!(floor.us_per_send > 0.0);
        }
    }
}
