//! The client's half of framing, for programs that test or measure a server.

use super::frame::{self, Opcode};
use std::ops::Range;

/// Appends one masked frame to `out`.
pub fn write(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: [u8; 4]) {
    frame::write_head(out, opcode, payload.len(), 0x80);
    out.extend_from_slice(&mask);
    let start = out.len();
    out.extend_from_slice(payload);
    frame::apply_mask(&mut out[start..], mask);
}

/// Appends a message that is compressed already, as one masked frame.
pub fn write_compressed(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], mask: [u8; 4]) {
    let start = out.len();
    write(out, opcode, payload, mask);
    out[start] |= frame::COMPRESSED;
}

/// The server frame at the start of `buffer`: what it is, where its payload is, and how many bytes it takes.
/// `None` if it is not whole yet. Trusts the server to send valid frames.
pub fn read(buffer: &[u8]) -> Option<(Opcode, Range<usize>, usize)> {
    let opcode = match buffer.first()? & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        _ => Opcode::Pong,
    };
    let (len, head) = match buffer.get(1)? & 0x7f {
        126 => (
            u64::from(u16::from_be_bytes(buffer.get(2..4)?.try_into().ok()?)),
            4,
        ),
        127 => (u64::from_be_bytes(buffer.get(2..10)?.try_into().ok()?), 10),
        short => (u64::from(short), 2),
    };
    let end = usize::try_from(len).ok()?.checked_add(head)?;
    (buffer.len() >= end).then_some((opcode, head..end, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_reads_what_the_client_writes_and_back() {
        for len in [0, 1, 125, 126, 65535, 65536] {
            let payload: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let mut sent = Vec::new();
            write(&mut sent, Opcode::Binary, &payload, [1, 2, 3, 4]);
            let read_back = frame::parse(&mut sent, usize::MAX).unwrap().unwrap();
            assert_eq!(&sent[read_back.payload], payload);
            let answer = frame::encode(Opcode::Binary, &payload);
            let (opcode, range, whole) = read(&answer).unwrap();
            assert_eq!(
                (opcode, &answer[range], whole),
                (Opcode::Binary, &payload[..], answer.len())
            );
            assert_eq!(read(&answer[..answer.len() - 1]), None);
        }
    }

    #[test]
    fn a_length_beyond_all_memory_is_a_frame_that_never_comes() {
        let head = [&[0x82, 127][..], &[0xff; 8]].concat();
        assert_eq!(read(&head), None);
    }
}
