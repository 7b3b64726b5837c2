//! Media, made here: no test depends on a file that somebody made once.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// A picture whose left half is red and whose right half is blue.
pub(super) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| match x < width / 2 {
        true => Rgb([255, 0, 0]),
        false => Rgb([0, 0, 255]),
    });
    let mut bytes = Vec::new();
    DynamicImage::from(image)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Png)
}

/// A photo that lies on its side, and says so, and where it was taken, in its EXIF.
pub(super) fn sideways_photo(width: u32, height: u32) -> Vec<u8> {
    let jpeg = picture(width, height, ImageFormat::Jpeg);
    let exif =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 41.38 2.17";
    let mut photo = jpeg[..2].to_vec();
    photo.extend([0xff, 0xe1]);
    photo.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    photo.extend(exif);
    photo.extend(&jpeg[2..]);
    photo
}

/// A recording of so many milliseconds: silence, and a tone from the middle on.
pub(super) fn wav(ms: u32) -> Vec<u8> {
    let n_samples = ms * 8;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + n_samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((n_samples * 2).to_le_bytes());
    for n in 0..n_samples {
        let loud = if n < n_samples / 2 { 0.0 } else { 16_000.0 };
        bytes.extend(((((n as f32) * 0.9).sin() * loud) as i16).to_le_bytes());
    }
    bytes
}

/// A PNG of a few bytes that says it has 60,000 × 60,000 pixels.
pub(super) fn pixel_bomb() -> Vec<u8> {
    let mut bomb = png(4, 4);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = !bomb[12..29].iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    });
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    bomb
}

/// A ZIP with these entries, each of a name and the size that it says it unpacks to.
pub(super) fn zip(entries: &[(&str, u32)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, unpacked) in entries {
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.extend(4_u32.to_le_bytes());
        header.extend(unpacked.to_le_bytes());
        header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        header.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&header);
        directory.extend([0; 14]);
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(name.as_bytes());
        bytes.extend(b"data");
    }
    let n = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let start = u32::try_from(bytes.len()).unwrap();
    let length = u32::try_from(directory.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(n);
    bytes.extend(n);
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// A document, which is a ZIP inside, that says it unpacks to so much.
pub(super) fn docx(unpacked: u32) -> Vec<u8> {
    zip(&[
        ("[Content_Types].xml", 900),
        ("_rels/.rels", 500),
        ("word/document.xml", unpacked),
    ])
}
