//! Messages: whole ones come straight from the frame, fragmented ones are put together.
//!
//! Compressed messages are decompressed when they are whole.
//! A whole message is borrowed, so a connection that sends no fragments needs no buffer here.

use super::close::{self, CloseCode};
use super::deflate::{Inflater, max_compressed};
use super::frame::{Frame, Opcode};
use std::borrow::Cow;

/// What a client said, after framing.
#[derive(Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A message of text. Its UTF-8 has been checked.
    Text(Cow<'a, str>),
    /// A message of bytes.
    Binary(Cow<'a, [u8]>),
    /// To be answered with a pong that has the same payload.
    Ping(&'a [u8]),
    /// Needs no answer.
    Pong,
    /// To be answered with [`close::answer`] of the payload, and the end of the connection.
    Close(&'a [u8]),
}

/// The part of a fragmented message that is there so far.
#[derive(Debug, Default)]
pub struct Assembler {
    opcode: Option<Opcode>,
    /// Whether the message is compressed, and decompressed when it is whole.
    compressed: bool,
    message: Vec<u8>,
}

impl Assembler {
    /// Whether no message is half there, so that this can be dropped.
    pub fn is_idle(&self) -> bool {
        self.opcode.is_none()
    }

    /// Takes the next frame with its unmasked payload. `Ok(None)`: the message goes on.
    /// An error says with which code to fail the connection; so does a message of more than `max_bytes`.
    ///
    /// `inflater` is for compressed messages, whose frames [`super::frame::parse_negotiated`] lets through where they were
    /// agreed to. The message may borrow from it.
    pub fn push<'a>(
        &mut self,
        frame: &Frame,
        payload: &'a [u8],
        max_bytes: usize,
        inflater: &'a mut Inflater,
    ) -> Result<Option<Message<'a>>, CloseCode> {
        match (frame.opcode, self.opcode) {
            (Opcode::Ping, _) => Ok(Some(Message::Ping(payload))),
            (Opcode::Pong, _) => Ok(Some(Message::Pong)),
            (Opcode::Close, _) => Ok(Some(Message::Close(payload))),
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                Err(close::PROTOCOL_ERROR)
            }
            (opcode, None) if frame.fin && frame.compressed => {
                let message = inflater.inflate(payload, max_bytes)?;
                whole(opcode, Cow::Borrowed(message)).map(Some)
            }
            (_, None) if frame.fin && payload.len() > max_bytes => Err(close::TOO_BIG),
            (opcode, None) if frame.fin => whole(opcode, Cow::Borrowed(payload)).map(Some),
            (opcode, open) => {
                let opcode = open.unwrap_or(opcode);
                self.compressed = match open {
                    Some(_) => self.compressed,
                    None => frame.compressed,
                };
                let max_raw = match self.compressed {
                    true => max_compressed(max_bytes),
                    false => max_bytes,
                };
                if payload.len() > max_raw.saturating_sub(self.message.len()) {
                    return Err(close::TOO_BIG);
                }
                self.message.extend_from_slice(payload);
                self.opcode = (!frame.fin).then_some(opcode);
                if !frame.fin {
                    return Ok(None);
                }
                let message = std::mem::take(&mut self.message);
                let message = match self.compressed {
                    true => Cow::Borrowed(inflater.inflate(&message, max_bytes)?),
                    false => Cow::Owned(message),
                };
                whole(opcode, message).map(Some)
            }
        }
    }
}

fn whole(opcode: Opcode, payload: Cow<'_, [u8]>) -> Result<Message<'_>, CloseCode> {
    if opcode == Opcode::Binary {
        return Ok(Message::Binary(payload));
    }
    let text = match payload {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    };
    text.map(Message::Text).ok_or(close::INVALID_DATA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::deflate::Deflater;

    fn frame(fin: bool, opcode: Opcode) -> Frame {
        Frame {
            fin,
            opcode,
            compressed: false,
            payload: 0..0,
            len: 0,
        }
    }

    #[test]
    fn whole_messages_are_borrowed() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        let message = assembler
            .push(&frame(true, Opcode::Text), b"hi", 2, &mut inflater)
            .unwrap()
            .unwrap();
        assert!(matches!(message, Message::Text(Cow::Borrowed("hi"))));
        assert!(assembler.is_idle());
    }

    #[test]
    fn fragments_are_joined_and_control_frames_may_come_between() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        // The character is split between the fragments, which alone are not UTF-8.
        assert_eq!(
            assembler.push(&frame(false, Opcode::Text), b"caf\xc3", 9, &mut inflater),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Ping), b"p", 9, &mut inflater),
            Ok(Some(Message::Ping(b"p")))
        );
        assert_eq!(
            assembler.push(&frame(false, Opcode::Continuation), b"", 9, &mut inflater),
            Ok(None)
        );
        assert!(!assembler.is_idle());
        let whole = assembler.push(
            &frame(true, Opcode::Continuation),
            b"\xa9",
            9,
            &mut inflater,
        );
        assert_eq!(whole, Ok(Some(Message::Text("café".into()))));
        assert!(assembler.is_idle());
    }

    #[test]
    fn fragments_out_of_order_fail_the_connection() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        assert_eq!(
            assembler.push(&frame(true, Opcode::Continuation), b"", 9, &mut inflater),
            Err(close::PROTOCOL_ERROR)
        );
        assert_eq!(
            assembler.push(&frame(false, Opcode::Binary), b"a", 9, &mut inflater),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Text), b"b", 9, &mut inflater),
            Err(close::PROTOCOL_ERROR)
        );
    }

    #[test]
    fn a_message_may_not_outgrow_its_limit_in_fragments() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        assert_eq!(
            assembler.push(&frame(false, Opcode::Binary), b"123", 4, &mut inflater),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Continuation), b"45", 4, &mut inflater),
            Err(close::TOO_BIG)
        );
    }

    #[test]
    fn text_must_be_utf8_and_bytes_need_not() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        assert_eq!(
            assembler.push(&frame(true, Opcode::Text), b"\xff", 9, &mut inflater),
            Err(close::INVALID_DATA)
        );
        let bytes = assembler.push(&frame(true, Opcode::Binary), b"\xff", 9, &mut inflater);
        assert_eq!(bytes, Ok(Some(Message::Binary(b"\xff".as_slice().into()))));
    }

    #[test]
    fn a_compressed_message_may_come_in_fragments_of_any_size() {
        let text = "Compressed text, compressed text, compressed. ".repeat(20);
        let mut payload = Vec::new();
        Deflater::default().deflate(text.as_bytes(), &mut payload);
        let mut inflater = Inflater::default();
        for cut in 0..=payload.len() {
            let mut assembler = Assembler::default();
            let mut first = frame(false, Opcode::Text);
            first.compressed = true;
            let (head, tail) = payload.split_at(cut);
            let max_bytes = text.len();
            let pushed = assembler.push(&first, head, max_bytes, &mut inflater);
            assert_eq!(pushed, Ok(None));
            let ping = assembler.push(&frame(true, Opcode::Ping), b"p", max_bytes, &mut inflater);
            assert_eq!(ping, Ok(Some(Message::Ping(b"p"))));
            let last = frame(true, Opcode::Continuation);
            let whole = assembler.push(&last, tail, max_bytes, &mut inflater);
            assert_eq!(whole, Ok(Some(Message::Text(text.as_str().into()))));
            assert!(assembler.is_idle());
        }
    }

    #[test]
    fn a_plain_message_after_a_compressed_one_is_plain() {
        let mut assembler = Assembler::default();
        let mut inflater = Inflater::default();
        let mut first = frame(false, Opcode::Text);
        first.compressed = true;
        let end = frame(true, Opcode::Continuation);
        assert_eq!(assembler.push(&first, b"", 9, &mut inflater), Ok(None));
        let empty = assembler.push(&end, b"\0", 9, &mut inflater);
        assert_eq!(empty, Ok(Some(Message::Text("".into()))));
        for plain in [
            &[frame(true, Opcode::Text)][..],
            &[frame(false, Opcode::Text), end],
        ] {
            for (n, part) in plain.iter().enumerate() {
                let payload = [&b"f3"[..], b""][n];
                let pushed = assembler.push(part, payload, 9, &mut inflater).unwrap();
                assert_eq!(pushed.is_some(), n + 1 == plain.len());
                assert!(pushed.is_none_or(|message| message == Message::Text("f3".into())));
            }
        }
    }

    #[test]
    fn compressed_text_must_be_utf8_too() {
        let mut payload = Vec::new();
        Deflater::default().deflate(b"\xff\xfe", &mut payload);
        let mut whole = frame(true, Opcode::Text);
        whole.compressed = true;
        let mut inflater = Inflater::default();
        let pushed = Assembler::default().push(&whole, &payload, 9, &mut inflater);
        assert_eq!(pushed, Err(close::INVALID_DATA));
    }
}
