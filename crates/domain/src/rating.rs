//! What a visitor thought of a conversation.

use crate::{Invalid, Timestamp};

/// The longest comment, in characters.
const MAX_COMMENT: usize = 1000;

/// One to five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u8);

impl Score {
    /// Checks a score: 1 is the worst, 5 the best.
    pub fn parse(score: i64) -> Result<Self, Invalid> {
        match u8::try_from(score) {
            Ok(score @ 1..=5) => Ok(Self(score)),
            _ => Err(Invalid::new("must be between 1 and 5")),
        }
    }

    /// The number.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A visitor's last word on a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// How good it was.
    pub score: Score,
    /// Why, in the visitor's words.
    pub comment: Option<String>,
    /// When it was given, or given anew.
    pub at: Timestamp,
}

impl Rating {
    /// Checks a comment: at most 1,000 characters after trimming; an empty one is none.
    pub fn parse_comment(text: &str) -> Result<Option<String>, Invalid> {
        let text = text.trim();
        if text.chars().count() > MAX_COMMENT {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_COMMENT} characters"
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new("must not contain NUL characters"));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_one_to_five() {
        for (score, good) in [
            (0, false),
            (1, true),
            (5, true),
            (6, false),
            (257, false),
            (-1, false),
        ] {
            assert_eq!(Score::parse(score).is_ok(), good, "{score}");
        }
    }

    #[test]
    fn a_comment_is_bounded_in_characters_and_may_have_lines() {
        assert_eq!(Rating::parse_comment(" \n "), Ok(None));
        let longest = "é".repeat(1000);
        assert_eq!(Rating::parse_comment(&longest), Ok(Some(longest.clone())));
        assert!(Rating::parse_comment(&(longest + "x")).is_err());
        assert!(Rating::parse_comment("a\nb").is_ok());
        assert!(Rating::parse_comment("a\0b").is_err());
    }
}
