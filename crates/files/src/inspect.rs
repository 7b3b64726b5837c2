//! What a file holds, judged while it streams in: by its content, never by its name or by what its sender says.
//!
//! The beginning decides the type, as soon as enough of it is there, so that most of what is refused is refused before it is
//! written. A photo is kept without what its camera wrote into it. The end tells what was cut off and what is two things at once. What is kept in memory of a file of any size is its
//! first megabyte and its last quarter of one, of a photo's that once more. Sans-IO, so that every rule is a function of bytes.
//!
//! A file that is accepted is not harmless for that: it is served so that no browser runs it.

mod allowed;
mod exif;
mod gif;
mod image;
mod jpeg;
mod label;
mod polyglot;
mod sniff;
mod walk;
mod zip;

pub use allowed::AllowedTypes;
pub use image::MAX_PIXELS;
pub use sniff::sniff;
pub use walk::Kept;

use antiphon_domain::{ContentType, FileName};
use walk::Walk;

/// The first bytes that most types are told from.
const SNIFFED: usize = 8 * 1024;
/// When so many bytes are here, the type is decided by them, and not by how many came at once.
const DECIDED: usize = 64 * 1024;
/// The first bytes that are kept. Cameras put a picture's size behind their notes, which take some hundred kilobytes.
const HEAD: usize = 1024 * 1024;
/// The last bytes that are kept. A ZIP's list of some 3,000 files is in them.
const TAIL: usize = 256 * 1024;

/// Why a file is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("must not be empty")]
    Empty,
    /// Its type is not allowed here.
    #[error("must not be of the type {}", .0.as_str())]
    Type(ContentType),
    /// It is another thing than its name says.
    #[error("has the extension .{extension} and holds {}", .found.as_str())]
    Mislabelled {
        /// What its name says.
        extension: String,
        /// What it is.
        found: ContentType,
    },
    /// It begins as one thing and is damaged or cut off.
    #[error("is damaged or cut off")]
    Damaged,
    /// It is two things at once, which only attackers need.
    #[error("is two kinds of file at once")]
    Polyglot,
    /// It has too many pixels to be decoded.
    #[error("must not have more than {} million pixels", MAX_PIXELS / 1_000_000)]
    Pixels,
    /// It is an archive that unpacks to far more than it is.
    #[error("unpacks to too much")]
    Bomb,
}

/// What was found out about an accepted file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What it holds.
    pub content_type: ContentType,
    /// Bytes.
    pub size: u64,
    /// Width and height in pixels as it is shown, for a raster image.
    pub dimensions: Option<(u32, u32)>,
}

/// Judges one file.
#[derive(Debug)]
pub struct Inspector<'a> {
    allowed: &'a AllowedTypes,
    name: &'a FileName,
    received: Ends,
    /// Of what is kept, where that is something else.
    kept: Ends,
    size: u64,
    content_type: Option<ContentType>,
    walk: Walk,
}

/// The beginning and the end of a file.
#[derive(Debug)]
struct Ends {
    head: Vec<u8>,
    max_head: usize,
    /// Its last bytes, and some before them.
    tail: Vec<u8>,
}

impl Ends {
    fn new(max_head: usize) -> Self {
        Self {
            head: Vec::new(),
            max_head,
            tail: Vec::new(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let wanted = self.max_head.saturating_sub(self.head.len());
        self.head
            .extend_from_slice(&bytes[..wanted.min(bytes.len())]);
        // Let it grow to twice its size before the front is dropped, so that each byte is moved once or twice only.
        self.tail
            .extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }

    fn tail(&self) -> &[u8] {
        &self.tail[self.tail.len().saturating_sub(TAIL)..]
    }
}

impl<'a> Inspector<'a> {
    /// For a file of this name, among these types.
    pub fn new(allowed: &'a AllowedTypes, name: &'a FileName) -> Self {
        Self {
            allowed,
            name,
            received: Ends::new(HEAD),
            kept: Ends::new(DECIDED),
            size: 0,
            content_type: None,
            walk: Walk::Start(0),
        }
    }

    /// Takes the next bytes, and answers what of them is to be kept; errs as soon as it is known that the file will be refused.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Kept, Refusal> {
        self.size += bytes.len() as u64;
        self.received.push(bytes);
        if self.content_type.is_none() && self.received.head.len() >= DECIDED {
            self.content_type = Some(self.accepted_type()?);
        }
        let kept = self.walk.push(bytes);
        if let Kept::Instead(bytes) = &kept {
            self.kept.push(bytes);
        }
        if self.content_type.is_some() && self.walk.is_damaged() {
            return Err(Refusal::Damaged);
        }
        Ok(kept)
    }

    /// The end of the file.
    pub fn finish(mut self) -> Result<Findings, Refusal> {
        if self.size == 0 {
            return Err(Refusal::Empty);
        }
        let content_type = match self.content_type.take() {
            Some(known) => known,
            None => self.accepted_type()?,
        };
        let tail = self.received.tail();
        let dimensions = if content_type.is_raster_image() {
            if !self.walk.is_complete() {
                return Err(Refusal::Damaged);
            }
            image::check_end(&content_type, &self.received.head, tail, self.size)?;
            Some(image::dimensions(&self.received.head)?)
        } else {
            None
        };
        if zip::is_container(&content_type) {
            zip::check(tail, self.size)?;
        } else if polyglot::ends_as_zip(tail) {
            return Err(Refusal::Polyglot);
        }
        // What is left out may have hidden what is behind it.
        let kept = &self.kept;
        if polyglot::begins_as_another(&content_type, &kept.head)
            || polyglot::ends_as_zip(kept.tail())
        {
            return Err(Refusal::Polyglot);
        }
        Ok(Findings {
            content_type,
            size: self.size,
            dimensions,
        })
    }

    fn accepted_type(&self) -> Result<ContentType, Refusal> {
        let head = &self.received.head[..self.received.head.len().min(DECIDED)];
        let found = sniff(head);
        if !self.allowed.allow(&found) {
            return Err(Refusal::Type(found));
        }
        if polyglot::begins_as_another(&found, head) {
            return Err(Refusal::Polyglot);
        }
        match self.name.extension() {
            Some(extension) if !label::agrees(&extension, &found) => {
                Err(Refusal::Mislabelled { extension, found })
            }
            _ => Ok(found),
        }
    }
}

#[cfg(test)]
mod tests;
