//! Signatures that let a connection into a channel, or make it a user's connection.
//!
//! `auth` is `KEY:HEX`, the hexadecimal HMAC-SHA256 of the strings below under the application's secret.
//! What is signed is the text as it was sent: JSON inside it is never parsed and written again.

use crate::any_socket_id::AnySocketId;
use crate::mac;
use crate::socket_id::SocketId;

/// The key of an application and the secret that belongs to it.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The public half.
    pub key: &'a str,
    /// The secret half, which signatures are made with. The `Debug` form hides it.
    pub secret: &'a str,
    /// A secret whose signatures are accepted too, while it is being replaced.
    pub previous_secret: Option<&'a str>,
}

/// Why an `auth` is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is none.
    #[error("no auth was given")]
    Missing,
    /// It is not `KEY:SIGNATURE`.
    #[error("auth must be KEY:SIGNATURE")]
    Malformed,
    /// Its key is not the one of the application.
    #[error("the key in auth is not the key of this application")]
    UnknownKey,
    /// The signature is not the one of the text that had to be signed.
    #[error("Invalid signature: Expected HMAC SHA256 hex digest of {signed}")]
    WrongSignature {
        /// The text that had to be signed.
        signed: String,
    },
}

impl<'a> Credentials<'a> {
    /// A key with one secret.
    pub const fn new(key: &'a str, secret: &'a str) -> Self {
        Self {
            key,
            secret,
            previous_secret: None,
        }
    }

    /// Checks a hexadecimal signature of the concatenated parts, in constant time, under every secret that counts.
    pub(crate) fn vouch_for(&self, parts: &[&str], signature: &str) -> bool {
        let previous = self.previous_secret.into_iter();
        std::iter::once(self.secret)
            .chain(previous)
            .any(|secret| mac::verify(secret, parts, signature))
    }
}

/// The `auth` for a subscription. `channel_data` must be given here exactly as the client will send it.
pub fn sign_channel(
    credentials: Credentials<'_>,
    socket_id: SocketId,
    channel: &str,
    channel_data: Option<&str>,
) -> String {
    sign_channel_anywhere(credentials, socket_id.into(), channel, channel_data)
}

/// As [`sign_channel`], for a socket that may be at another server of the protocol.
pub fn sign_channel_anywhere(
    credentials: Credentials<'_>,
    socket_id: AnySocketId,
    channel: &str,
    channel_data: Option<&str>,
) -> String {
    sign(credentials, &channel_text(socket_id, channel, channel_data))
}

/// Checks the `auth` of a subscription in constant time. `channel_data` counts wherever it was sent, on private channels too.
pub fn verify_channel(
    credentials: Credentials<'_>,
    socket_id: SocketId,
    channel: &str,
    channel_data: Option<&str>,
    auth: &str,
) -> Result<(), AuthError> {
    verify(
        credentials,
        channel_text(socket_id.into(), channel, channel_data),
        auth,
    )
}

/// The `auth` for a sign-in with `user_data`.
pub fn sign_user(credentials: Credentials<'_>, socket_id: SocketId, user_data: &str) -> String {
    sign_user_anywhere(credentials, socket_id.into(), user_data)
}

/// As [`sign_user`], for a socket that may be at another server of the protocol.
pub fn sign_user_anywhere(
    credentials: Credentials<'_>,
    socket_id: AnySocketId,
    user_data: &str,
) -> String {
    sign(credentials, &user_text(socket_id, user_data))
}

/// Checks the `auth` of a sign-in in constant time.
pub fn verify_user(
    credentials: Credentials<'_>,
    socket_id: SocketId,
    user_data: &str,
    auth: &str,
) -> Result<(), AuthError> {
    verify(credentials, user_text(socket_id.into(), user_data), auth)
}

fn channel_text(socket_id: AnySocketId, channel: &str, channel_data: Option<&str>) -> String {
    match channel_data {
        Some(data) => format!("{socket_id}:{channel}:{data}"),
        None => format!("{socket_id}:{channel}"),
    }
}

fn user_text(socket_id: AnySocketId, user_data: &str) -> String {
    format!("{socket_id}::user::{user_data}")
}

fn sign(credentials: Credentials<'_>, text: &str) -> String {
    format!(
        "{}:{}",
        credentials.key,
        mac::sign(credentials.secret, &[text])
    )
}

fn verify(credentials: Credentials<'_>, text: String, auth: &str) -> Result<(), AuthError> {
    if auth.is_empty() {
        return Err(AuthError::Missing);
    }
    let (key, signature) = auth.split_once(':').ok_or(AuthError::Malformed)?;
    if key != credentials.key {
        return Err(AuthError::UnknownKey);
    }
    match credentials.vouch_for(&[&text], signature) {
        true => Ok(()),
        false => Err(AuthError::WrongSignature { signed: text }),
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Credentials<'_> = Credentials::new("278d425bdf160c739803", "7ad3773142a6692b25b8");

    fn socket() -> SocketId {
        "1234.1234".parse().unwrap()
    }

    #[test]
    fn documented_private_channel_vector() {
        let auth = sign_channel(APP, socket(), "private-foobar", None);
        assert_eq!(
            auth,
            "278d425bdf160c739803:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4"
        );
        assert_eq!(
            verify_channel(APP, socket(), "private-foobar", None, &auth),
            Ok(())
        );
    }

    #[test]
    fn documented_presence_channel_vectors() {
        // The name in the documentation's example has changed once; libraries test against either.
        for (name, signature) in [
            (
                "Mr. Channels",
                "31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80",
            ),
            (
                "Mr. Pusher",
                "afaed3695da2ffd16931f457e338e6c9f2921fa133ce7dac49f529792be6304c",
            ),
        ] {
            let member = format!(r#"{{"user_id":10,"user_info":{{"name":"{name}"}}}}"#);
            let auth = sign_channel(APP, socket(), "presence-foobar", Some(&member));
            assert_eq!(auth, format!("278d425bdf160c739803:{signature}"));
            assert_eq!(
                verify_channel(APP, socket(), "presence-foobar", Some(&member), &auth),
                Ok(())
            );
        }
    }

    #[test]
    fn documented_user_vector() {
        let user = r#"{"id":"12345"}"#;
        let auth = sign_user(APP, socket(), user);
        assert_eq!(
            auth,
            "278d425bdf160c739803:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba"
        );
        assert_eq!(verify_user(APP, socket(), user, &auth), Ok(()));
    }

    #[test]
    fn a_signature_is_good_for_its_socket_channel_and_data_only() {
        let auth = sign_channel(APP, socket(), "private-a", None);
        let other_socket = "1234.1235".parse().unwrap();
        for result in [
            verify_channel(APP, other_socket, "private-a", None, &auth),
            verify_channel(APP, socket(), "private-b", None, &auth),
            verify_channel(APP, socket(), "private-a", Some("{}"), &auth),
            verify_channel(
                Credentials {
                    secret: "other",
                    ..APP
                },
                socket(),
                "private-a",
                None,
                &auth,
            ),
        ] {
            assert!(
                matches!(result, Err(AuthError::WrongSignature { .. })),
                "{result:?}"
            );
        }
    }

    #[test]
    fn the_key_half_counts() {
        let auth = sign_channel(APP, socket(), "private-a", None);
        let forged = auth.replace("278d425bdf160c739803", "another");
        assert_eq!(
            verify_channel(APP, socket(), "private-a", None, &forged),
            Err(AuthError::UnknownKey)
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let check =
            |auth: &str| verify_channel(APP, socket(), "private-a", None, auth).unwrap_err();
        assert_eq!(check(""), AuthError::Missing);
        assert_eq!(check("278d425bdf160c739803"), AuthError::Malformed);
        for signature in [
            "",
            "00",
            "zz",
            &"é".repeat(32),
            &"0".repeat(63),
            &"0".repeat(65),
        ] {
            let error = check(&format!("278d425bdf160c739803:{signature}"));
            assert_eq!(
                error,
                AuthError::WrongSignature {
                    signed: "1234.1234:private-a".to_owned()
                }
            );
        }
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        assert!(!format!("{APP:?}").contains(APP.secret));
    }
}
