//! The blocks of a GIF (GIF89a, appendix B), without looking into them.

/// Before the first block: signature, version, and the screen.
const HEADER: usize = 13;
/// Behind the mark of an image: its place and flags.
const DESCRIPTOR: usize = 9;

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many bytes are missing of the header; the flags are the third last.
    Header(usize),
    /// Between blocks.
    Block,
    /// So many bytes are missing of an image's descriptor; the flags are the last.
    Descriptor(usize),
    /// So many bytes to pass over, and what comes then.
    Skip(usize, Then),
    /// Behind an extension's mark, or an image's color table: one byte, and parts.
    Byte,
    /// The length of the next part, or none.
    Part,
    End,
    Damaged,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    Block,
    Byte,
    Part,
}

/// A GIF on its way.
#[derive(Debug)]
pub(super) struct Gif {
    state: State,
    flags: u8,
    has_image: bool,
}

impl Default for Gif {
    fn default() -> Self {
        Self {
            state: State::Header(HEADER),
            flags: 0,
            has_image: false,
        }
    }
}

impl Gif {
    pub(super) fn push(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, behind)) = bytes.split_first() {
            if let State::Skip(left, then) = self.state {
                let skipped = left.min(bytes.len());
                bytes = &bytes[skipped..];
                self.state = match left - skipped {
                    0 => then.state(),
                    left => State::Skip(left, then),
                };
                continue;
            }
            bytes = behind;
            self.state = self.after(byte);
        }
    }

    fn after(&mut self, byte: u8) -> State {
        match self.state {
            State::Header(left) => {
                if left == 3 {
                    self.flags = byte;
                }
                match left {
                    1 => color_table(self.flags, Then::Block),
                    _ => State::Header(left - 1),
                }
            }
            State::Block => match byte {
                b',' => {
                    self.has_image = true;
                    State::Descriptor(DESCRIPTOR)
                }
                b'!' => State::Byte,
                b';' => State::End,
                // Some programs put one too many behind a block, and every viewer passes over it.
                0 => State::Block,
                _ => State::Damaged,
            },
            State::Descriptor(1) => color_table(byte, Then::Byte),
            State::Descriptor(left) => State::Descriptor(left - 1),
            State::Byte => State::Part,
            State::Part => match byte {
                0 => State::Block,
                length => State::Skip(usize::from(length), Then::Part),
            },
            State::Skip(..) | State::End | State::Damaged => self.state,
        }
    }

    pub(super) fn is_damaged(&self) -> bool {
        matches!(self.state, State::Damaged)
    }

    /// Also without the last byte, which some programs leave out, if it ends behind an image.
    pub(super) fn is_complete(&self) -> bool {
        match self.state {
            State::End => true,
            State::Block => self.has_image,
            _ => false,
        }
    }
}

impl Then {
    fn state(self) -> State {
        match self {
            Self::Block => State::Block,
            Self::Byte => State::Byte,
            Self::Part => State::Part,
        }
    }
}

/// The colors that the flags announce.
fn color_table(flags: u8, then: Then) -> State {
    match flags & 0x80 {
        0 => then.state(),
        _ => State::Skip(3 << ((flags & 7) + 1), then),
    }
}
