//! What is accepted of a widget's settings, and of what visitors fill in and browsers say of themselves, is within its bounds and is
//! accepted again as it is written.
//!
//! Input: a text; where it is JSON, also a document of settings and a filled-in form.

use antiphon_domain::settings::{Language, fill_in};
use antiphon_domain::{Page, Rating, Timestamp, WidgetSettings, Zone};
use serde_json::Value;

/// Moments at which the business hours are asked for: the ends of time, and a change of the clock.
const MOMENTS: [i64; 4] = [i64::MIN, 0, 1_774_746_000_000_000, i64::MAX];

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    browser(text);
    let Ok(document) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let settings = match WidgetSettings::parse(document.clone()) {
        Ok(settings) => settings,
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            assert!(mistakes.iter().all(|mistake| !mistake.reason.0.is_empty()));
            WidgetSettings::default()
        }
    };
    assert_eq!(
        WidgetSettings::parse(settings.document()).as_ref(),
        Ok(&settings)
    );
    assert_eq!(
        WidgetSettings::parse(settings.own_document()).as_ref(),
        Ok(&settings)
    );
    for micros in MOMENTS {
        let now = Timestamp::from_micros(micros);
        let availability = settings.availability(now);
        assert!(!availability.open || availability.opens_at.is_none());
        let ahead = availability.opens_at.or(availability.closes_at);
        assert!(
            ahead.is_none_or(|ahead| ahead > now),
            "{availability:?} at {now:?}"
        );
    }
    let Value::Object(answers) = document else {
        return;
    };
    match fill_in(settings.pre_chat.as_ref(), answers) {
        Ok(filled) => {
            for answer in filled.answers {
                assert!(!answer.value.is_empty() && !answer.value.contains('\0'));
                assert!(answer.value.chars().count() <= 2000);
            }
        }
        Err(wrong) => assert!(!wrong.is_empty()),
    }
}

fn browser(text: &str) {
    if let Ok(zone) = Zone::parse(text) {
        assert_eq!(Zone::parse(zone.name()).as_ref(), Ok(&zone));
        for micros in MOMENTS {
            assert!(zone.clock(Timestamp::from_micros(micros)).len() >= 19);
        }
    }
    if let Ok(language) = Language::parse(text) {
        assert!(language.as_str().len() <= 35);
    }
    if let Some(url) = Page::clean_url(text) {
        assert!(url.to_ascii_lowercase().starts_with("http"));
        assert!(url.chars().count() <= 2000 && !url.chars().any(char::is_control));
        assert_eq!(Page::clean_url(&url), Some(url));
    }
    if let Some(title) = Page::clean_title(text) {
        assert!(title.chars().count() <= 200 && !title.chars().any(char::is_control));
    }
    if let Ok(Some(comment)) = Rating::parse_comment(text) {
        assert!(comment.chars().count() <= 1000);
        assert_eq!(Rating::parse_comment(&comment), Ok(Some(comment)));
    }
}
