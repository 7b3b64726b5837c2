use super::*;
use crate::inspect::exif;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Rgb, RgbImage};
use std::io::Cursor;

fn picture(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(120, 80, |x, y| {
        Rgb([(x * 2) as u8, (y * 3) as u8, (x * y) as u8])
    });
    let mut bytes = Vec::new();
    DynamicImage::from(image)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

/// What is kept of a file, the same however it is cut, and whether it was complete.
fn walked(bytes: &[u8]) -> (Vec<u8>, bool) {
    let walk_in = |part: usize| {
        let (mut walk, mut kept) = (Walk::Start(0), Vec::new());
        for part in bytes.chunks(part) {
            match walk.push(part) {
                Kept::AsTheyAre => kept.extend_from_slice(part),
                Kept::Instead(bytes) => kept.extend_from_slice(&bytes),
            }
        }
        (kept, walk.is_complete() && !walk.is_damaged())
    };
    let whole = walk_in(usize::MAX);
    for part in [1, 2, 7, 64] {
        assert!(walk_in(part) == whole, "in parts of {part}");
    }
    whole
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, marker];
    bytes.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
    bytes.extend(content);
    bytes
}

/// A JPEG with these segments behind its beginning.
fn with_segments(segments: &[Vec<u8>]) -> Vec<u8> {
    let jpeg = picture(ImageFormat::Jpeg);
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// Exif of a camera: how the photo lies, the camera, and where it was.
fn camera(big_endian: bool, orientation: u16) -> Vec<u8> {
    let short = |value: u16| match big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    };
    let long = |value: u32| match big_endian {
        true => value.to_be_bytes(),
        false => value.to_le_bytes(),
    };
    let mut bytes = b"Exif\0\0".to_vec();
    bytes.extend(match big_endian {
        true => b"MM\0\x2a",
        false => b"II\x2a\0",
    });
    bytes.extend(long(8));
    bytes.extend(short(2));
    bytes.extend([short(0x010f), short(2)].concat());
    bytes.extend([long(4), *b"Cam\0"].concat());
    bytes.extend([short(0x0112), short(3)].concat());
    bytes.extend(long(1));
    bytes.extend([short(orientation), short(0)].concat());
    bytes.extend(long(0));
    bytes.extend(b"GPS 41.38 2.17");
    bytes
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

#[test]
fn a_photo_loses_what_the_camera_wrote_and_stays_the_same_picture() {
    let photo = with_segments(&[
        segment(0xe1, &camera(false, 6)),
        segment(
            0xe1,
            b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>secret</x:xmpmeta>",
        ),
        segment(0xe2, b"MPF\0secret"),
        segment(0xe2, b"ICC_PROFILE\0\x01\x01colors"),
        segment(0xe5, b"secret of the maker"),
        segment(0xed, b"Photoshop 3.0\0secret"),
        segment(0xfe, b"a secret comment"),
    ]);
    let photo = [&photo[..], b"a film behind it, with a secret place"].concat();
    let (kept, complete) = walked(&photo);
    assert!(complete);
    for gone in [
        &b"secret"[..],
        b"GPS",
        b"Cam",
        b"MPF",
        b"xmp",
        b"Photoshop",
        b"film",
    ] {
        assert!(!contains(&kept, gone), "{}", String::from_utf8_lossy(gone));
    }
    assert!(contains(&kept, b"ICC_PROFILE\0\x01\x01colors"));
    assert!(contains(&kept, b"JFIF\0"));
    let decode = |bytes: &[u8]| image::load_from_memory(bytes).unwrap();
    assert_eq!(decode(&kept), decode(&photo));
    let orientation = |bytes: &[u8]| {
        let reader = ImageReader::new(Cursor::new(bytes.to_vec())).with_guessed_format();
        let mut decoder = reader.unwrap().into_decoder().unwrap();
        decoder.orientation().unwrap()
    };
    assert_eq!(orientation(&kept), image::metadata::Orientation::Rotate90);
    assert_eq!(orientation(&kept), orientation(&photo));
    // There is nothing more to lose.
    assert_eq!(walked(&kept), (kept, true));
}

#[test]
fn a_photo_without_notes_stays_as_it_is() {
    let jpeg = picture(ImageFormat::Jpeg);
    assert_eq!(walked(&jpeg), (jpeg.clone(), true));
    let upright = with_segments(&[
        segment(0xe1, &camera(true, 1)),
        segment(0xe1, &camera(true, 6)),
    ]);
    assert_eq!(walked(&upright), (jpeg, true));
}

#[test]
fn how_a_photo_lies_is_read_in_either_order_of_bytes() {
    for orientation in 0..=9 {
        let expected = (2..=8).contains(&orientation);
        let expected = expected.then(|| u8::try_from(orientation).unwrap());
        for big_endian in [true, false] {
            let segment = camera(big_endian, orientation);
            assert_eq!(exif::orientation(&segment), expected);
        }
        if let Some(orientation) = expected {
            let written = exif::with_orientation(orientation);
            assert_eq!(exif::orientation(&written), expected);
        }
    }
    let whole = camera(true, 6);
    for end in 0..whole.len() {
        // Whatever is found in a part of it.
        let found = exif::orientation(&whole[..end]);
        assert!(found.is_none() || found == Some(6));
    }
    let mut far = whole;
    far[10..14].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(exif::orientation(&far), None);
}

#[test]
fn a_jpeg_is_complete_with_its_end() {
    let jpeg = picture(ImageFormat::Jpeg);
    for end in 0..jpeg.len() {
        assert!(!walked_once(&jpeg[..end]), "{end} bytes");
    }
    assert!(walked_once(&jpeg));
    // An end without a picture, a beginning within, a segment shorter than its own length.
    for damaged in [
        &b"\xff\xd8\xff\xd9"[..],
        b"\xff\xd8\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xdb\0\x01\xff\xd9",
    ] {
        assert!(!walked_once(damaged), "{damaged:?}");
    }
    // Fill bytes, marks to start again from, and something between segments.
    let lenient = b"\xff\xd8\xff\xff\xdb\0\x02\0\0\xff\xda\0\x02ab\xff\xd0cd\xff\0\xff\xff\xd9";
    let expected = b"\xff\xd8\xff\xdb\0\x02\xff\xda\0\x02ab\xff\xd0cd\xff\0\xff\xd9";
    assert_eq!(walked(lenient), (expected.to_vec(), true));
}

fn walked_once(bytes: &[u8]) -> bool {
    let mut walk = Walk::Start(0);
    walk.push(bytes);
    walk.is_complete() && !walk.is_damaged()
}

#[test]
fn a_gif_is_complete_with_its_end() {
    let gif = picture(ImageFormat::Gif);
    assert_eq!(walked(&gif), (gif.clone(), true));
    let without_trailer = &gif[..gif.len() - 1];
    for end in 1..without_trailer.len() {
        assert!(!walked_once(&gif[..end]), "{end} bytes");
    }
    assert!(walked_once(without_trailer));
    let mut damaged = gif;
    let last = damaged.len() - 1;
    damaged[last] = b'?';
    assert!(!walked_once(&damaged));
}

#[test]
fn what_is_no_picture_passes_as_it_is() {
    for bytes in [
        &b""[..],
        b"Go on",
        b"\xff\xd8words",
        b"words",
        b"\x89PNG\r\n",
    ] {
        assert_eq!(walked(bytes).0, bytes);
    }
}
