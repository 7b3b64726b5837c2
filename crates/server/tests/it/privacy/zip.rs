//! A reader of ZIPs in which nothing is compressed, by their directory, as other programs read them.

use std::collections::BTreeMap;

/// The entries by their names. Every length and checksum in the archive is compared.
pub(super) fn unzip(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let u16_at = |at: usize| u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()) as usize;
    let u32_at = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap());
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06", "it has an end");
    let (n_entries, mut at) = (u16_at(end + 10), u32_at(end + 16) as usize);
    let mut entries = BTreeMap::new();
    for _ in 0..n_entries {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (crc, size) = (u32_at(at + 16), u32_at(at + 24) as usize);
        let (name_length, extra) = (u16_at(at + 28), u16_at(at + 30));
        let name = String::from_utf8(archive[at + 46..at + 46 + name_length].to_vec()).unwrap();
        let head = u32_at(at + 42) as usize;
        assert_eq!(&archive[head..head + 4], b"PK\x03\x04", "{name}");
        let start = head + 30 + u16_at(head + 26) + u16_at(head + 28);
        let content = archive[start..start + size].to_vec();
        assert_eq!(crc32(&content), crc, "{name}");
        assert_eq!(&archive[start + size..start + size + 4], b"PK\x07\x08");
        assert!(
            entries.insert(name, content).is_none(),
            "a name is there once"
        );
        at += 46 + name_length + extra;
    }
    assert_eq!(at, end, "the directory ends where the archive does");
    entries
}

/// Bit by bit: another way than the code under test goes.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            if carry == 1 {
                crc ^= 0xedb8_8320;
            }
        }
    }
    !crc
}
