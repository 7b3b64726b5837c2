use super::super::client;
use super::*;
use proptest::prelude::*;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Opcode, fin, payload and length of a frame.
type Read = (u8, bool, Vec<u8>, usize);

/// What tungstenite makes of the same bytes; `None` for an incomplete frame.
fn oracle(bytes: &[u8]) -> Result<Option<Read>, ()> {
    let mut cursor = std::io::Cursor::new(bytes);
    let Some((header, len)) = FrameHeader::parse(&mut cursor).map_err(|_| ())? else {
        return Ok(None);
    };
    let known = !matches!(
        header.opcode,
        OpCode::Data(Data::Reserved(_)) | OpCode::Control(Control::Reserved(_))
    );
    let control = matches!(header.opcode, OpCode::Control(_));
    if !known
        || header.rsv1
        || header.rsv2
        || header.rsv3
        || (control && (!header.is_final || len > 125))
    {
        return Err(());
    }
    let mask = header.mask.ok_or(())?;
    let start = cursor.position() as usize;
    let Some(payload) = usize::try_from(len)
        .ok()
        .and_then(|len| bytes.get(start..start.checked_add(len)?))
    else {
        return Ok(None);
    };
    let plain = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect();
    Ok(Some((
        header.opcode.into(),
        header.is_final,
        plain,
        start + payload.len(),
    )))
}

fn ours(bytes: &[u8]) -> Result<Option<Read>, CloseCode> {
    let mut buffer = bytes.to_vec();
    let frame = parse(&mut buffer, usize::MAX)?;
    Ok(frame.map(|frame| {
        (
            frame.opcode as u8,
            frame.fin,
            buffer[frame.payload].to_vec(),
            frame.len,
        )
    }))
}

fn masked(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    client::write(&mut out, opcode, payload, [0x11, 0xa2, 0x33, 0xf4]);
    out
}

#[test]
fn a_frame_cut_at_any_byte_waits_for_the_rest_and_is_left_alone() {
    for len in [0, 1, 7, 8, 125, 126, 300, 66_000] {
        let payload: Vec<u8> = (0..len).map(|i| i as u8).collect();
        let whole = masked(Opcode::Binary, &payload);
        // Splits inside a long payload are all alike: look at its first bytes and at the last.
        for cut in (0..whole.len().min(600)).chain([whole.len() - 1]) {
            let mut part = whole[..cut].to_vec();
            assert_eq!(
                parse(&mut part, usize::MAX),
                Ok(None),
                "{cut} of {}",
                whole.len()
            );
            assert_eq!(part, whole[..cut]);
            part.extend_from_slice(&whole[cut..]);
            let frame = parse(&mut part, usize::MAX).unwrap().unwrap();
            assert_eq!(
                (&part[frame.payload], frame.len),
                (&payload[..], whole.len())
            );
        }
    }
}

#[test]
fn only_the_first_of_many_frames_is_touched() {
    let mut both = masked(Opcode::Text, b"first");
    let second = masked(Opcode::Text, b"second");
    both.extend_from_slice(&second);
    let frame = parse(&mut both, 100).unwrap().unwrap();
    assert_eq!(&both[frame.payload], b"first");
    assert_eq!(&both[frame.len..], second);
}

#[test]
fn too_large_a_payload_is_refused_by_its_head_alone() {
    let whole = &masked(Opcode::Text, &[b'a'; 200])[..];
    assert_eq!(parse(&mut whole[..4].to_vec(), 199), Err(close::TOO_BIG));
    assert!(parse(&mut whole.to_vec(), 200).unwrap().is_some());
    let huge = [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(parse(&mut huge.to_vec(), 1 << 20), Err(close::TOO_BIG));
}

#[test]
fn broken_rules_fail_the_connection() {
    for head in [
        [0x81, 0x00], // not masked
        [0xc1, 0x80], // reserved bits
        [0xa1, 0x80],
        [0x91, 0x80],
        [0x83, 0x80], // unknown kinds
        [0x8b, 0x80],
        [0x09, 0x80], // a ping in fragments
        [0x88, 0xfe], // a close of more than 125 bytes
    ] {
        assert_eq!(
            parse(&mut head.to_vec(), 1 << 20),
            Err(close::PROTOCOL_ERROR),
            "{head:x?}"
        );
    }
}

#[test]
fn compression_is_for_the_first_frame_of_a_message_where_it_was_agreed_to() {
    for (first, agreed, allowed) in [
        (0xc1, true, true),
        (0x41, true, true),
        (0xc2, true, true),
        (0xc1, false, false),
        (0xc0, true, false), // a continuation
        (0xc9, true, false), // a ping
        (0xc8, true, false),
        (0xe1, true, false), // the other reserved bits
        (0xd1, true, false),
    ] {
        let mut bytes = [first, 0x81, 0, 0, 0, 0, b'x'];
        let parsed = parse_negotiated(&mut bytes, 9, agreed);
        match allowed {
            true => assert!(parsed.unwrap().unwrap().compressed, "{first:x}"),
            false => assert_eq!(parsed, Err(close::PROTOCOL_ERROR), "{first:x}"),
        }
    }
    let plain = parse_negotiated(&mut [0x81, 0x80, 0, 0, 0, 0], 9, true);
    assert!(!plain.unwrap().unwrap().compressed);
}

#[test]
fn lengths_are_written_in_their_shortest_form() {
    for (len, head) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        assert_eq!(encode(Opcode::Binary, &vec![0; len]).len(), head + len);
    }
}

proptest! {
    #[test]
    fn noise_never_panics_and_is_read_as_tungstenite_reads_it(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        match (ours(&bytes), oracle(&bytes)) {
            (Ok(a), Ok(b)) => prop_assert_eq!(a, b),
            // A length that does not even fit into memory is refused here, and waited for there.
            (Err(close::TOO_BIG), _) | (Err(_), Err(())) => {}
            // Two bytes are enough here to see a broken rule; the oracle wants the whole head first.
            (Err(_), Ok(None)) => {}
            (a, b) => prop_assert!(false, "{a:?} {b:?}"),
        }
    }

    #[test]
    fn frames_of_tungstenite_are_read(
        payload in proptest::collection::vec(any::<u8>(), 0..700),
        mask: [u8; 4],
        text: bool,
        fin: bool,
    ) {
        let data = if text { Data::Text } else { Data::Binary };
        let header = FrameHeader { is_final: fin, opcode: OpCode::Data(data), mask: Some(mask), ..FrameHeader::default() };
        let mut bytes = Vec::new();
        header.format(payload.len() as u64, &mut bytes).unwrap();
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        let expected = (if text { 1 } else { 2 }, fin, payload, bytes.len());
        prop_assert_eq!(ours(&bytes), Ok(Some(expected)));
    }

    #[test]
    fn frames_are_written_as_tungstenite_reads_them(payload in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let bytes = encode(Opcode::Binary, &payload);
        let mut cursor = std::io::Cursor::new(&bytes[..]);
        let (header, len) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        prop_assert_eq!(len as usize, payload.len());
        prop_assert!(header.is_final && header.mask.is_none());
        prop_assert_eq!(&bytes[cursor.position() as usize..], &payload[..]);
    }

    #[test]
    fn masking_twice_changes_nothing(payload in proptest::collection::vec(any::<u8>(), 0..100), mask: [u8; 4]) {
        let mut twice = payload.clone();
        apply_mask(&mut twice, mask);
        apply_mask(&mut twice, mask);
        prop_assert_eq!(twice, payload);
    }
}
