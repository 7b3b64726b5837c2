//! What is known of a visitor besides what it says itself: where it is looking, with what, from where; and what agents note of it.

use crate::{AgentId, BlockId, ConversationId, Invalid, Timestamp, Visitor, VisitorId};
use ipnet::IpNet;
use std::net::IpAddr;

/// The longest note about a visitor, in characters after trimming.
pub const MAX_VISITOR_NOTE: usize = 5000;
/// The longest text about where a visitor is, in characters; a longer one is cut.
const MAX_LOCATION: usize = 100;
/// The longest reason of a block, in characters after trimming.
pub const MAX_BLOCK_REASON: usize = 500;

/// A page that a visitor looked at while a conversation was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageView {
    /// Its address, http or https.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
    /// When it was opened.
    pub at: Timestamp,
}

/// The device that a visitor writes from, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Such as `Firefox 128 on Windows`.
    pub browser: Option<String>,
    /// What the proxy says of the address, such as a country.
    pub location: Option<String>,
}

impl Device {
    /// One line of at most 100 characters; nothing that is empty.
    pub fn clean_location(text: &str) -> Option<String> {
        let text: String = text
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_LOCATION)
            .collect();
        (!text.is_empty()).then_some(text)
    }
}

/// A note about a visitor: trimmed, at most 5,000 characters, without NUL; an empty one is none.
pub fn parse_visitor_note(text: &str) -> Result<Option<String>, Invalid> {
    let text = text.trim();
    if text.len() > MAX_VISITOR_NOTE * 4 || text.chars().count() > MAX_VISITOR_NOTE {
        return Err(Invalid::new(format!(
            "must not be longer than {MAX_VISITOR_NOTE} characters"
        )));
    }
    if text.contains('\0') {
        return Err(Invalid::new("must not contain NUL characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Why somebody is kept out: trimmed, one line of at most 500 characters; an empty one is none.
pub fn parse_block_reason(text: &str) -> Result<Option<String>, Invalid> {
    let text = text.trim();
    if text.len() > MAX_BLOCK_REASON * 4 || text.chars().count() > MAX_BLOCK_REASON {
        return Err(Invalid::new(format!(
            "must not be longer than {MAX_BLOCK_REASON} characters"
        )));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new("must be one line without control characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A visitor as agents see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorProfile {
    /// The visitor.
    pub visitor: Visitor,
    /// What agents note of it.
    pub note: Option<String>,
    /// The device that it came with last.
    pub device: Device,
}

/// Who is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blocked {
    /// A visitor.
    Visitor(VisitorId),
    /// Whoever comes from these addresses.
    Network(IpNet),
}

impl Blocked {
    /// Reads an address, or a network such as `192.0.2.0/24`, in its one canonical form.
    pub fn parse_network(text: &str) -> Result<IpNet, Invalid> {
        let text = text.trim();
        let network = text
            .parse::<IpNet>()
            .ok()
            .or_else(|| Some(canonical(text.parse().ok()?).into()));
        let network = network
            .ok_or_else(|| Invalid::new("must be an address or a network such as 192.0.2.0/24"))?;
        Ok(network.trunc())
    }

    /// Whether whoever comes from one of these addresses would be kept out by the network of the block, be it in part.
    pub fn touches(network: &IpNet, addresses: &IpNet) -> bool {
        network.contains(addresses) || addresses.contains(network)
    }

    /// Every network that has this address in it, the narrowest first.
    pub fn networks_of(address: IpAddr) -> Vec<IpNet> {
        let host: IpNet = canonical(address).into();
        std::iter::successors(Some(host), IpNet::supernet).collect()
    }
}

/// An IPv4 address that is written as an IPv6 one is that IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Somebody is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its identity.
    pub id: BlockId,
    /// Who.
    pub blocked: Blocked,
    /// The visitor's name, if it is one and has one.
    pub visitor_name: Option<String>,
    /// Who has decided it.
    pub agent_id: AgentId,
    /// That agent's name of today.
    pub agent_name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; `None`: until it is taken back.
    pub expires_at: Option<Timestamp>,
    /// Why, in the words of who decided it.
    pub reason: Option<String>,
}

/// A page that a visitor has come to, as agents are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visiting {
    /// Where its conversation is.
    pub conversation_id: ConversationId,
    /// Who.
    pub visitor_id: VisitorId,
    /// The page.
    pub page: PageView,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_one_form() {
        for (text, network) in [
            ("192.0.2.7", "192.0.2.7/32"),
            (" 192.0.2.7/24 ", "192.0.2.0/24"),
            ("2001:DB8::1", "2001:db8::1/128"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ] {
            assert_eq!(Blocked::parse_network(text).unwrap().to_string(), network);
        }
        for text in ["", "example.com", "192.0.2.0/33", "192.0.2"] {
            assert!(Blocked::parse_network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_in_every_network_around_it() {
        let networks = Blocked::networks_of("192.0.2.7".parse().unwrap());
        assert_eq!(networks.len(), 33);
        for text in ["192.0.2.7/32", "192.0.2.0/24", "0.0.0.0/0"] {
            assert!(networks.contains(&text.parse().unwrap()), "{text}");
        }
        let networks = Blocked::networks_of("::1".parse().unwrap());
        assert_eq!(networks.len(), 129);
    }

    #[test]
    fn a_network_touches_what_it_shares_an_address_with() {
        let network = |text: &str| Blocked::parse_network(text).unwrap();
        for (a, b, expected) in [
            ("127.0.0.1", "127.0.0.0/8", true),
            ("0.0.0.0/0", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("::/0", "10.0.0.1", false),
            ("::ffff:10.0.0.1", "10.0.0.0/24", true),
        ] {
            assert_eq!(
                Blocked::touches(&network(a), &network(b)),
                expected,
                "{a} {b}"
            );
            assert_eq!(
                Blocked::touches(&network(b), &network(a)),
                expected,
                "{b} {a}"
            );
        }
    }

    #[test]
    fn a_reason_is_one_line_and_bounded() {
        assert_eq!(
            parse_block_reason(" spam ").unwrap().as_deref(),
            Some("spam")
        );
        assert_eq!(parse_block_reason(" ").unwrap(), None);
        assert!(parse_block_reason(&"ä".repeat(500)).is_ok());
        assert!(parse_block_reason(&"ä".repeat(501)).is_err());
        assert!(parse_block_reason("a\nb").is_err());
    }

    #[test]
    fn a_note_is_trimmed_and_bounded() {
        assert_eq!(
            parse_visitor_note(" pays late\n").unwrap().as_deref(),
            Some("pays late")
        );
        assert_eq!(parse_visitor_note(" ").unwrap(), None);
        assert!(parse_visitor_note(&"x".repeat(5001)).is_err());
        assert!(parse_visitor_note("a\0").is_err());
        assert_eq!(Device::clean_location(" DE\n").as_deref(), Some("DE"));
        assert_eq!(Device::clean_location(" "), None);
    }
}
