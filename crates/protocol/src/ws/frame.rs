//! Frames: client frames are read and unmasked in place, server frames are written.

use super::close::{self, CloseCode};
use bytes::Bytes;
use std::ops::Range;

/// The most bytes a frame has before its payload: two, eight of length, four of mask.
pub const MAX_HEAD: usize = 14;

/// The most bytes of payload that a control frame may have.
pub const MAX_CONTROL_PAYLOAD: usize = 125;

/// The bit in the first byte of a frame that permessage-deflate has taken.
pub(super) const COMPRESSED: u8 = 0x40;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// A further part of a message.
    Continuation = 0,
    /// A message of text, or its first part.
    Text = 1,
    /// A message of bytes, or its first part.
    Binary = 2,
    /// The wish to end the connection.
    Close = 8,
    /// Wants a pong with the same payload.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

/// One whole frame at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether the message ends with this frame.
    pub fin: bool,
    /// What the frame is.
    pub opcode: Opcode,
    /// Whether the message that begins with this frame is compressed.
    pub compressed: bool,
    /// Where in the buffer the payload is, unmasked.
    pub payload: Range<usize>,
    /// How many bytes of the buffer the frame takes, head included.
    pub len: usize,
}

impl Opcode {
    /// Whether frames of this kind steer the connection instead of carrying a message.
    pub const fn is_control(self) -> bool {
        self as u8 >= 8
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }
}

/// Reads the frame at the start of `buffer` and unmasks its payload in place.
///
/// `Ok(None)` means that more bytes are needed: nothing was changed, ask again with them.
/// After `Ok(Some(_))` those bytes must not be given again, they would be masked anew.
/// An error says with which code to fail the connection; a payload of more than `max_payload` bytes is one as soon as its head is there.
pub fn parse(buffer: &mut [u8], max_payload: usize) -> Result<Option<Frame>, CloseCode> {
    parse_negotiated(buffer, max_payload, false)
}

/// The same for a connection on which permessage-deflate was agreed to, or not: `deflate`. Without it a compressed frame is an error.
pub fn parse_negotiated(
    buffer: &mut [u8],
    max_payload: usize,
    deflate: bool,
) -> Result<Option<Frame>, CloseCode> {
    let [first, second, ..] = *buffer else {
        return Ok(None);
    };
    let opcode = Opcode::from_bits(first & 0x0f).ok_or(close::PROTOCOL_ERROR)?;
    let fin = first & 0x80 != 0;
    // The first bit is permessage-deflate's, which sets it on the first frame of a message and nowhere else.
    let compressed = first & COMPRESSED != 0;
    let may_be_compressed = deflate && matches!(opcode, Opcode::Text | Opcode::Binary);
    let reserved = first & 0x30 != 0 || (compressed && !may_be_compressed);
    let masked = second & 0x80 != 0;
    let short_len = usize::from(second & 0x7f);
    if reserved || !masked || (opcode.is_control() && (!fin || short_len > MAX_CONTROL_PAYLOAD)) {
        return Err(close::PROTOCOL_ERROR);
    }
    let (len, head) = match short_len {
        126 => match buffer.get(2..4) {
            Some(bytes) => (
                u64::from(u16::from_be_bytes(bytes.try_into().expect("two bytes"))),
                4,
            ),
            None => return Ok(None),
        },
        127 => match buffer.get(2..10) {
            Some(bytes) => (
                u64::from_be_bytes(bytes.try_into().expect("eight bytes")),
                10,
            ),
            None => return Ok(None),
        },
        short => (short as u64, 2),
    };
    let Some(len) = usize::try_from(len).ok().filter(|&len| len <= max_payload) else {
        return Err(close::TOO_BIG);
    };
    let (start, end) = (head + 4, head + 4 + len);
    if buffer.len() < end {
        return Ok(None);
    }
    let mask = buffer[head..start].try_into().expect("four bytes");
    apply_mask(&mut buffer[start..end], mask);
    Ok(Some(Frame {
        fin,
        opcode,
        compressed,
        payload: start..end,
        len: end,
    }))
}

/// Masks or unmasks a payload, eight bytes at a time.
pub(super) fn apply_mask(payload: &mut [u8], mask: [u8; 4]) {
    let half = u64::from(u32::from_ne_bytes(mask));
    let wide = half << 32 | half;
    let mut words = payload.chunks_exact_mut(8);
    for word in &mut words {
        let value = u64::from_ne_bytes((&*word).try_into().expect("eight bytes")) ^ wide;
        word.copy_from_slice(&value.to_ne_bytes());
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// Appends one whole server frame to `out`. The payload of a control frame has at most [`MAX_CONTROL_PAYLOAD`] bytes.
pub fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    debug_assert!(!opcode.is_control() || payload.len() <= MAX_CONTROL_PAYLOAD);
    write_head(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// Appends a message that is compressed already, as one whole server frame.
pub fn write_compressed(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    let start = out.len();
    write(out, opcode, payload);
    out[start] |= COMPRESSED;
}

/// One whole server frame, ready to be shared.
pub fn encode(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + MAX_HEAD);
    write(&mut out, opcode, payload);
    out.into()
}

/// The payload of one whole server frame, which it shares.
///
/// # Panics
/// The bytes are not what [`encode`] or [`write()`] made.
pub fn payload(frame: &Bytes) -> Bytes {
    let head = match frame[1] & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    frame.slice(head..)
}

pub(super) fn write_head(out: &mut Vec<u8>, opcode: Opcode, len: usize, mask_bit: u8) {
    out.push(0x80 | opcode as u8);
    match len {
        0..=125 => out.push(mask_bit | len as u8),
        126..=0xffff => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
