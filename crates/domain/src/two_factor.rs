//! The second factor of a login: codes that change with time (TOTP, RFC 6238), and recovery codes for whoever lost the device.

use crate::{Invalid, TokenHash};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Bytes of a secret: as many as the hash has (RFC 4226 4, R6).
pub const SECRET_BYTES: usize = 20;
/// Recovery codes that an agent gets at once.
pub const RECOVERY_CODES: usize = 10;
/// Seconds of a time step.
const STEP_SECONDS: i64 = 30;
/// Steps to either side of now whose codes are taken, for clocks that differ (RFC 6238 5.2).
const DRIFT_STEPS: i64 = 1;
/// RFC 4648, without those that look alike in print: it has none of 0, 1 and 8.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters of a recovery code: 80 bits, so that its plain hash tells nothing.
const RECOVERY_CHARACTERS: usize = 16;

/// What an authenticator app and the server both know. Its `Debug` form hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TwoFactorSecret([u8; SECRET_BYTES]);

impl TwoFactorSecret {
    /// The secret of these random bytes.
    pub const fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// For the store.
    pub const fn reveal(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// As people type it into an app: 32 letters and digits of Base32.
    pub fn to_base32(&self) -> String {
        let bits = |index: usize| {
            (0..5).fold(0_usize, |value, bit| {
                let place = index * 5 + bit;
                (value << 1) | usize::from(self.0[place / 8] >> (7 - place % 8) & 1)
            })
        };
        (0..SECRET_BYTES * 8 / 5)
            .map(|index| char::from(BASE32[bits(index)]))
            .collect()
    }

    /// Reads what [`Self::to_base32`] wrote; spaces and case do not count.
    pub fn parse_base32(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be 32 letters and digits of Base32");
        let mut secret = [0; SECRET_BYTES];
        let mut n_bits = 0;
        for character in text.chars().filter(|c| !c.is_ascii_whitespace()) {
            let upper = character.to_ascii_uppercase();
            let value = BASE32
                .iter()
                .position(|letter| char::from(*letter) == upper)
                .ok_or_else(wrong)?;
            for bit in (0..5).rev() {
                let byte = secret.get_mut(n_bits / 8).ok_or_else(wrong)?;
                *byte = (*byte << 1) | u8::from(value >> bit & 1 == 1);
                n_bits += 1;
            }
        }
        if n_bits == SECRET_BYTES * 8 {
            Ok(Self(secret))
        } else {
            Err(wrong())
        }
    }

    /// What an app reads from a QR code: the secret, under the names of the installation and of the login.
    pub fn otpauth_url(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent_encoded(issuer), percent_encoded(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            self.to_base32()
        )
    }

    /// The time step of a typed code, if it is the code of now or of a moment ago, in seconds since 1970. Whoever takes it keeps the step
    /// and takes none that is not larger: a code that somebody looked at is worth nothing (RFC 6238 5.2).
    pub fn step_of(&self, typed: &str, unix_seconds: i64) -> Option<i64> {
        let typed: String = typed.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let now = unix_seconds.div_euclid(STEP_SECONDS);
        (now - DRIFT_STEPS..=now + DRIFT_STEPS).rev().find(|step| {
            let code = self.code_at(step * STEP_SECONDS);
            code.as_bytes().ct_eq(typed.as_bytes()).into()
        })
    }

    /// What an app shows at this moment, in seconds since 1970: six digits.
    pub fn code_at(&self, unix_seconds: i64) -> String {
        let step = unix_seconds.div_euclid(STEP_SECONDS);
        format!("{:06}", self.code(step) % 1_000_000)
    }

    /// The 31 bits of which a code is the end (RFC 4226 5.3).
    fn code(&self, step: i64) -> u32 {
        let mut mac =
            Hmac::<Sha1>::new_from_slice(&self.0).expect("a key of HMAC may have any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        u32::from_be_bytes([hash[at] & 0x7F, hash[at + 1], hash[at + 2], hash[at + 3]])
    }
}

impl std::fmt::Debug for TwoFactorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TwoFactorSecret(…)")
    }
}

/// A code for one login without the device, in clear: shown once. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// The code of these random bytes, such as `k3vd-77qm-yatp-2cxe`.
    pub fn from_random(random: &[u8; RECOVERY_CHARACTERS]) -> Self {
        let letter = |byte: &u8| char::from(BASE32[usize::from(byte % 32)]).to_ascii_lowercase();
        let letters: Vec<char> = random.iter().map(letter).collect();
        let groups = letters.chunks(4).map(|group| group.iter().collect());
        Self(groups.collect::<Vec<String>>().join("-"))
    }

    /// Reads a code as typed; case, spaces and hyphens do not count. `None`: it cannot be one.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters: Vec<char> = typed
            .chars()
            .filter(|c| !c.is_ascii_whitespace() && *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_letter = |c: &char| BASE32.contains(&(c.to_ascii_uppercase() as u8)) && c.is_ascii();
        let is_code = letters.len() == RECOVERY_CHARACTERS && letters.iter().all(is_letter);
        let groups = letters.chunks(4).map(|group| group.iter().collect());
        is_code.then(|| Self(groups.collect::<Vec<String>>().join("-")))
    }

    /// The code in clear, for the one answer that hands it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// Everything but what RFC 3986 calls unreserved.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the test vectors.
    const RFC: TwoFactorSecret = TwoFactorSecret(*b"12345678901234567890");

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(RFC.code(seconds / 30) % 100_000_000, expected);
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226_hold() {
        let expected = [
            755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871,
            520_489,
        ];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(RFC.code(counter) % 1_000_000, expected);
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_and_late_and_no_more() {
        let typed = "081 804";
        for (seconds, taken) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let step = RFC.step_of(typed, 1_111_111_109 + seconds);
            assert_eq!(step, taken.then_some(1_111_111_109 / 30), "{seconds}");
        }
        for wrong in ["", "81804", "0818040", "08180x", "٠٨١٨٠٤"] {
            assert_eq!(RFC.step_of(wrong, 1_111_111_109), None);
        }
    }

    #[test]
    fn a_secret_survives_being_typed() {
        assert_eq!(RFC.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            TwoFactorSecret::parse_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq"),
            Ok(RFC)
        );
        for wrong in [
            "",
            "GEZD",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
            &"A".repeat(33),
        ] {
            assert!(TwoFactorSecret::parse_base32(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            RFC.otpauth_url("Chat & Co", "ana@example.com"),
            "otpauth://totp/Chat%20%26%20Co:ana%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Chat%20%26%20Co"
        );
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let code =
            RecoveryCode::from_random(&[0, 33, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31]);
        assert_eq!(code.reveal(), "abcd-efgh-ijkl-mno7");
        assert_eq!(RecoveryCode::parse(" ABCD efgh ijklMNO7"), Some(code));
        for wrong in ["", "123456", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnoſ"] {
            assert_eq!(RecoveryCode::parse(wrong), None, "{wrong}");
        }
    }
}
