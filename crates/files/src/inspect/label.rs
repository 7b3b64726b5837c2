//! Whether a name's extension and the content agree: who opens `invoice.bat` that holds text runs it.
//!
//! People and programs mix up the extensions of one family (a JPEG called `.png`, a recording called `.webm` that is Ogg),
//! and nothing comes of it; families never mix.

use antiphon_domain::ContentType;

const IMAGE: &[&str] = &[
    "apng", "avif", "bmp", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "png", "tif",
    "tiff", "webp",
];
const MEDIA: &[&str] = &[
    "3gp", "aac", "flac", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp3", "mp4", "mpga", "oga",
    "ogg", "ogv", "opus", "qt", "wav", "wave", "weba", "webm",
];
const TEXT: &[&str] = &[
    "csv", "ics", "json", "log", "md", "srt", "text", "tsv", "txt", "vcf", "vtt", "yaml", "yml",
];

/// Whether a file of this type may be called so. What a type's files are called is known for the types that are usually
/// allowed; an owner who allows further ones is taken by the word.
pub(super) fn agrees(extension: &str, content_type: &ContentType) -> bool {
    let (kind, subtype) = content_type.as_str().split_once('/').unwrap_or_default();
    let known: &[&str] = match (kind, subtype) {
        ("image", "svg+xml") => &["svg"],
        ("image", _) => IMAGE,
        ("audio" | "video", _) => MEDIA,
        ("text", "plain") => TEXT,
        ("application", "pdf") => &["pdf"],
        ("application", "zip") => &["zip"],
        ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document") => &["docx"],
        ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet") => &["xlsx"],
        ("application", "vnd.openxmlformats-officedocument.presentationml.presentation") => {
            &["pptx"]
        }
        ("application", "vnd.oasis.opendocument.text") => &["odt"],
        ("application", "vnd.oasis.opendocument.spreadsheet") => &["ods"],
        ("application", "vnd.oasis.opendocument.presentation") => &["odp"],
        _ => return true,
    };
    known.contains(&extension)
}
