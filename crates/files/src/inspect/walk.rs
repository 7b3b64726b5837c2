//! Walks along a picture while it streams, so that one without an end is found out, and a photo loses what its camera wrote into it.
//!
//! Formats whose end can be told otherwise (PNG, WebP) are not walked along; what is no picture passes as it is.

use super::gif::Gif;
use super::jpeg::Jpeg;
use bytes::Bytes;

/// What of the pushed bytes is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All of them.
    AsTheyAre,
    /// These in their place, which may be none.
    Instead(Bytes),
}

/// A file on its way.
#[derive(Debug)]
pub(super) enum Walk {
    /// So many bytes were as those that a JPEG begins with.
    Start(usize),
    Jpeg(Jpeg),
    Gif(Gif),
    Other,
}

/// The first bytes of a JPEG: the beginning, and that of its first segment.
const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

impl Walk {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Kept {
        let mut kept = Vec::new();
        let mut rest = bytes;
        while let (Self::Start(n), Some((first, behind))) = (&mut *self, rest.split_first()) {
            if *first != JPEG[*n] {
                *self = match (*n, *first) {
                    (0, b'G') => Self::Gif(Gif::default()),
                    _ => Self::Other,
                };
                break;
            }
            *n += 1;
            rest = behind;
            if *n == JPEG.len() {
                *self = Self::Jpeg(Jpeg::default());
            } else {
                kept.push(*first);
            }
        }
        match self {
            Self::Jpeg(jpeg) => {
                jpeg.push(rest, &mut kept);
                Kept::Instead(kept.into())
            }
            Self::Gif(gif) => {
                gif.push(rest);
                Kept::AsTheyAre
            }
            Self::Start(_) | Self::Other => Kept::AsTheyAre,
        }
    }

    /// Whether what came is no picture of its kind, whatever comes.
    pub(super) fn is_damaged(&self) -> bool {
        match self {
            Self::Jpeg(jpeg) => jpeg.is_damaged(),
            Self::Gif(gif) => gif.is_damaged(),
            Self::Start(_) | Self::Other => false,
        }
    }

    /// Whether the picture came to its end, if it is one that is walked along.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Jpeg(jpeg) => jpeg.is_complete(),
            Self::Gif(gif) => gif.is_complete(),
            // Less than a JPEG's first bytes.
            Self::Start(_) => false,
            Self::Other => true,
        }
    }
}

#[cfg(test)]
mod tests;
