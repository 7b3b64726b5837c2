//! A file of a message: what is known of it, and the names it goes by.
//!
//! It has three names that never mix: the key under which the store of files keeps it, which is random; the name its sender
//! gave it, which is only ever shown; and its id, which stands in the address it is fetched from.

use crate::{AttachmentId, Invalid};

/// The longest name, in bytes: what file systems take.
const MAX_NAME: usize = 255;
/// The longest content type, in bytes.
const MAX_CONTENT_TYPE: usize = 100;

/// The name under which a file is kept: 32 random hexadecimal digits, so that it says nothing and cannot be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileKey(String);

impl FileKey {
    /// The digits in a key.
    pub const LEN: usize = 32;

    /// Writes random bytes as a key.
    pub fn from_random(bytes: &[u8; Self::LEN / 2]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a key: nothing but its digits, so that it is a safe name in any file system.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == Self::LEN && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must be 32 hexadecimal digits"))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name a sender gave a file. It is shown and offered when the file is saved; nothing is ever stored or found by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Checks a name: 1–255 bytes after trimming, without a path, control characters, or characters that reverse its reading.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() || matches!(text, "." | "..") {
            return Err(Invalid::new("must have a name"));
        }
        if text.len() > MAX_NAME {
            return Err(Invalid::new(format!(
                "must not have a name longer than {MAX_NAME} bytes"
            )));
        }
        if text.contains(['/', '\\']) {
            return Err(Invalid::new("must not have a path in its name"));
        }
        // U+202E and its kin show `exe.gpj` as `jpg.exe`.
        let reverses = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if text.chars().any(|c| c.is_control() || reverses(c)) {
            return Err(Invalid::new(
                "must not have control or direction characters in its name",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the last dot, in lower case; none for a name without one.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        (!stem.is_empty()).then(|| extension.to_ascii_lowercase())
    }
}

/// What a file holds, found by its content: `type/subtype` without parameters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentType(String);

impl ContentType {
    /// Checks a content type.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let token = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+._".contains(&byte)
                })
        };
        match text.split_once('/') {
            Some((kind, subtype))
                if text.len() <= MAX_CONTENT_TYPE && token(kind) && token(subtype) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Invalid::new("must be a content type such as image/png")),
        }
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An image of pixels: what a browser may show without running anything. SVG is none.
    pub fn is_raster_image(&self) -> bool {
        matches!(
            self.as_str(),
            "image/jpeg" | "image/png" | "image/gif" | "image/webp"
        )
    }

    /// A sound.
    pub fn is_audio(&self) -> bool {
        self.0.starts_with("audio/")
    }
}

/// How loud a recording is along its length: so many equal parts, each 0 (silence) to 100 (as loud as can be).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waveform(Vec<u8>);

impl Waveform {
    /// The parts of a waveform.
    pub const PARTS: usize = 64;
    /// The loudest.
    pub const MAX: u8 = 100;

    /// Checks the parts.
    pub fn new(parts: Vec<u8>) -> Result<Self, Invalid> {
        if parts.len() == Self::PARTS && parts.iter().all(|part| *part <= Self::MAX) {
            Ok(Self(parts))
        } else {
            Err(Invalid::new("must be 64 parts from 0 to 100"))
        }
    }

    /// The parts.
    pub fn parts(&self) -> &[u8] {
        &self.0
    }
}

/// A file that is kept and not yet a message's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Where it is kept.
    pub file: FileKey,
    /// What it is called.
    pub name: FileName,
    /// What it holds.
    pub content_type: ContentType,
    /// Bytes.
    pub size: u64,
    /// Width and height in pixels as it is shown, for an image.
    pub dimensions: Option<(u32, u32)>,
    /// How long it plays, as its sender says, until it has been measured.
    pub duration_ms: Option<u64>,
}

/// A file of a message, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its identity.
    pub id: AttachmentId,
    /// Where it is kept.
    pub file: FileKey,
    /// What it is called.
    pub name: FileName,
    /// What it holds.
    pub content_type: ContentType,
    /// Bytes.
    pub size: u64,
    /// Width and height in pixels as it is shown, for an image.
    pub dimensions: Option<(u32, u32)>,
    /// Where its small picture is kept, once it was made.
    pub thumbnail: Option<FileKey>,
    /// How long it plays: as its sender says, then as measured.
    pub duration_ms: Option<u64>,
    /// How loud it is along its length, once it was measured.
    pub waveform: Option<Waveform>,
}

/// What was found out about a file by looking into it, after it was posted. What could not be found out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttachmentDetails {
    /// Where its small picture is kept.
    pub thumbnail: Option<FileKey>,
    /// How long it plays.
    pub duration_ms: Option<u64>,
    /// How loud it is along its length.
    pub waveform: Option<Waveform>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_nothing_but_its_digits() {
        let key = FileKey::from_random(&[0xab; 16]);
        assert_eq!(FileKey::parse(key.as_str()), Ok(key));
        for text in ["", "../../etc/passwd", &"A".repeat(32), &"a".repeat(33)] {
            assert!(FileKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_shown_and_never_a_path() {
        let name = FileName::parse(" Año 2026.PDF ").unwrap();
        assert_eq!(
            (name.as_str(), name.extension().as_deref()),
            ("Año 2026.PDF", Some("pdf"))
        );
        assert_eq!(FileName::parse(".env").unwrap().extension(), None);
        for text in [
            "",
            " ",
            "..",
            "a/b",
            "..\\a",
            "a\0b",
            "a\nb",
            "a\u{202e}gpj.exe",
            &"x".repeat(256),
        ] {
            assert!(FileName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_content_type_is_plain() {
        for text in ["image/png", "application/vnd.oasis.opendocument.text"] {
            assert!(ContentType::parse(text).is_ok());
        }
        for text in ["", "image", "Image/png", "image/png; a=b", "a/b\r\nx: y"] {
            assert!(ContentType::parse(text).is_err(), "{text:?}");
        }
        assert!(
            !ContentType::parse("image/svg+xml")
                .unwrap()
                .is_raster_image()
        );
    }
}
