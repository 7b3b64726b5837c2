//! Secret tokens: 256 random bits behind a prefix that says what they open. Only their hash is ever stored.

use crate::Invalid;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a secret token opens. The prefix lets a person, a log filter and a secret scanner tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `cbv_`: a visitor's own conversations.
    Visitor,
    /// `cba_`: an agent's access for programs.
    AgentApi,
    /// `cbs_`: an agent's browser session.
    AgentSession,
    /// `cbi_`: the one-time set-up link of the first agent.
    Setup,
    /// `cbj_`: the one-time link of an invitation to join the team.
    Invitation,
    /// `cbp_`: the one-time link for a new password.
    PasswordReset,
}

impl TokenKind {
    /// The four characters that every token of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Visitor => "cbv_",
            Self::AgentApi => "cba_",
            Self::AgentSession => "cbs_",
            Self::Setup => "cbi_",
            Self::Invitation => "cbj_",
            Self::PasswordReset => "cbp_",
        }
    }
}

/// A secret token in clear: handed to its owner once, then forgotten. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken {
    kind: TokenKind,
    text: String,
}

impl SecretToken {
    /// Builds a token from 32 random bytes.
    pub fn from_random(kind: TokenKind, random: &[u8; 32]) -> Self {
        Self {
            kind,
            text: format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(random)),
        }
    }

    /// Reads a token as its owner sent it. Refuses whatever cannot be a token of this kind, so that only well-formed ones reach the store.
    pub fn parse(kind: TokenKind, text: &str) -> Result<Self, Invalid> {
        let random = text
            .strip_prefix(kind.prefix())
            .and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
        match random {
            Some(bytes) if bytes.len() == 32 => Ok(Self {
                kind,
                text: text.to_owned(),
            }),
            _ => Err(Invalid::new(format!("is not a {}… token", kind.prefix()))),
        }
    }

    /// The token in clear, for the one answer that hands it out.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the token opens.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What is stored and looked up. A plain SHA-256 is enough: the input has 256 bits of entropy.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.text.as_bytes()).into())
    }
}

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}…", self.kind.prefix())
    }
}

/// The SHA-256 of a secret token. Compared in constant time.
#[derive(Clone, Copy)]
pub struct TokenHash(pub [u8; 32]);

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_round_trip_and_hides_itself() {
        let token = SecretToken::from_random(TokenKind::Visitor, &[7; 32]);
        assert_eq!(
            SecretToken::parse(TokenKind::Visitor, token.reveal())
                .unwrap()
                .hash(),
            token.hash()
        );
        assert_eq!(format!("{token:?}"), "cbv_…");
    }

    #[test]
    fn a_token_of_another_kind_or_length_is_refused() {
        let token = SecretToken::from_random(TokenKind::Visitor, &[7; 32]);
        for text in [
            token.reveal().replace("cbv_", "cba_").as_str(),
            "cbv_",
            "cbv_AAAA",
            "",
            "cbv_\u{0}",
        ] {
            assert!(
                SecretToken::parse(TokenKind::Visitor, text).is_err(),
                "{text}"
            );
        }
    }
}
