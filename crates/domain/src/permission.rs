//! What somebody of the team may do: by role, and by the scopes of an API token.

use crate::Invalid;

/// A kind of act. Each is asked for by itself: whoever may administer does not read for that reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Reads conversations, visitors and what the team has set up.
    Read,
    /// Answers, and changes conversations: assigns, closes, labels.
    Answer,
    /// Changes what the whole team works with: agents, widgets, labels; exports and erases.
    Administer,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 3] = [Self::Read, Self::Answer, Self::Administer];

    /// Its name as a scope of an API token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Answer => "answer",
            Self::Administer => "admin",
        }
    }

    /// Reads a scope's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text);
        found.ok_or_else(|| Invalid::new("must be read, answer or admin"))
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);
    /// All.
    pub const ALL: Self = Self::of(&Permission::ALL);

    /// These.
    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < permissions.len() {
            bits |= permissions[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Whether this one is among them.
    pub const fn contain(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, the weakest first.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let all = Permission::ALL.into_iter();
        all.filter(move |permission| self.contain(*permission))
    }

    /// Their names with spaces between, as the database keeps a token's scopes.
    pub fn to_text(self) -> String {
        let names: Vec<&str> = self.iter().map(Permission::as_str).collect();
        names.join(" ")
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let permissions: Result<Vec<_>, _> = text
            .split_ascii_whitespace()
            .map(Permission::parse)
            .collect();
        Ok(Self::of(&permissions?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AgentRole;

    #[test]
    fn a_set_survives_being_written_down() {
        for bits in 0..8 {
            let set = Permissions(bits);
            assert_eq!(Permissions::parse(&set.to_text()), Ok(set));
        }
        assert_eq!(Permissions::ALL.to_text(), "read answer admin");
        assert!(Permissions::parse("read write").is_err());
    }

    #[test]
    fn roles_differ_in_what_they_permit() {
        let may = |role: AgentRole, permission| role.permissions().contain(permission);
        for permission in Permission::ALL {
            assert!(may(AgentRole::Admin, permission));
            assert_eq!(
                may(AgentRole::Agent, permission),
                permission != Permission::Administer
            );
            assert_eq!(
                may(AgentRole::Viewer, permission),
                permission == Permission::Read
            );
        }
        let reading = Permissions::of(&[Permission::Read]);
        assert_eq!(Permissions::ALL.and(reading), reading);
    }
}
