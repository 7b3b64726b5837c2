//! Messages: whole ones come straight from the frame, fragmented ones are put together.
//!
//! A whole message is borrowed, so a connection that sends no fragments needs no buffer here.

use super::close::{self, CloseCode};
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
    message: Vec<u8>,
}

impl Assembler {
    /// Whether no message is half there, so that this can be dropped.
    pub fn is_idle(&self) -> bool {
        self.opcode.is_none()
    }

    /// Takes the next frame with its unmasked payload. `Ok(None)`: the message goes on.
    /// An error says with which code to fail the connection; so does a message of more than `max_bytes`.
    pub fn push<'a>(
        &mut self,
        frame: &Frame,
        payload: &'a [u8],
        max_bytes: usize,
    ) -> Result<Option<Message<'a>>, CloseCode> {
        match (frame.opcode, self.opcode) {
            (Opcode::Ping, _) => Ok(Some(Message::Ping(payload))),
            (Opcode::Pong, _) => Ok(Some(Message::Pong)),
            (Opcode::Close, _) => Ok(Some(Message::Close(payload))),
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                Err(close::PROTOCOL_ERROR)
            }
            (opcode, None) if frame.fin => whole(opcode, Cow::Borrowed(payload)).map(Some),
            (opcode, open) => {
                if payload.len() > max_bytes.saturating_sub(self.message.len()) {
                    return Err(close::TOO_BIG);
                }
                let opcode = open.unwrap_or(opcode);
                self.message.extend_from_slice(payload);
                self.opcode = (!frame.fin).then_some(opcode);
                match frame.fin {
                    true => whole(opcode, Cow::Owned(std::mem::take(&mut self.message))).map(Some),
                    false => Ok(None),
                }
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

    fn frame(fin: bool, opcode: Opcode) -> Frame {
        Frame {
            fin,
            opcode,
            payload: 0..0,
            len: 0,
        }
    }

    #[test]
    fn whole_messages_are_borrowed() {
        let mut assembler = Assembler::default();
        let message = assembler
            .push(&frame(true, Opcode::Text), b"hi", 2)
            .unwrap()
            .unwrap();
        assert!(matches!(message, Message::Text(Cow::Borrowed("hi"))));
        assert!(assembler.is_idle());
    }

    #[test]
    fn fragments_are_joined_and_control_frames_may_come_between() {
        let mut assembler = Assembler::default();
        // The character is split between the fragments, which alone are not UTF-8.
        assert_eq!(
            assembler.push(&frame(false, Opcode::Text), b"caf\xc3", 9),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Ping), b"p", 9),
            Ok(Some(Message::Ping(b"p")))
        );
        assert_eq!(
            assembler.push(&frame(false, Opcode::Continuation), b"", 9),
            Ok(None)
        );
        assert!(!assembler.is_idle());
        let whole = assembler.push(&frame(true, Opcode::Continuation), b"\xa9", 9);
        assert_eq!(whole, Ok(Some(Message::Text("café".into()))));
        assert!(assembler.is_idle());
    }

    #[test]
    fn fragments_out_of_order_fail_the_connection() {
        let mut assembler = Assembler::default();
        assert_eq!(
            assembler.push(&frame(true, Opcode::Continuation), b"", 9),
            Err(close::PROTOCOL_ERROR)
        );
        assert_eq!(
            assembler.push(&frame(false, Opcode::Binary), b"a", 9),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Text), b"b", 9),
            Err(close::PROTOCOL_ERROR)
        );
    }

    #[test]
    fn a_message_may_not_outgrow_its_limit_in_fragments() {
        let mut assembler = Assembler::default();
        assert_eq!(
            assembler.push(&frame(false, Opcode::Binary), b"123", 4),
            Ok(None)
        );
        assert_eq!(
            assembler.push(&frame(true, Opcode::Continuation), b"45", 4),
            Err(close::TOO_BIG)
        );
    }

    #[test]
    fn text_must_be_utf8_and_bytes_need_not() {
        let mut assembler = Assembler::default();
        assert_eq!(
            assembler.push(&frame(true, Opcode::Text), b"\xff", 9),
            Err(close::INVALID_DATA)
        );
        let bytes = assembler.push(&frame(true, Opcode::Binary), b"\xff", 9);
        assert_eq!(bytes, Ok(Some(Message::Binary(b"\xff".as_slice().into()))));
    }
}
