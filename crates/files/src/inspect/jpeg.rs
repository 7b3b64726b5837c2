//! The segments of a JPEG (ITU T.81, annex B), and which of them are the picture.
//!
//! A photo is kept without what its camera, its phone and its programs wrote into it: the place, the time, the device, a small copy
//! of the picture before it was cut, films and further pictures behind its end. What decoding needs stays: tables, frames and scans,
//! and of the application segments the color space (JFIF, Adobe) and the color profile. How the picture is turned is written anew,
//! alone, since it would be shown otherwise lying on its side.

use super::exif;

/// Segments without a length: T.81, table B.1.
const TEM: u8 = 0x01;
const RST: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
/// Behind its header come the coded pixels, up to the next marker.
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

#[derive(Debug)]
enum State {
    /// Between segments; whether the byte before was 0xff.
    Marker(bool),
    /// The length of a segment, and its first byte if it is here.
    Length(u8, Option<u8>),
    /// So many bytes are missing of a segment.
    Segment(u8, usize),
    /// Coded pixels; whether the byte before was 0xff.
    Scan(bool),
    End,
    Damaged,
}

/// A JPEG on its way, behind its first three bytes.
#[derive(Debug)]
pub(super) struct Jpeg {
    state: State,
    /// A segment that is looked at when it is complete: 64 KiB at most.
    segment: Vec<u8>,
    has_scan: bool,
    has_exif: bool,
}

impl Default for Jpeg {
    fn default() -> Self {
        Self {
            state: State::Marker(true),
            segment: Vec::new(),
            has_scan: false,
            has_exif: false,
        }
    }
}

impl Jpeg {
    /// Takes the next bytes, and writes what is to be kept of them.
    pub(super) fn push(&mut self, mut bytes: &[u8], kept: &mut Vec<u8>) {
        while let Some((&byte, behind)) = bytes.split_first() {
            match self.state {
                State::Segment(marker, left) => {
                    let taken = left.min(bytes.len());
                    let (part, rest) = bytes.split_at(taken);
                    bytes = rest;
                    match fate(marker) {
                        Fate::Stays => kept.extend_from_slice(part),
                        Fate::Depends => self.segment.extend_from_slice(part),
                        Fate::Goes => {}
                    }
                    self.state = State::Segment(marker, left - taken);
                    if left == taken {
                        self.end_segment(marker, kept);
                    }
                }
                State::Scan(false) => {
                    let end = bytes.iter().position(|byte| *byte == 0xff);
                    let (pixels, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
                    kept.extend_from_slice(pixels);
                    bytes = rest.get(1..).unwrap_or_default();
                    self.state = State::Scan(end.is_some());
                }
                State::Scan(true) => {
                    bytes = behind;
                    match byte {
                        // A pixel that looks like a marker, or a mark to start again from.
                        0 => {
                            kept.extend([0xff, 0]);
                            self.state = State::Scan(false);
                        }
                        0xff => {}
                        marker if RST.contains(&marker) => {
                            kept.extend([0xff, marker]);
                            self.state = State::Scan(false);
                        }
                        marker => self.begin_segment(marker, kept),
                    }
                }
                State::Marker(is_marker) => {
                    bytes = behind;
                    match byte {
                        0xff => self.state = State::Marker(true),
                        // As decoders do, what is between segments is passed over.
                        _ if !is_marker => {}
                        0 => self.state = State::Marker(false),
                        marker => self.begin_segment(marker, kept),
                    }
                }
                State::Length(marker, None) => {
                    bytes = behind;
                    self.state = State::Length(marker, Some(byte));
                }
                State::Length(marker, Some(high)) => {
                    bytes = behind;
                    let length = u16::from_be_bytes([high, byte]);
                    let Some(left) = usize::from(length).checked_sub(2) else {
                        self.state = State::Damaged;
                        return;
                    };
                    if fate(marker) == Fate::Stays {
                        kept.extend([0xff, marker, high, byte]);
                    }
                    self.segment.clear();
                    self.state = State::Segment(marker, left);
                    if left == 0 {
                        self.end_segment(marker, kept);
                    }
                }
                State::End | State::Damaged => return,
            }
        }
    }

    pub(super) fn is_damaged(&self) -> bool {
        matches!(self.state, State::Damaged)
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::End) && self.has_scan
    }

    fn begin_segment(&mut self, marker: u8, kept: &mut Vec<u8>) {
        self.state = match marker {
            EOI => {
                kept.extend([0xff, EOI]);
                State::End
            }
            SOI => State::Damaged,
            // Of no use here.
            TEM => State::Marker(false),
            marker if RST.contains(&marker) => State::Marker(false),
            marker => State::Length(marker, None),
        };
    }

    fn end_segment(&mut self, marker: u8, kept: &mut Vec<u8>) {
        self.state = State::Marker(false);
        match marker {
            SOS => {
                self.has_scan = true;
                self.state = State::Scan(false);
            }
            // Of several the first counts.
            APP1 if !self.has_exif && self.segment.starts_with(exif::EXIF) => {
                self.has_exif = true;
                if let Some(orientation) = exif::orientation(&self.segment) {
                    write_segment(APP1, &exif::with_orientation(orientation), kept);
                }
            }
            APP0 if self.segment.starts_with(b"JFIF\0") => self.keep_segment(marker, kept),
            APP2 if self.segment.starts_with(b"ICC_PROFILE\0") => self.keep_segment(marker, kept),
            APP14 if self.segment.starts_with(b"Adobe") => self.keep_segment(marker, kept),
            _ => {}
        }
    }

    fn keep_segment(&self, marker: u8, kept: &mut Vec<u8>) {
        write_segment(marker, &self.segment, kept);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    Depends,
}

/// Tables, frames and scans stay; what is unknown is no part of the picture.
fn fate(marker: u8) -> Fate {
    match marker {
        APP0 | APP1 | APP2 | APP14 => Fate::Depends,
        0xc0..=0xcf | SOS..=0xdf => Fate::Stays,
        _ => Fate::Goes,
    }
}

/// A segment that came as one is not longer than one can be.
fn write_segment(marker: u8, content: &[u8], kept: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(content.len() + 2) {
        kept.extend([0xff, marker]);
        kept.extend(length.to_be_bytes());
        kept.extend_from_slice(content);
    }
}
