//! A small picture of a large one, made by decoding and encoding anew: what the camera wrote into it besides the pixels (place,
//! time, device) does not come along. The picture is turned upright first, since what said how goes with the rest.

use crate::inspect::MAX_PIXELS;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The longer side of a thumbnail, in pixels: a bubble of 256 on a screen with two pixels for each.
pub const MAX_SIDE: u32 = 512;
/// Bytes that decoding may take: 8 for each pixel of the largest image that is accepted.
const MAX_MEMORY: u64 = MAX_PIXELS * 8;
/// Of 100; thumbnails of photos at 80 look like them, at 25 kB.
const JPEG_QUALITY: u8 = 80;

/// Makes the thumbnail of a JPEG, PNG, GIF or WebP image; of a moving one, of its first frame. A JPEG, or a PNG where some of it
/// is transparent. `None`: it cannot be decoded. Takes some 100 ms for a photo, and up to `MAX_PIXELS` × 8 bytes.
pub fn thumbnail(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(file))
        .with_guessed_format()
        .ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    decoder.set_limits(limits).ok()?;
    let orientation = decoder.orientation().ok()?;
    let image = DynamicImage::from_decoder(decoder).ok()?;
    let mut small = if width.max(height) > MAX_SIDE {
        image.thumbnail(MAX_SIDE, MAX_SIDE)
    } else {
        image
    };
    small.apply_orientation(orientation);
    encode(&small)
}

fn encode(image: &DynamicImage) -> Option<Vec<u8>> {
    let mut encoded = Vec::new();
    let rgba = image.color().has_alpha().then(|| image.to_rgba8());
    match rgba.filter(|rgba| rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX)) {
        Some(rgba) => rgba
            .write_to(&mut Cursor::new(&mut encoded), ImageFormat::Png)
            .ok()?,
        None => image
            .to_rgb8()
            .write_with_encoder(JpegEncoder::new_with_quality(&mut encoded, JPEG_QUALITY))
            .ok()?,
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        image
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    /// A JPEG whose EXIF says that it lies on its side (6: turn it by 90° to the right), and where it was taken.
    fn sideways_jpeg(width: u32, height: u32) -> Vec<u8> {
        let red_left = RgbImage::from_fn(width, height, |x, _| match x < width / 2 {
            true => Rgb([255, 0, 0]),
            false => Rgb([0, 0, 255]),
        });
        let jpeg = encoded(&red_left.into(), ImageFormat::Jpeg);
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS was here";
        let mut with_exif = jpeg[..2].to_vec();
        with_exif.extend([0xff, 0xe1]);
        with_exif.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        with_exif.extend(exif);
        with_exif.extend(&jpeg[2..]);
        with_exif
    }

    #[test]
    fn a_photo_is_made_small_upright_and_anonymous() {
        let photo = sideways_jpeg(1200, 600);
        let small = thumbnail(&photo).unwrap();
        assert!(photo.windows(3).any(|part| part == b"GPS"));
        assert!(!small.windows(4).any(|part| part == b"Exif"));
        let small = image::load_from_memory(&small).unwrap().to_rgb8();
        assert_eq!(small.dimensions(), (256, 512));
        // What was left is on top now.
        assert!(small.get_pixel(128, 20).0[0] > 200);
        assert!(small.get_pixel(128, 490).0[2] > 200);
    }

    #[test]
    fn transparency_stays() {
        let clear = RgbaImage::from_pixel(600, 10, Rgba([0, 255, 0, 40]));
        let small = thumbnail(&encoded(&clear.into(), ImageFormat::Png)).unwrap();
        let small = image::load_from_memory(&small).unwrap();
        assert!(small.color().has_alpha());
        assert_eq!((small.width(), small.height()), (512, 9));
    }

    #[test]
    fn a_small_image_is_not_made_larger() {
        let small = RgbImage::from_pixel(3, 2, Rgb([9, 9, 9]));
        let small = thumbnail(&encoded(&small.into(), ImageFormat::WebP)).unwrap();
        let small = image::load_from_memory(&small).unwrap();
        assert_eq!((small.width(), small.height()), (3, 2));
    }

    #[test]
    fn what_is_no_image_has_no_thumbnail() {
        let photo = sideways_jpeg(100, 100);
        for bytes in [&b""[..], b"GIF89a", &photo[..40]] {
            assert!(thumbnail(bytes).is_none());
        }
    }
}
