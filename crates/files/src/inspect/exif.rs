//! How a photo is turned, among everything else that its camera wrote down (Exif 2.3, in a TIFF).

/// What an Exif segment begins with.
pub(super) const EXIF: &[u8] = b"Exif\0\0";
/// The tag, and the type of its value.
const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
/// Bytes of an entry.
const ENTRY: usize = 12;

/// Which of the eight ways it is turned, if the segment is Exif and says so. 1 is upright, and as good as nothing.
pub(super) fn orientation(segment: &[u8]) -> Option<u8> {
    let tiff = segment.strip_prefix(EXIF)?;
    let big_endian = match tiff.get(..4)? {
        b"MM\0\x2a" => true,
        b"II\x2a\0" => false,
        _ => return None,
    };
    let bytes = |at: usize, length: usize| tiff.get(at..at.checked_add(length)?);
    let short = |at: usize| {
        let bytes = bytes(at, 2)?.try_into().ok()?;
        Some(match big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    };
    let first = bytes(4, 4)?.try_into().ok()?;
    let first = match big_endian {
        true => u32::from_be_bytes(first),
        false => u32::from_le_bytes(first),
    };
    let first = usize::try_from(first).ok()?;
    let n_entries = usize::from(short(first)?);
    let entries = (0..n_entries).map(|n| first + 2 + n * ENTRY);
    let mut found = entries
        .take_while(|at| bytes(*at, ENTRY).is_some())
        .filter(|at| short(*at) == Some(ORIENTATION) && short(*at + 2) == Some(SHORT));
    let value = short(found.next()? + 8)?;
    u8::try_from(value)
        .ok()
        .filter(|value| (2..=8).contains(value))
}

/// An Exif segment that says this and nothing else.
pub(super) fn with_orientation(orientation: u8) -> Vec<u8> {
    let mut segment = EXIF.to_vec();
    segment.extend(b"MM\0\x2a\0\0\0\x08\0\x01");
    segment.extend(ORIENTATION.to_be_bytes());
    segment.extend(SHORT.to_be_bytes());
    segment.extend([0, 0, 0, 1, 0, orientation, 0, 0]);
    // There is no further list.
    segment.extend([0; 4]);
    segment
}
