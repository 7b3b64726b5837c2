//! Webhooks of the account: the signature of a request, and the id of an event. Their JSON is that of the API.

use crate::mac;
use sha2::{Digest as _, Sha256};

/// The value of `Antiphon-Signature`: `t=<seconds>,v1=<hex>`, where the digits are the HMAC-SHA256 of the time, a dot and the body.
/// The time is signed with it, so that a request that somebody recorded is too old later.
pub fn timed_signature(secret: &str, at_seconds: i64, body: &str) -> String {
    let time = at_seconds.to_string();
    let digits = mac::sign(secret, &[&time, ".", body]);
    format!("t={time},v1={digits}")
}

/// The id of what these parts name, the same whenever it is asked for.
pub fn event_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        // So that two lists never run together to the same bytes.
        hash.update([0]);
    }
    format!("evt_{}", mac::hex(&hash.finalize()[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test`.
    #[test]
    fn a_signature_is_that_of_openssl() {
        assert_eq!(
            timed_signature("whsec_test", 1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789"
        );
    }

    #[test]
    fn an_id_is_of_all_its_parts() {
        let id = event_id(&["message.created", "12"]);
        assert_eq!(id, event_id(&["message.created", "12"]));
        assert_eq!(id.len(), 36);
        assert_ne!(id, event_id(&["message.created1", "2"]));
    }
}
