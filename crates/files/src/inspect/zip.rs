//! What a ZIP says that it unpacks to. Nothing is unpacked here, but whoever gets the file may do it, with a double click.

use super::Refusal;
use super::polyglot::{ZIP_END, zip_end};
use antiphon_domain::ContentType;

/// An entry of the central directory, without its names.
const ENTRY: usize = 46;
/// How many times its size an archive may unpack to; text packs to a tenth, a spreadsheet of zeros to a fiftieth.
const MAX_RATIO: u64 = 200;
/// What any archive may unpack to, whatever its ratio: nobody's disk is filled by it.
const ALWAYS_FINE: u64 = 50 * 1024 * 1024;

/// Whether files of this type are ZIPs inside.
pub(super) fn is_container(content_type: &ContentType) -> bool {
    let text = content_type.as_str();
    text == "application/zip"
        || text.starts_with("application/vnd.openxmlformats-officedocument.")
        || text.starts_with("application/vnd.oasis.opendocument.")
}

/// Refuses an archive without an end, and one that unpacks to too much or hides what it unpacks to.
pub(super) fn check(tail: &[u8], size: u64) -> Result<(), Refusal> {
    let end = zip_end(tail).ok_or(Refusal::Damaged)?;
    let n_entries = u16_at(tail, end + 10).ok_or(Refusal::Damaged)?;
    let length = u32_at(tail, end + 12).ok_or(Refusal::Damaged)? as usize;
    // Larger than what is kept of the end: some 3,000 entries, or the escape to 64 bits. No document is like that.
    let mut at = end.checked_sub(length).ok_or(Refusal::Bomb)?;
    let mut unpacked = 0_u64;
    for _ in 0..n_entries {
        if at + ENTRY > end || !tail[at..].starts_with(b"PK\x01\x02") {
            return Err(Refusal::Damaged);
        }
        let field = |offset| u16_at(tail, at + offset).map_or(0, usize::from);
        let entry = u32_at(tail, at + 24).ok_or(Refusal::Damaged)?;
        if entry == u32::MAX {
            return Err(Refusal::Bomb);
        }
        unpacked += u64::from(entry);
        at += ENTRY + field(28) + field(30) + field(32);
    }
    if at != end {
        return Err(Refusal::Damaged);
    }
    if unpacked > ALWAYS_FINE && unpacked / size.max(1) > MAX_RATIO {
        return Err(Refusal::Bomb);
    }
    debug_assert!(end + ZIP_END <= tail.len());
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
