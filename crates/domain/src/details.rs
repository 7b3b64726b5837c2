//! What is known of how a conversation began: the form, the consent, the page, the visitor's language and time zone.
//!
//! The form is checked strictly, since a person filled it in and can correct it. The rest comes from a browser, which cannot: what
//! does not fit is cut or left out, and never keeps anybody from writing.

use crate::settings::Language;
use crate::{Timestamp, Zone};

/// The longest address of a page, in characters; a longer one is cut.
const MAX_URL: usize = 2000;
/// The longest title of a page, in characters; a longer one is cut.
const MAX_TITLE: usize = 200;

/// An answer of the form before the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The field's name.
    pub name: String,
    /// The field's label, as the visitor read it.
    pub label: String,
    /// What was filled in.
    pub value: String,
}

/// The page that a visitor writes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Its address, http or https.
    pub url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Where the visitor came from, http or https.
    pub referrer: Option<String>,
}

impl Page {
    /// An address that an agent may follow: http or https, cut to 2,000 characters. Anything else is none.
    pub fn clean_url(text: &str) -> Option<String> {
        let url = one_line(text, MAX_URL)?;
        let (scheme, _) = url.split_once("://")?;
        let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        is_web.then_some(url)
    }

    /// A title, cut to 200 characters.
    pub fn clean_title(text: &str) -> Option<String> {
        one_line(text, MAX_TITLE)
    }
}

/// Everything that is known besides the visitor and the messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationDetails {
    /// What the form was filled in with, in the form's order.
    pub answers: Vec<Answer>,
    /// When the visitor agreed to the widget's consent text.
    pub consent_at: Option<Timestamp>,
    /// The page.
    pub page: Page,
    /// The visitor's language.
    pub locale: Option<Language>,
    /// The visitor's time zone.
    pub time_zone: Option<Zone>,
}

impl ConversationDetails {
    /// With what was told later: what is there replaces what was, a page as a whole.
    #[must_use]
    pub fn updated(self, told: Self) -> Self {
        Self {
            answers: if told.answers.is_empty() {
                self.answers
            } else {
                told.answers
            },
            consent_at: told.consent_at.or(self.consent_at),
            page: if told.page == Page::default() {
                self.page
            } else {
                told.page
            },
            locale: told.locale.or(self.locale),
            time_zone: told.time_zone.or(self.time_zone),
        }
    }
}

fn one_line(text: &str, max: usize) -> Option<String> {
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(max)
        .collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_kept() {
        let kept = |text| Page::clean_url(text);
        assert_eq!(
            kept(" https://a.example/?q=1#x ").as_deref(),
            Some("https://a.example/?q=1#x")
        );
        assert_eq!(
            kept("HTTP://a.example").as_deref(),
            Some("HTTP://a.example")
        );
        for other in [
            "javascript://%0aalert(1)",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "a.example",
            "",
        ] {
            assert_eq!(kept(other), None, "{other}");
        }
        assert_eq!(
            kept(&format!("https://a.example/{}", "x".repeat(5000)))
                .unwrap()
                .len(),
            2000
        );
    }

    #[test]
    fn a_title_is_one_line_and_cut() {
        assert_eq!(Page::clean_title("a\n\0b").as_deref(), Some("ab"));
        assert_eq!(
            Page::clean_title(&"é".repeat(300)).unwrap().chars().count(),
            200
        );
        assert_eq!(Page::clean_title(" \n"), None);
    }
}
