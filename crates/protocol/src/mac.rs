//! HMAC-SHA256 with hexadecimal text on the outside. Comparison takes the same time wherever two values differ.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The lower-case hexadecimal HMAC-SHA256 of the parts, one after the other.
pub(crate) fn sign(secret: &str, parts: &[&str]) -> String {
    hex(&keyed(secret, parts).finalize().into_bytes())
}

/// Whether `signature` is the hexadecimal HMAC-SHA256 of the parts.
pub(crate) fn verify(secret: &str, parts: &[&str], signature: &str) -> bool {
    unhex(signature).is_some_and(|bytes| keyed(secret, parts).verify_slice(&bytes).is_ok())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)].into());
        text.push(DIGITS[usize::from(byte & 15)].into());
    }
    text
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let nibble = |digit: u8| (digit as char).to_digit(16).map(|n| n as u8);
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn keyed(secret: &str, parts: &[&str]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac
}
