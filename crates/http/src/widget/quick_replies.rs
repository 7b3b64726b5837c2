//! The `quick_replies` of a message that is posted: a list of texts, or of objects with `text`, `value` and `url`.

use crate::extract::Fields;
use antiphon_chat::FieldErrors;
use antiphon_domain::quick_reply::MAX_QUICK_REPLIES;
use antiphon_domain::{Invalid, QuickReplies, QuickReply};
use serde_json::{Map, Value};

const FIELD: &str = "quick_replies";

/// Reads the field; without it nothing is offered. Mistakes are noted by their path, such as `quick_replies.2.text`.
pub(super) fn read(fields: &mut Fields) -> QuickReplies {
    let Some(values) = fields.list(FIELD) else {
        return QuickReplies::default();
    };
    let errors = &mut fields.errors;
    if values.is_empty() || values.len() > MAX_QUICK_REPLIES {
        errors.add(FIELD, format!("must be 1 to {MAX_QUICK_REPLIES}"));
        return QuickReplies::default();
    }
    let n_values = values.len();
    let replies: Vec<QuickReply> = values
        .into_iter()
        .enumerate()
        .filter_map(|(index, value)| reply(&format!("{FIELD}.{index}"), value, errors))
        .collect();
    if replies.len() < n_values {
        return QuickReplies::default();
    }
    errors
        .check(FIELD, QuickReplies::new(replies))
        .unwrap_or_default()
}

fn reply(path: &str, value: Value, errors: &mut FieldErrors) -> Option<QuickReply> {
    let mut members = match value {
        Value::Object(members) => members,
        Value::String(text) => {
            let text = checked(path, QuickReply::parse_text(&text), errors)?;
            return Some(QuickReply {
                text,
                value: None,
                url: None,
            });
        }
        _ => {
            errors.add(path.to_owned(), "must be a string or an object");
            return None;
        }
    };
    let text = member(path, &mut members, "text", QuickReply::parse_text, errors);
    let value = member(path, &mut members, "value", QuickReply::parse_value, errors);
    let url = member(path, &mut members, "url", QuickReply::parse_url, errors);
    if let Some(name) = members.keys().next() {
        errors.add(format!("{path}.{name}"), "is not known");
        return None;
    }
    let Some(text) = text? else {
        errors.add(format!("{path}.text"), "is required");
        return None;
    };
    Some(QuickReply {
        text,
        value: value?,
        url: url?,
    })
}

/// `None`: wrong, and noted. `Some(None)`: not there.
fn member(
    path: &str,
    members: &mut Map<String, Value>,
    name: &str,
    parse: fn(&str) -> Result<String, Invalid>,
    errors: &mut FieldErrors,
) -> Option<Option<String>> {
    let parsed = match members.remove(name) {
        None | Some(Value::Null) => return Some(None),
        Some(Value::String(text)) => parse(&text),
        Some(_) => Err(Invalid::new("must be a string")),
    };
    checked(&format!("{path}.{name}"), parsed, errors).map(Some)
}

fn checked(
    path: &str,
    parsed: Result<String, Invalid>,
    errors: &mut FieldErrors,
) -> Option<String> {
    parsed
        .map_err(|Invalid(reason)| errors.add(path.to_owned(), reason))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is offered, and the paths of the mistakes.
    fn read_of(value: &Value) -> (Vec<QuickReply>, Vec<String>) {
        let body = json!({ "quick_replies": value }).to_string();
        let mut fields = Fields::parse_json(body.as_bytes()).unwrap();
        let replies = read(&mut fields).as_slice().to_vec();
        let wrong = fields.errors.iter().map(|(path, _)| path.to_owned());
        (replies, wrong.collect())
    }

    #[test]
    fn texts_and_objects_may_be_mixed() {
        let (replies, wrong) = read_of(&json!([
            " Yes ",
            { "text": "No", "value": "order:no" },
            { "text": "Prices", "url": "https://example.com/prices", "value": null },
        ]));
        assert_eq!(wrong, [""; 0]);
        let seen: Vec<_> = replies
            .iter()
            .map(|reply| (&*reply.text, reply.value.as_deref(), reply.url.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("Yes", None, None),
                ("No", Some("order:no"), None),
                ("Prices", None, Some("https://example.com/prices")),
            ]
        );
        assert_eq!(read_of(&Value::Null), (vec![], vec![]));
    }

    #[test]
    fn every_mistake_is_named_by_its_path() {
        let long = "x".repeat(81);
        for (value, path) in [
            (json!("Yes"), "quick_replies"),
            (json!([]), "quick_replies"),
            (json!(vec!["x"; 11]), "quick_replies"),
            (json!(["Yes", "Yes"]), "quick_replies"),
            (json!(["Yes", 1]), "quick_replies.1"),
            (json!([""]), "quick_replies.0"),
            (json!([long]), "quick_replies.0"),
            (json!([{}]), "quick_replies.0.text"),
            (json!([{ "text": long }]), "quick_replies.0.text"),
            (json!([{ "text": 1 }]), "quick_replies.0.text"),
            (
                json!([{ "text": "a", "value": "x".repeat(501) }]),
                "quick_replies.0.value",
            ),
            (
                json!([{ "text": "a", "url": "javascript:alert(1)" }]),
                "quick_replies.0.url",
            ),
            (
                json!([{ "text": "a", "title": "b" }]),
                "quick_replies.0.title",
            ),
        ] {
            assert_eq!(read_of(&value), (vec![], vec![path.to_owned()]), "{value}");
        }
    }
}
