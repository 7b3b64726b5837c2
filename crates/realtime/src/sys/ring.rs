//! Sending the same bytes to many sockets in one system call, where the kernel has io_uring and lets this process use it.
//!
//! Every send is one that never waits (`MSG_DONTWAIT`): the kernel has tried it when the call returns, and says nothing of those
//! that went out whole. So a ring is empty between two calls, and nothing of a call is left for the next one.
//! Nothing else is done with the ring: idle sockets are cheaper in an epoll set.

use io_uring::{IoUring, opcode, squeue, types};
use socket2::SockRef;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::os::unix::net::UnixStream;

/// What the socket that a new ring is tried with holds. The kernel doubles it.
const PROBE_BUFFER_BYTES: usize = 32 << 10;

/// The most bytes that go through a ring in one send. Of more than two gigabytes the kernel would send a part and call it the whole.
const MAX_BYTES: u32 = 1 << 30;

/// What did not go out whole to one socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// What the caller calls the socket.
    pub(crate) key: u32,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The socket took so many bytes, perhaps none, and is full. It will be reported writable when there is room.
    Part(usize),
    /// An error, or not even tried: an ordinary send will tell.
    Unknown,
}

/// An io_uring for sends. Belongs to the thread that made it; on another one sends fail.
pub(crate) struct Ring {
    /// Gone after a failure: entries that the kernel has not taken may be left in it, and must never be submitted.
    uring: Option<IoUring>,
    /// What is about to be submitted; kept for its memory.
    entries: Vec<squeue::Entry>,
}

impl Ring {
    /// How many sockets one call takes.
    pub(crate) const CAPACITY: usize = 512;

    /// Makes a ring for this thread, and tries whether sends through it do what [`Ring::send_to_all`] builds on.
    ///
    /// # Errors
    /// The kernel has no io_uring, not all that is needed of it, or does not let this process use it; containers often do not.
    pub(crate) fn new() -> io::Result<Self> {
        let uring = IoUring::builder()
            .setup_single_issuer()
            .setup_coop_taskrun()
            .setup_defer_taskrun()
            .setup_submit_all()
            .build(Self::CAPACITY as u32)?;
        if !uring.params().is_feature_skip_cqe_on_success() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut ring = Self {
            uring: Some(uring),
            entries: Vec::with_capacity(Self::CAPACITY),
        };
        match ring.keeps_its_promises()? {
            true => Ok(ring),
            false => Err(io::Error::other("sends do not behave as expected")),
        }
    }

    /// Sends the bytes to each of the sockets, [`Ring::CAPACITY`] of them at most, and appends those that did not get them whole
    /// to `unsent`. Each socket comes with what the caller calls it. Never waits.
    ///
    /// # Errors
    /// The ring has failed, and every further call will. `unsent` is right nevertheless.
    pub(crate) fn send_to_all<'a>(
        &mut self,
        sockets: impl Iterator<Item = (u32, BorrowedFd<'a>)>,
        bytes: &[u8],
        unsent: &mut Vec<Unsent>,
    ) -> io::Result<()> {
        let Some(len) = u32::try_from(bytes.len())
            .ok()
            .filter(|len| *len <= MAX_BYTES)
        else {
            let outcome = Outcome::Unknown;
            unsent.extend(sockets.map(|(key, _)| Unsent { key, outcome }));
            return Ok(());
        };
        // Not empty after an iterator that panicked.
        self.entries.clear();
        self.entries.extend(sockets.map(|(key, socket)| {
            opcode::Send::new(types::Fd(socket.as_raw_fd()), bytes.as_ptr(), len)
                // With `MSG_WAITALL` a short count is a failure, and therefore reported.
                .flags(libc::MSG_DONTWAIT | libc::MSG_WAITALL | libc::MSG_NOSIGNAL)
                .build()
                .flags(squeue::Flags::SKIP_SUCCESS)
                .user_data(key.into())
        }));
        let (n_taken, outcome) = match self.uring.take() {
            // The ring is back in its place only when nothing of this call is left in it.
            Some(mut uring) => {
                let (n_taken, outcome) = submit(&mut uring, &self.entries, unsent);
                if outcome.is_ok() {
                    self.uring = Some(uring);
                }
                (n_taken, outcome)
            }
            None => (0, Err(io::ErrorKind::NotConnected.into())),
        };
        // The kernel takes entries in their order.
        unsent.extend(self.entries.drain(..).skip(n_taken).map(|entry| Unsent {
            key: entry.get_user_data() as u32,
            outcome: Outcome::Unknown,
        }));
        outcome
    }

    /// Tries a send that fits, one that fits in part, one that does not, and one that nobody can receive.
    fn keeps_its_promises(&mut self) -> io::Result<bool> {
        let (here, mut there) = UnixStream::pair()?;
        SockRef::from(&here).set_send_buffer_size(PROBE_BUFFER_BYTES)?;
        let mut results = Vec::new();
        let mut send = |bytes: &[u8]| {
            let mut unsent = Vec::new();
            let sockets = std::iter::once((7, here.as_fd()));
            let sent = self.send_to_all(sockets, bytes, &mut unsent);
            results.push(unsent.first().map(|unsent| (unsent.key, unsent.outcome)));
            sent
        };
        send(b"whole")?;
        let mut received = [0; 5];
        there.set_nonblocking(true)?;
        there.read_exact(&mut received)?;
        let large = vec![0; PROBE_BUFFER_BYTES * 16];
        send(&large)?;
        send(&large)?;
        drop(there);
        send(b"nobody")?;
        Ok(received == *b"whole"
            && matches!(
                results[..],
                [
                    None,
                    Some((7, Outcome::Part(1..))),
                    Some((7, Outcome::Part(0))),
                    Some((7, Outcome::Unknown))
                ]
            ))
    }
}

/// Has the kernel take the entries, appends what it reports to `unsent`, and gives how many it took. If those are not all, something is
/// wrong, and the others are left in the ring.
#[expect(
    unsafe_code,
    reason = "the crate cannot know how long the kernel reads what entries point to"
)]
fn submit(
    uring: &mut IoUring,
    entries: &[squeue::Entry],
    unsent: &mut Vec<Unsent>,
) -> (usize, io::Result<()>) {
    // SAFETY: `send_to_all` has borrowed the sockets and the bytes that the entries point to, and the kernel is done with both when
    // that returns. With `MSG_DONTWAIT` it tries a send within the system call that takes its entry: what cannot be sent fails then
    // and there instead of waiting, and what is sent has been copied. (No entry asks for another thread, a link or a drain, and
    // there is no polling thread that could take entries later.) Entries that it did not take stay in the ring and could only be
    // taken by a further call. There is none: `send_to_all` then drops the ring.
    let pushed = unsafe { uring.submission().push_multiple(entries) };
    if let Err(error) = pushed {
        return (0, Err(io::Error::other(error)));
    }
    let outcome = loop {
        match uring.submit() {
            // It may take fewer than there are, when memory is scarce.
            Ok(1..) if !uring.submission().is_empty() => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    unsent.extend(uring.completion().map(|completion| Unsent {
        key: completion.user_data() as u32,
        outcome: match completion.result() {
            sent @ 0.. => Outcome::Part(sent as usize),
            error if error == -libc::EAGAIN => Outcome::Part(0),
            _ => Outcome::Unknown,
        },
    }));
    let n_untaken = uring.submission().len();
    let outcome = match n_untaken {
        0 => Ok(()),
        _ => outcome.and(Err(io::ErrorKind::OutOfMemory.into())),
    };
    (entries.len() - n_untaken, outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// `None` where this machine has no io_uring to test.
    fn ring() -> Option<Ring> {
        Ring::new().ok()
    }

    #[test]
    fn everybody_gets_the_bytes_and_nothing_is_reported() {
        let Some(mut ring) = ring() else { return };
        let pairs: Vec<_> = (0..100).map(|_| UnixStream::pair().unwrap()).collect();
        let sockets = || pairs.iter().zip(0..).map(|((a, _), key)| (key, a.as_fd()));
        let mut unsent = Vec::new();
        for word in ["first", "other"] {
            ring.send_to_all(sockets(), word.as_bytes(), &mut unsent)
                .unwrap();
        }
        for (_, end) in &pairs {
            let mut end = end;
            let mut received = [0; 10];
            end.read_exact(&mut received).unwrap();
            assert_eq!(&received, b"firstother");
        }
        assert_eq!(unsent, []);
    }

    #[test]
    fn the_full_and_the_dead_are_named() {
        let Some(mut ring) = ring() else { return };
        let pairs: Vec<_> = (0..4).map(|_| UnixStream::pair().unwrap()).collect();
        let (full, dead) = (&pairs[1].0, &pairs[2].0);
        full.set_nonblocking(true).unwrap();
        while (&*full).write(&[0; 4096]).is_ok() {}
        dead.shutdown(std::net::Shutdown::Both).unwrap();
        let mut unsent = Vec::new();
        let sockets = pairs.iter().zip(10..).map(|((a, _), key)| (key, a.as_fd()));
        ring.send_to_all(sockets, b"hello", &mut unsent).unwrap();
        unsent.sort_by_key(|unsent| unsent.key);
        let named: Vec<_> = unsent
            .iter()
            .map(|unsent| (unsent.key, unsent.outcome))
            .collect();
        assert_eq!(named, [(11, Outcome::Part(0)), (12, Outcome::Unknown)]);
    }

    #[test]
    fn after_a_failure_nothing_that_was_left_is_ever_sent() {
        let Some(mut ring) = ring() else { return };
        let (here, there) = UnixStream::pair().unwrap();
        let mut unsent = Vec::new();
        // One more than the kernel has places for.
        let too_many = (0..=Ring::CAPACITY as u32).map(|key| (key, here.as_fd()));
        ring.send_to_all(too_many, b"a", &mut unsent).unwrap_err();
        assert_eq!(unsent.len(), Ring::CAPACITY + 1);
        assert!(
            unsent
                .iter()
                .all(|unsent| unsent.outcome == Outcome::Unknown)
        );
        unsent.clear();
        let one = std::iter::once((7, here.as_fd()));
        ring.send_to_all(one, b"b", &mut unsent).unwrap_err();
        assert_eq!(
            unsent,
            [Unsent {
                key: 7,
                outcome: Outcome::Unknown
            }]
        );
        drop(here);
        let mut received = Vec::new();
        (&there).read_to_end(&mut received).unwrap();
        assert_eq!(received, b"");
    }

    #[test]
    fn another_thread_is_refused_and_told_that_nothing_went_out() {
        let Some(mut ring) = ring() else { return };
        let (here, there) = UnixStream::pair().unwrap();
        std::thread::spawn(move || {
            let mut unsent = Vec::new();
            let sockets = (0..3).map(|key| (key, here.as_fd()));
            ring.send_to_all(sockets, b"a", &mut unsent).unwrap_err();
            assert_eq!(unsent.len(), 3);
        })
        .join()
        .unwrap();
        let mut received = Vec::new();
        (&there).read_to_end(&mut received).unwrap();
        assert_eq!(received, b"");
    }
}
