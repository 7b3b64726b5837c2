//! A message for one browser: encrypted with a key that only it and this one message have (RFC 8291), as a single record (RFC 8188).

use crate::{PRIVATE_KEY_BYTES, PUBLIC_KEY_BYTES};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// The longest text, in bytes. Push services take 4096 bytes with everything (RFC 8030 7.2), and some count what is around it.
pub const MAX_TEXT: usize = 3_000;

/// Bytes of the secret that the browser shares with whoever sends to it.
pub const AUTH_BYTES: usize = 16;
/// Bytes of a message's salt.
const SALT_BYTES: usize = 16;
/// The largest record that is announced; there is one, and it is smaller.
const RECORD_BYTES: u32 = 4096;
/// What ends the text of the last record.
const END_OF_LAST: u8 = 2;

/// The browser that a message is for, as it told at its subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its public key, `p256dh`.
    pub public_key: [u8; PUBLIC_KEY_BYTES],
    /// Its secret, `auth`.
    pub auth: [u8; AUTH_BYTES],
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").finish_non_exhaustive()
    }
}

/// What is random about one message. Never used for another.
pub struct Ephemeral {
    /// The message's own private key.
    pub private_key: [u8; PRIVATE_KEY_BYTES],
    /// Its salt.
    pub salt: [u8; SALT_BYTES],
}

impl std::fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ephemeral").finish_non_exhaustive()
    }
}

/// Why there is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The text is longer than [`MAX_TEXT`].
    #[error("the text is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// The browser's public key is no point of the curve: nothing can ever be sent to it.
    #[error("the browser's key is none")]
    BadRecipient,
    /// The random bytes make no private key, which happens once in four billion times: others will.
    #[error("the random bytes make no key")]
    BadEphemeral,
}

/// The body of a request to the push service, whose `Content-Encoding` is `aes128gcm`.
///
/// # Errors
/// See [`EncryptionError`].
pub fn encrypt(
    text: &[u8],
    recipient: &Recipient,
    ephemeral: &Ephemeral,
) -> Result<Vec<u8>, EncryptionError> {
    if text.len() > MAX_TEXT {
        return Err(EncryptionError::TooLong);
    }
    let own = private_key(&ephemeral.private_key)?;
    let own_public = own
        .compute_public_key()
        .map_err(|_| EncryptionError::BadEphemeral)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, recipient.public_key);
    let secret = agreement::agree(&own, peer, EncryptionError::BadRecipient, |shared| {
        let prk = Salt::new(HKDF_SHA256, &recipient.auth).extract(shared);
        let info: [&[u8]; 3] = [
            b"WebPush: info\0",
            &recipient.public_key,
            own_public.as_ref(),
        ];
        Ok(expand::<32>(&prk, &info))
    })?;
    let prk = Salt::new(HKDF_SHA256, &ephemeral.salt).extract(&secret);
    let key: [u8; 16] = expand(&prk, &[b"Content-Encoding: aes128gcm\0"]);
    let nonce: [u8; NONCE_LEN] = expand(&prk, &[b"Content-Encoding: nonce\0"]);

    let key = UnboundKey::new(&AES_128_GCM, &key).expect("AES-128 takes 16 bytes");
    let mut record = [text, &[END_OF_LAST]].concat();
    let tag = LessSafeKey::new(key)
        .seal_in_place_separate_tag(
            // The key is of this message alone, and so it has one nonce.
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut record,
        )
        .expect("AES-GCM takes gigabytes");

    let mut body = Vec::with_capacity(SALT_BYTES + 5 + PUBLIC_KEY_BYTES + record.len() + 16);
    body.extend_from_slice(&ephemeral.salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(PUBLIC_KEY_BYTES as u8);
    body.extend_from_slice(own_public.as_ref());
    body.append(&mut record);
    body.extend_from_slice(tag.as_ref());
    Ok(body)
}

fn private_key(bytes: &[u8; PRIVATE_KEY_BYTES]) -> Result<PrivateKey, EncryptionError> {
    PrivateKey::from_private_key(&ECDH_P256, bytes).map_err(|_| EncryptionError::BadEphemeral)
}

/// How many bytes are wanted.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> [u8; N] {
    let mut bytes = [0; N];
    prk.expand(info, Length(N))
        .and_then(|okm| okm.fill(&mut bytes))
        .expect("SHA-256 expands to far more than these few bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    // RFC 8291, appendix A.
    const PUBLIC: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";
    const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc\
        InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    fn recipient() -> Recipient {
        Recipient {
            public_key: bytes(PUBLIC),
            auth: bytes(AUTH),
        }
    }

    fn ephemeral() -> Ephemeral {
        Ephemeral {
            private_key: bytes(PRIVATE),
            salt: bytes(SALT),
        }
    }

    #[test]
    fn the_example_of_rfc_8291_is_encrypted_as_it_stands_there() {
        let text = b"When I grow up, I want to be a watermelon";
        let body = encrypt(text, &recipient(), &ephemeral()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(body), BODY);
    }

    #[test]
    fn a_message_fits_into_what_push_services_take() {
        let longest = encrypt(&[b'x'; MAX_TEXT], &recipient(), &ephemeral()).unwrap();
        assert!(longest.len() < 4096, "{}", longest.len());
        let longer = encrypt(&[b'x'; MAX_TEXT + 1], &recipient(), &ephemeral());
        assert_eq!(longer, Err(EncryptionError::TooLong));
    }

    #[test]
    fn keys_that_are_none_are_told_apart() {
        let mut off_the_curve = recipient();
        off_the_curve.public_key[64] ^= 1;
        let refused = encrypt(b"x", &off_the_curve, &ephemeral());
        assert_eq!(refused, Err(EncryptionError::BadRecipient));
        let mut zero = ephemeral();
        zero.private_key = [0; 32];
        let refused = encrypt(b"x", &recipient(), &zero);
        assert_eq!(refused, Err(EncryptionError::BadEphemeral));
    }
}
