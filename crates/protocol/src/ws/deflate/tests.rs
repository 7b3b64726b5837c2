use super::super::frame::Opcode;
use super::*;
use proptest::prelude::*;
use std::io::Read as _;

fn deflated(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Deflater::default().deflate(payload, &mut out);
    out
}

fn inflated(payload: &[u8], max_bytes: usize) -> Result<Vec<u8>, CloseCode> {
    Inflater::default()
        .inflate(payload, max_bytes)
        .map(<[u8]>::to_vec)
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    // RFC 7692, 7.2.3.1 to 7.2.3.5: one block, no compression, a last block, two blocks.
    for example in [
        &b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..],
        b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    ] {
        assert_eq!(inflated(example, 5), Ok(b"Hello".to_vec()), "{example:x?}");
    }
    assert_eq!(inflated(b"\x00", 0), Ok(Vec::new()));
}

#[test]
fn a_stream_that_just_ends_with_its_last_block_is_read_too() {
    assert_eq!(
        inflated(b"\xf3\x48\xcd\xc9\xc9\x07\x00", 5),
        Ok(b"Hello".to_vec())
    );
    assert_eq!(inflated(b"", 5), Ok(Vec::new()));
}

#[test]
fn a_message_cut_off_anywhere_is_none() {
    let text = "An event that is long enough to be compressed, long enough. ".repeat(4);
    let whole = deflated(text.as_bytes());
    for cut in 1..whole.len() {
        assert_eq!(
            inflated(&whole[..cut], 10_000),
            Err(close::INVALID_DATA),
            "{cut} of {}",
            whole.len()
        );
    }
}

#[test]
fn no_more_is_decompressed_than_a_message_may_have() {
    let bomb = deflated(&vec![0; 16 << 20]);
    assert!(bomb.len() * 100 < 16 << 20);
    let mut inflater = Inflater::default();
    assert_eq!(inflater.inflate(&bomb, 10_000), Err(close::TOO_BIG));
    assert!(
        inflater.message.capacity() < 20_100,
        "{}",
        inflater.message.capacity()
    );
    // And the next one is none the worse for it.
    assert_eq!(inflater.inflate(&deflated(b"hello"), 5), Ok(&b"hello"[..]));
    assert_eq!(
        inflater.inflate(&deflated(b"hello!"), 5),
        Err(close::TOO_BIG)
    );
}

#[test]
fn a_large_message_does_not_keep_its_memory() {
    let mut inflater = Inflater::default();
    inflater
        .inflate(&deflated(&vec![0; 1 << 20]), 1 << 20)
        .unwrap();
    inflater.inflate(&deflated(b"hello"), 5).unwrap();
    assert!(inflater.message.capacity() <= KEPT_BYTES);
}

#[test]
fn a_message_that_does_not_compress_stays_within_its_allowance() {
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(3 << 20)
    .collect();
    for len in [0, 1, 100, 1000, 10_000, 100_000, 3 << 20] {
        let payload = deflated(&noise[..len]);
        assert!(
            payload.len() <= max_compressed(len),
            "{len} {}",
            payload.len()
        );
        assert_eq!(inflated(&payload, len).as_deref(), Ok(&noise[..len]));
    }
}

#[test]
fn of_several_frames_only_those_that_shrink_are_compressed() {
    let long = "a long one ".repeat(100);
    let frames = [
        frame::encode(Opcode::Text, b"short"),
        frame::encode(Opcode::Text, long.as_bytes()),
        frame::encode(Opcode::Text, b"short as well"),
    ];
    let out = Deflater::default()
        .deflate_frames(&frames.concat())
        .unwrap();
    assert!(out.starts_with(&frames[0]) && out.ends_with(&frames[2]));
    let middle = &out[frames[0].len()..out.len() - frames[2].len()];
    assert_eq!(middle[0], 0xc1);
    let (_, payload, len) = client::read(middle).unwrap();
    assert_eq!(len, middle.len());
    assert_eq!(inflated(&middle[payload], 2000), Ok(long.into_bytes()));

    let mut deflater = Deflater::default();
    assert_eq!(deflater.deflate_frames(&frames[0]), None);
    assert_eq!(deflater.deflate_frames(b""), None);
}

proptest! {
    #[test]
    fn what_is_deflated_is_inflated_to_the_same(
        messages in proptest::collection::vec(proptest::collection::vec(0u8..8, 0..3000), 1..5),
    ) {
        let (mut deflater, mut inflater) = (Deflater::default(), Inflater::default());
        for message in &messages {
            let mut payload = Vec::new();
            deflater.deflate(message, &mut payload);
            // Neither side builds on an earlier message.
            prop_assert_eq!(&deflated(message), &payload);
            prop_assert_eq!(inflater.inflate(&payload, message.len()), Ok(&message[..]));
            if let Some(max_bytes) = message.len().checked_sub(1) {
                prop_assert_eq!(inflater.inflate(&payload, max_bytes), Err(close::TOO_BIG));
            }
        }
    }

    #[test]
    fn other_decoders_read_it(message in proptest::collection::vec(0u8..8, 0..3000)) {
        let payload = [&deflated(&message)[..], &END].concat();
        let mut read = Vec::new();
        flate2::read::DeflateDecoder::new(&payload[..]).read_to_end(&mut read).unwrap();
        prop_assert_eq!(read, message);
    }

    #[test]
    fn noise_is_refused_or_stays_within_the_limit(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        max_bytes in 0usize..2000,
    ) {
        let mut inflater = Inflater::default();
        match inflater.inflate(&noise, max_bytes) {
            Ok(message) => prop_assert!(message.len() <= max_bytes),
            Err(code) => prop_assert!(code == close::INVALID_DATA || code == close::TOO_BIG),
        }
        prop_assert_eq!(inflater.inflate(&deflated(b"hello"), 5), Ok(&b"hello"[..]));
    }
}
