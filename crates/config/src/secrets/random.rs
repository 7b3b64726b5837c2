//! Random values in the alphabets that Laravel uses for them, from the operating system's generator.

use base64::Engine;

/// `base64:` and 32 bytes.
pub(super) fn app_key() -> String {
    let mut bytes = [0; 32];
    fill(&mut bytes);
    format!(
        "base64:{}",
        base64::engine::general_purpose::STANDARD.encode(bytes)
    )
}

/// Digits, of which the first is not zero: it stays the same when somebody reads it as a number.
pub(super) fn digits(count: usize) -> String {
    pick(b"123456789", 1) + &pick(b"0123456789", count - 1)
}

/// Lower-case letters and digits: a little over five bits each.
pub(super) fn letters_and_digits(count: usize) -> String {
    pick(b"abcdefghijklmnopqrstuvwxyz0123456789", count)
}

/// Draws each character with equal probability: bytes beyond the last whole multiple of the alphabet are drawn again.
fn pick(alphabet: &[u8], count: usize) -> String {
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let mut bytes = [0; 64];
        fill(&mut bytes);
        let drawn = bytes
            .iter()
            .map(|&byte| usize::from(byte))
            .filter(|&byte| byte < limit);
        text.extend(
            drawn
                .take(count - text.len())
                .map(|byte| char::from(alphabet[byte % alphabet.len()])),
        );
    }
    text
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system has a random number generator");
}
