//! The name of one connection, known to the client and to its backend.

use std::fmt;
use std::str::FromStr;

/// A socket id: two decimal numbers with a dot between them, as every stock library checks.
///
/// It must never come back: signatures of subscriptions are bound to it, so whoever gets an old id again may use old signatures.
/// Make it from 64 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId {
    high: u32,
    low: u32,
}

/// The text is no socket id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a socket id is two numbers with a dot between them")]
pub struct SocketIdError;

impl SocketId {
    /// The id made of 64 random bits.
    pub const fn from_random(bits: u64) -> Self {
        Self {
            high: (bits >> 32) as u32,
            low: bits as u32,
        }
    }

    /// The bits that it was made of.
    pub const fn to_bits(self) -> u64 {
        (self.high as u64) << 32 | self.low as u64
    }

    /// Its two numbers, in the order in which they are written.
    pub(crate) const fn halves(self) -> (u32, u32) {
        (self.high, self.low)
    }
}

impl FromStr for SocketId {
    type Err = SocketIdError;

    fn from_str(text: &str) -> Result<Self, SocketIdError> {
        // `u32::from_str` alone would take a plus sign.
        let half = |part: &str| match part.bytes().all(|b| b.is_ascii_digit()) {
            true => part.parse().map_err(|_| SocketIdError),
            false => Err(SocketIdError),
        };
        let (high, low) = text.split_once('.').ok_or(SocketIdError)?;
        Ok(Self {
            high: half(high)?,
            low: half(low)?,
        })
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.high, self.low)
    }
}

impl fmt::Debug for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_their_text() {
        for bits in [0, 1, 0xffff_ffff_ffff_ffff, 0x1234_5678_9abc_def0] {
            let id = SocketId::from_random(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            ".",
            "1",
            "1.",
            ".1",
            "1.2.3",
            "+1.2",
            "-1.2",
            "1.a",
            " 1.2",
            "1.2\n",
            "4294967296.1",
        ] {
            assert_eq!(text.parse::<SocketId>(), Err(SocketIdError), "{text:?}");
        }
    }
}
