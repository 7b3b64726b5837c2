//! Socket ids of any server of the protocol: others make theirs of larger numbers than ours.

use crate::SocketId;
use crate::socket_id::SocketIdError;
use std::fmt;
use std::str::FromStr;

/// A socket id that may be another server's: two decimal numbers of 64 bits with a dot between them, without leading zeros.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnySocketId {
    high: u64,
    low: u64,
}

impl AnySocketId {
    /// As an id of this program's server, if it can be one.
    pub fn own(self) -> Option<SocketId> {
        let (high, low) = (
            u32::try_from(self.high).ok()?,
            u32::try_from(self.low).ok()?,
        );
        Some(SocketId::from_random(
            (u64::from(high) << 32) | u64::from(low),
        ))
    }
}

impl From<SocketId> for AnySocketId {
    fn from(id: SocketId) -> Self {
        let (high, low) = id.halves();
        Self {
            high: high.into(),
            low: low.into(),
        }
    }
}

impl FromStr for AnySocketId {
    type Err = SocketIdError;

    fn from_str(text: &str) -> Result<Self, SocketIdError> {
        let (high, low) = text.split_once('.').ok_or(SocketIdError)?;
        let half = |part: &str| part.parse().map_err(|_| SocketIdError);
        let id = Self {
            high: half(high)?,
            low: half(low)?,
        };
        // What is signed is the text: one that would be written otherwise is no id.
        match id.to_string() == text {
            true => Ok(id),
            false => Err(SocketIdError),
        }
    }
}

impl fmt::Display for AnySocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.high, self.low)
    }
}

impl fmt::Debug for AnySocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_other_servers_survive_their_text_and_are_none_of_ours() {
        for text in ["8698128684.2426038848", "1.18446744073709551615"] {
            let id: AnySocketId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(id.own(), None);
        }
    }

    #[test]
    fn our_ids_are_among_them() {
        for bits in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            let own = SocketId::from_random(bits);
            let any: AnySocketId = own.to_string().parse().unwrap();
            assert_eq!((any, any.own()), (own.into(), Some(own)));
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
            "+1.2",
            "01.2",
            "1.2.3",
            "1.18446744073709551616",
            "a.b",
            "1. 2",
        ] {
            assert!(text.parse::<AnySocketId>().is_err(), "{text}");
        }
    }
}
