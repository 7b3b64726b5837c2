//! `multipart/form-data` (RFC 7578), bytes in, parts out: files in, without one of them in memory.
//!
//! What is buffered is bounded whatever comes: the head of a part by [`MAX_HEAD`], and of a part's content no more than was
//! pushed at once and the length of a boundary. A part's content comes out in pieces, as it came in. The declared content
//! type of a part is not read: what a file holds is told by its bytes.

mod head;

pub use head::PartHead;

use bytes::{Bytes, BytesMut};

/// Bytes of a part's head: a name of 255 characters, percent-encoded, and as much again of headers that nobody reads.
pub const MAX_HEAD: usize = 4096;
/// Bytes before the first boundary; clients send none.
const MAX_PREAMBLE: usize = 1024;
/// The longest boundary (RFC 2046).
const MAX_BOUNDARY: usize = 70;

/// Why a body is no `multipart/form-data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The content type names no boundary, or one that cannot be.
    #[error("the content type must be multipart/form-data with a boundary")]
    Boundary,
    /// The head of a part is too long.
    #[error("the head of a part is too long")]
    HeadTooLong,
    /// The head of a part is no such thing, or has no name.
    #[error("the head of a part is malformed")]
    Head,
    /// The bytes between parts are not what they must be.
    #[error("the body is not multipart/form-data")]
    Malformed,
    /// The body ends before its last boundary.
    #[error("the body ended too early")]
    Truncated,
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A part begins.
    Begin(PartHead),
    /// More of the part's content; never empty.
    Data(Bytes),
    /// The part is complete.
    End,
    /// The body is complete. What follows is ignored.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    /// Behind a boundary: another part, or the end.
    Behind,
    Head,
    Content,
    Done,
}

/// Reads one body.
#[derive(Debug)]
pub struct Multipart {
    /// Line break, two dashes, and the boundary.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    state: State,
    ended: bool,
}

impl Multipart {
    /// A reader of a body with this `Content-Type`.
    pub fn new(content_type: &str) -> Result<Self, MultipartError> {
        let boundary = boundary(content_type).ok_or(MultipartError::Boundary)?;
        let mut delimiter = b"\r\n--".to_vec();
        delimiter.extend(boundary.as_bytes());
        // The first boundary has no line before it; a line break that is not there makes it like the others.
        Ok(Self {
            delimiter,
            buffer: BytesMut::from(&b"\r\n"[..]),
            state: State::Preamble,
            ended: false,
        })
    }

    /// Takes more of the body.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state != State::Done {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The body has no more.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next piece, or `None` until more is pushed.
    pub fn piece(&mut self) -> Result<Option<Piece>, MultipartError> {
        loop {
            let piece = match self.state {
                State::Preamble => match find(&self.buffer, &self.delimiter) {
                    Some(at) if at <= MAX_PREAMBLE => {
                        let _preamble = self.buffer.split_to(at + self.delimiter.len());
                        self.state = State::Behind;
                        continue;
                    }
                    None if self.buffer.len() <= MAX_PREAMBLE + self.delimiter.len() => None,
                    _ => return Err(MultipartError::Malformed),
                },
                State::Behind => match self.behind()? {
                    Some(State::Done) => {
                        self.state = State::Done;
                        self.buffer.clear();
                        Some(Piece::Done)
                    }
                    Some(state) => {
                        self.state = state;
                        continue;
                    }
                    None => None,
                },
                State::Head => self.head()?.map(Piece::Begin),
                State::Content => self.content(),
                State::Done => Some(Piece::Done),
            };
            return match piece {
                None if self.ended => Err(MultipartError::Truncated),
                piece => Ok(piece),
            };
        }
    }

    fn behind(&mut self) -> Result<Option<State>, MultipartError> {
        let padding = self
            .buffer
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        if padding > MAX_BOUNDARY {
            return Err(MultipartError::Malformed);
        }
        let Some(mark) = self.buffer.get(padding..padding + 2) else {
            return Ok(None);
        };
        let state = match mark {
            b"\r\n" => State::Head,
            b"--" if padding == 0 => State::Done,
            _ => return Err(MultipartError::Malformed),
        };
        let _mark = self.buffer.split_to(padding + 2);
        Ok(Some(state))
    }

    fn head(&mut self) -> Result<Option<PartHead>, MultipartError> {
        match find(&self.buffer, b"\r\n\r\n") {
            Some(at) if at <= MAX_HEAD => {
                let head = self.buffer.split_to(at + 4);
                self.state = State::Content;
                PartHead::parse(&head[..at])
                    .map(Some)
                    .ok_or(MultipartError::Head)
            }
            None if self.buffer.len() <= MAX_HEAD => Ok(None),
            _ => Err(MultipartError::HeadTooLong),
        }
    }

    fn content(&mut self) -> Option<Piece> {
        match find(&self.buffer, &self.delimiter) {
            Some(0) => {
                let _delimiter = self.buffer.split_to(self.delimiter.len());
                self.state = State::Behind;
                Some(Piece::End)
            }
            Some(at) => Some(Piece::Data(self.buffer.split_to(at).freeze())),
            // The end of what is here may be the beginning of a boundary.
            None => {
                let sure = (self.buffer.len() + 1).saturating_sub(self.delimiter.len());
                (sure > 0).then(|| Piece::Data(self.buffer.split_to(sure).freeze()))
            }
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

/// The boundary that a `Content-Type` names.
fn boundary(content_type: &str) -> Option<&str> {
    let (essence, parameters) = content_type.split_once(';')?;
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim())
    })?;
    let boundary = boundary
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(boundary);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    (!boundary.is_empty() && boundary.len() <= MAX_BOUNDARY && boundary.bytes().all(allowed))
        .then_some(boundary)
}

#[cfg(test)]
mod tests;
