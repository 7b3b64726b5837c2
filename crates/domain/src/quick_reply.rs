//! Answers that a message offers: one press instead of typing.

use crate::Invalid;
use crate::invalid::{filled_line, single_line};

/// The most answers of one message.
pub const MAX_QUICK_REPLIES: usize = 10;
/// The longest text of an answer, in characters after trimming: it stands on a button.
pub const MAX_REPLY_TEXT: usize = 80;
/// The longest value of an answer, in characters.
pub const MAX_REPLY_VALUE: usize = 500;
/// The longest address of an answer, in characters.
pub const MAX_REPLY_URL: usize = 2000;

/// An answer to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// What stands on the button, and what the visitor says by choosing it.
    pub text: String,
    /// What the program that offers it means by it. It is kept and told with the message, and means nothing here.
    pub value: Option<String>,
    /// A page that it opens instead: an http or https address.
    pub url: Option<String>,
}

impl QuickReply {
    /// Trims and checks an answer's text: 1–80 characters in one line.
    pub fn parse_text(text: &str) -> Result<String, Invalid> {
        filled_line(text, MAX_REPLY_TEXT)
    }

    /// Checks an answer's value: at most 500 characters, without NUL.
    pub fn parse_value(value: &str) -> Result<String, Invalid> {
        if value.chars().count() > MAX_REPLY_VALUE {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_REPLY_VALUE} characters"
            )));
        }
        if value.contains('\0') {
            return Err(Invalid::new("must not contain NUL characters"));
        }
        Ok(value.to_owned())
    }

    /// Trims and checks an answer's address. Only the web: anything else could run something in the visitor's browser.
    pub fn parse_url(url: &str) -> Result<String, Invalid> {
        let url = single_line(url, MAX_REPLY_URL)?;
        let is_web = url.split_once("://").is_some_and(|(scheme, rest)| {
            let known = ["https", "http"]
                .iter()
                .any(|web| scheme.eq_ignore_ascii_case(web));
            known
                && !rest.is_empty()
                && !rest.starts_with('/')
                && !rest.contains(char::is_whitespace)
        });
        if is_web {
            Ok(url.to_owned())
        } else {
            Err(Invalid::new("must be an http or https address"))
        }
    }
}

/// The answers that a message offers, in their order: none to ten, each with another text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuickReplies(Vec<QuickReply>);

impl QuickReplies {
    /// Checks their number, and that what the visitor says tells which one was chosen.
    pub fn new(replies: Vec<QuickReply>) -> Result<Self, Invalid> {
        if replies.len() > MAX_QUICK_REPLIES {
            return Err(Invalid::new(format!(
                "must not be more than {MAX_QUICK_REPLIES}"
            )));
        }
        let is_repeated = |(index, reply): (usize, &QuickReply)| {
            replies[..index]
                .iter()
                .any(|before| before.text == reply.text)
        };
        if replies.iter().enumerate().any(is_repeated) {
            return Err(Invalid::new("must not offer the same text twice"));
        }
        Ok(Self(replies))
    }

    /// The answers.
    pub fn as_slice(&self) -> &[QuickReply] {
        &self.0
    }

    /// Whether nothing is offered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: String) -> QuickReply {
        QuickReply {
            text,
            value: None,
            url: None,
        }
    }

    #[test]
    fn a_text_is_one_short_line() {
        assert_eq!(
            QuickReply::parse_text("  Yes, please ").unwrap(),
            "Yes, please"
        );
        assert!(QuickReply::parse_text(&"é".repeat(80)).is_ok());
        for text in ["", "  ", &"x".repeat(81), "a\nb", "a\0b"] {
            assert!(QuickReply::parse_text(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_value_is_kept_as_it_is() {
        assert_eq!(QuickReply::parse_value(" a\nb ").unwrap(), " a\nb ");
        assert!(QuickReply::parse_value(&"é".repeat(500)).is_ok());
        for value in ["a\0b", &"x".repeat(501)] {
            assert!(
                QuickReply::parse_value(value).is_err(),
                "{} bytes",
                value.len()
            );
        }
    }

    #[test]
    fn an_address_is_of_the_web() {
        for url in ["https://a.example/?q=1#x", "HTTP://a.example"] {
            assert_eq!(QuickReply::parse_url(url).as_deref(), Ok(url));
        }
        for url in [
            "",
            "/orders",
            "https://",
            "https:///x",
            "https://a b.example",
            "javascript://%0aalert(1)",
            "javascript:alert(1)",
            "mailto:a@b.example",
            &format!("https://a.example/{}", "x".repeat(2000)),
        ] {
            assert!(QuickReply::parse_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn at_most_ten_are_offered_and_no_two_alike() {
        let replies = |n: usize| (0..n).map(|n| reply(n.to_string())).collect::<Vec<_>>();
        assert_eq!(QuickReplies::new(replies(10)).unwrap().as_slice().len(), 10);
        assert!(QuickReplies::new(replies(11)).is_err());
        let twice = vec![reply("Yes".to_owned()), reply("Yes".to_owned())];
        assert!(QuickReplies::new(twice).is_err());
        assert!(QuickReplies::default().is_empty());
    }
}
