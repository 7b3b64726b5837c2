//! Web Push: browsers that are told of messages while no inbox is open in them, and of which.

use crate::{AgentId, Invalid, PushSubscriptionId, SessionId, Timestamp, WebhookUrl};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a browser's public key, a point of P-256 that is not compressed.
pub const PUSH_PUBLIC_KEY_BYTES: usize = 65;
/// Bytes of the secret that a browser shares with whoever sends to it.
pub const PUSH_AUTH_BYTES: usize = 16;
/// What begins a point that is not compressed.
const UNCOMPRESSED: u8 = 4;

/// Of what an agent is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attention {
    /// Every message of a visitor, and every mention.
    All,
    /// Messages in the agent's own conversations and in those of nobody, and every mention.
    Mine,
    /// Mentions.
    Mentions,
    /// Nothing.
    Nothing,
}

impl Attention {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::All, Self::Mine, Self::Mentions, Self::Nothing];

    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mine => "mine",
            Self::Mentions => "mentions",
            Self::Nothing => "none",
        }
    }

    /// Reads such a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut all = Self::ALL.into_iter();
        all.find(|attention| attention.as_str() == text)
            .ok_or_else(|| Invalid::new("must be all, mine, mentions or none"))
    }
}

/// A browser that wants to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// Whose it is.
    pub agent_id: AgentId,
    /// The session of the browser. The subscription ends with it.
    pub session_id: SessionId,
    /// Where its push service takes messages.
    pub endpoint: PushEndpoint,
    /// What messages are encrypted with.
    pub keys: PushKeys,
    /// Of what it is told.
    pub notify_of: Attention,
    /// Whether messages carry the beginning of what was written.
    pub with_text: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the push service last took a message.
    pub delivered_at: Option<Timestamp>,
    /// Why it did not take the newest one.
    pub error: Option<String>,
}

/// Where a push service takes messages for one browser. Whoever knows the address can send to it, so the debug form shows its origin alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PushEndpoint(WebhookUrl);

impl PushEndpoint {
    /// Checks an address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        WebhookUrl::parse(text).map(Self)
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port: whom a message's proof is for, and what a log may say.
    pub fn origin(&self) -> &str {
        self.0.origin()
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.as_str().starts_with("https://")
    }
}

impl std::fmt::Debug for PushEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.origin())
    }
}

/// What messages for a browser are encrypted with. The debug form does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// The browser's public key, `p256dh`.
    pub public_key: [u8; PUSH_PUBLIC_KEY_BYTES],
    /// The secret, `auth`.
    pub auth: [u8; PUSH_AUTH_BYTES],
}

impl PushKeys {
    /// Reads a browser's public key: base64url, with or without padding.
    pub fn parse_public_key(text: &str) -> Result<[u8; PUSH_PUBLIC_KEY_BYTES], Invalid> {
        decode(text)
            .filter(|key| key.first() == Some(&UNCOMPRESSED))
            .ok_or_else(|| {
                Invalid::new("must be an uncompressed P-256 public key of 65 bytes as base64url")
            })
    }

    /// Reads a browser's secret.
    pub fn parse_auth(text: &str) -> Result<[u8; PUSH_AUTH_BYTES], Invalid> {
        decode(text).ok_or_else(|| Invalid::new("must be 16 bytes as base64url"))
    }
}

impl std::fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKeys")
    }
}

/// The installation's private key, with which it proves to push services who sends. The debug form does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PushSecret([u8; 32]);

impl PushSecret {
    /// The key of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    /// For the store: base64url.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        decode(text)
            .map(Self)
            .ok_or_else(|| Invalid::new("must be 32 bytes as base64url"))
    }
}

impl std::fmt::Debug for PushSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushSecret")
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Browsers write none, some libraries do.
    let text = text.trim().trim_end_matches('=');
    // Four characters are three bytes: whatever is longer is not looked at.
    if text.len() > N.div_ceil(3) * 4 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

    #[test]
    fn a_browsers_keys_have_their_length_and_form() {
        assert_eq!(PushKeys::parse_public_key(PUBLIC).unwrap()[..2], [4, 0x25]);
        assert!(PushKeys::parse_public_key(&format!("{PUBLIC}=")).is_ok());
        let compressed = format!("A{}", &PUBLIC[1..]);
        for wrong in [
            "",
            "AAAA",
            "not base64!",
            &PUBLIC[1..],
            &compressed,
            &PUBLIC.repeat(2),
        ] {
            assert!(PushKeys::parse_public_key(wrong).is_err(), "{wrong}");
        }
        assert!(PushKeys::parse_auth("BTBZMqHH6r4Tts7J_aSIgg").is_ok());
        assert!(PushKeys::parse_auth("BTBZMqHH6r4Tts7J_aSIgg==").is_ok());
        for wrong in ["", "BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J_aSIgggg"] {
            assert!(PushKeys::parse_auth(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let endpoint = PushEndpoint::parse("https://push.example/v1/hidden?x=1").unwrap();
        assert_eq!(format!("{endpoint:?}"), "https://push.example");
        assert!(endpoint.is_https());
        assert!(
            !PushEndpoint::parse("http://push.example/")
                .unwrap()
                .is_https()
        );
        let secret = PushSecret::from_bytes([9; 32]);
        assert_eq!(PushSecret::parse(&secret.to_text()), Ok(secret));
        assert_eq!(format!("{secret:?}"), "PushSecret");
    }

    #[test]
    fn names_of_attention_are_read_as_they_are_written() {
        for attention in Attention::ALL {
            assert_eq!(Attention::parse(attention.as_str()), Ok(attention));
        }
        assert!(Attention::parse("everything").is_err());
    }
}
