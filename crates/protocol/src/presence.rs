//! Members of presence channels: who a subscriber says it is, and how the others are told.
//!
//! An id is a text everywhere, also where an application writes a number: clients look members up by it.
//! `user_info` is JSON that the application signed; it is passed on as it was written and never looked into.

use crate::event;
use crate::frame::string;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// A member of a presence channel. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is. Connections with the same id are the same member.
    pub user_id: Arc<str>,
    /// What the others are to know of it, as JSON text.
    pub user_info: Option<Arc<str>>,
}

/// How large a member may be.
#[derive(Debug, Clone, Copy)]
pub struct MemberLimits {
    /// The most characters of an id.
    pub id_chars: usize,
    /// The most bytes of `user_info`, as JSON.
    pub info_bytes: usize,
}

/// Why something is no member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// It is no JSON object, or a member of it is there twice.
    #[error("it must be a JSON object with a user_id")]
    NotAnObject,
    /// It is no JSON object, or a member of it is there twice.
    #[error("it must be a JSON object with an id")]
    NoUser,
    /// The id is missing, empty, or of a type that it may not have.
    #[error("its {0} must be a string that is not empty")]
    BadId(&'static str),
    /// The id is too long.
    #[error("its {name} has {chars} characters, the most is {max}")]
    LongId {
        /// The member of the object that holds the id.
        name: &'static str,
        /// How many characters it has.
        chars: usize,
        /// How many it may have.
        max: usize,
    },
    /// `user_info` is too large.
    #[error("its user_info has {bytes} bytes, the most is {max}")]
    LargeInfo {
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
}

#[derive(Deserialize)]
struct ChannelData<'a> {
    #[serde(borrow, default)]
    user_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    user_info: Option<&'a RawValue>,
}

impl Member {
    /// Reads the `channel_data` of a subscription, whose signature must have been checked.
    pub fn parse(channel_data: &str, limits: MemberLimits) -> Result<Self, MemberError> {
        let data: ChannelData<'_> = object(channel_data).ok_or(MemberError::NotAnObject)?;
        let id = data
            .user_id
            .and_then(|id| string(id).or_else(|| whole_number(id).map(Into::into)));
        Self::new(
            "user_id",
            id.as_deref().unwrap_or_default(),
            data.user_info,
            limits,
        )
    }

    /// Checks an id, which is called `name` where it came from, and what goes with it.
    pub(crate) fn new(
        name: &'static str,
        id: &str,
        info: Option<&RawValue>,
        limits: MemberLimits,
    ) -> Result<Self, MemberError> {
        let chars = id.chars().count();
        if chars == 0 {
            return Err(MemberError::BadId(name));
        }
        if chars > limits.id_chars {
            let max = limits.id_chars;
            return Err(MemberError::LongId { name, chars, max });
        }
        let info = info.map(RawValue::get);
        match info.map(str::len) {
            Some(bytes) if bytes > limits.info_bytes => Err(MemberError::LargeInfo {
                bytes,
                max: limits.info_bytes,
            }),
            _ => Ok(Self {
                user_id: id.into(),
                user_info: info.map(Into::into),
            }),
        }
    }
}

/// The `data` of `pusher_internal:subscription_succeeded` on a presence channel with these members.
pub fn snapshot<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let (mut ids, mut hash, mut count) = (Vec::new(), Vec::new(), 0);
    for (id, info) in members {
        if count > 0 {
            ids.push(b',');
            hash.push(b',');
        }
        count += 1;
        event::quote(&mut ids, id);
        event::quote(&mut hash, id);
        hash.push(b':');
        hash.extend_from_slice(info.unwrap_or("null").as_bytes());
    }
    let text = |bytes| String::from_utf8(bytes).expect("every part was text");
    let (ids, hash) = (text(ids), text(hash));
    format!(r#"{{"presence":{{"ids":[{ids}],"hash":{{{hash}}},"count":{count}}}}}"#)
}

/// The event that tells the others of a new member, as JSON.
pub fn member_added(channel: &str, member: &Member) -> String {
    let info = member.user_info.as_deref().unwrap_or("null");
    let data = format!(
        r#"{{"user_id":{},"user_info":{info}}}"#,
        event::Quoted(&member.user_id)
    );
    event::channel_event(channel, "pusher_internal:member_added", &data)
}

/// The event that tells the others that a member has left, as JSON.
pub fn member_removed(channel: &str, user_id: &str) -> String {
    let data = format!(r#"{{"user_id":{}}}"#, event::Quoted(user_id));
    event::channel_event(channel, "pusher_internal:member_removed", &data)
}

/// Reads an object. Derived structs would take an array of their members too.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).ok(),
        false => None,
    }
}

/// The digits of a JSON number without fraction or exponent.
fn whole_number(raw: &RawValue) -> Option<&str> {
    let digits = raw.get().strip_prefix('-').unwrap_or(raw.get());
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| raw.get())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const LIMITS: MemberLimits = MemberLimits {
        id_chars: 4,
        info_bytes: 8,
    };

    fn member(channel_data: &str) -> Result<(String, Option<String>), MemberError> {
        let member = Member::parse(channel_data, LIMITS)?;
        Ok((
            member.user_id.to_string(),
            member.user_info.map(|info| info.to_string()),
        ))
    }

    #[test]
    fn ids_are_texts_or_whole_numbers() {
        let id = |data: &str| member(data).unwrap().0;
        assert_eq!(id(r#"{"user_id":"10"}"#), "10");
        assert_eq!(id(r#"{"user_id":10}"#), "10");
        assert_eq!(id(r#"{"user_id":-7,"other":1}"#), "-7");
        assert_eq!(id(r#"{"user_id":"\u00e9"}"#), "é");
        for data in [
            "{}",
            r#"{"user_id":""}"#,
            r#"{"user_id":null}"#,
            r#"{"user_id":1.5}"#,
            r#"{"user_id":1e3}"#,
            r#"{"user_id":true}"#,
            r#"{"user_id":["1"]}"#,
            r#"{"user_id":{}}"#,
        ] {
            assert_eq!(member(data), Err(MemberError::BadId("user_id")), "{data}");
        }
    }

    #[test]
    fn only_an_object_is_a_member() {
        for data in [
            "",
            "null",
            "7",
            r#"["1"]"#,
            "{",
            r#"{"user_id":1}}"#,
            r#"{"user_id":1,"user_id":2}"#,
        ] {
            assert_eq!(member(data), Err(MemberError::NotAnObject), "{data}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        assert!(member(r#"{"user_id":"éééé"}"#).is_ok());
        assert!(matches!(
            member(r#"{"user_id":"ééééé"}"#),
            Err(MemberError::LongId { chars: 5, .. })
        ));
        assert!(member(r#"{"user_id":1,"user_info":{"a":12}}"#).is_ok());
        assert!(matches!(
            member(r#"{"user_id":1,"user_info":{"a":123}}"#),
            Err(MemberError::LargeInfo { bytes: 9, .. })
        ));
    }

    #[test]
    fn info_is_kept_as_written_and_may_be_missing() {
        let info = |data: &str| member(data).unwrap().1;
        assert_eq!(
            info(r#"{"user_id":1,"user_info":{"a": 1}}"#).as_deref(),
            Some(r#"{"a": 1}"#)
        );
        assert_eq!(info(r#"{"user_id":1,"user_info":null}"#), None);
        assert_eq!(info(r#"{"user_id":1}"#), None);
    }

    #[test]
    fn frames_have_the_documented_shapes() {
        let members = [("1", Some(r#"{"name":"A"}"#)), ("say \"hi\"", None)];
        let data: Value = serde_json::from_str(&snapshot(members.into_iter())).unwrap();
        assert_eq!(
            data,
            json!({"presence": {"ids": ["1", "say \"hi\""],
                "hash": {"1": {"name": "A"}, "say \"hi\"": null}, "count": 2}})
        );
        assert_eq!(
            snapshot([].into_iter()),
            r#"{"presence":{"ids":[],"hash":{},"count":0}}"#
        );
        let b = Member::parse(r#"{"user_id":2,"user_info":{"n":1}}"#, LIMITS).unwrap();
        assert_eq!(
            member_added("presence-x", &b),
            r#"{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"2\",\"user_info\":{\"n\":1}}"}"#
        );
        assert_eq!(
            member_removed("presence-x", "2"),
            r#"{"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":\"2\"}"}"#
        );
    }
}
