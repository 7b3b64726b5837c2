//! The one table of error and close codes that clients of this server can meet.
//!
//! A code is the number in a `pusher:error` and, where the connection ends, in the close frame too: both carry the same meaning.
//! Clients act on the range, not the single number, so a new code must be put where its reaction is right.

/// An error or close code of the Pusher protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Code {
    /// The application only takes TLS connections.
    TlsOnly = 4000,
    /// No application has the key of the URL.
    AppNotFound = 4001,
    /// The application is switched off.
    AppDisabled = 4003,
    /// The application has as many connections as it may have.
    AppOverQuota = 4004,
    /// The URL is not one of this server's.
    PathNotFound = 4005,
    /// `protocol` in the URL is not a number.
    BadVersion = 4006,
    /// `protocol` in the URL is a version that this server does not speak.
    UnsupportedVersion = 4007,
    /// `protocol` is missing in the URL.
    NoVersion = 4008,
    /// Wrong origin, wrong signature, or a user that was shut out.
    Unauthorized = 4009,
    /// The server, or this client's share of it, is full; or the client reads too slowly.
    OverCapacity = 4100,
    /// The server asks the client to come back at once: it is being restarted.
    Reconnect = 4200,
    /// The client did not answer a ping in time.
    PongTimeout = 4201,
    /// The connection was not used for too long.
    Inactive = 4202,
    /// A client event was refused, or the client sends too much.
    ClientEventRejected = 4301,
    /// The watch list of a signed-in user is too long.
    WatchlistLimit = 4302,
}

/// What a stock client does when a connection is closed with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Connect again over TLS, at once.
    UseTls,
    /// Give up for good: the connection can never succeed unchanged.
    GiveUp,
    /// Connect again after a second.
    BackOff,
    /// Connect again at once.
    Retry,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 15] = [
        Self::TlsOnly,
        Self::AppNotFound,
        Self::AppDisabled,
        Self::AppOverQuota,
        Self::PathNotFound,
        Self::BadVersion,
        Self::UnsupportedVersion,
        Self::NoVersion,
        Self::Unauthorized,
        Self::OverCapacity,
        Self::Reconnect,
        Self::PongTimeout,
        Self::Inactive,
        Self::ClientEventRejected,
        Self::WatchlistLimit,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The text that goes with the code where nothing more exact is known.
    pub const fn message(self) -> &'static str {
        match self {
            Self::TlsOnly => "This application only accepts TLS connections, reconnect with wss://",
            Self::AppNotFound => "Application does not exist",
            Self::AppDisabled => "Application is disabled",
            Self::AppOverQuota => "Application is over its connection quota",
            Self::PathNotFound => "Path not found",
            Self::BadVersion => "Invalid protocol version: it must be a number",
            Self::UnsupportedVersion => "Unsupported protocol version",
            Self::NoVersion => "No protocol version supplied",
            Self::Unauthorized => "Connection is unauthorized",
            Self::OverCapacity => "Over capacity, try again later",
            Self::Reconnect => "The server is restarting, please reconnect",
            Self::PongTimeout => "No reply to ping within the time limit",
            Self::Inactive => "Closed after inactivity",
            Self::ClientEventRejected => "Client event rejected",
            Self::WatchlistLimit => "Watchlist limit exceeded",
        }
    }

    /// What a stock client does when its connection is closed with this code.
    pub const fn reaction(self) -> Reaction {
        match self.number() {
            4000 => Reaction::UseTls,
            4001..=4099 => Reaction::GiveUp,
            4100..=4199 => Reaction::BackOff,
            4200..=4299 => Reaction::Retry,
            _ => Reaction::GiveUp,
        }
    }

    /// Whether a stock client that is closed with this code never comes back by itself.
    pub const fn is_terminal(self) -> bool {
        matches!(self.reaction(), Reaction::GiveUp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(
            Code::ALL
                .windows(2)
                .all(|pair| pair[0].number() < pair[1].number())
        );
    }

    #[test]
    fn only_codes_that_cannot_heal_are_terminal() {
        let healing: Vec<u16> = Code::ALL
            .iter()
            .filter(|code| !code.is_terminal())
            .map(|code| code.number())
            .collect();
        assert_eq!(healing, [4000, 4100, 4200, 4201, 4202]);
    }

    #[test]
    fn every_message_fits_into_a_close_frame() {
        assert!(
            Code::ALL
                .iter()
                .all(|code| code.message().len() <= crate::ws::close::MAX_REASON)
        );
    }
    #[test]
    fn the_documentation_has_every_code_with_its_text_and_reaction() {
        let page = include_str!("../../../docs/protocol.md");
        let documented: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| 4"))
            .collect();
        assert_eq!(documented.len(), Code::ALL.len());
        for (code, row) in Code::ALL.iter().zip(documented) {
            let reaction = match code.reaction() {
                Reaction::UseTls => "connect with TLS, at once",
                Reaction::GiveUp => "give up",
                Reaction::BackOff => "come back after a second",
                Reaction::Retry => "come back at once",
            };
            let expected = format!("| {} | {} | {reaction} | ", code.number(), code.message());
            assert!(row.starts_with(&expected), "{row}\nmust begin\n{expected}");
        }
    }
}
