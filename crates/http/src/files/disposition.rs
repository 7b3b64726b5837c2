//! Whether a file is shown or saved, and under which name.

use antiphon_domain::{ContentType, FileName};
use std::fmt::Write as _;

/// The `Content-Disposition` of a file: in place for what cannot run, the name in ASCII and, where that is not all of it, in
/// full as well (RFC 6266, RFC 5987).
pub(super) fn of(content_type: &ContentType, name: &FileName) -> String {
    let kind = if content_type.is_raster_image() || content_type.is_audio() {
        "inline"
    } else {
        "attachment"
    };
    let name = name.as_str();
    let plain = |c: char| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%');
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let mut header = format!("{kind}; filename=\"{ascii}\"");
    if ascii != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                header.push(char::from(byte));
            } else {
                write!(header, "%{byte:02X}").expect("writing to a string cannot fail");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_and_sounds_are_shown_in_place() {
        let kind = |content_type: &str| {
            let content_type = ContentType::parse(content_type).unwrap();
            let header = of(&content_type, &FileName::parse("a").unwrap());
            header.split(';').next().unwrap().to_owned()
        };
        for shown in [
            "image/png",
            "image/jpeg",
            "image/gif",
            "image/webp",
            "audio/ogg",
        ] {
            assert_eq!(kind(shown), "inline", "{shown}");
        }
        for saved in [
            "image/svg+xml",
            "text/html",
            "text/plain",
            "application/pdf",
            "video/mp4",
        ] {
            assert_eq!(kind(saved), "attachment", "{saved}");
        }
    }

    #[test]
    fn a_name_is_whole_and_breaks_no_header() {
        let header = |name: &str| {
            let pdf = ContentType::parse("application/pdf").unwrap();
            of(&pdf, &FileName::parse(name).unwrap())
        };
        assert_eq!(header("a b.pdf"), "attachment; filename=\"a b.pdf\"");
        assert_eq!(
            header("año \"1\".pdf"),
            "attachment; filename=\"a_o _1_.pdf\"; filename*=UTF-8''a%C3%B1o%20%221%22.pdf"
        );
    }
}
