//! The one table of configuration keys: name, default, kind, and the sentence that explains it.
//!
//! Everything that needs to know a key reads this table: the typed sections, `config:show`, the generated documentation, and
//! the search for misspelled names. Names are never built at run time, so a search for a key finds every use of it.

mod table;
mod unused;

pub use table::KEYS;
pub use unused::{Accepted, UNUSED, UnusedKey};

/// One key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written in `.env`.
    pub name: &'static str,
    /// What holds when nobody sets it.
    pub fallback: Fallback,
    /// What may be written.
    pub kind: Kind,
    /// Never shown, neither by `config:show` nor in an error.
    pub secret: bool,
    /// Whole sentences for the documentation: what it does, with units.
    pub doc: &'static str,
}

/// What a key means when it is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This text, as if it had been written.
    Text(&'static str),
    /// No value; the phrase says what happens then.
    Unset(&'static str),
    /// Made at random once, and kept in the data folder.
    Generated,
}

/// What may be written as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `base64:` and 16 or 32 bytes, as `php artisan key:generate` writes it.
    AppKey,
    /// The beginnings of channel names, separated by commas.
    ChannelPrefixes,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// Content types, separated by commas.
    ContentTypes,
    /// A PostgreSQL server in one line.
    DatabaseUrl,
    /// Where a person is reached.
    Contact,
    /// A folder, relative to the working directory unless it begins with `/`.
    Folder,
    /// An address with a port to listen on.
    BindAddress,
    /// An address to listen on.
    BindHost,
    /// A port to listen on.
    BindPort,
    /// A host name or address that others connect to.
    Host,
    /// A file, relative to the working directory unless its path begins with `/`.
    File,
    /// Letters, digits and a little punctuation.
    Identifier,
    /// A whole number within bounds, both included.
    Integer {
        /// Smallest allowed.
        min: u64,
        /// Largest allowed.
        max: u64,
    },
    /// Levels of logging.
    LogFilter,
    /// Addresses and networks separated by commas.
    Networks,
    /// The address of a site.
    Origin,
    /// Patterns for origins, separated by commas.
    OriginPatterns,
    /// A path in front of routes.
    PathPrefix,
    /// A port that others connect to.
    Port,
    /// The beginning or the end of a channel's name.
    ChannelPart,
    /// A name, for somebody else to understand.
    Text,
    /// What somebody types to be let in.
    Password,
    /// Any text without control characters.
    Secret,
    /// On or off.
    Switch,
    /// Where requests go to.
    WebhookUrl,
    /// Some of a few words, separated by commas.
    Words(&'static [&'static str]),
}

impl Kind {
    /// What may be written, as the end of the sentence "it must be …".
    pub fn allowed(self) -> String {
        match self {
            Self::AppKey => "base64: followed by 16 or 32 bytes in base64".to_owned(),
            Self::ChannelPrefixes => {
                "* for every channel, off for none, or the beginnings of names separated by commas, such as private-,presence-".to_owned()
            }
            Self::Choice(words) => either(words),
            Self::ContentTypes => {
                "content types separated by commas, such as image/png,audio/*".to_owned()
            }
            Self::DatabaseUrl => {
                "such as postgres://user:password@host:5432/database, with no other parameters than sslmode (disable, prefer, require, verify-full), sslrootcert, search_path and host".to_owned()
            }
            Self::Contact => {
                "an address that begins with mailto: or https://, at most 254 characters".to_owned()
            }
            Self::Text => "1 to 1024 bytes without control characters".to_owned(),
            Self::Folder => "the path of a folder".to_owned(),
            Self::File => "the path of a file".to_owned(),
            Self::BindAddress => {
                "an address of this machine with a port, such as 127.0.0.1:9601".to_owned()
            }
            Self::BindHost => {
                "an address of this machine such as 0.0.0.0, 127.0.0.1 or ::".to_owned()
            }
            Self::BindPort => "a port from 1 to 65535, or 0 to let the system choose".to_owned(),
            Self::Host => "a host name or address, without scheme and port".to_owned(),
            Self::Identifier => {
                "letters, digits, dots, dashes and underscores, at most 128".to_owned()
            }
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::LogFilter => {
                "off, error, warn, info, debug or trace, or a list such as warn,antiphon_http=debug"
                    .to_owned()
            }
            Self::Networks => {
                "addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8".to_owned()
            }
            Self::Origin => {
                "an address such as https://chat.example.com, without a path".to_owned()
            }
            Self::OriginPatterns => {
                "hosts separated by commas, such as *.example.com, https://example.com or localhost:5173".to_owned()
            }
            Self::PathPrefix => "a path such as /ws".to_owned(),
            Self::Port => "a port from 1 to 65535".to_owned(),
            Self::Password => "12 to 1024 bytes without control characters".to_owned(),
            Self::Secret => "at most 1024 bytes without control characters".to_owned(),
            Self::ChannelPart => {
                "characters of a channel's name: letters, digits and -_=@,.;, at most 200".to_owned()
            }
            Self::WebhookUrl => {
                "an http:// or https:// URL with a host, without a user name, at most 2048 characters".to_owned()
            }
            Self::Words(words) => format!("some of {}, separated by commas", words.join(", ")),
            Self::Switch => "on or off".to_owned(),
        }
    }
}

/// Finds a key by its exact name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The prefixes under which every name is ours or Reverb's or Pusher's, so that an unknown one is a mistake.
const OWNED_PREFIXES: [&str; 3] = ["ANTIPHON_", "REVERB_", "PUSHER_"];

/// Whether this crate has an opinion about the name: a key, a known unused one, or one under our prefixes.
pub(crate) fn concerns_us(name: &str) -> bool {
    find(name).is_some() || unused::find(name).is_some() || is_owned(name)
}

/// Whether a name stands under our prefixes without being known.
pub(crate) fn is_unknown(name: &str) -> bool {
    is_owned(name) && find(name).is_none() && unused::find(name).is_none()
}

fn is_owned(name: &str) -> bool {
    OWNED_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !is_service_link(name)
}

/// The known key that somebody probably meant, if any is close.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    // Below this similarity (1 is equal) the suggestion confuses more often than it helps.
    const CLOSE: f64 = 0.85;
    KEYS.iter()
        .map(|key| (key.name, strsim::jaro_winkler(name, key.name)))
        .filter(|&(_, similarity)| similarity >= CLOSE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name)
}

/// Whether Kubernetes or Docker made the name for a service that happens to be called like us
/// (`REVERB_SERVICE_HOST`, `REVERB_PORT_8080_TCP_ADDR`): nobody wrote those, so they are no mistake.
fn is_service_link(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.split_once("_PORT_").is_some_and(|(_, rest)| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                && (rest.contains("_TCP") || rest.contains("_UDP"))
        })
}

fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("{only}, the only one in this version"),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        let mut names: Vec<_> = KEYS
            .iter()
            .map(|key| key.name)
            .chain(UNUSED.iter().map(|key| key.name))
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_misspelled_name_finds_the_one_that_was_meant() {
        for (written, meant) in [
            ("ANTIPHON_PROT", "ANTIPHON_PORT"),
            ("ANTIPHON_RATELIMITS", "ANTIPHON_RATE_LIMITS"),
            ("REVERB_APP_SECERT", "REVERB_APP_SECRET"),
            ("REVERB_SERVER_POTR", "REVERB_SERVER_PORT"),
            ("PUSHER_CLUSTER", "PUSHER_APP_CLUSTER"),
        ] {
            assert_eq!(nearest(written), Some(meant), "{written}");
        }
        assert_eq!(nearest("PUSHER_XYLOPHONE_QQQ"), None);
    }

    #[test]
    fn what_container_runtimes_add_is_not_a_mistake() {
        for name in [
            "REVERB_SERVICE_HOST",
            "ANTIPHON_SERVICE_PORT_HTTP",
            "ANTIPHON_PORT_8000_TCP_ADDR",
        ] {
            assert!(!is_unknown(name), "{name}");
        }
        assert!(is_unknown("ANTIPHON_PORTS"));
        assert!(!is_unknown("APP_TIMEZONE"));
    }
}
