//! permessage-deflate (RFC 7692), in the one form that lets receivers share bytes: no message builds on an earlier one.
//!
//! Both sides agree to that (`server_no_context_takeover`, `client_no_context_takeover`). So a compressed frame is as good for every
//! receiver as the plain one, and a connection has no state for it. One [`Deflater`] and one [`Inflater`] serve any number of
//! connections, one message after the other; neither takes memory before its first use.

mod offer;

pub use offer::Agreement;

use super::client;
use super::close::{self, CloseCode};
use super::frame;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Messages of fewer bytes than this are not worth the time: they shrink by less than the rest of a packet costs.
pub const MIN_BYTES: usize = 512;

/// How hard the compressor tries, of 9. Once per event and shard: 21 µs for a kilobyte of JSON, which becomes 343 bytes. Level 1 takes
/// 10 µs and makes it 477 bytes, level 6 takes longer and gains nothing.
const LEVEL: u32 = 3;

/// What ends every compressed message, and therefore is left out of it.
const FLUSH_END: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The same, and an empty last block: a message that is whole ends with exactly this.
const END: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

/// The least room for what comes out, in bytes.
const MIN_ROOM: usize = 1024;

/// Above how many bytes the inflater's buffer is given back after a message.
const KEPT_BYTES: usize = 64 << 10;

/// Compresses messages.
#[derive(Debug, Default)]
pub struct Deflater {
    state: Option<Compress>,
}

/// Decompresses messages.
#[derive(Debug, Default)]
pub struct Inflater {
    state: Option<Decompress>,
    message: Vec<u8>,
}

/// How large the payload of a compressed message may be that is to have `max_bytes` when it is decompressed.
/// What does not compress becomes larger: by an eighth where a compressor writes its codes of nine bits and does not look back.
pub const fn max_compressed(max_bytes: usize) -> usize {
    max_bytes.saturating_add(max_bytes / 8 + 64)
}

impl Deflater {
    /// Appends the compressed form of a message's payload to `out`.
    pub fn deflate(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        let state = self
            .state
            .get_or_insert_with(|| Compress::new(Compression::new(LEVEL), false));
        state.reset();
        let mut rest = payload;
        loop {
            out.reserve((rest.len() / 2).max(MIN_ROOM));
            let before = state.total_in();
            state
                .compress_vec(rest, out, FlushCompress::Sync)
                .expect("a compressor that was reset takes any input");
            rest = &rest[(state.total_in() - before) as usize..];
            // Room that is left means that nothing is left inside.
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        debug_assert!(out.ends_with(&FLUSH_END));
        out.truncate(out.len() - FLUSH_END.len());
    }

    /// Whole server frames, one after the other, in which every message of at least [`MIN_BYTES`] is compressed if that
    /// makes it smaller. `None`: none is.
    pub fn deflate_frames(&mut self, frames: &[u8]) -> Option<Vec<u8>> {
        let (mut out, mut compressed) = (Vec::new(), Vec::new());
        let mut is_smaller = false;
        let mut rest = frames;
        while let Some((opcode, payload, len)) = client::read(rest) {
            compressed.clear();
            if payload.len() >= MIN_BYTES && !opcode.is_control() {
                self.deflate(&rest[payload.clone()], &mut compressed);
            }
            if !compressed.is_empty() && compressed.len() < payload.len() {
                frame::write_compressed(&mut out, opcode, &compressed);
                is_smaller = true;
            } else {
                out.extend_from_slice(&rest[..len]);
            }
            rest = &rest[len..];
        }
        debug_assert!(rest.is_empty(), "frames are whole");
        is_smaller.then_some(out)
    }
}

impl Inflater {
    /// The message that a payload is the compressed form of. An error says with which code to fail the connection: the payload is
    /// none, or the message has more than `max_bytes`, in which case no more of it is decompressed.
    pub fn inflate(&mut self, payload: &[u8], max_bytes: usize) -> Result<&[u8], CloseCode> {
        if self.message.capacity() > KEPT_BYTES {
            self.message = Vec::new();
        }
        self.message.clear();
        // Not what RFC 7692 writes for an empty message, but what some write.
        let mut rest = payload;
        while !rest.is_empty() {
            self.reset();
            if !self.advance(&mut rest, max_bytes)? {
                let mut end = &END[..];
                let is_whole = self.advance(&mut end, max_bytes)? && end.is_empty();
                return match is_whole {
                    true => Ok(&self.message),
                    false => Err(close::INVALID_DATA),
                };
            }
            // It had a last block; what follows, if anything does, is a stream of its own.
        }
        Ok(&self.message)
    }

    fn reset(&mut self) {
        match &mut self.state {
            Some(state) => state.reset(false),
            None => self.state = Some(Decompress::new(false)),
        }
    }

    /// Decompresses until a last block ends (`true`) or the input does.
    fn advance(&mut self, input: &mut &[u8], max_bytes: usize) -> Result<bool, CloseCode> {
        let Self { state, message } = self;
        let state = state.as_mut().expect("it was reset");
        loop {
            if message.len() == message.capacity() {
                // One byte more than there may be shows that there are too many.
                let room = (max_bytes + 1).saturating_sub(message.len());
                message.reserve_exact(room.min(message.len().max(MIN_ROOM)));
            }
            let before = state.total_in();
            let status = state
                .decompress_vec(input, message, FlushDecompress::None)
                .map_err(|_| close::INVALID_DATA)?;
            *input = &input[(state.total_in() - before) as usize..];
            if message.len() > max_bytes {
                return Err(close::TOO_BIG);
            }
            match status {
                Status::StreamEnd => return Ok(true),
                // Room that is left means that it could do no more.
                Status::Ok | Status::BufError if message.len() < message.capacity() => {
                    return match input.is_empty() {
                        true => Ok(false),
                        false => Err(close::INVALID_DATA),
                    };
                }
                Status::Ok | Status::BufError => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
