//! An `auth` is accepted for exactly what was signed, and the names it is about have one spelling.
//!
//! Input: lines with an application's key, its secret, a socket id, a channel, an `auth`, and the channel or user data in the rest.

use antiphon_protocol::auth::{self, AuthError, Credentials};
use antiphon_protocol::channel::{self, ChannelKind};
use antiphon_protocol::{ChannelName, SocketId};

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(6, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (key, secret, id, channel, given) = (line(), line(), line(), line(), line());
    let data = lines.next();
    if key.contains(':') {
        // Configuration takes no such key: the colon ends it in an `auth`.
        return;
    }
    let credentials = Credentials::new(key, secret);

    let socket_id = socket_id(id);
    let name = channel_name(channel);
    let user_data = data.unwrap_or_default();
    let signed = auth::sign_channel(credentials, socket_id, channel, data);
    let verify = |auth: &str| auth::verify_channel(credentials, socket_id, channel, data, auth);
    only_itself(&signed, given, verify);
    let signed_user = auth::sign_user(credentials, socket_id, user_data);
    let verify = |auth: &str| auth::verify_user(credentials, socket_id, user_data, auth);
    only_itself(&signed_user, given, verify);
    if name.is_some() {
        assert_ne!(signed, signed_user, "a channel's auth is good for a user");
    }
}

/// The signed text is accepted, a changed one is not, and a given one only if it is the signed one.
fn only_itself(signed: &str, given: &str, verify: impl Fn(&str) -> Result<(), AuthError>) {
    assert_eq!(verify(signed), Ok(()));
    let (unsigned, last) = signed.split_at(signed.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    assert!(verify(&format!("{unsigned}{other}")).is_err());
    assert!(verify(unsigned).is_err());
    assert!(verify(&format!("{signed}0")).is_err());
    match verify(given) {
        // The digits may be in either case; the key may not.
        Ok(()) => assert!(given.eq_ignore_ascii_case(signed)),
        Err(error) => {
            assert_ne!(given, signed);
            assert_eq!(error == AuthError::Missing, given.is_empty());
        }
    }
}

/// The id in the text, or one that is made of it.
fn socket_id(text: &str) -> SocketId {
    let id = text.parse().unwrap_or_else(|_| {
        let bits = text
            .bytes()
            .fold(0, |bits: u64, byte| bits.rotate_left(8) ^ u64::from(byte));
        SocketId::from_random(bits)
    });
    assert_eq!(id.to_string().parse(), Ok(id));
    id
}

fn channel_name(text: &str) -> Option<ChannelName> {
    let name = match ChannelName::parse(text) {
        Ok(name) => name,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    assert_eq!(name.as_str(), text);
    assert!((1..=channel::MAX_NAME_BYTES).contains(&text.len()));
    assert!(
        !text.contains(':'),
        "it would end the name in what is signed"
    );
    let needs_auth = text.starts_with("private-") || text.starts_with("presence-");
    assert_eq!(name.kind().needs_auth(), needs_auth);
    assert_eq!(
        name.kind() == ChannelKind::ServerToUser,
        text.starts_with('#')
    );
    assert!(!name.is_cache() || text.contains("cache-"));
    Some(name)
}
