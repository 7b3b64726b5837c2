//! A ZIP that is written without going back, sans-IO: each method gives the bytes that come next.
//!
//! Nothing is compressed. What is known of an entry only at its end, its length and checksum, stands behind it and in the directory at the
//! end of the archive. Sizes and places beyond 4 GiB, and more than 65,535 entries, are written as ZIP64 has them, and only these.

use std::io::{Error, Result};

/// The version that reads it, and the one with ZIP64.
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
/// The length stands behind the entry; names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// 1980-01-01, the earliest there is: what counts stands in the entries.
const DATE: u16 = 1 << 5 | 1;
/// In the place of a number that stands in a ZIP64 field.
const ELSEWHERE: u32 = u32::MAX;

/// An archive that is being written.
#[derive(Debug, Default)]
pub(super) struct Zip {
    offset: u64,
    entries: Vec<Entry>,
    open: Option<(u64, u32)>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    offset: u64,
    size: u64,
    crc: u32,
}

impl Zip {
    /// Begins an entry. Names are unique, relative, and shorter than 64 KiB.
    pub(super) fn begin(&mut self, name: &str) -> Vec<u8> {
        let mut head = Vec::with_capacity(30 + name.len());
        u32_le(&mut head, 0x0403_4b50);
        for value in [VERSION, FLAGS, 0, 0, DATE] {
            u16_le(&mut head, value);
        }
        for _ in ["checksum", "size", "length"] {
            u32_le(&mut head, 0);
        }
        u16_le(&mut head, name.len() as u16);
        u16_le(&mut head, 0);
        head.extend_from_slice(name.as_bytes());
        self.entries.push(Entry {
            name: name.to_owned(),
            offset: self.offset,
            size: 0,
            crc: 0,
        });
        self.open = Some((0, ELSEWHERE));
        self.offset += head.len() as u64;
        head
    }

    /// Counts what comes next in the entry that is open; it is written as it is. An entry of 4 GiB is an error.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Result<()> {
        let Some((size, crc)) = &mut self.open else {
            return Err(Error::other("no entry is open"));
        };
        *size += bytes.len() as u64;
        *crc = bytes.iter().fold(*crc, |crc, byte| {
            CRC[usize::from(crc as u8 ^ byte)] ^ crc >> 8
        });
        if *size >= u64::from(ELSEWHERE) {
            return Err(Error::other("an entry is larger than 4 GiB"));
        }
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Ends the entry that is open.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut tail = Vec::with_capacity(16);
        if let (Some((size, crc)), Some(entry)) = (self.open.take(), self.entries.last_mut()) {
            (entry.size, entry.crc) = (size, !crc);
            for value in [0x0807_4b50, entry.crc, size as u32, size as u32] {
                u32_le(&mut tail, value);
            }
        }
        self.offset += tail.len() as u64;
        tail
    }

    /// The directory, which is the end.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let (start, n_entries) = (self.offset, self.entries.len());
        let mut end = Vec::with_capacity(n_entries * 80 + 98);
        for entry in std::mem::take(&mut self.entries) {
            directory_entry(&mut end, &entry);
        }
        let length = end.len() as u64;
        if start + length >= u64::from(ELSEWHERE) || n_entries >= usize::from(u16::MAX) {
            end_64(&mut end, start, length, n_entries as u64);
        }
        u32_le(&mut end, 0x0605_4b50);
        u16_le(&mut end, 0);
        u16_le(&mut end, 0);
        let short = u16::try_from(n_entries).unwrap_or(u16::MAX);
        u16_le(&mut end, short);
        u16_le(&mut end, short);
        u32_le(&mut end, u32::try_from(length).unwrap_or(ELSEWHERE));
        u32_le(&mut end, u32::try_from(start).unwrap_or(ELSEWHERE));
        u16_le(&mut end, 0);
        end
    }
}

fn directory_entry(end: &mut Vec<u8>, entry: &Entry) {
    let offset = u32::try_from(entry.offset)
        .ok()
        .filter(|at| *at != ELSEWHERE);
    let version = if offset.is_some() {
        VERSION
    } else {
        VERSION_64
    };
    u32_le(end, 0x0201_4b50);
    for value in [version, version, FLAGS, 0, 0, DATE] {
        u16_le(end, value);
    }
    for value in [entry.crc, entry.size as u32, entry.size as u32] {
        u32_le(end, value);
    }
    u16_le(end, entry.name.len() as u16);
    u16_le(end, if offset.is_some() { 0 } else { 12 });
    for _ in ["comment", "disk", "internal"] {
        u16_le(end, 0);
    }
    u32_le(end, 0);
    u32_le(end, offset.unwrap_or(ELSEWHERE));
    end.extend_from_slice(entry.name.as_bytes());
    if offset.is_none() {
        u16_le(end, 1);
        u16_le(end, 8);
        end.extend_from_slice(&entry.offset.to_le_bytes());
    }
}

fn end_64(end: &mut Vec<u8>, start: u64, length: u64, n_entries: u64) {
    let at = start + length;
    u32_le(end, 0x0606_4b50);
    end.extend_from_slice(&44_u64.to_le_bytes());
    u16_le(end, VERSION_64);
    u16_le(end, VERSION_64);
    u32_le(end, 0);
    u32_le(end, 0);
    for value in [n_entries, n_entries, length, start] {
        end.extend_from_slice(&value.to_le_bytes());
    }
    u32_le(end, 0x0706_4b50);
    u32_le(end, 0);
    end.extend_from_slice(&at.to_le_bytes());
    u32_le(end, 1);
}

fn u16_le(to: &mut Vec<u8>, value: u16) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn u32_le(to: &mut Vec<u8>, value: u32) {
    to.extend_from_slice(&value.to_le_bytes());
}

/// The table of CRC-32 (IEEE 802.3).
const CRC: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xedb8_8320 ^ crc >> 1
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// As PKWARE's APPNOTE has it, byte by byte.
    #[test]
    fn an_archive_of_one_file_is_as_the_format_has_it() {
        let mut zip = Zip::default();
        let mut archive = zip.begin("a.txt");
        zip.data(b"123456789").unwrap();
        archive.extend_from_slice(b"123456789");
        archive.extend(zip.end());
        archive.extend(zip.finish());
        let head = b"PK\x03\x04\x14\0\x08\x08\0\0\0\0\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.txt123456789";
        let descriptor = b"PK\x07\x08\x26\x39\xf4\xcb\x09\0\0\0\x09\0\0\0";
        let directory = b"PK\x01\x02\x14\0\x14\0\x08\x08\0\0\0\0\x21\0\x26\x39\xf4\xcb\x09\0\0\0\x09\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a.txt";
        let end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\x3c\0\0\0\0\0";
        assert_eq!(archive, [&head[..], descriptor, directory, end].concat());
    }

    #[test]
    fn what_lies_beyond_4_gib_is_told_as_zip64_has_it() {
        let mut zip = Zip {
            offset: 5 << 32,
            ..Zip::default()
        };
        zip.begin("far");
        zip.end();
        let end = zip.finish();
        let extra = [&[1, 0, 8, 0][..], &(5_u64 << 32).to_le_bytes()].concat();
        assert!(end.windows(12).any(|part| part == extra), "{end:?}");
        assert!(end.windows(4).any(|part| part == b"PK\x06\x06"));
        assert!(end.windows(4).any(|part| part == b"PK\x06\x07"));
    }

    #[test]
    fn an_entry_of_4_gib_is_refused() {
        let mut zip = Zip::default();
        zip.data(b"x").unwrap_err();
        zip.begin("large");
        zip.open = Some((u64::from(u32::MAX) - 2, 0));
        zip.data(b"x").unwrap();
        zip.data(b"x").unwrap_err();
    }
}
