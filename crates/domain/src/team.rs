//! Teams: groups of agents that conversations are given to.

use crate::invalid::filled_line;
use crate::{AgentId, Invalid, TeamId, Timestamp};

/// The longest name, in characters.
const MAX_NAME: usize = 60;

/// A group of agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its identity.
    pub id: TeamId,
    /// Shown to agents.
    pub name: TeamName,
    /// Who is in it, ascending.
    pub agent_ids: Vec<AgentId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A team's name: 1–60 characters on one line. Two teams never share one, whatever its capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamName(String);

impl TeamName {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_and_its_capitals_do_not_count() {
        assert_eq!(TeamName::parse(" Sales ").unwrap().key(), "sales");
        for wrong in ["", "\t", "a\u{7}b", &"x".repeat(61)] {
            assert!(TeamName::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
