//! Watch lists: the users whose coming and going a signed-in user wants to be told of.
//!
//! The list comes with the sign-in, so an application has signed it. Still nothing in it is an error: what can be no user is
//! left out, and what is too much is cut.

use crate::event::{Quoted, quote};
use crate::frame::string;
use crate::presence::{MemberLimits, object};
use crate::user;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The users somebody watches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watchlist {
    /// Their ids, in the order of the list, each once.
    pub ids: Vec<Arc<str>>,
    /// Whether there were more than may be.
    pub is_cut: bool,
}

#[derive(serde::Deserialize)]
struct UserData<'a> {
    #[serde(borrow, default)]
    watchlist: Option<&'a RawValue>,
}

/// Takes the first `max` users from a list, however long it is.
struct Collect<'a> {
    own_id: &'a str,
    id_chars: usize,
    max: usize,
}

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = Watchlist;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Watchlist, A::Error> {
        let mut found = Watchlist::default();
        let mut known: HashSet<Arc<str>> = HashSet::new();
        // The rest of a cut list is read too, since only a whole list is one, but nothing of it is kept.
        while let Some(item) = list.next_element::<&RawValue>()? {
            let Some(id) = string(item).filter(|id| self.is_another_user(id)) else {
                continue;
            };
            if known.contains(&*id) {
                continue;
            }
            if found.ids.len() == self.max {
                found.is_cut = true;
                continue;
            }
            let id: Arc<str> = id.into();
            known.insert(Arc::clone(&id));
            found.ids.push(id);
        }
        Ok(found)
    }
}

impl Collect<'_> {
    /// Whether somebody else can be signed in with this id.
    fn is_another_user(&self, id: &str) -> bool {
        id != self.own_id
            && !id.is_empty()
            && id.chars().count() <= self.id_chars
            && user::channel(id).is_ok()
    }
}

/// Reads the watch list in the `user_data` of a sign-in of the user `own_id`: at most `max` others. Empty if there is none, or
/// something that is no list.
pub fn parse(user_data: &str, own_id: &str, limits: MemberLimits, max: usize) -> Watchlist {
    let data: Option<UserData<'_>> = object(user_data);
    let Some(list) = data.and_then(|data| data.watchlist) else {
        return Watchlist::default();
    };
    let collect = Collect {
        own_id,
        id_chars: limits.id_chars,
        max,
    };
    let mut list = serde_json::Deserializer::from_str(list.get());
    list.deserialize_seq(collect).unwrap_or_default()
}

/// The event that tells which users are signed in (`true`) and which are not, as JSON.
pub fn events<'a>(users: impl IntoIterator<Item = (&'a str, bool)>) -> String {
    let (mut online, mut offline) = (Vec::new(), Vec::new());
    for (id, is_online) in users {
        let ids = if is_online { &mut online } else { &mut offline };
        if !ids.is_empty() {
            ids.push(b',');
        }
        quote(ids, id);
    }
    let mut data = r#"{"events":["#.to_owned();
    for (name, ids) in [("online", online), ("offline", offline)] {
        if ids.is_empty() {
            continue;
        }
        if data.ends_with('}') {
            data.push(',');
        }
        let ids = String::from_utf8(ids).expect("every part was text");
        data += &format!(r#"{{"name":"{name}","user_ids":[{ids}]}}"#);
    }
    data += "]}";
    let data = Quoted(&data);
    format!(r#"{{"event":"pusher_internal:watchlist_events","data":{data}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const LIMITS: MemberLimits = MemberLimits {
        id_chars: 4,
        info_bytes: 8,
    };

    fn read(user_data: &str) -> (Vec<String>, bool) {
        let Watchlist { ids, is_cut } = parse(user_data, "me", LIMITS, 3);
        (ids.iter().map(|id| id.to_string()).collect(), is_cut)
    }

    #[test]
    fn a_list_is_read_in_its_order_and_cut_at_its_limit() {
        let ids = |list: &str| read(&format!(r#"{{"id":"me","watchlist":{list}}}"#));
        let texts = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids(r#"["c","a","b"]"#), (texts(&["c", "a", "b"]), false));
        assert_eq!(ids(r#"["c","a","b","d"]"#), (texts(&["c", "a", "b"]), true));
        assert_eq!(ids(r#"["\u0061"]"#), (texts(&["a"]), false));
        assert_eq!(ids("[]"), (texts(&[]), false));
    }

    #[test]
    fn what_is_no_other_user_does_not_count() {
        let list = r#"["a","a","me",7,null,["x"],{"id":"x"},"","12345","a b","é","b","c","b"]"#;
        let (ids, is_cut) = read(&format!(r#"{{"watchlist":{list}}}"#));
        assert_eq!(
            (ids, is_cut),
            (vec!["a".into(), "b".into(), "c".into()], false)
        );
    }

    #[test]
    fn what_is_no_list_is_an_empty_one() {
        for data in [
            "{}",
            "",
            "[]",
            r#"{"watchlist":null}"#,
            r#"{"watchlist":"a"}"#,
            r#"{"watchlist":{"a":1}}"#,
            r#"{"watchlist":7}"#,
            r#"{"watchlist":["a"],"watchlist":["b"]}"#,
        ] {
            assert_eq!(read(data), (Vec::new(), false), "{data}");
        }
    }

    #[test]
    fn events_have_the_documented_shape() {
        assert_eq!(
            events([("u2", true), ("u3", false)]),
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"u2\"]},{\"name\":\"offline\",\"user_ids\":[\"u3\"]}]}"}"#
        );
        let both: Value =
            serde_json::from_str(&events([("a", false), ("say \"hi\"", false)])).unwrap();
        let data: Value = serde_json::from_str(both["data"].as_str().unwrap()).unwrap();
        assert_eq!(
            data,
            json!({"events": [{"name": "offline", "user_ids": ["a", "say \"hi\""]}]})
        );
    }
}
