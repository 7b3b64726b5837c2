use super::*;

/// A WAV of so many seconds at 8 kHz: silence, and from half of it on a tone as loud as `volume`.
fn wav(seconds: u32, volume: f32) -> Vec<u8> {
    let n_samples = seconds * 8000;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + n_samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((n_samples * 2).to_le_bytes());
    for n in 0..n_samples {
        let loud = if n < n_samples / 2 { 0.0 } else { volume };
        let sample = (n as f32 * 0.7).sin() * loud * 32_767.0;
        bytes.extend((sample as i16).to_le_bytes());
    }
    bytes
}

fn listen_to(bytes: Vec<u8>) -> Option<Sound> {
    listen(bytes, &AtomicBool::new(false))
}

#[test]
fn a_recording_is_as_long_and_as_loud_as_it_is() {
    let sound = listen_to(wav(3, 0.5)).unwrap();
    assert_eq!(sound.duration_ms, 3000);
    let waveform = sound.waveform.unwrap();
    assert_eq!(waveform.parts()[..30], [0; 30]);
    assert!(
        waveform.parts()[34..]
            .iter()
            .all(|part| (48..=51).contains(part)),
        "{waveform:?}"
    );
}

#[test]
fn the_shortest_recording_has_all_its_parts() {
    let mut short = wav(1, 1.0);
    short.truncate(44 + 200);
    let waveform = listen_to(short).unwrap().waveform.unwrap();
    assert_eq!(waveform.parts().len(), Waveform::PARTS);
}

#[test]
fn peaks_of_a_long_recording_are_joined() {
    let mut heard = Heard::default();
    for n in 0..400_000 {
        let sample = if n == 300_000 { 1.0 } else { 0.1 };
        heard.samples(50, 1, &[sample]);
    }
    assert!(heard.peaks.len() < MAX_PEAKS && heard.window == 4);
    let parts = heard.sound(0, 0).unwrap().waveform.unwrap();
    assert_eq!(parts.parts()[48], 100);
    assert_eq!(parts.parts()[10], 10);
}

#[test]
fn a_recording_that_takes_too_long_to_decode_has_a_length_all_the_same() {
    let expected = Sound {
        duration_ms: 3000,
        waveform: None,
    };
    assert_eq!(listen(wav(3, 1.0), &AtomicBool::new(true)), Some(expected));
    let opus = listen(WEBM.to_vec(), &AtomicBool::new(true)).unwrap();
    assert!((1000..1400).contains(&opus.duration_ms), "{opus:?}");
    assert_eq!(opus.waveform, None);
}

#[test]
fn what_makes_no_sound_is_none() {
    for bytes in [
        b"".to_vec(),
        b"OggS".to_vec(),
        vec![0; 4000],
        wav(1, 1.0)[..40].to_vec(),
    ] {
        assert_eq!(listen_to(bytes), None);
    }
}

/// What Chromium's `MediaRecorder` made of 0.6 s of silence and a tone of half the loudness behind it.
const WEBM: &[u8] = include_bytes!("../../fixtures/chromium-opus.webm");
const MP4: &[u8] = include_bytes!("../../fixtures/chromium-opus.mp4");

/// The packets of a recording in an Ogg, as Firefox would have put them.
fn in_ogg(recording: &[u8]) -> Vec<u8> {
    let source = MediaSourceStream::new(
        Box::new(Cursor::new(recording.to_vec())),
        MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            source,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .unwrap();
    let mut ogg = Vec::new();
    let mut page = |flags: u8, position: u64, number: u32, packet: &[u8]| {
        let start = ogg.len();
        ogg.extend(b"OggS\0");
        ogg.push(flags);
        ogg.extend(position.to_le_bytes());
        ogg.extend(7_u32.to_le_bytes());
        ogg.extend(number.to_le_bytes());
        ogg.extend([0; 4]);
        let lacing = packet.len() / 255 + 1;
        ogg.push(u8::try_from(lacing).unwrap());
        ogg.extend(vec![255; lacing - 1]);
        ogg.push((packet.len() % 255) as u8);
        ogg.extend(packet);
        let checksum = ogg[start..].iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ (u32::from(*byte) << 24), |crc, _| {
                (crc << 1) ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        ogg[start + 22..start + 26].copy_from_slice(&checksum.to_le_bytes());
    };
    page(2, 0, 0, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0");
    page(0, 0, 1, b"OpusTags\x04\0\0\0test\0\0\0\0");
    let (mut number, mut position) = (2, 0);
    while let Ok(Some(packet)) = format.next_packet() {
        position += u64::from(opus_samples(&packet.data));
        page(0, position, number, &packet.data);
        number += 1;
    }
    page(4, position, number, b"");
    ogg
}

/// The samples of an Opus packet at 48 kHz, by its first byte (RFC 6716, 3.1), for packets of one or two frames.
fn opus_samples(packet: &[u8]) -> u32 {
    let frame = match packet[0] >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config % 4)],
        config @ 12..16 => [480, 960][usize::from(config % 2)],
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    match packet[0] & 3 {
        0 => frame,
        1 | 2 => frame * 2,
        _ => frame * u32::from(packet[1] & 63),
    }
}

#[test]
fn what_browsers_record_is_heard() {
    for (name, recording) in [
        ("WebM", WEBM.to_vec()),
        ("MP4", MP4.to_vec()),
        ("Ogg", in_ogg(WEBM)),
    ] {
        let content_type = crate::sniff(&recording);
        let expected = format!("audio/{}", name.to_lowercase());
        assert_eq!(content_type.as_str(), expected);
        let sound = listen_to(recording).unwrap();
        assert!(
            (1000..1400).contains(&sound.duration_ms),
            "{name}: {sound:?}"
        );
        let waveform = sound.waveform.unwrap();
        let (silence, tone) = (&waveform.parts()[..24], &waveform.parts()[40..56]);
        assert!(
            silence.iter().all(|part| *part <= 2),
            "{name}: {waveform:?}"
        );
        assert!(
            tone.iter().all(|part| (40..=60).contains(part)),
            "{name}: {waveform:?}"
        );
    }
}

#[test]
fn a_damaged_recording_ends_no_process() {
    for recording in [WEBM, MP4] {
        for at in (0..recording.len()).step_by(131) {
            let mut damaged = recording.to_vec();
            damaged[at] ^= 0xff;
            // Whatever it is taken for.
            drop(listen_to(damaged));
        }
        for end in (0..recording.len()).step_by(501) {
            drop(listen_to(recording[..end].to_vec()));
        }
    }
}

/// What `ffmpeg` made of 0.6 s of silence and 0.6 s of a tone of half the loudness behind it, in one channel.
const OTHERS: [(&str, &str, &[u8]); 4] = [
    (
        "MP3",
        "audio/mpeg",
        include_bytes!("../../fixtures/tone.mp3"),
    ),
    (
        "AAC in MP4",
        "audio/mp4",
        include_bytes!("../../fixtures/tone-aac.m4a"),
    ),
    (
        "AAC by itself",
        "audio/aac",
        include_bytes!("../../fixtures/tone.aac"),
    ),
    (
        "Vorbis",
        "audio/ogg",
        include_bytes!("../../fixtures/tone-vorbis.ogg"),
    ),
];

#[test]
fn what_programs_record_is_heard() {
    for (name, content_type, recording) in OTHERS {
        assert_eq!(crate::sniff(recording).as_str(), content_type, "{name}");
        let sound = listen_to(recording.to_vec()).unwrap_or_else(|| panic!("no sound in {name}"));
        assert!(
            (1150..1300).contains(&sound.duration_ms),
            "{name}: {sound:?}"
        );
        let waveform = sound.waveform.unwrap();
        let (silence, tone) = (&waveform.parts()[..26], &waveform.parts()[38..56]);
        assert!(
            silence.iter().all(|part| *part <= 2),
            "{name}: {waveform:?}"
        );
        assert!(
            tone.iter().all(|part| (40..=60).contains(part)),
            "{name}: {waveform:?}"
        );
    }
}

/// Its steep beginnings have the decoder shift bits out of its words, which a build that checks for that took for an error.
#[test]
fn beeps_from_chromium_have_a_waveform_in_every_build() {
    let beeps = include_bytes!("../../fixtures/chromium-beeps.webm");
    let sound = listen_to(beeps.to_vec()).unwrap();
    assert_eq!(sound.duration_ms, 2280);
    let waveform = sound.waveform.unwrap();
    let n_loud = waveform.parts().iter().filter(|part| **part > 50).count();
    assert!((3..8).contains(&n_loud), "{waveform:?}");
}
