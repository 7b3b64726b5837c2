//! Files that are two things at once: one to whoever checks them, another to whoever opens them.

use super::sniff::contains;
use antiphon_domain::ContentType;

/// As far as browsers look for a type (WHATWG MIME Sniffing), and PDF readers for `%PDF-`.
const LOOKED_AT: usize = 1445;
/// A ZIP's end of central directory, without its comment.
pub(super) const ZIP_END: usize = 22;

/// Whether another kind of file begins within the first bytes as well.
pub(super) fn begins_as_another(found: &ContentType, head: &[u8]) -> bool {
    let text = found.as_str();
    // In a text these are words, and a text is never shown as anything else. A PDF may hold any of them.
    if text.starts_with("text/") || matches!(text, "image/svg+xml" | "application/pdf") {
        return false;
    }
    let looked_at = head[..head.len().min(LOOKED_AT)].to_ascii_lowercase();
    let marks: [&[u8]; 6] = [
        b"%pdf-",
        b"<script",
        b"<html",
        b"<!doctype",
        b"<svg",
        b"<?php",
    ];
    marks.iter().any(|mark| contains(&looked_at, mark))
}

/// Whether the file ends as a ZIP does, with a comment of just the length that it says.
pub(super) fn ends_as_zip(tail: &[u8]) -> bool {
    zip_end(tail).is_some()
}

/// Where in the tail the end of the central directory begins.
pub(super) fn zip_end(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(ZIP_END)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last).rev().find(|&at| {
        tail[at..].starts_with(b"PK\x05\x06")
            && usize::from(u16::from_le_bytes([tail[at + 20], tail[at + 21]]))
                == tail.len() - at - ZIP_END
    })
}
