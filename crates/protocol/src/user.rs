//! Users: who a connection is after `pusher:signin`.
//!
//! A user has a channel of its own, so its id must be made of what channel names are made of.

use crate::channel::{ChannelName, ChannelNameError, SERVER_TO_USER};
use crate::frame::string;
use crate::presence::{Member, MemberError, MemberLimits, object};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Why something is no user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The id is missing or too long, or something else is.
    #[error("{0}")]
    Member(#[from] MemberError),
    /// No channel can have the id in its name.
    #[error("its id cannot be used in a channel's name: {0}")]
    Id(#[from] ChannelNameError),
}

#[derive(Deserialize)]
struct UserData<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_info: Option<&'a RawValue>,
}

/// Reads the `user_data` of a sign-in, whose signature must have been checked: the member that the user is on
/// presence channels. Stock clients only take an id that is a string.
pub fn parse(user_data: &str, limits: MemberLimits) -> Result<Member, UserError> {
    let data: UserData<'_> = object(user_data).ok_or(MemberError::NoUser)?;
    let id = data.id.and_then(string).unwrap_or_default();
    let user = Member::new("id", &id, data.user_info, limits)?;
    channel(&user.user_id)?;
    Ok(user)
}

/// The channel of a user.
pub fn channel(user_id: &str) -> Result<ChannelName, ChannelNameError> {
    ChannelName::parse(&format!("{SERVER_TO_USER}{user_id}"))
}

/// The user whose channel this is.
pub fn of_channel(name: &ChannelName) -> Option<&str> {
    name.as_str().strip_prefix(SERVER_TO_USER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: MemberLimits = MemberLimits {
        id_chars: 8,
        info_bytes: 16,
    };

    #[test]
    fn a_user_is_a_member_with_a_channel() {
        let user = parse(r#"{"id":"u1","user_info":{"n":1},"watchlist":[]}"#, LIMITS).unwrap();
        assert_eq!(&*user.user_id, "u1");
        assert_eq!(user.user_info.as_deref(), Some(r#"{"n":1}"#));
        let name = channel("u1").unwrap();
        assert_eq!(name.as_str(), "#server-to-user-u1");
        assert_eq!(of_channel(&name), Some("u1"));
        assert_eq!(of_channel(&ChannelName::parse("u1").unwrap()), None);
    }

    #[test]
    fn an_id_is_a_string_that_fits_into_a_channel_name() {
        for data in [r#"{"id":7}"#, r#"{"id":""}"#, "{}", r#"{"id":null}"#] {
            let error = parse(data, LIMITS);
            assert_eq!(error, Err(MemberError::BadId("id").into()), "{data}");
        }
        assert!(matches!(
            parse(r#"{"id":"a b"}"#, LIMITS),
            Err(UserError::Id(_))
        ));
        assert!(matches!(
            parse(r#"{"id":"123456789"}"#, LIMITS),
            Err(UserError::Member(MemberError::LongId { chars: 9, .. }))
        ));
        for data in ["", "[]", "null", "\"u1\""] {
            assert_eq!(parse(data, LIMITS), Err(MemberError::NoUser.into()));
        }
    }
}
