//! The size of a picture, and whether it is all there, without decoding a pixel.

use super::Refusal;
use antiphon_domain::ContentType;
use image::metadata::Orientation;
use image::{ImageDecoder as _, ImageReader};
use std::io::Cursor;

/// The most pixels of an image: four thirds of what a 48-megapixel phone makes, and 256 MB when it is decoded.
pub const MAX_PIXELS: u64 = 64_000_000;

/// Width and height, as the picture is shown.
pub(super) fn dimensions(head: &[u8]) -> Result<(u32, u32), Refusal> {
    let reader = ImageReader::new(Cursor::new(head))
        .with_guessed_format()
        .map_err(|_| Refusal::Damaged)?;
    let mut decoder = match reader.into_decoder() {
        Ok(decoder) => decoder,
        // The decoder walks to the end of a WebP with extras, which is not here if it is large. Its canvas is in front.
        Err(_) => return webp_canvas(head).ok_or(Refusal::Damaged),
    };
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refusal::Damaged);
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refusal::Pixels);
    }
    Ok(match decoder.orientation() {
        Ok(
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH,
        ) => (height, width),
        _ => (width, height),
    })
}

/// The canvas of an extended WebP of more than is kept of a beginning.
fn webp_canvas(head: &[u8]) -> Option<(u32, u32)> {
    let is_extended = head.starts_with(b"RIFF") && head.get(8..16) == Some(b"WEBPVP8X");
    let side = |at: usize| {
        let bytes = head.get(at..at + 3)?;
        Some(1 + u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]))
    };
    let (width, height) = (side(24)?, side(27)?);
    let decodable = u64::from(width) * u64::from(height) <= MAX_PIXELS;
    (is_extended && head.len() == super::HEAD && decodable).then_some((width, height))
}

/// Refuses a picture whose end is missing, where the format says what its end is.
pub(super) fn check_end(
    content_type: &ContentType,
    head: &[u8],
    tail: &[u8],
    size: u64,
) -> Result<(), Refusal> {
    let complete = match content_type.as_str() {
        "image/png" => super::sniff::contains(tail, b"IEND\xaeB`\x82"),
        "image/webp" => head
            .get(4..8)
            .and_then(|length| Some(u32::from_le_bytes(length.try_into().ok()?)))
            .is_some_and(|length| u64::from(length) + 8 <= size),
        _ => true,
    };
    if complete {
        Ok(())
    } else {
        Err(Refusal::Damaged)
    }
}
