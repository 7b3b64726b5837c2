//! What claims to be compressed is a message within its limit or the end of the connection, wherever its frames are cut; and whatever
//! is compressed comes back.
//!
//! Input: a byte that chooses the limit, a byte that chooses where to cut, then the payload of a compressed message.

use antiphon_protocol::ws::close::{self, CloseCode};
use antiphon_protocol::ws::deflate::{Deflater, Inflater, max_compressed};
use antiphon_protocol::ws::{Assembler, Message, Opcode, client, frame};

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let [limit, cut, payload @ ..] = data else {
        return;
    };
    let max_bytes = 1 << (limit % 17);
    let mut inflater = Inflater::default();
    let message = inflater.inflate(payload, max_bytes).map(<[u8]>::to_vec);
    match &message {
        Ok(message) => assert!(message.len() <= max_bytes),
        Err(code) => assert!([close::INVALID_DATA, close::TOO_BIG].contains(code)),
    }
    if payload.len() <= max_compressed(max_bytes) {
        let cut = usize::from(*cut).min(payload.len());
        for parts in [&[payload][..], &[&payload[..cut], &payload[cut..]]] {
            assert_eq!(hear(parts, max_bytes, &mut inflater), message);
        }
    }
    let mut compressed = Vec::new();
    Deflater::default().deflate(payload, &mut compressed);
    assert!(compressed.len() <= max_compressed(payload.len()));
    assert_eq!(inflater.inflate(&compressed, payload.len()), Ok(payload));
}

/// What a connection hears of a compressed message in these parts.
fn hear(parts: &[&[u8]], max_bytes: usize, inflater: &mut Inflater) -> Result<Vec<u8>, CloseCode> {
    let mut assembler = Assembler::default();
    let mut heard = None;
    for (n, part) in parts.iter().enumerate() {
        let mut stream = Vec::new();
        match n {
            0 => client::write_compressed(&mut stream, Opcode::Binary, part, [9, 8, 7, 6]),
            _ => client::write(&mut stream, Opcode::Continuation, part, [9, 8, 7, 6]),
        }
        let is_last = n + 1 == parts.len();
        stream[0] &= if is_last { 0xff } else { 0x7f };
        let frame = frame::parse_negotiated(&mut stream, part.len(), true)?;
        let frame = frame.expect("the frame is whole");
        let payload = &stream[frame.payload.clone()];
        match assembler.push(&frame, payload, max_bytes, inflater)? {
            Some(Message::Binary(bytes)) => heard = Some(bytes.into_owned()),
            other => assert!(other.is_none() && !is_last),
        }
    }
    Ok(heard.expect("the last frame ends the message"))
}
