//! Frames and messages mean the same wherever the network cuts the stream, stay within their limits, and survive the way back.
//!
//! Input: a byte that chooses where to cut, a byte that chooses the limit, then the stream of a client.

use antiphon_protocol::ws::close::{self, CloseCode};
use antiphon_protocol::ws::deflate::Inflater;
use antiphon_protocol::ws::{Assembler, Message, Opcode, client, frame};

/// A message that no longer borrows from the stream.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Vec<u8>),
}

/// What a connection said, and the code that ended it if it broke a rule.
type Heard = (Vec<Said>, Option<CloseCode>);

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let [cut, limit, stream @ ..] = data else {
        return;
    };
    let max_bytes = 1 << (limit % 17);
    if let Some((_, range, len)) = client::read(stream) {
        assert!(range.end == len && len <= stream.len());
    }
    let whole = hear([stream], max_bytes);
    assert_eq!(hear(stream.chunks(1), max_bytes), whole);
    let step = usize::from(*cut).max(2);
    assert_eq!(hear(stream.chunks(step), max_bytes), whole);
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(hear([head, tail], max_bytes), whole);

    assert_eq!(hear([&*say(&whole.0)], max_bytes.max(125)), (whole.0, None));
}

/// Reads a stream that arrives in these parts, as a connection does.
fn hear<'a>(parts: impl IntoIterator<Item = &'a [u8]>, max_bytes: usize) -> Heard {
    let mut said = Vec::new();
    let (mut assembler, mut inflater) = (Assembler::default(), Inflater::default());
    let mut buffer = Vec::new();
    for part in parts {
        buffer.extend_from_slice(part);
        loop {
            let before = buffer.len();
            match frame::parse(&mut buffer, max_bytes) {
                Ok(None) => break,
                Err(code) => return (said, Some(code)),
                Ok(Some(frame)) => {
                    assert!(frame.len <= before && frame.len == frame.payload.end);
                    assert!(frame.payload.start <= frame::MAX_HEAD);
                    assert!(frame.payload.len() <= max_bytes);
                    let payload = &buffer[frame.payload.clone()];
                    match assembler.push(&frame, payload, max_bytes, &mut inflater) {
                        Ok(Some(message)) => said.push(owned(message, max_bytes)),
                        Ok(None) => assert!(!assembler.is_idle()),
                        Err(code) => return (said, Some(code)),
                    }
                    buffer.drain(..frame.len);
                }
            }
        }
    }
    (said, None)
}

fn owned(message: Message<'_>, max_bytes: usize) -> Said {
    let said = match message {
        Message::Text(text) => Said::Text(text.into_owned()),
        Message::Binary(bytes) => Said::Binary(bytes.into_owned()),
        Message::Ping(payload) => Said::Ping(payload.to_owned()),
        Message::Pong => Said::Pong,
        Message::Close(payload) => {
            let code = close::answer(payload);
            assert!(close::parse(&code.to_be_bytes()).is_ok(), "{code}");
            Said::Close(payload.to_owned())
        }
    };
    assert!(said.parts().1.len() <= max_bytes);
    said
}

/// The messages as a well-behaved client sends them: one masked frame each.
fn say(messages: &[Said]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (n, message) in messages.iter().enumerate() {
        let (opcode, payload) = message.parts();
        client::write(
            &mut stream,
            opcode,
            payload,
            (n as u32 ^ 0xa5c3_0f96).to_be_bytes(),
        );

        let server = frame::encode(opcode, payload);
        let (read_opcode, range, len) = client::read(&server).expect("the frame is whole");
        assert_eq!(
            (read_opcode, &server[range], len),
            (opcode, payload, server.len())
        );
        assert_eq!(client::read(&server[..len - 1]), None);
    }
    stream
}

impl Said {
    fn parts(&self) -> (Opcode, &[u8]) {
        match self {
            Self::Text(text) => (Opcode::Text, text.as_bytes()),
            Self::Binary(bytes) => (Opcode::Binary, bytes),
            Self::Ping(payload) => (Opcode::Ping, payload),
            Self::Pong => (Opcode::Pong, &[]),
            Self::Close(payload) => (Opcode::Close, payload),
        }
    }
}
