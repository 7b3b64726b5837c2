//! The proof of who sends (VAPID): a token for one push service, signed with a key that the browser was told at its subscription.

use crate::{PRIVATE_KEY_BYTES, PUBLIC_KEY_BYTES};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// The key of an installation. Browsers take messages only from whoever has it, so it stays the same for as long as there are subscriptions.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    public_key: [u8; PUBLIC_KEY_BYTES],
}

/// What a token says.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// The origin of the push service.
    pub audience: &'a str,
    /// Until when it is good, in Unix seconds: at most a day from now.
    pub expires_at_seconds: i64,
    /// How to reach whoever runs the sender: a `mailto:` or `https:` address.
    pub contact: Option<&'a str>,
}

impl VapidKey {
    /// The key of these bytes; `None` if they make none, which happens to random ones once in four billion times.
    pub fn from_private_key(bytes: &[u8; PRIVATE_KEY_BYTES]) -> Option<Self> {
        let private_key = PrivateKey::from_private_key(&ECDH_P256, bytes).ok()?;
        let public_key = private_key.compute_public_key().ok()?;
        let public_key: [u8; PUBLIC_KEY_BYTES] = public_key.as_ref().try_into().ok()?;
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, bytes, &public_key);
        Some(Self {
            pair: pair.ok()?,
            public_key,
        })
    }

    /// What browsers subscribe with, `applicationServerKey`, as base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.public_key)
    }

    /// The value of the header `Authorization`.
    pub fn authorization(&self, claims: Claims<'_>) -> String {
        let mut said = json!({ "aud": claims.audience, "exp": claims.expires_at_seconds });
        if let Some(contact) = claims.contact {
            said["sub"] = contact.into();
        }
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(said.to_string()));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("a P-256 key signs any text");
        let signature = URL_SAFE_NO_PAD.encode(signature);
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

impl std::fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VapidKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    /// Checks an `Authorization` as a push service does; gives what its token says.
    fn read(authorization: &str) -> Value {
        let rest = authorization.strip_prefix("vapid t=").unwrap();
        let (token, key) = rest.split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
            .verify(signed.as_bytes(), &decode(signature))
            .unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let json = |text: &str| serde_json::from_slice::<Value>(&decode(text)).unwrap();
        assert_eq!(json(header), json!({ "typ": "JWT", "alg": "ES256" }));
        json(claims)
    }

    #[test]
    fn the_example_of_rfc_8292_passes_the_same_check() {
        // Section 2.4, with the line breaks taken out.
        let example = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let claims = json!({ "aud": "https://push.example.net", "exp": 1_453_523_768, "sub": "mailto:push@example.com" });
        assert_eq!(read(example), claims);
    }

    #[test]
    fn a_token_says_for_whom_until_when_and_by_whom() {
        let key = VapidKey::from_private_key(&[7; 32]).unwrap();
        let claims = Claims {
            audience: "https://push.example.net",
            expires_at_seconds: 1_800_000_000,
            contact: Some("mailto:push@example.com"),
        };
        let said = read(&key.authorization(claims));
        let expected = json!({ "aud": "https://push.example.net", "exp": 1_800_000_000, "sub": "mailto:push@example.com" });
        assert_eq!(said, expected);
        let nameless = Claims {
            contact: None,
            ..claims
        };
        assert_eq!(read(&key.authorization(nameless)).get("sub"), None);
    }

    #[test]
    fn a_key_is_the_same_each_time_it_is_read() {
        let public = |bytes| VapidKey::from_private_key(bytes).unwrap().public_key();
        assert_eq!(public(&[7; 32]), public(&[7; 32]));
        assert_ne!(public(&[7; 32]), public(&[8; 32]));
        assert_eq!(public(&[7; 32]).len(), 87);
        assert!(VapidKey::from_private_key(&[0; 32]).is_none());
    }
}
