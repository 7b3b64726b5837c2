//! Channel names, and what their prefixes mean.
//!
//! A prefix counts only when it is there exactly, dash included: `privateer` and `my-cache-x` are plain public channels.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The longest channel name that [`ChannelName::parse`] takes, in bytes (all of them ASCII). The stock server libraries stop here too.
pub const MAX_NAME_BYTES: usize = 200;

/// The prefix of the channel of one signed-in user; the only names that may begin with `#`.
pub const SERVER_TO_USER: &str = "#server-to-user-";

/// A checked channel name: 1 to [`MAX_NAME_BYTES`] characters of `A-Z a-z 0-9 _ - = @ , . ;`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelName(Arc<str>);

/// What may be done on a channel, as its prefix says. Whether it also remembers its last event is [`ChannelName::is_cache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Open to everyone who knows the application's key.
    Public,
    /// `private-`: open to those with a signature.
    Private,
    /// `private-encrypted-`: a private channel whose events this server cannot read.
    PrivateEncrypted,
    /// `presence-`: a private channel with a member list.
    Presence,
    /// `#server-to-user-ID`: the connections that are signed in as that user.
    ServerToUser,
}

/// Why a text is no channel name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelNameError {
    /// It is empty.
    #[error("the channel name is empty")]
    Empty,
    /// It is longer than [`MAX_NAME_BYTES`].
    #[error("the channel name has {0} bytes, the most is {MAX_NAME_BYTES}")]
    TooLong(usize),
    /// It has a character that no channel name may have.
    #[error("{0:?} may not be in a channel name")]
    Character(char),
}

impl ChannelName {
    /// Checks a name as it came from a client or a publisher.
    pub fn parse(name: &str) -> Result<Self, ChannelNameError> {
        if name.len() > MAX_NAME_BYTES {
            return Err(ChannelNameError::TooLong(name.len()));
        }
        let rest = name.strip_prefix(SERVER_TO_USER).unwrap_or(name);
        if rest.is_empty() {
            return Err(ChannelNameError::Empty);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-=@,.;".contains(c);
        match rest.chars().find(|&c| !allowed(c)) {
            Some(c) => Err(ChannelNameError::Character(c)),
            None => Ok(Self(name.into())),
        }
    }

    /// The name as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What may be done on the channel.
    pub fn kind(&self) -> ChannelKind {
        if self.0.starts_with("private-encrypted-") {
            ChannelKind::PrivateEncrypted
        } else if self.0.starts_with("private-") {
            ChannelKind::Private
        } else if self.0.starts_with("presence-") {
            ChannelKind::Presence
        } else if self.0.starts_with(SERVER_TO_USER) {
            ChannelKind::ServerToUser
        } else {
            ChannelKind::Public
        }
    }

    /// Whether the channel remembers its last event for those who subscribe later.
    pub fn is_cache(&self) -> bool {
        [
            "cache-",
            "private-cache-",
            "private-encrypted-cache-",
            "presence-cache-",
        ]
        .iter()
        .any(|prefix| self.0.starts_with(prefix))
    }
}

impl ChannelKind {
    /// Whether a subscription needs a signature of the application.
    pub const fn needs_auth(self) -> bool {
        matches!(
            self,
            Self::Private | Self::PrivateEncrypted | Self::Presence
        )
    }
}

impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ChannelName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::str::FromStr for ChannelName {
    type Err = ChannelNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn kind_of(name: &str) -> (ChannelKind, bool) {
        let name = ChannelName::parse(name).unwrap();
        (name.kind(), name.is_cache())
    }

    #[test]
    fn prefixes_decide_the_kind() {
        use ChannelKind::*;
        assert_eq!(kind_of("orders"), (Public, false));
        assert_eq!(kind_of("cache-orders"), (Public, true));
        assert_eq!(kind_of("private-orders"), (Private, false));
        assert_eq!(kind_of("private-cache-orders"), (Private, true));
        assert_eq!(
            kind_of("private-encrypted-orders"),
            (PrivateEncrypted, false)
        );
        assert_eq!(
            kind_of("private-encrypted-cache-orders"),
            (PrivateEncrypted, true)
        );
        assert_eq!(kind_of("presence-orders"), (Presence, false));
        assert_eq!(kind_of("presence-cache-orders"), (Presence, true));
        assert_eq!(kind_of("#server-to-user-7"), (ServerToUser, false));
    }

    #[test]
    fn a_prefix_must_be_exact_and_in_front() {
        use ChannelKind::*;
        for name in [
            "privateer",
            "private",
            "my-private-x",
            "my-cache-x",
            "cached",
            "presences-x",
        ] {
            assert_eq!(kind_of(name), (Public, false), "{name}");
        }
        assert_eq!(kind_of("private-encrypted"), (Private, false));
        assert_eq!(kind_of("private-encryptedcache-x"), (Private, false));
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(ChannelName::parse(""), Err(ChannelNameError::Empty));
        assert_eq!(
            ChannelName::parse("#server-to-user-"),
            Err(ChannelNameError::Empty)
        );
        assert_eq!(
            ChannelName::parse("#room"),
            Err(ChannelNameError::Character('#'))
        );
        assert_eq!(
            ChannelName::parse("a b"),
            Err(ChannelNameError::Character(' '))
        );
        assert_eq!(
            ChannelName::parse("caf\u{e9}"),
            Err(ChannelNameError::Character('\u{e9}'))
        );
        assert_eq!(
            ChannelName::parse("a\0"),
            Err(ChannelNameError::Character('\0'))
        );
        assert!(ChannelName::parse("Az09_-=@,.;").is_ok());
        assert!(ChannelName::parse(&"a".repeat(200)).is_ok());
        assert_eq!(
            ChannelName::parse(&"a".repeat(201)),
            Err(ChannelNameError::TooLong(201))
        );
    }
}
