use super::*;
use ::image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;

fn judge(name: &str, bytes: &[u8]) -> Result<Findings, Refusal> {
    judge_among(
        "image/jpeg,image/png,image/gif,image/webp,audio/*,video/mp4,video/webm,application/pdf,text/plain,\
         application/zip,application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        name,
        bytes,
    )
}

fn judge_among(allowed: &str, name: &str, bytes: &[u8]) -> Result<Findings, Refusal> {
    let allowed = AllowedTypes::parse(allowed).unwrap();
    let name = FileName::parse(name).unwrap();
    let judge_in = |part: usize| {
        let mut inspector = Inspector::new(&allowed, &name);
        for part in bytes.chunks(part) {
            inspector.push(part)?;
        }
        inspector.finish()
    };
    let whole = judge_in(usize::MAX);
    assert_eq!(whole, judge_in(1499), "however it is cut");
    whole
}

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        ::image::Rgb([(x * 7) as u8, (y * 13) as u8, (x * y) as u8])
    });
    let mut bytes = Vec::new();
    DynamicImage::from(image)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn content_type(text: &str) -> ContentType {
    ContentType::parse(text).unwrap()
}

/// A ZIP with these entries, each of a name and the size that it says it unpacks to.
fn zip(entries: &[(&str, u32)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, unpacked) in entries {
        let mut header = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.extend(4_u32.to_le_bytes());
        header.extend(unpacked.to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
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
    let n = (entries.len() as u16).to_le_bytes();
    let start = bytes.len() as u32;
    let length = directory.len() as u32;
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(n);
    bytes.extend(n);
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn a_picture_is_known_with_its_size() {
    for (format, found) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let bytes = picture(40, 30, format);
        let findings = judge("holiday.png", &bytes).unwrap();
        assert_eq!(findings.content_type, content_type(found));
        assert_eq!(findings.dimensions, Some((40, 30)));
        assert_eq!(findings.size, bytes.len() as u64);
    }
}

#[test]
fn a_large_picture_is_judged_by_its_beginning_and_its_end() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let image = RgbImage::from_fn(700, 600, |_, _| ::image::Rgb([noise(), noise(), noise()]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let mut bytes = Vec::new();
        DynamicImage::from(image.clone())
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        assert!(bytes.len() > HEAD, "{} bytes", bytes.len());
        let findings = judge("large", &bytes).unwrap();
        assert_eq!(findings.dimensions, Some((700, 600)), "{format:?}");
    }
}

#[test]
fn a_picture_that_is_cut_off_is_refused() {
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let bytes = picture(200, 200, format);
        for missing in [20, 100, bytes.len() / 2] {
            assert_eq!(
                judge("x", &bytes[..bytes.len() - missing]),
                Err(Refusal::Damaged),
                "{format:?} without {missing} bytes"
            );
        }
    }
    let jpeg = picture(200, 200, ImageFormat::Jpeg);
    assert_eq!(judge("x", &jpeg[..30]), Err(Refusal::Damaged));
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused() {
    // A PNG of a few bytes whose header says 60,000 × 60,000.
    let mut bomb = picture(4, 4, ImageFormat::Png);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(judge("bomb.png", &bomb), Err(Refusal::Pixels));
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    })
}

#[test]
fn markup_is_never_a_text_or_an_image() {
    for (bytes, found) in [
        (
            &b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"[..],
            "image/svg+xml",
        ),
        (
            b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>",
            "image/svg+xml",
        ),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"  <b>bold</b>", "text/html"),
        (b"<?xml version='1.0'?><a/>", "text/xml"),
    ] {
        let refused = judge("notes.txt", bytes);
        assert_eq!(refused, Err(Refusal::Type(content_type(found))));
    }
}

#[test]
fn programs_are_refused_whatever_they_are_called() {
    for bytes in [
        &b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff"[..],
        b"\x7fELF\x02\x01\x01",
        b"#!/bin/sh\nrm",
    ] {
        assert!(
            matches!(judge("photo.jpg", bytes), Err(Refusal::Type(_))),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_name_that_lies_is_refused() {
    let jpeg = picture(9, 9, ImageFormat::Jpeg);
    for (name, bytes) in [
        ("invoice.pdf", &jpeg[..]),
        ("run.bat", b"del *.*"),
        ("page.html", b"plain words"),
        ("photo.jpg", b"plain words"),
        ("photo.jpg", b"%PDF-1.7\n1 0 obj"),
    ] {
        assert!(
            matches!(judge(name, bytes), Err(Refusal::Mislabelled { .. })),
            "{name}"
        );
    }
    for (name, bytes) in [
        ("photo.PNG", &jpeg[..]),
        ("photo", &jpeg[..]),
        ("export.csv", b"a;b\n1;2\n"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj"),
    ] {
        assert!(judge(name, bytes).is_ok(), "{name}");
    }
}

#[test]
fn what_is_two_things_at_once_is_refused() {
    let gif = picture(9, 9, ImageFormat::Gif);
    let mut gif_and_script = gif[..10].to_vec();
    gif_and_script.extend(b"=1;/*<SCRIPT>alert(1)</SCRIPT>*/");
    let jpeg = picture(9, 9, ImageFormat::Jpeg);
    let mut jpeg_and_pdf = jpeg[..2].to_vec();
    jpeg_and_pdf.extend(b"\xff\xfe\0\x0b%PDF-1.4\n");
    jpeg_and_pdf.extend(&jpeg[2..]);
    let mut jpeg_and_zip = jpeg.clone();
    jpeg_and_zip.extend(zip(&[("evil.class", 4)]));
    // A comment of 2,000 bytes is left out, and what is behind it comes to the front.
    let mut moved = jpeg[..2].to_vec();
    moved.extend(b"\xff\xfe\x07\xd2");
    moved.extend([b' '; 2000]);
    moved.extend(b"\xff\xe2\0\x15ICC_PROFILE\0<script");
    moved.extend(&jpeg[2..]);
    for bytes in [gif_and_script, jpeg_and_pdf, jpeg_and_zip, moved] {
        assert_eq!(judge("x", &bytes), Err(Refusal::Polyglot));
    }
}

#[test]
fn a_type_is_told_the_same_however_the_file_is_cut() {
    // Text as far as most types are told from, and no text behind it.
    let late = [vec![b'a'; 20_000], vec![0; 20_000]].concat();
    let found = content_type("application/octet-stream");
    assert_eq!(judge("a", &late), Err(Refusal::Type(found)));
    let later = [vec![b'a'; 70_000], vec![0; 20_000]].concat();
    let found = judge("a", &later).unwrap().content_type;
    assert_eq!(found, content_type("text/plain"));
}

#[test]
fn an_archive_is_refused_for_what_it_unpacks_to() {
    let docx = [
        ("[Content_Types].xml", 900),
        ("_rels/.rels", 500),
        ("word/document.xml", 90_000),
    ];
    let bytes = zip(&docx);
    let found = judge("letter.docx", &bytes).unwrap().content_type;
    assert!(found.as_str().ends_with("wordprocessingml.document"));
    assert!(judge("many.zip", &zip(&[("a", 4), ("b", 4)])).is_ok());

    let two_gigabytes = [("a", 1 << 30), ("b", 1 << 30)];
    assert_eq!(judge("x.zip", &zip(&two_gigabytes)), Err(Refusal::Bomb));
    assert_eq!(judge("x.zip", &zip(&[("a", u32::MAX)])), Err(Refusal::Bomb));
    let cut_off = &bytes[..bytes.len() - 30];
    assert_eq!(judge("letter.docx", cut_off), Err(Refusal::Damaged));
}

#[test]
fn sounds_are_told_from_films() {
    let mp4 = |handler: &[u8]| {
        [
            &b"\0\0\0\x18ftypiso5\0\0\0\0iso5mp41\0\0\0\x20hdlr\0\0\0\0\0\0\0\0"[..],
            handler,
            &[0; 12],
        ]
        .concat()
    };
    let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm".to_vec();
    webm.extend(b"\x86\x86A_OPUS");
    webm.resize(300, 0);
    let film = [&webm[..], b"\x86\x85V_VP8"].concat();
    for (bytes, found) in [
        (mp4(b"soun"), "audio/mp4"),
        (mp4(b"vide"), "video/mp4"),
        (webm, "audio/webm"),
        (film, "video/webm"),
        (b"OggS\0\x02".to_vec(), "audio/ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ".to_vec(), "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0".to_vec(), "audio/mpeg"),
    ] {
        assert_eq!(sniff(&bytes), content_type(found));
    }
}

#[test]
fn nothing_is_refused_and_so_is_what_is_unknown() {
    assert_eq!(judge("x", b""), Err(Refusal::Empty));
    assert_eq!(
        judge("x", b"\0\x01\x02\x03"),
        Err(Refusal::Type(content_type("application/octet-stream")))
    );
}

#[test]
fn a_type_that_is_not_allowed_is_refused_before_the_end() {
    let allowed = AllowedTypes::parse("image/png").unwrap();
    let name = FileName::parse("x.png").unwrap();
    let mut inspector = Inspector::new(&allowed, &name);
    let early = (0..100).find_map(|_| inspector.push(&[b'a'; 1024]).err());
    assert_eq!(early, Some(Refusal::Type(content_type("text/plain"))));
}
