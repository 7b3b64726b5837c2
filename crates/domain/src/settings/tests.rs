use super::*;
use std::collections::BTreeSet;

/// Every member, none as it is by default.
fn everything() -> Value {
    json!({
        "position": "left", "offset_x": 0, "offset_y": 500, "z_index": 9,
        "theme": { "color": "#ff8800", "mode": "dark" },
        "locale": "pt-BR", "languages": ["de", "pt-BR"],
        "texts": { "de": { "title": "Hallo", "welcome": "Zwei\nZeilen" } },
        "pre_chat": {
            "fields": [
                { "name": "name", "label": "Name", "type": "text", "required": true },
                { "name": "topic", "label": "Topic", "type": "select", "required": false, "options": ["A", "B"] },
            ],
            "consent": { "text": "We keep this.", "url": "https://a.example/privacy" },
        },
        "hours": {
            "timezone": "Europe/Madrid",
            "weekly": [{ "days": [1, 5], "from": "09:00", "to": "24:00" }],
            "holidays": ["2026-12-24"], "message": "Back soon.",
        },
        "offline_form": false, "quick_replies": ["Where is my order?"],
        "csat": { "question": "How was it?" },
        "files": { "enabled": false, "max_bytes": 1, "max_files": 1, "accept": ["image/*", "application/pdf"] },
        "voice": { "enabled": false, "max_seconds": 10 },
        "sound": false, "transcript": false,
    })
}

fn mistakes(document: Value) -> Vec<String> {
    let mistakes = WidgetSettings::parse(document).unwrap_err();
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_document_comes_back_as_it_was_written() {
    let settings = WidgetSettings::parse(everything()).unwrap();
    assert_eq!(settings.document(), everything());
    assert_eq!(settings.own_document(), everything());
    assert_eq!(WidgetSettings::parse(settings.document()), Ok(settings));
}

#[test]
fn only_what_was_chosen_is_kept() {
    let default = WidgetSettings::default();
    assert_eq!(default.own_document(), json!({}));
    assert_eq!(
        WidgetSettings::parse(default.document()).as_ref(),
        Ok(&default)
    );
    // Every member is optional, also by null.
    let Value::Object(members) = everything() else {
        panic!("an object")
    };
    for (name, value) in members {
        assert_ne!(
            default.document()[&name],
            value,
            "{name} is not as by default"
        );
        let one = WidgetSettings::parse(json!({ name.clone(): value.clone() })).unwrap();
        assert_eq!(one.own_document(), json!({ name.clone(): value }));
        let null = WidgetSettings::parse(json!({ name: null })).unwrap();
        assert_eq!(null, default);
    }
}

#[test]
fn every_mistake_is_named_with_its_limit() {
    let document = json!({
        "postion": "left", "offset_x": 501, "offset_y": "1", "theme": { "color": "red", "mode": 1, "dark": true },
        "locale": "english please", "quick_replies": ["a", "a", "", "x".repeat(81)], "sound": "yes",
        "voice": { "max_seconds": 301 }, "files": { "max_bytes": 0, "accept": ["png"] }, "csat": true,
    });
    // As a set: in which order they are found says nothing.
    assert_eq!(
        BTreeSet::from_iter(mistakes(document)),
        BTreeSet::from(
            [
                "offset_x must be an integer from 0 to 500",
                "offset_y must be an integer from 0 to 500",
                "theme.color must be a color such as #3455db",
                "theme.mode must be a string",
                "theme.dark is not a setting",
                "locale must be a language tag such as de or pt-BR",
                "quick_replies[1] must not be there twice",
                "quick_replies[2] must not be empty",
                "quick_replies[3] must not be longer than 80 characters",
                "sound must be true or false",
                "csat must be an object",
                "files.max_bytes must be an integer from 1 to 4294967296",
                "files.accept[0] must be a content type such as image/png or image/*",
                "voice.max_seconds must be an integer from 1 to 300",
                "postion is not a setting",
            ]
            .map(str::to_owned)
        )
    );
}

#[test]
fn mistakes_of_forms_and_hours_are_named() {
    let field = |name: &str, kind: &str| json!({ "name": name, "label": "L", "type": kind });
    for (form, mistake) in [
        (
            json!([{ "label": "L" }]),
            "pre_chat.fields[0].name is required",
        ),
        (
            json!([{ "name": "name" }]),
            "pre_chat.fields[0].label is required",
        ),
        (
            json!([field("Name", "text")]),
            "pre_chat.fields[0].name must be name, email",
        ),
        (
            json!([field("a", "text"), field("a", "tel")]),
            "pre_chat.fields[1].name must not be there twice",
        ),
        (
            json!([field("a", "date")]),
            "pre_chat.fields[0].type must be text, email",
        ),
        (
            json!([field("a", "select")]),
            "pre_chat.fields[0].options must have at least one",
        ),
        (json!([1]), "pre_chat.fields[0] must be an object"),
        (
            json!(vec![field("a", "text"); 11]),
            "pre_chat.fields must not have more than 10",
        ),
    ] {
        let named = mistakes(json!({ "pre_chat": { "fields": form } }));
        assert!(named[0].starts_with(mistake), "{named:?}");
    }
    let consent = |url: &str| json!({ "pre_chat": { "consent": { "text": "x", "url": url } } });
    assert!(
        mistakes(consent("javascript:alert(1)"))[0].starts_with("pre_chat.consent.url must begin")
    );
    let span = |from: &str, to: &str| json!([{ "days": [1], "from": from, "to": to }]);
    for (weekly, mistake) in [
        (
            span("24:00", "10:00"),
            "hours.weekly[0].from must be a time from 00:00 to 23:59",
        ),
        (span("9:00", "10:00"), "hours.weekly[0].from must be a time"),
        (
            span("09:60", "10:00"),
            "hours.weekly[0].from must be a time",
        ),
        (
            span("+9:00", "10:00"),
            "hours.weekly[0].from must be a time",
        ),
        (
            span("09:00", "24:01"),
            "hours.weekly[0].to must be a time from 00:00 to 24:00",
        ),
        (
            span("09:00", "09:00"),
            "hours.weekly[0].to must not be the same",
        ),
        (
            json!([{ "days": [0], "from": "09:00", "to": "10:00" }]),
            "hours.weekly[0].days[0] must be a day",
        ),
        (
            json!([{ "days": [7, 7], "from": "09:00", "to": "10:00" }]),
            "hours.weekly[0].days[1] must not be there twice",
        ),
        (
            json!([{ "days": [], "from": "09:00", "to": "10:00" }]),
            "hours.weekly[0].days must list",
        ),
    ] {
        let named = mistakes(json!({ "hours": { "timezone": "UTC", "weekly": weekly } }));
        assert!(named[0].starts_with(mistake), "{named:?}");
    }
    for (hours, mistake) in [
        (
            json!({ "timezone": "Mars/Olympus" }),
            "hours.timezone must be a time zone",
        ),
        (json!({}), "hours.timezone is required"),
        (
            json!({ "timezone": "UTC", "holidays": ["2026-02-29"] }),
            "hours.holidays[0] must be a date",
        ),
        (
            json!({ "timezone": "UTC", "holidays": ["20261224"] }),
            "hours.holidays[0] must be a date",
        ),
    ] {
        let named = mistakes(json!({ "hours": hours }));
        assert!(named[0].starts_with(mistake), "{named:?}");
    }
}

#[test]
fn texts_are_bounded_in_languages_names_and_length() {
    let words = |name: &str, text: &str| json!({ "texts": { "de": { name: text } } });
    assert!(WidgetSettings::parse(words("title", &"é".repeat(500))).is_ok());
    for document in [
        words("title", &"é".repeat(501)),
        words("title", " "),
        words("title", "a\0b"),
        words(&"x".repeat(41), "x"),
        json!({ "texts": { "no language": {} } }),
        json!({ "texts": { "de": [] } }),
    ] {
        assert_eq!(mistakes(document.clone()).len(), 1, "{document}");
    }
    let languages: serde_json::Map<String, Value> =
        (0..41).map(|n| (format!("de-{n}"), json!({}))).collect();
    assert!(mistakes(json!({ "texts": languages }))[0].contains("a language more than 40"));
}

#[test]
fn a_document_is_bounded_as_a_whole() {
    let words: serde_json::Map<String, Value> = (0..140)
        .map(|n| (format!("text_{n}"), json!("x".repeat(490))))
        .collect();
    let named = mistakes(json!({ "texts": { "de": words } }));
    assert!(named[0].contains("larger than 65536 bytes"), "{named:?}");
    assert_eq!(mistakes(json!([])), [" must be an object"]);
}
