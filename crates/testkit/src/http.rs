//! An HTTP/1.1 client on a bare socket: one connection for each request, and every byte under the test's control.

use crate::clock::{Deadline, PATIENCE};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// More headers than the server ever sends.
const MAX_HEADERS: usize = 64;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    patience: Duration,
}

/// A request that has been sent, and its answer that has not been read.
#[derive(Debug)]
pub struct Pending {
    stream: TcpStream,
    patience: Duration,
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// A request to this address.
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Waits so long at most for the connection, for each piece of the answer, and twice as long for all of it.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Sets the body to these bytes.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to this JSON, with its content type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Sends it, and reads the answer.
    #[track_caller]
    pub fn send(self) -> Response {
        self.begin().finish()
    }

    /// Sends it, and reads the answer; `None` if the connection fails, as it does when the server dies.
    pub fn try_send(self) -> Option<Response> {
        let stream = TcpStream::connect_timeout(&self.address, self.patience).ok()?;
        self.write(stream).read()
    }

    /// Sends it. The answer is read later, for a server that takes its time.
    #[track_caller]
    pub fn begin(self) -> Pending {
        let stream = TcpStream::connect(self.address).unwrap();
        self.write(stream)
    }

    fn write(self, stream: TcpStream) -> Pending {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let has = |name: &str| {
            self.headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let written = |_: std::fmt::Result| ();
        if !has("host") {
            written(write!(head, "host: {}\r\n", self.address));
        }
        written(write!(head, "connection: close\r\n"));
        if !has("content-length") && !has("transfer-encoding") && self.method != "GET" {
            written(write!(head, "content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            written(write!(head, "{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        Pending::raw(
            stream,
            &[head.as_bytes(), &self.body].concat(),
            self.patience,
        )
    }
}

impl Pending {
    /// Writes these bytes, whatever they are.
    #[track_caller]
    pub fn send_raw(address: SocketAddr, bytes: &[u8]) -> Self {
        Self::raw(TcpStream::connect(address).unwrap(), bytes, PATIENCE)
    }

    fn raw(mut stream: TcpStream, bytes: &[u8], patience: Duration) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        stream.set_write_timeout(Some(patience)).unwrap();
        // A server may answer and close before it has read everything; then the answer is what counts.
        let _closed = stream.write_all(bytes);
        Self { stream, patience }
    }

    /// Says that nothing more will be sent.
    #[must_use]
    pub fn end_of_request(self) -> Self {
        let _closed = self.stream.shutdown(Shutdown::Write);
        self
    }

    /// Whether the first byte of the answer is here.
    pub fn is_answered(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        !matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Reads the answer.
    ///
    /// # Panics
    /// There is none, or not in time.
    #[track_caller]
    pub fn finish(self) -> Response {
        match self.answer() {
            Ok(response) => response,
            Err(why) => panic!("there is no answer: {why}"),
        }
    }

    /// Reads the answer; `None` if the connection ends first.
    pub fn read(self) -> Option<Response> {
        self.answer().ok()
    }

    fn answer(mut self) -> Result<Response, String> {
        let deadline = Deadline::after(self.patience * 2);
        let mut bytes = Vec::new();
        loop {
            if let Some(response) = Response::parse(&bytes, false) {
                return Ok(response);
            }
            let mut chunk = [0; 16 * 1024];
            let why = match self.stream.read(&mut chunk) {
                Ok(0) => "the connection ended".to_owned(),
                Ok(n) if !deadline.is_over() => {
                    bytes.extend_from_slice(&chunk[..n]);
                    continue;
                }
                Ok(_) => "it does not end".to_owned(),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => error.to_string(),
            };
            let so_far = String::from_utf8_lossy(&bytes).into_owned();
            return Response::parse(&bytes, true).ok_or(format!("{why} after {so_far:?}"));
        }
    }
}

impl Response {
    /// An answer, once it is complete. One without a length ends with the connection.
    fn parse(bytes: &[u8], ended: bool) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(start) = head.parse(bytes).ok()? else {
            return None;
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let mut response = Self {
            status: head.code?,
            headers: head
                .headers
                .iter()
                .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
                .collect(),
            body: Vec::new(),
        };
        let body = &bytes[start..];
        if response.header("transfer-encoding") == Some("chunked") {
            // One that is cut off stays as it came, so that nobody takes it for the whole.
            return match unchunked(body) {
                Some(whole) => Some(response.with_body(&whole)),
                None => ended.then(|| response.with_body(body)),
            };
        }
        let length = match response.header("content-length") {
            Some(length) => length.parse().ok()?,
            None if matches!(response.status, 204 | 304) => 0,
            None => return ended.then(|| response.with_body(body)),
        };
        response.body = body.get(..length)?.to_vec();
        Some(response)
    }

    fn with_body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The items of a header that is a list, wherever they are, in lower case.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(','))
            .map(|item| item.trim().to_ascii_lowercase())
            .collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// It is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("{error} in {self}"),
        }
    }

    /// The answer itself, if it has this status.
    ///
    /// # Panics
    /// It has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }
}

/// The content of a body in chunks, once the last of them is there.
fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let httparse::Status::Complete((start, size)) = httparse::parse_chunk_size(body).ok()?
        else {
            return None;
        };
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        let chunk = body.get(start..end)?;
        body = body.get(end..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(chunk);
    }
}

impl std::fmt::Display for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body: String = self.text().chars().take(2000).collect();
        write!(f, "{} {:?} {body}", self.status, self.headers)
    }
}
