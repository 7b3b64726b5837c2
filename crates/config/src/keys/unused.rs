//! Keys that a Laravel `.env` commonly holds and that this version does not use.
//!
//! They are listed so that such a file works as it is. Where another value would promise something that does not happen, that
//! value is an error; where it changes nothing for the chat, it is a notice at start or nothing at all.

/// A key that is known and has no effect.
#[derive(Debug, Clone, Copy)]
pub struct UnusedKey {
    /// As it is written in `.env`.
    pub name: &'static str,
    /// Which values pass.
    pub accepted: Accepted,
    /// A sentence on what happens instead.
    pub note: &'static str,
}

/// What an unused key may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Any value, without a word.
    Anything,
    /// These values without a word; any other gives a notice with the note.
    Notice(&'static [&'static str]),
    /// These values; any other is an error with the note.
    Only(&'static [&'static str]),
}

/// All of them; a name is never in the table of keys as well.
pub static UNUSED: &[UnusedKey] = &[
    UnusedKey {
        name: "FILESYSTEM_DRIVER",
        accepted: Accepted::Notice(&["local", "public"]),
        note: "The key is FILESYSTEM_DISK, as in Laravel since its version 9.",
    },
    UnusedKey {
        name: "REVERB_SERVER",
        accepted: Accepted::Only(&["reverb"]),
        note: "There is one server, and it is called reverb.",
    },
    UnusedKey {
        name: "REVERB_PULSE_INGEST_INTERVAL",
        accepted: Accepted::Anything,
        note: "Laravel Pulse is not fed.",
    },
    UnusedKey {
        name: "REVERB_TELESCOPE_INGEST_INTERVAL",
        accepted: Accepted::Anything,
        note: "Laravel Telescope is not fed.",
    },
    UnusedKey {
        name: "ANTIPHON_BIN",
        accepted: Accepted::Anything,
        note: "The browser tests find the program by it.",
    },
    UnusedKey {
        name: "ANTIPHON_TEST_S3",
        accepted: Accepted::Anything,
        note: "The tests of files in a bucket find their server by it.",
    },
    UnusedKey {
        name: "ANTIPHON_TEST_POSTGRES",
        accepted: Accepted::Anything,
        note: "The tests of the store on PostgreSQL find their server by it.",
    },
];

pub(super) fn find(name: &str) -> Option<&'static UnusedKey> {
    UNUSED.iter().find(|key| key.name == name)
}
