//! Signed identities: the site's backend vouches for who its visitor is.
//!
//! Two forms, both keyed with the widget's identity secret: a JWT (HS256, with `exp`, the id in `sub` or `visitor_id`), or the
//! hex HMAC-SHA256 of the visitor's id. Without one of them a `visitor_id` is only a note for the agent.

use antiphon_domain::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

/// A JWT longer than this vouches for nobody.
const MAX_JWT: usize = 4096;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    exp: i64,
    #[serde(alias = "visitor_id")]
    sub: serde_json::Value,
}

/// The visitor id that `identity` vouches for, or why it vouches for none.
/// `claimed` is the `visitor_id` sent beside it: required by the HMAC form, and equal to the JWT's where both are there. One of the
/// secrets has to be what it is signed with.
pub(crate) fn verify(
    identity: &str,
    claimed: Option<&str>,
    secrets: &[&str],
    now: Timestamp,
) -> Result<String, &'static str> {
    if identity.len() > MAX_JWT {
        return Err("must not be longer than 4096 bytes");
    }
    if !identity.contains('.') {
        let claimed = claimed.ok_or("is the HMAC of a visitor_id, which is missing")?;
        return match decode_hex(identity) {
            Some(signature) if verify_mac(secrets, claimed.as_bytes(), &signature) => {
                Ok(claimed.to_owned())
            }
            _ => Err("is not the HMAC-SHA256 of the visitor_id with the widget's identity secret"),
        };
    }
    let subject = verify_jwt(identity, secrets, now)?;
    if claimed.is_some_and(|claimed| claimed != subject) {
        return Err("vouches for another visitor_id");
    }
    Ok(subject)
}

fn verify_jwt(jwt: &str, secrets: &[&str], now: Timestamp) -> Result<String, &'static str> {
    const MALFORMED: &str = "is not a JWT of the form header.claims.signature";
    let (signed, signature) = jwt.rsplit_once('.').ok_or(MALFORMED)?;
    let (header, claims) = signed.split_once('.').ok_or(MALFORMED)?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| MALFORMED);
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| MALFORMED)?;
    if header.alg != "HS256" {
        return Err("must be signed with HS256");
    }
    if !verify_mac(secrets, signed.as_bytes(), &decode(signature)?) {
        return Err("is not signed with the widget's identity secret");
    }
    let claims: Claims = serde_json::from_slice(&decode(claims)?)
        .map_err(|_| "must have the claims exp (Unix seconds) and sub")?;
    if claims.exp <= now.as_seconds() {
        return Err("has expired");
    }
    match claims.sub {
        serde_json::Value::String(subject) if !subject.is_empty() => Ok(subject),
        serde_json::Value::Number(subject) => Ok(subject.to_string()),
        _ => Err("must have a claim sub, a string or a number"),
    }
}

fn verify_mac(secrets: &[&str], message: &[u8], signature: &[u8]) -> bool {
    secrets.iter().any(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(message);
        mac.verify_slice(signature).is_ok()
    })
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| Some((nibble(pair[0])? << 4 | nibble(*pair.get(1)?)?) as u8);
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
    const SECRET: &str = "secret";

    fn mac(message: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(message.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn jwt(header: &str, claims: &str) -> String {
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac(&signed)))
    }

    #[test]
    fn the_hmac_of_the_visitor_id_vouches_for_it() {
        let signature = hex(&mac("u1"));
        assert_eq!(
            verify(&signature, Some("u1"), &[SECRET], NOW),
            Ok("u1".to_owned())
        );
        for (identity, claimed, secret) in [
            (signature.as_str(), Some("u2"), SECRET),
            (&signature, None, SECRET),
            (&signature, Some("u1"), "other"),
            ("zz", Some("u1"), SECRET),
            ("", Some("u1"), SECRET),
            (&signature[1..], Some("u1"), SECRET),
        ] {
            assert!(
                verify(identity, claimed, &[secret], NOW).is_err(),
                "{identity} {claimed:?}"
            );
        }
    }

    #[test]
    fn a_signature_with_any_of_the_secrets_counts() {
        let signature = hex(&mac("u1"));
        let header = r#"{"alg":"HS256"}"#;
        let jwt = jwt(header, r#"{"sub":"u1","exp":1767225601}"#);
        for identity in [&signature, &jwt] {
            for secrets in [&["new", SECRET][..], &[SECRET, "new"]] {
                let verified = verify(identity, Some("u1"), secrets, NOW);
                assert_eq!(verified, Ok("u1".to_owned()));
            }
            for secrets in [&["new"][..], &[]] {
                assert!(verify(identity, Some("u1"), secrets, NOW).is_err());
            }
        }
    }

    #[test]
    fn a_jwt_vouches_until_it_expires_and_only_with_hs256() {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        let good = jwt(header, r#"{"sub":"u1","exp":1767225601}"#);
        assert_eq!(verify(&good, None, &[SECRET], NOW), Ok("u1".to_owned()));
        assert_eq!(
            verify(
                &jwt(header, r#"{"sub":7,"exp":1767225601}"#),
                Some("7"),
                &[SECRET],
                NOW
            ),
            Ok("7".to_owned())
        );
        assert!(verify(&good, Some("u2"), &[SECRET], NOW).is_err());
        assert!(verify(&good, None, &["other"], NOW).is_err());
        for (header, claims) in [
            (header, r#"{"sub":"u1","exp":1767225600}"#),
            (header, r#"{"sub":"u1"}"#),
            (header, r#"{"exp":1767225601}"#),
            (r#"{"alg":"none"}"#, r#"{"sub":"u1","exp":1767225601}"#),
            (r#"{"alg":"RS256"}"#, r#"{"sub":"u1","exp":1767225601}"#),
        ] {
            assert!(
                verify(&jwt(header, claims), None, &[SECRET], NOW).is_err(),
                "{header} {claims}"
            );
        }
        for text in ["..", ".", "a.b.c", "a.b"] {
            assert!(verify(text, None, &[SECRET], NOW).is_err(), "{text}");
        }
    }
}
