//! Bytes that a socket would not take yet.
//!
//! The first buffer may be partly written and must then be finished: dropping it would cut a frame in two.

use super::conn::SendError;
use bytes::{Buf as _, Bytes};
use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};

/// What a waiting buffer costs beside its bytes. Counted, so that a client cannot be owed a million tiny frames.
const OVERHEAD_BYTES: usize = 64;

/// How many buffers go out in one write.
const BUFFERS_PER_WRITE: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    queue: VecDeque<Bytes>,
    /// Bytes in the queue, with the overhead.
    bytes: usize,
    /// Whether the first buffer is only the rest of one.
    started: bool,
}

impl Backlog {
    /// Adds a buffer, or refuses if more than `max` bytes would wait. The first one is always taken:
    /// a part of it may be out already.
    pub(super) fn push(&mut self, bytes: Bytes, max: usize) -> Result<(), SendError> {
        self.started |= self.queue.is_empty();
        self.bytes += bytes.len() + OVERHEAD_BYTES;
        self.queue.push_back(bytes);
        match self.bytes <= max {
            true => Ok(()),
            false => Err(SendError::TooSlow),
        }
    }

    /// Bytes that wait.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.queue.iter().map(Bytes::len).sum()
    }

    /// Forgets what was not begun, and adds some last words.
    pub(super) fn cut(&mut self, last_words: Bytes) {
        self.queue.truncate(usize::from(self.started));
        self.queue.push_back(last_words);
        self.bytes = self
            .queue
            .iter()
            .map(|bytes| bytes.len() + OVERHEAD_BYTES)
            .sum();
    }

    /// Writes what the socket takes. `Ok(true)`: nothing is left.
    pub(super) fn write_to(&mut self, io: &mut impl Write) -> io::Result<bool> {
        while !self.queue.is_empty() {
            let mut slices = [IoSlice::new(&[]); BUFFERS_PER_WRITE];
            for (slice, bytes) in slices.iter_mut().zip(&self.queue) {
                *slice = IoSlice::new(bytes);
            }
            let n_slices = self.queue.len().min(BUFFERS_PER_WRITE);
            match io.write_vectored(&slices[..n_slices]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.queue.front_mut() {
            if written < first.len() {
                first.advance(written);
                self.started |= written > 0;
                self.bytes -= written;
                return;
            }
            written -= first.len();
            self.bytes -= first.len() + OVERHEAD_BYTES;
            self.started = false;
            self.queue.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A socket that takes so many bytes and then no more for once.
    struct Socket {
        room: VecDeque<usize>,
        taken: Vec<u8>,
    }

    impl Write for Socket {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let Some(room) = self.room.pop_front() else {
                return Err(io::ErrorKind::WouldBlock.into());
            };
            let taken = room.min(bytes.len());
            self.taken.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_buffer_that_was_begun_is_finished_before_the_last_words() {
        let mut backlog = Backlog::default();
        for word in ["first ", "second ", "third "] {
            backlog
                .push(Bytes::from_static(word.as_bytes()), 1000)
                .unwrap();
        }
        let mut socket = Socket {
            room: [2].into(),
            taken: Vec::new(),
        };
        assert!(!backlog.write_to(&mut socket).unwrap());
        backlog.cut(Bytes::from_static(b"bye"));
        socket.room = [100, 100].into();
        assert!(backlog.write_to(&mut socket).unwrap());
        assert_eq!(socket.taken, b"first bye");
        assert_eq!(backlog.bytes, 0);
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(Bytes::from_static(&[0; 100]), 300), Ok(()));
        assert_eq!(backlog.push(Bytes::from_static(&[0; 10]), 300), Ok(()));
        assert_eq!(
            backlog.push(Bytes::from_static(&[0; 1]), 300),
            Err(SendError::TooSlow)
        );
    }

    proptest! {
        #[test]
        fn every_byte_goes_out_once_and_in_order(
            buffers in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..80),
            room in proptest::collection::vec(1usize..100, 0..200),
        ) {
            let mut backlog = Backlog::default();
            for buffer in &buffers {
                backlog.push(Bytes::copy_from_slice(buffer), usize::MAX).unwrap();
            }
            let mut socket = Socket { room: room.into(), taken: Vec::new() };
            while !backlog.write_to(&mut socket).unwrap() {
                let waiting: usize = backlog.queue.iter().map(|bytes| bytes.len() + OVERHEAD_BYTES).sum();
                prop_assert_eq!(backlog.bytes, waiting);
                socket.room.push_back(7);
            }
            prop_assert_eq!(socket.taken, buffers.concat());
            prop_assert_eq!(backlog.bytes, 0);
        }
    }
}
