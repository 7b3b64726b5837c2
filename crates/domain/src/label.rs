//! Labels: what conversations are about, in the team's own words.

use crate::invalid::filled_line;
use crate::{Invalid, LabelId, Timestamp};

/// The longest name, in characters.
const MAX_NAME: usize = 40;

/// A label that conversations may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its identity.
    pub id: LabelId,
    /// Shown to agents.
    pub name: LabelName,
    /// In which it is shown.
    pub color: LabelColor,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A label's name: 1–40 characters on one line. Two labels never share one, whatever its capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelName(String);

impl LabelName {
    /// Trims and checks a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        filled_line(text, MAX_NAME).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two names that count as the same have in common.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A color as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelColor(String);

impl LabelColor {
    /// Checks a color.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Invalid::new("must be a color such as #1f6feb"))
        }
    }

    /// The color as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_its_capitals_do_not_count() {
        assert_eq!(LabelName::parse(" Écran ").unwrap().key(), "écran");
        for wrong in ["", " ", "a\nb", &"x".repeat(41)] {
            assert!(LabelName::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_color_has_six_digits() {
        assert_eq!(LabelColor::parse("#1F6feb").unwrap().as_str(), "#1f6feb");
        for wrong in ["", "#", "#fff", "1f6feb", "#1f6fe", "#1f6febb", "#1f6fég"] {
            assert!(LabelColor::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
