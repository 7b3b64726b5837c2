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
fn listening_stops_when_told() {
    assert_eq!(listen(wav(1, 1.0), &AtomicBool::new(true)), None);
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
