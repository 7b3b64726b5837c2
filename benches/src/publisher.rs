//! Publishes events by the HTTP API, one request after the other on a connection that is kept alive.
//!
//! Requests never overlap, so that the order of the events is the order of the calls, and a check of order means something.
//! Servers that close after each answer are connected to anew, which is then part of what they cost.

use crate::clock;
use crate::swarm::Foreign;
use crate::target::Target;
use antiphon_protocol::{SocketId, signature};
use anyhow::{Context as _, Result, ensure};
use mio::{Interest, Registry, net::TcpStream};
use serde_json::{Value, json};
use std::io::{self, Read as _, Write as _};

/// A client of `POST /apps/{id}/events` and, for several events at a time, `batch_events`.
#[derive(Debug)]
pub(crate) struct Publisher<'a> {
    target: &'a Target,
    /// Its number among the foreign descriptors of the swarm.
    number: usize,
    stream: Option<TcpStream>,
    answer: Vec<u8>,
    waiting: bool,
}

impl<'a> Publisher<'a> {
    /// One that has not connected yet.
    pub(crate) fn new(target: &'a Target) -> Self {
        Self::with_number(target, 0)
    }

    /// The same, for one of several: the swarm knows its connection by this number.
    pub(crate) fn with_number(target: &'a Target, number: usize) -> Self {
        Self {
            target,
            number,
            stream: None,
            answer: Vec::new(),
            waiting: false,
        }
    }

    /// Whether the last request has been answered.
    pub(crate) fn is_free(&self) -> bool {
        !self.waiting
    }

    /// Sends a request with one event for each of `data`. The answer is read by [`Self::read`].
    pub(crate) fn publish(
        &mut self,
        registry: &Registry,
        channel: &str,
        data: &[String],
    ) -> Result<()> {
        let event = |data: &String| json!({ "name": "m", "channel": channel, "data": data });
        let (endpoint, body) = match data {
            [data] => ("events", event(data)),
            _ => {
                let batch: Vec<_> = data.iter().map(event).collect();
                ("batch_events", json!({ "batch": batch }))
            }
        };
        self.send(registry, endpoint, &body)
    }

    /// Sends a request with one event for several channels, at most 100, but not for the connection `except`.
    pub(crate) fn publish_to(
        &mut self,
        registry: &Registry,
        channels: &[&str],
        data: &str,
        except: Option<SocketId>,
    ) -> Result<()> {
        let mut event = json!({ "name": "m", "channels": channels, "data": data });
        if let Some(except) = except {
            event["socket_id"] = except.to_string().into();
        }
        self.send(registry, "events", &event)
    }

    fn send(&mut self, registry: &Registry, endpoint: &str, body: &Value) -> Result<()> {
        let body = body.to_string();
        let path = format!("/apps/{}/{endpoint}", self.target.app_id);
        let query = signature::sign(
            self.target.credentials(),
            "POST",
            &path,
            &[],
            body.as_bytes(),
            clock::unix_seconds(),
        );
        let address = self.target.address(0);
        let request = format!(
            "POST {path}?{query} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = std::net::TcpStream::connect(address)
                    .with_context(|| format!("cannot connect to {address}"))?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                let mut stream = TcpStream::from_std(stream);
                let token = Foreign::token(self.number);
                registry.register(&mut stream, token, Interest::READABLE)?;
                none.insert(stream)
            }
        };
        let written = stream.write(request.as_bytes())?;
        ensure!(
            written == request.len(),
            "the server does not read its HTTP API"
        );
        self.waiting = true;
        Ok(())
    }

    /// Reads what the server answered.
    pub(crate) fn read(&mut self) -> Result<()> {
        let mut scratch = [0; 4096];
        while let Some(stream) = &mut self.stream {
            match stream.read(&mut scratch) {
                Ok(0) => {
                    self.stream = None;
                    if self.waiting {
                        self.finish()?;
                    }
                }
                Ok(count) => {
                    self.answer.extend_from_slice(&scratch[..count]);
                    if whole(&self.answer) {
                        self.finish()?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("the HTTP API broke off"),
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let answer = std::mem::take(&mut self.answer);
        let text = String::from_utf8_lossy(&answer);
        ensure!(
            text.starts_with("HTTP/1.1 200"),
            "the HTTP API refused: {text}"
        );
        if text.to_ascii_lowercase().contains("\r\nconnection: close") {
            self.stream = None;
        }
        self.waiting = false;
        Ok(())
    }
}

/// Whether an answer is complete. One without a length is complete only at the end of the connection.
fn whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let body = &answer[end + 4..];
    if head.contains("\r\ntransfer-encoding: chunked") {
        return body.ends_with(b"0\r\n\r\n");
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_end_by_length_or_last_chunk() {
        assert!(!whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"));
        assert!(!whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"));
        assert!(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
        assert!(!whole(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
        ));
        assert!(whole(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        ));
        assert!(!whole(b"HTTP/1.1 200 OK\r\n\r\n{}"));
    }
}
