//! The name of an event in its channel's history, by which a client says what it has seen.
//!
//! Stock clients ignore it: they look at `event`, `channel`, `data` and `user_id` alone. It is ours, and opaque to everybody else.

use std::fmt;
use std::str::FromStr;

/// Digits of a serial, hexadecimal: enough for two hundred trillion events.
const SERIAL_DIGITS: usize = 12;
/// Digits of an epoch, hexadecimal.
const EPOCH_DIGITS: usize = 8;
/// Bytes of an id as text.
pub(crate) const LEN: usize = EPOCH_DIGITS + 1 + SERIAL_DIGITS;

/// An event of a channel, or the position right behind it: `EPOCH-SERIAL`, in hexadecimal digits of fixed number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// Tells the histories of different processes apart. Random, one for each process.
    pub epoch: u32,
    /// Grows with every event of the application, so there are gaps within a channel. Below 2^48.
    pub serial: u64,
}

/// The text is no id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the id of an event is {EPOCH_DIGITS} and {SERIAL_DIGITS} hexadecimal digits with a hyphen between them"
)]
pub struct EventIdError;

impl FromStr for EventId {
    type Err = EventIdError;

    fn from_str(text: &str) -> Result<Self, EventIdError> {
        let (epoch, serial) = text.split_once('-').ok_or(EventIdError)?;
        // `from_str_radix` alone would take a plus sign, and upper case would be a second name for the same event.
        let number = |digits: &str, len: usize| {
            let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            let is_number = digits.len() == len && digits.bytes().all(is_plain);
            is_number.then(|| u64::from_str_radix(digits, 16).ok())?
        };
        Ok(Self {
            epoch: number(epoch, EPOCH_DIGITS).ok_or(EventIdError)? as u32,
            serial: number(serial, SERIAL_DIGITS).ok_or(EventIdError)?,
        })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:012x}", self.epoch, self.serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "-",
            "0000000g-000000000001",
            "0000000A-000000000001",
            "+0000001-000000000001",
            "00000001-00000000001",
            "00000001-0000000000011",
            "000000001-000000000001",
            "00000001_000000000001",
            "00000001-000000000001-",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(EventIdError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_read_as_it_was_written(epoch: u32, serial in 0u64..1 << 48) {
            let id = EventId { epoch, serial };
            let text = id.to_string();
            prop_assert_eq!(text.len(), LEN);
            prop_assert_eq!(text.parse(), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<EventId>();
        }
    }
}
