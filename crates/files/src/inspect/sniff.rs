//! The type of a file by its first bytes.

use super::SNIFFED;
use antiphon_domain::ContentType;

/// What a file that begins so holds. What nothing is known of is `application/octet-stream`.
///
/// Text is text only where it is nothing more: what begins with `<` is markup, whatever it calls itself.
pub fn sniff(head: &[u8]) -> ContentType {
    let sniffed = &head[..head.len().min(SNIFFED)];
    let found = match infer::get(sniffed) {
        Some(kind) => match kind.mime_type() {
            "audio/opus" => "audio/ogg",
            "audio/x-wav" => "audio/wav",
            "audio/x-flac" => "audio/flac",
            "audio/m4a" => "audio/mp4",
            "video/webm" if !has_webm_video(head) => "audio/webm",
            "video/x-matroska" if !has_webm_video(head) => "audio/webm",
            "video/mp4" | "video/x-m4v" if has_mp4_sound_only(head) => "audio/mp4",
            "application/zip" => document(sniffed),
            // Its guess is by a mark anywhere near the beginning; ours is by what the text begins with.
            "text/html" | "text/xml" => markup(sniffed).unwrap_or("text/html"),
            known => known,
        },
        None => markup(sniffed).unwrap_or_else(|| text_or_bytes(head)),
    };
    ContentType::parse(found)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .expect("the type of unknown bytes is a type")
}

/// What a ZIP holds, by the names of its first files: programs write them in different orders.
fn document(head: &[u8]) -> &'static str {
    if !contains(head, b"[Content_Types].xml") && !contains(head, b"_rels/.rels") {
        return "application/zip";
    }
    let kinds = [
        (
            &b"word/"[..],
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            b"xl/",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            b"ppt/",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ),
    ];
    kinds
        .into_iter()
        .find(|(folder, _)| contains(head, folder))
        .map_or("application/zip", |(_, kind)| kind)
}

/// The kind of markup, if it begins as such, behind a byte order mark and space.
fn markup(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    if text.first() != Some(&b'<') {
        return None;
    }
    let text = text.to_ascii_lowercase();
    Some(if contains(&text, b"<svg") {
        "image/svg+xml"
    } else if text.starts_with(b"<?xml") {
        "text/xml"
    } else {
        "text/html"
    })
}

fn text_or_bytes(head: &[u8]) -> &'static str {
    let is_text = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The cut may be in the middle of a character.
        Err(error) => error.error_len().is_none(),
    };
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    if is_text && !head.iter().any(|byte| is_control(byte) || *byte == 0x7f) {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

/// A WebM file names the codecs of its tracks; those of pictures begin with `V_`.
fn has_webm_video(head: &[u8]) -> bool {
    [&b"V_VP"[..], b"V_AV1", b"V_MPEG", b"V_MS", b"V_THEORA"]
        .iter()
        .any(|codec| contains(head, codec))
}

/// An MP4 file names the handler of each track behind the word `hdlr`, its version and flags, and four empty bytes. Where they are not
/// among the first bytes, it may be a film.
fn has_mp4_sound_only(head: &[u8]) -> bool {
    let handler = |kind: &[u8]| contains(head, &[b"hdlr\0\0\0\0\0\0\0\0", kind].concat());
    handler(b"soun") && !handler(b"vide")
}

pub(super) fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}
