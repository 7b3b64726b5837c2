//! The people: visitors of a site and agents of the team.

use crate::invalid::{filled_line, single_line};
use crate::settings::Language;
use crate::{AgentId, Capacity, Invalid, Permission, Permissions, Timestamp, VisitorId, WidgetId};

/// The longest personal name, in characters.
pub const MAX_NAME: usize = 100;
/// The longest e-mail address, in bytes (RFC 5321 4.5.3.1).
const MAX_EMAIL: usize = 254;
/// The longest phone number, in characters.
const MAX_PHONE: usize = 40;
/// The longest identity the site gives its visitor, in characters.
const MAX_EXTERNAL_ID: usize = 200;
/// The largest metadata, in bytes of JSON.
const MAX_METADATA: usize = 8 * 1024;
/// Fewer characters than this are no password.
const MIN_PASSWORD: usize = 10;
/// More bytes than this are an attack on the hash.
const MAX_PASSWORD: usize = 1024;

/// A person on a web site, anonymous or identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Its identity.
    pub id: VisitorId,
    /// The site it was met on.
    pub widget_id: WidgetId,
    /// What it told of itself.
    pub contact: ContactDetails,
    /// Whether `contact.external_id` was signed by the site's backend. An unverified one never opens anything.
    pub verified: bool,
    /// First met.
    pub created_at: Timestamp,
}

/// What a visitor, or the page for it, tells of itself. All optional; an absent field leaves a known value as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactDetails {
    /// ≤ 100 characters.
    pub name: Option<String>,
    /// A plausible address, ≤ 254 bytes.
    pub email: Option<String>,
    /// ≤ 40 characters.
    pub phone: Option<String>,
    /// The site's own id of the person (`visitor_id`), ≤ 200 characters.
    pub external_id: Option<String>,
    /// A JSON object of the site's, as text, ≤ 8 KiB.
    pub metadata: Option<String>,
}

impl ContactDetails {
    /// Checks a visitor's name; an empty one is none.
    pub fn parse_name(text: &str) -> Result<Option<String>, Invalid> {
        single_line(text, MAX_NAME).map(non_empty)
    }

    /// Checks a visitor's e-mail address; an empty one is none.
    pub fn parse_email(text: &str) -> Result<Option<String>, Invalid> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        EmailAddress::parse(text).map(|email| Some(email.0))
    }

    /// Checks a phone number; an empty one is none. Its form is the visitor's own: numbers are read by people.
    pub fn parse_phone(text: &str) -> Result<Option<String>, Invalid> {
        single_line(text, MAX_PHONE).map(non_empty)
    }

    /// Checks the site's own id of the visitor; an empty one is none.
    pub fn parse_external_id(text: &str) -> Result<Option<String>, Invalid> {
        single_line(text, MAX_EXTERNAL_ID).map(non_empty)
    }

    /// Checks the size of a metadata object's JSON text; that it is an object is the parser's to say.
    pub fn parse_metadata(json: String) -> Result<Option<String>, Invalid> {
        if json.len() > MAX_METADATA {
            return Err(Invalid::new(format!(
                "must not be larger than {MAX_METADATA} bytes of JSON"
            )));
        }
        Ok((json != "{}").then_some(json))
    }
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A person of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its identity.
    pub id: AgentId,
    /// Shown to visitors beside the agent's messages.
    pub name: PersonName,
    /// The login.
    pub email: EmailAddress,
    /// What the agent may do.
    pub role: AgentRole,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When the agent left the team; it opens nothing since then.
    pub deactivated_at: Option<Timestamp>,
    /// The language of the inbox; none is the browser's.
    pub language: Option<Language>,
    /// Whether logging in needs a second factor.
    pub two_factor: bool,
    /// The agent's own switch: while it is away, it is given no conversation by itself.
    pub available: bool,
    /// How many open conversations it is given by itself; none is what the team has agreed on.
    pub capacity: Option<Capacity>,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentRole {
    /// Everything, including the team and the widgets.
    Admin,
    /// Answers conversations.
    Agent,
    /// Reads conversations and changes nothing.
    Viewer,
}

impl AgentRole {
    /// The name used in the database, the API and the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Viewer => "viewer",
        }
    }

    /// Reads a role's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            "viewer" => Ok(Self::Viewer),
            _ => Err(Invalid::new("must be admin, agent or viewer")),
        }
    }

    /// What the role lets an agent do.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Admin => Permissions::ALL,
            Self::Agent => Permissions::of(&[Permission::Read, Permission::Answer]),
            Self::Viewer => Permissions::of(&[Permission::Read]),
        }
    }
}

/// An agent's name: 1–100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Trims and checks a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        filled_line(text, MAX_NAME).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address that could be one: something, an @, a domain; lower-cased, since people do not agree on case when they log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Trims, lower-cases and checks an address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let email = text.trim().to_lowercase();
        let plausible = email.len() <= MAX_EMAIL
            && !email.chars().any(|c| c.is_control() || c.is_whitespace())
            && email.rsplit_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && !local.contains('@')
                    && !domain.is_empty()
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
            });
        if plausible {
            Ok(Self(email))
        } else {
            Err(Invalid::new(
                "must be an e-mail address such as ana@example.com",
            ))
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password in clear, on its way to the hash. Its `Debug` form hides it.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Checks a new password: 10 characters or more, 1,024 bytes or less. Length is what counts (NIST SP 800-63B 5.1.1.2).
    pub fn parse(text: String) -> Result<Self, Invalid> {
        if text.chars().count() < MIN_PASSWORD {
            return Err(Invalid::new(format!(
                "must have at least {MIN_PASSWORD} characters"
            )));
        }
        Self::typed(text)
    }

    /// A password typed to log in: only its size is bounded.
    pub fn typed(text: String) -> Result<Self, Invalid> {
        if text.len() > MAX_PASSWORD {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_PASSWORD} bytes"
            )));
        }
        Ok(Self(text))
    }

    /// The bytes to hash.
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e_mail_addresses_are_lower_cased_and_plausible() {
        assert_eq!(
            EmailAddress::parse(" Ana@Example.com ").unwrap().as_str(),
            "ana@example.com"
        );
        for text in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "a b@example.com",
            "a@b@c",
            "ana@.com",
            "ana@com.",
            "a\u{0}@b.c",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_have_a_limit_in_characters_and_no_control_characters() {
        assert!(PersonName::parse(&"é".repeat(100)).is_ok());
        assert!(PersonName::parse(&"é".repeat(101)).is_err());
        assert!(PersonName::parse("A\u{0}").is_err());
        assert!(PersonName::parse("  ").is_err());
        assert_eq!(ContactDetails::parse_name("  ").unwrap(), None);
    }

    #[test]
    fn passwords_are_hidden_and_long_enough() {
        assert!(Password::parse("123456789".to_owned()).is_err());
        assert_eq!(
            format!("{:?}", Password::parse("1234567890".to_owned()).unwrap()),
            "Password(…)"
        );
    }
}
