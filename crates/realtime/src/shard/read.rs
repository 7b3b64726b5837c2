//! Reading: from the socket to whole messages.

use super::accept::Begun;
use super::conn::{Input, Phase};
use super::{SCRATCH_BYTES, Shard, token_of};
use antiphon_protocol::event::ServerEvent;
use antiphon_protocol::ws::close::CloseCode;
use antiphon_protocol::ws::{Assembler, Message, Opcode, close, deflate, frame};
use std::io::{self, Read as _};

/// How often a connection is read from before the others get their turn. 16 times 64 KiB: more than most clients ever send.
const READS_PER_TURN: usize = 16;

impl Shard {
    /// Reads what there is and handles it. `ended`: the event said that the peer has closed, so the end must be read too,
    /// since no further event will come for it.
    pub(super) fn read(&mut self, slot: usize, ended: bool) {
        let mut scratch = std::mem::take(&mut self.scratch);
        // Not there at first, and after a panic.
        scratch.resize(SCRATCH_BYTES, 0);
        self.read_with(slot, ended, &mut scratch);
        self.scratch = scratch;
    }

    fn read_with(&mut self, slot: usize, ended: bool, scratch: &mut [u8]) {
        for _ in 0..READS_PER_TURN {
            let Some(conn) = self.conns.get_mut(slot) else {
                return;
            };
            let len = match conn.io.read(scratch) {
                Ok(0) => return self.drop_conn(slot),
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return self.drop_conn(slot),
            };
            if conn.phase == Phase::Open {
                conn.heard(self.now);
                if let Some(app) = conn.app {
                    self.counts(app).received_bytes.add(len);
                }
            }
            if self.conns[slot].phase != Phase::Closing {
                self.take_in(slot, &mut scratch[..len]);
                self.flush_out(slot);
            }
            // A short read means that the socket is empty: the next arrival is a new event.
            if len < scratch.len() && !ended {
                return;
            }
        }
        if let Some(conn) = self.conns.get(slot) {
            self.unfinished
                .push_back((token_of(slot, conn.generation), ended));
        }
    }

    /// Handles the bytes that arrived, with those that had to wait for them, and keeps what is still incomplete.
    fn take_in(&mut self, slot: usize, arrived: &mut [u8]) {
        match self.conns[slot].input.take() {
            None => {
                let mut assembler = Assembler::default();
                let used = self.consume(slot, arrived, arrived.len(), &mut assembler);
                let raw = &arrived[used..];
                if !raw.is_empty() || !assembler.is_idle() {
                    self.keep_input(
                        slot,
                        Some(Box::new(Input {
                            raw: raw.to_vec(),
                            assembler,
                        })),
                    );
                }
            }
            Some(mut input) => {
                let Input { raw, assembler } = &mut *input;
                raw.extend_from_slice(arrived);
                let used = self.consume(slot, raw, arrived.len(), assembler);
                raw.drain(..used);
                self.keep_input(slot, Some(input));
            }
        }
    }

    /// Handles every whole request or frame in `bytes`, the last `fresh` of which are new. Gives how many bytes that took.
    fn consume(
        &mut self,
        slot: usize,
        bytes: &mut [u8],
        fresh: usize,
        assembler: &mut Assembler,
    ) -> usize {
        let mut used = 0;
        if self.conns[slot].phase == Phase::Head {
            match self.begin(slot, bytes, fresh) {
                Begun::Waiting => return 0,
                Begun::Answered(len) => used = len,
                Begun::HandedOver => return bytes.len(),
            }
        }
        while let Some(conn) = self.conns.get(slot) {
            let (Phase::Open, Some(app)) = (conn.phase, conn.app) else {
                break;
            };
            let max_bytes = self.app(app).max_message_bytes;
            let max_payload = match conn.deflates {
                true => deflate::max_compressed(max_bytes),
                false => max_bytes,
            };
            let rest = &mut bytes[used..];
            match frame::parse_negotiated(rest, max_payload, conn.deflates) {
                Ok(None) => return used,
                Ok(Some(frame)) => {
                    used += frame.len;
                    let payload = &rest[frame.payload.clone()];
                    // Not in its place meanwhile, since the message may borrow from it.
                    let mut inflater = std::mem::take(&mut self.inflater);
                    match assembler.push(&frame, payload, max_bytes, &mut inflater) {
                        Ok(None) => {}
                        Ok(Some(message)) => {
                            self.handle_message(slot, message);
                            self.tap_answers(slot);
                        }
                        Err(code) => self.violated(slot, code),
                    }
                    self.inflater = inflater;
                }
                Err(code) => self.violated(slot, code),
            }
        }
        // Closing: whatever else came is of no interest.
        bytes.len()
    }

    fn handle_message(&mut self, slot: usize, message: Message<'_>) {
        if let Message::Close(payload) = message {
            return self.close(slot, close::answer(payload), "");
        }
        if let (Message::Text(_) | Message::Binary(_), Some(app)) = (&message, self.conns[slot].app)
        {
            self.counts(app).messages_received.add(1);
        }
        let is_data = matches!(&message, Message::Text(_) | Message::Binary(_));
        if !self.within_rate(slot) || is_data && !self.within_quota(slot) {
            return;
        }
        match message {
            Message::Text(text) => self.handle_text(slot, &text),
            // Stock clients send text only, but some libraries send the same as bytes.
            Message::Binary(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => self.handle_text(slot, text),
                Err(_) => {
                    let message = "Invalid message: it must be UTF-8 text";
                    self.reply(&ServerEvent::Error {
                        code: None,
                        message,
                        channel: None,
                    });
                }
            },
            Message::Ping(payload) => frame::write(&mut self.out, Opcode::Pong, payload),
            Message::Pong | Message::Close(_) => {}
        }
    }

    /// The client broke the rules of framing, or sent too much at once.
    fn violated(&mut self, slot: usize, code: CloseCode) {
        let reason = match (code, self.conns[slot].app) {
            (close::TOO_BIG, Some(app)) => {
                let max_bytes = self.app(app).max_message_bytes;
                format!("Message too large: the most is {max_bytes} bytes")
            }
            (close::INVALID_DATA, _) => "Text must be UTF-8, and compressed data valid".to_owned(),
            _ => "Protocol error".to_owned(),
        };
        self.close(slot, code, &reason);
    }
}
