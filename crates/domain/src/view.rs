//! Saved views: the filters of the inbox that somebody comes back to.

use crate::invalid::filled_line;
use crate::{AgentId, Invalid, Timestamp, ViewId};

/// The longest name, in characters.
const MAX_NAME: usize = 60;

/// A list of the inbox that was given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its identity.
    pub id: ViewId,
    /// Whose it is: who made it.
    pub agent_id: AgentId,
    /// Shown to agents.
    pub name: ViewName,
    /// The query of the list as a JSON object, such as `{"assignee":"me","sort":"waiting"}`.
    pub filter: String,
    /// Whether all agents have it.
    pub shared: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A view's name: 1–60 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewName(String);

impl ViewName {
    /// Trims and checks a name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        filled_line(text, MAX_NAME).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(ViewName::parse(" Mine ").unwrap().as_str(), "Mine");
        for wrong in ["", "a\rb", &"x".repeat(61)] {
            assert!(ViewName::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
