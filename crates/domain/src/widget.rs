//! A widget: one installation of the chat on one web site.

use crate::invalid::filled_line;
use crate::{Invalid, Timestamp, WidgetId, WidgetSettings};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::Ipv6Addr;

/// The longest name or welcome message, in characters.
const MAX_WELCOME: usize = 500;
const MAX_NAME: usize = 100;
/// The most domains one widget may list.
const MAX_DOMAINS: usize = 50;

/// One installation of the chat on one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widget {
    /// Its identity.
    pub id: WidgetId,
    /// The public token that stands in the page.
    pub token: WidgetToken,
    /// The token before it, for pages that do not have the new one yet.
    pub previous_token: Option<Replaced<WidgetToken>>,
    /// Shown to visitors as the chat's name.
    pub name: WidgetName,
    /// Where the script may run.
    pub allowed_domains: AllowedDomains,
    /// The first line a visitor reads.
    pub welcome_message: String,
    /// Everything else that its owner can choose.
    pub settings: WidgetSettings,
    /// Key with which the site's backend signs who its visitor is. A secret of the site owner's.
    pub identity_secret: String,
    /// The key before it, for backends that do not have the new one yet.
    pub previous_identity_secret: Option<Replaced<String>>,
    /// An inactive widget answers nobody.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Widget {
    /// The keys whose signatures count at this moment, the current one first.
    pub fn identity_secrets(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let previous = self.previous_identity_secret.as_ref();
        let previous = previous.filter(|replaced| now < replaced.ends_at);
        let secrets = std::iter::once(self.identity_secret.as_str());
        secrets.chain(previous.map(|replaced| replaced.value.as_str()))
    }
}

/// Something that was replaced, and is taken beside what replaced it until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced<T> {
    /// What it is.
    pub value: T,
    /// From when on it is worth nothing.
    pub ends_at: Timestamp,
}

/// The host of a page that asked for a widget: without scheme and port, in lower case. It could stand in a list of allowed domains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteHost(String);

impl SiteHost {
    /// Checks a host. `null`, which browsers say of a page that has none, is no host.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let host = parse_domain(text)?;
        match host.starts_with('*') || host == "null" {
            true => Err(Invalid::new("must be the host of a page")),
            false => Ok(Self(host)),
        }
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A widget's name: 1–100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetName(String);

impl WidgetName {
    /// Trims and checks a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        filled_line(text, MAX_NAME).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a welcome message: at most 500 characters.
pub fn parse_welcome_message(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.chars().count() > MAX_WELCOME {
        return Err(Invalid::new(format!(
            "must not be longer than {MAX_WELCOME} characters"
        )));
    }
    if text.contains('\0') {
        return Err(Invalid::new("must not contain NUL characters"));
    }
    Ok(text.to_owned())
}

/// The public token of a widget, `cbw_…`: it names the widget and opens nothing but its configuration and `init`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WidgetToken(String);

impl WidgetToken {
    /// Builds a token from 24 random bytes.
    pub fn from_random(random: &[u8; 24]) -> Self {
        Self(format!("cbw_{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// Reads a token from a request or a database row.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let random = text
            .strip_prefix("cbw_")
            .and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
        match random {
            Some(bytes) if bytes.len() == 24 => Ok(Self(text.to_owned())),
            _ => Err(Invalid::new("is not a cbw_… token")),
        }
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The hosts on whose pages the widget may run: `example.com`, `*.example.com` (any depth, not the apex) or `*` for any.
/// The installation's own origin is always allowed, and is not listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedDomains(Vec<String>);

impl AllowedDomains {
    /// Checks and lower-cases a list of domains; one that is repeated counts once. A scheme, port or path is refused rather than ignored.
    pub fn parse<'a>(domains: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut distinct = Vec::new();
        for domain in domains {
            let domain = parse_domain(domain)?;
            if !distinct.contains(&domain) {
                distinct.push(domain);
            }
            if distinct.len() > MAX_DOMAINS {
                return Err(Invalid::new(format!(
                    "must not list more than {MAX_DOMAINS} domains"
                )));
            }
        }
        Ok(Self(distinct))
    }

    /// The list as stored.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether a page on this host (no scheme, no port) may use the widget.
    pub fn allows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.0.iter().any(|domain| match domain.strip_prefix("*.") {
            Some(parent) => host
                .strip_suffix(parent)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
            None => domain == "*" || *domain == host,
        })
    }
}

fn parse_domain(text: &str) -> Result<String, Invalid> {
    let domain = text.trim().to_ascii_lowercase();
    let labels = domain.strip_prefix("*.").unwrap_or(&domain);
    let well_formed = labels.len() <= 253
        && labels.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    let is_ipv6 = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    if domain == "*" || well_formed || is_ipv6 {
        return Ok(domain);
    }
    Err(Invalid::new(format!(
        "`{}` is not a domain: give a host such as example.com or *.example.com, without scheme or port",
        text.trim()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_match_exactly_or_by_leading_wildcard() {
        let domains = AllowedDomains::parse(["example.com", "*.Shop.example"]).unwrap();
        for (host, allowed) in [
            ("example.com", true),
            ("EXAMPLE.com", true),
            ("www.example.com", false),
            ("evil-example.com", false),
            ("a.shop.example", true),
            ("a.b.shop.example", true),
            ("shop.example", false),
            ("evilshop.example", false),
            (".shop.example", false),
        ] {
            assert_eq!(domains.allows(host), allowed, "{host}");
        }
        assert!(
            AllowedDomains::parse(["*"])
                .unwrap()
                .allows("anything.test")
        );
        assert!(!AllowedDomains::default().allows("example.com"));
    }

    #[test]
    fn the_host_of_a_page_is_one_that_could_be_allowed() {
        for (text, host) in [
            ("Shop.Example", "shop.example"),
            ("localhost", "localhost"),
            ("[2001:DB8::1]", "[2001:db8::1]"),
        ] {
            let parsed = SiteHost::parse(text).unwrap();
            assert_eq!(parsed.as_str(), host);
            assert!(
                AllowedDomains::parse([parsed.as_str()])
                    .unwrap()
                    .allows(text)
            );
        }
        for text in ["null", "*", "*.example.com", "", "a/b", "example.com:80"] {
            assert!(SiteHost::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_repeated_domain_counts_once() {
        let domains = AllowedDomains::parse(["localhost", "127.0.0.1", "LOCALHOST"]).unwrap();
        assert_eq!(domains.as_slice(), ["localhost", "127.0.0.1"]);
    }

    #[test]
    fn brackets_hold_an_ipv6_address_and_nothing_else() {
        let domains = AllowedDomains::parse(["[::1]", "[2001:DB8::1]"]).unwrap();
        assert!(domains.allows("[::1]") && domains.allows("[2001:db8::1]"));
        let long = format!("[{}]", "a".repeat(300));
        for text in [
            "[]",
            "[a b]",
            "[127.0.0.1]",
            "[::1",
            "[fe80::1%eth0]",
            &long,
        ] {
            assert!(AllowedDomains::parse([text]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_domain_with_scheme_port_or_path_is_refused() {
        for text in [
            "https://example.com",
            "example.com:80",
            "example.com/x",
            "",
            "a..b",
            "*.*.com",
            "exa mple.com",
        ] {
            assert!(AllowedDomains::parse([text]).is_err(), "{text}");
        }
    }
}
