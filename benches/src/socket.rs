//! One WebSocket of the swarm: bytes in, whole text messages out.
//!
//! It trusts the server's framing, since a server is not measured before it conforms. An idle socket holds no buffer.

use antiphon_protocol::ws::{Opcode, client};
use anyhow::{Context as _, Result, bail, ensure};
use mio::net::TcpStream;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

/// Any mask will do: it protects proxies, and there is none.
const MASK: [u8; 4] = [0x5a, 0x17, 0xc3, 0x2e];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection whose upgrade has been asked for.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) stream: TcpStream,
    upgraded: bool,
    /// The start of a message whose end has not come yet.
    incomplete: Vec<u8>,
}

/// Whether more may come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Open,
    Ended,
}

impl Socket {
    /// Connects and asks for the upgrade.
    pub(crate) fn open(address: SocketAddr, key: &str) -> Result<Self> {
        let mut stream = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /app/{key}?protocol=7&client=pusher-load&version=1.0 HTTP/1.1\r\nHost: {address}\r\n\
             Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(stream),
            upgraded: false,
            incomplete: Vec::new(),
        })
    }

    /// Sends a text message. Those of the client are small and rare, so a full socket is an error.
    pub(crate) fn send(&mut self, text: &str) -> Result<()> {
        self.write(Opcode::Text, text.as_bytes())
    }

    fn write(&mut self, opcode: Opcode, payload: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 14);
        client::write(&mut frame, opcode, payload, MASK);
        let written = self.stream.write(&frame).context("cannot send")?;
        ensure!(written == frame.len(), "the server does not read");
        Ok(())
    }

    /// Reads all there is, and gives each whole text message to `receive`.
    pub(crate) fn read(
        &mut self,
        scratch: &mut [u8],
        mut receive: impl FnMut(&mut Self, &[u8]) -> Result<()>,
    ) -> Result<Input> {
        loop {
            let count = match self.stream.read(scratch) {
                Ok(0) => return Ok(Input::Ended),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Input::Open),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return Ok(Input::Ended);
                }
                Err(error) => return Err(error).context("cannot receive"),
            };
            let fresh = &scratch[..count];
            if self.incomplete.is_empty() {
                let used = self.consume(fresh, &mut receive)?;
                self.incomplete.extend_from_slice(&fresh[used..]);
            } else {
                let mut joined = std::mem::take(&mut self.incomplete);
                joined.extend_from_slice(fresh);
                let used = self.consume(&joined, &mut receive)?;
                if used < joined.len() {
                    joined.drain(..used);
                    self.incomplete = joined;
                }
            }
            // The set is edge-triggered, but a short read means that the socket is empty: what comes later is a new edge.
            if count < scratch.len() {
                return Ok(Input::Open);
            }
        }
    }

    /// Takes what is whole from the start of `bytes`, and gives how much that was.
    fn consume(
        &mut self,
        bytes: &[u8],
        receive: &mut impl FnMut(&mut Self, &[u8]) -> Result<()>,
    ) -> Result<usize> {
        let mut used = 0;
        if !self.upgraded {
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
                return Ok(0);
            };
            ensure!(
                bytes.starts_with(b"HTTP/1.1 101"),
                "the upgrade was refused: {}",
                String::from_utf8_lossy(&bytes[..end])
            );
            self.upgraded = true;
            used = end + 4;
        }
        while let Some((opcode, payload, len)) = client::read(&bytes[used..]) {
            let payload = &bytes[used..][payload];
            used += len;
            match opcode {
                Opcode::Text => receive(self, payload)?,
                Opcode::Ping => self.write(Opcode::Pong, payload)?,
                Opcode::Pong => {}
                Opcode::Close => {
                    bail!(
                        "the server closed: {}",
                        String::from_utf8_lossy(payload.get(2..).unwrap_or_default())
                    )
                }
                Opcode::Binary | Opcode::Continuation => {
                    bail!("the server sent a frame that is no whole text message")
                }
            }
        }
        Ok(used)
    }
}
