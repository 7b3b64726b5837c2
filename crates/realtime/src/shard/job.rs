//! A job: frames on their way to the subscribers of a channel, together.
//!
//! The frames are joined once, and compressed once at most, however many subscribers there are: all of them share the bytes.

use antiphon_protocol::SocketId;
use antiphon_protocol::ws::deflate::Deflater;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::OnceLock;

/// The most bytes that are joined into one write. A quarter of the default backlog: joining must not by itself make a client too slow.
pub(super) const JOIN_BYTES: usize = 256 << 10;

/// A frame that waits for its turn.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) except: Option<SocketId>,
    /// The connections that have had it already, from another shard.
    pub(super) seen_by: Vec<SocketId>,
    /// Its serial in the history, or 0.
    pub(super) serial: u64,
}

impl Frame {
    /// The connections that do not get it.
    fn exceptions(&self) -> impl Iterator<Item = SocketId> {
        self.except.into_iter().chain(self.seen_by.iter().copied())
    }
}

#[derive(Debug)]
pub(super) struct Job {
    /// What everybody gets but the exceptions.
    pub(super) frames: Frames,
    /// The connections that do not get all of the frames, with what they get instead. Usually none or one.
    exceptions: Vec<(SocketId, Frames)>,
    /// Bytes of the frames, as the inbox counted them.
    pub(super) bytes: usize,
}

/// Some frames, one after the other; empty if there are none.
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) plain: Bytes,
    pub(super) n_frames: usize,
    deflated: OnceLock<Bytes>,
}

impl Job {
    /// Takes frames from the front of the queue, up to [`JOIN_BYTES`] of them. `None`: there are none.
    pub(super) fn take(pending: &mut VecDeque<Frame>) -> Option<Self> {
        let mut bytes = 0;
        let fits = |frame: &&Frame| {
            bytes += frame.bytes.len();
            bytes <= JOIN_BYTES
        };
        let count = pending
            .iter()
            .take_while(fits)
            .count()
            .max(1)
            .min(pending.len());
        let taken = || pending.range(..count);
        let frames = Frames::join(taken())?;
        let mut exceptions: Vec<(SocketId, Frames)> = Vec::new();
        for except in taken().flat_map(Frame::exceptions) {
            if !exceptions.iter().any(|(socket_id, _)| *socket_id == except) {
                let others = taken().filter(|frame| !frame.exceptions().any(|id| id == except));
                exceptions.push((except, Frames::join(others).unwrap_or_default()));
            }
        }
        pending.drain(..count);
        Some(Self {
            bytes: frames.plain.len(),
            frames,
            exceptions,
        })
    }

    /// What a connection gets that does not get everything.
    pub(super) fn exception(&self, socket_id: SocketId) -> Option<&Frames> {
        let mut exceptions = self.exceptions.iter();
        exceptions
            .find(|(except, _)| *except == socket_id)
            .map(|(_, frames)| frames)
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new(Bytes::new(), 0)
    }
}

impl Frames {
    fn new(plain: Bytes, n_frames: usize) -> Self {
        Self {
            plain,
            n_frames,
            deflated: OnceLock::new(),
        }
    }

    /// The frames one after the other; a single one is shared, not copied. `None` of none.
    fn join<'a>(mut frames: impl Iterator<Item = &'a Frame>) -> Option<Self> {
        let first = frames.next()?;
        let Some(second) = frames.next() else {
            return Some(Self::new(first.bytes.clone(), 1));
        };
        let mut joined = Vec::from(&*first.bytes);
        joined.extend_from_slice(&second.bytes);
        let mut n_frames = 2;
        for frame in frames {
            joined.extend_from_slice(&frame.bytes);
            n_frames += 1;
        }
        Some(Self::new(joined.into(), n_frames))
    }

    /// The frames for a connection on which permessage-deflate was agreed to. The first who asks pays for the compression.
    pub(super) fn deflated(&self, deflater: &mut Deflater) -> &Bytes {
        self.deflated.get_or_init(|| {
            let deflated = deflater.deflate_frames(&self.plain);
            deflated.map_or_else(|| self.plain.clone(), Bytes::from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_protocol::ws::{Opcode, client, frame};

    #[test]
    fn compression_is_paid_for_once_and_only_if_it_saves_something() {
        let of = |payload: &str| {
            let bytes = frame::encode(Opcode::Text, payload.as_bytes());
            let mut pending = VecDeque::from([Frame {
                bytes,
                except: None,
                seen_by: Vec::new(),
                serial: 0,
            }]);
            Job::take(&mut pending).unwrap()
        };
        let mut deflater = Deflater::default();
        let long = of(&"again and again ".repeat(100));
        let first = long.frames.deflated(&mut deflater).clone();
        assert!(first.len() * 4 < long.frames.plain.len());
        let (opcode, _, len) = client::read(&first).unwrap();
        assert_eq!((opcode, len), (Opcode::Text, first.len()));
        let second = long.frames.deflated(&mut deflater);
        assert_eq!(second.as_ptr(), first.as_ptr());

        let short = of("again and again");
        let shared = short.frames.deflated(&mut deflater);
        assert_eq!(shared.as_ptr(), short.frames.plain.as_ptr());
    }
}
