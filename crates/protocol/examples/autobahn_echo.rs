//! An echo server for Autobahn's fuzzing client, which checks WebSocket servers: `cargo xtask autobahn`.
//!
//! It reads and writes with this crate as the engine does, compression included, but from plain sockets with a thread each, and without
//! the Pusher protocol, which would have no answer for what Autobahn says. It prints the address that it listens on and serves until
//! it is killed.

#![expect(
    clippy::print_stdout,
    reason = "whoever starts it has to learn the port"
)]

use antiphon_protocol::ws::close::CloseCode;
use antiphon_protocol::ws::deflate::{Deflater, Inflater, max_compressed};
use antiphon_protocol::ws::handshake::{self, Head};
use antiphon_protocol::ws::{Assembler, Message, Opcode, close, frame};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Autobahn's largest message has 16 MiB.
const MAX_BYTES: usize = 16 << 20;

/// As in a shard.
const SCRATCH_BYTES: usize = 64 << 10;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        // An error here is a client that has gone, which is its right.
        thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut scratch = vec![0; SCRATCH_BYTES];
    let (mut received, mut out) = (Vec::new(), Vec::new());
    let mut deflates = None;
    let mut echo = Echo::default();
    loop {
        let len = stream.read(&mut scratch)?;
        if len == 0 {
            return Ok(());
        }
        received.extend_from_slice(&scratch[..len]);
        if deflates.is_none() {
            let Head::Upgrade(upgrade) = Head::parse(&received) else {
                continue;
            };
            let accept = upgrade.accept.map_err(io::Error::other)?;
            handshake::write_accepted(&mut out, &accept, upgrade.deflate);
            deflates = Some(upgrade.deflate.is_some());
            received.drain(..upgrade.len);
        }
        let goes_on = echo.take_in(&mut received, deflates == Some(true), &mut out);
        stream.write_all(&out)?;
        out.clear();
        if !goes_on {
            stream.shutdown(Shutdown::Write)?;
            while stream.read(&mut scratch)? > 0 {}
            return Ok(());
        }
    }
}

/// What a connection keeps between two reads, and what a shard keeps for all of them.
#[derive(Default)]
struct Echo {
    assembler: Assembler,
    inflater: Inflater,
    deflater: Deflater,
    compressed: Vec<u8>,
}

impl Echo {
    /// Answers every whole frame in `received` and takes it out. `false`: the connection is at its end.
    fn take_in(&mut self, received: &mut Vec<u8>, deflates: bool, out: &mut Vec<u8>) -> bool {
        let max_payload = match deflates {
            true => max_compressed(MAX_BYTES),
            false => MAX_BYTES,
        };
        let mut used = 0;
        let goes_on = loop {
            let rest = &mut received[used..];
            let frame = match frame::parse_negotiated(rest, max_payload, deflates) {
                Ok(Some(frame)) => frame,
                Ok(None) => break true,
                Err(code) => break fail(out, code),
            };
            used += frame.len;
            let payload = &rest[frame.payload.clone()];
            let message = self
                .assembler
                .push(&frame, payload, MAX_BYTES, &mut self.inflater);
            let (opcode, answer) = match &message {
                Ok(None | Some(Message::Pong)) => continue,
                Ok(Some(Message::Text(text))) => (Opcode::Text, text.as_bytes()),
                Ok(Some(Message::Binary(bytes))) => (Opcode::Binary, &**bytes),
                Ok(Some(Message::Ping(payload))) => (Opcode::Pong, *payload),
                Ok(Some(Message::Close(payload))) => break fail(out, close::answer(payload)),
                Err(code) => break fail(out, *code),
            };
            if deflates && !opcode.is_control() {
                self.compressed.clear();
                self.deflater.deflate(answer, &mut self.compressed);
                frame::write_compressed(out, opcode, &self.compressed);
            } else {
                frame::write(out, opcode, answer);
            }
        };
        received.drain(..used);
        goes_on
    }
}

/// Writes a close frame and gives whether the connection goes on, which it does not.
fn fail(out: &mut Vec<u8>, code: CloseCode) -> bool {
    close::write(out, code, "");
    false
}
