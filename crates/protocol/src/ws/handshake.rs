//! The opening handshake: is this HTTP request a WebSocket upgrade, and the answer to it.
//!
//! Looks at the request line and the headers only. Which paths are open to an upgrade is the caller's rule.

use super::deflate::Agreement;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The most headers a request may have here; hyper stops at the same number.
pub const MAX_HEADERS: usize = 100;

/// The constant that RFC 6455 mixes into the key, so that no server accepts a handshake by accident.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The start of a connection, read as an HTTP request.
#[derive(Debug, PartialEq, Eq)]
pub enum Head<'a> {
    /// More bytes are needed.
    Partial,
    /// A request that asks for a WebSocket.
    Upgrade(Upgrade<'a>),
    /// Any other request, or none that can be read: a matter for an HTTP server.
    Other,
}

/// A request for a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub struct Upgrade<'a> {
    /// The path without its query.
    pub path: &'a str,
    /// What is after the `?`, or nothing.
    pub query: &'a str,
    /// The `Origin` header, which browsers always send.
    pub origin: Option<&'a str>,
    /// The `X-Forwarded-For` headers in their order, for servers behind a proxy.
    pub forwarded_for: Vec<&'a str>,
    /// The first offer of permessage-deflate that can be met.
    pub deflate: Option<Agreement>,
    /// The `X-Forwarded-Proto` header, for servers behind a proxy that ends TLS.
    pub forwarded_proto: Option<&'a str>,
    /// How many bytes the head takes.
    pub len: usize,
    /// The answer's key, or why the request cannot be answered with a WebSocket.
    pub accept: Result<String, HandshakeError>,
}

/// What is wrong with a request for a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// It is not a GET of HTTP/1.1.
    #[error("a WebSocket handshake must be a GET request of HTTP/1.1")]
    Method,
    /// Its version is not 13.
    #[error("only WebSocket version 13 is spoken here")]
    Version,
    /// Its key is missing, or not 16 bytes.
    #[error("Sec-WebSocket-Key is missing or invalid")]
    Key,
}

impl<'a> Head<'a> {
    /// Reads the request at the start of `buffer`.
    pub fn parse(buffer: &'a [u8]) -> Self {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let len = match request.parse(buffer) {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) => return Self::Partial,
            Err(_) => return Self::Other,
        };
        if !names(&request, "connection", "upgrade") || !names(&request, "upgrade", "websocket") {
            return Self::Other;
        }
        let target = request.path.expect("a complete request has a path");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let text = |name| header(&request, name).and_then(|value| std::str::from_utf8(value).ok());
        Self::Upgrade(Upgrade {
            path,
            query,
            origin: text("origin"),
            forwarded_for: headers_of(&request, "x-forwarded-for")
                .filter_map(|value| std::str::from_utf8(value).ok())
                .collect(),
            deflate: Agreement::find(headers_of(&request, "sec-websocket-extensions")),
            forwarded_proto: text("x-forwarded-proto"),
            len,
            accept: accept(&request),
        })
    }
}

fn accept(request: &httparse::Request<'_, '_>) -> Result<String, HandshakeError> {
    if request.method != Some("GET") || request.version != Some(1) {
        return Err(HandshakeError::Method);
    }
    if header(request, "sec-websocket-version").map(<[u8]>::trim_ascii) != Some(b"13") {
        return Err(HandshakeError::Version);
    }
    let key = header(request, "sec-websocket-key")
        .map(<[u8]>::trim_ascii)
        .ok_or(HandshakeError::Key)?;
    match STANDARD.decode(key) {
        Ok(bytes) if bytes.len() == 16 => Ok(accept_key(key)),
        _ => Err(HandshakeError::Key),
    }
}

/// The `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`.
pub fn accept_key(key: &[u8]) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// Appends the answer that opens the WebSocket, with permessage-deflate if that is agreed to.
pub fn write_accepted(out: &mut Vec<u8>, accept_key: &str, deflate: Option<Agreement>) {
    out.extend_from_slice(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ",
    );
    out.extend_from_slice(accept_key.as_bytes());
    if let Some(agreement) = deflate {
        out.extend_from_slice(b"\r\nSec-WebSocket-Extensions: ");
        out.extend_from_slice(agreement.answer().as_bytes());
    }
    out.extend_from_slice(b"\r\n\r\n");
}

/// Appends the answer that refuses it. The connection ends with it.
pub fn write_refused(out: &mut Vec<u8>, error: HandshakeError) {
    let status = match error {
        HandshakeError::Version => {
            "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
        }
        HandshakeError::Method | HandshakeError::Key => "400 Bad Request",
    };
    let body = format!("{error}\n");
    out.extend_from_slice(
        format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_bytes(),
    );
}

fn headers_of<'a: 'b, 'b>(
    request: &'b httparse::Request<'_, 'a>,
    name: &'b str,
) -> impl Iterator<Item = &'a [u8]> + 'b {
    request
        .headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value)
}

fn header<'a>(request: &httparse::Request<'_, 'a>, name: &str) -> Option<&'a [u8]> {
    headers_of(request, name).next()
}

/// Whether a header with a list of names has this one.
fn names(request: &httparse::Request<'_, '_>, name: &str, wanted: &str) -> bool {
    headers_of(request, name)
        .flat_map(|value| value.split(|&byte| byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "GET /app/key?protocol=7&a=b HTTP/1.1\r\nHost: x\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: https://a.example\r\n\r\n";

    fn upgrade(request: &str) -> Upgrade<'_> {
        match Head::parse(request.as_bytes()) {
            Head::Upgrade(upgrade) => upgrade,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_key_of_the_rfc_gives_its_answer() {
        assert_eq!(
            accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn an_upgrade_is_recognized() {
        let upgrade = upgrade(GOOD);
        assert_eq!(
            (upgrade.path, upgrade.query),
            ("/app/key", "protocol=7&a=b")
        );
        assert_eq!(upgrade.origin, Some("https://a.example"));
        assert_eq!(
            upgrade.accept.as_deref(),
            Ok("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert_eq!(upgrade.len, GOOD.len());
    }

    #[test]
    fn compression_is_answered_only_where_it_is_agreed_to() {
        assert_eq!(upgrade(GOOD).deflate, None);
        let offering = GOOD.replace(
            "Origin",
            "Sec-WebSocket-Extensions: permessage-deflate\r\nOrigin",
        );
        let mut answer = Vec::new();
        write_accepted(&mut answer, "key", upgrade(&offering).deflate);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.ends_with(
            "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n"
        ));
        let mut answer = Vec::new();
        write_accepted(&mut answer, "key", None);
        assert!(!String::from_utf8(answer).unwrap().contains("Extensions"));
    }

    #[test]
    fn no_prefix_of_a_request_is_taken_for_a_whole_one() {
        for len in 0..GOOD.len() {
            assert_eq!(Head::parse(&GOOD.as_bytes()[..len]), Head::Partial, "{len}");
        }
    }

    #[test]
    fn other_requests_and_noise_are_left_to_http() {
        for text in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /app/key HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "GET /app/key HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
            "\x16\x03\x01\x02\0\x01",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            assert_eq!(Head::parse(text.as_bytes()), Head::Other, "{text:?}");
        }
    }

    #[test]
    fn wrong_handshakes_are_named_and_answered() {
        let check = |from: &str, to: &str| {
            let request = GOOD.replace(from, to);
            let error = upgrade(&request).accept.unwrap_err();
            let mut answer = Vec::new();
            write_refused(&mut answer, error);
            (error, String::from_utf8(answer).unwrap())
        };
        let (error, answer) = check("Version: 13", "Version: 8");
        assert_eq!(error, HandshakeError::Version);
        assert!(
            answer.starts_with("HTTP/1.1 426 ")
                && answer.contains("\r\nSec-WebSocket-Version: 13\r\n")
        );
        assert_eq!(
            check("Sec-WebSocket-Version: 13\r\n", "").0,
            HandshakeError::Version
        );
        let (error, answer) = check("dGhlIHNhbXBsZSBub25jZQ==", "short");
        assert_eq!(error, HandshakeError::Key);
        assert!(answer.starts_with("HTTP/1.1 400 "));
        assert_eq!(check("Sec-WebSocket-Key", "X-Key").0, HandshakeError::Key);
        assert_eq!(check("GET", "POST").0, HandshakeError::Method);
        assert_eq!(check("HTTP/1.1", "HTTP/1.0").0, HandshakeError::Method);
    }
}
