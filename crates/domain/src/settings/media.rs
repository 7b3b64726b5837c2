//! Whether visitors may send files and voice messages through this widget, and how large.
//!
//! The installation has limits of its own; a widget can be stricter, and where it is not, the installation's count.

use super::reader::Section;
use crate::Invalid;
use serde_json::{Value, json};

/// The largest size that can be set: 4 GiB.
const MAX_BYTES: i64 = 4_294_967_296;
/// A size that a photo of a phone has room in, and its owner's patience.
const BYTES: i64 = 26_214_400;
/// The most files of one message.
const MAX_FILES: i64 = 10;
/// The most types that can be listed, and the longest.
const MAX_TYPES: usize = 50;
const MAX_TYPE: usize = 100;
/// The longest voice message, in seconds.
const MAX_SECONDS: i64 = 300;

/// Files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Whether visitors may send any.
    pub enabled: bool,
    /// The size of the largest.
    pub max_bytes: u64,
    /// How many in one message.
    pub max_files: u8,
    /// Types such as `image/png` or `image/*`; none listed is every type that the installation takes.
    pub accept: Vec<String>,
}

/// Voice messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Whether visitors may send any.
    pub enabled: bool,
    /// The longest.
    pub max_seconds: u16,
}

impl Files {
    pub(super) fn read(settings: &mut Section<'_>) -> Self {
        let mut files = settings.section("files");
        let mut integer = |name, max, default| {
            files
                .as_mut()
                .map_or(default, |files| files.integer(name, 1..=max, default))
        };
        let max_bytes = integer("max_bytes", MAX_BYTES, BYTES);
        let max_files = integer("max_files", MAX_FILES, MAX_FILES);
        let (mut enabled, mut accept) = (true, Vec::new());
        if let Some(mut files) = files {
            enabled = files.flag("enabled", true);
            accept = files.texts("accept", MAX_TYPES, parse_type);
            files.finish();
        }
        Self {
            enabled,
            max_bytes: max_bytes.unsigned_abs(),
            max_files: u8::try_from(max_files).unwrap_or(1),
            accept,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "enabled": self.enabled, "max_bytes": self.max_bytes, "max_files": self.max_files, "accept": self.accept })
    }
}

impl Voice {
    pub(super) fn read(settings: &mut Section<'_>) -> Self {
        let (mut enabled, mut max_seconds) = (true, MAX_SECONDS);
        if let Some(mut voice) = settings.section("voice") {
            enabled = voice.flag("enabled", true);
            max_seconds = voice.integer("max_seconds", 1..=MAX_SECONDS, MAX_SECONDS);
            voice.finish();
        }
        Self {
            enabled,
            max_seconds: u16::try_from(max_seconds).unwrap_or(1),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "enabled": self.enabled, "max_seconds": self.max_seconds })
    }
}

/// `type/subtype` or `type/*`, without parameters, in lower case.
fn parse_type(text: &str) -> Result<String, Invalid> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let well_formed = text.len() <= MAX_TYPE
        && text
            .split_once('/')
            .is_some_and(|(main, sub)| is_name(main) && (sub == "*" || is_name(sub)));
    if well_formed {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Invalid::new(
            "must be a content type such as image/png or image/*",
        ))
    }
}
