//! Canned replies: answers that agents have ready, with places for what is known of the conversation.

use crate::invalid::filled_line;
use crate::{AgentId, CannedReplyId, Invalid, MessageBody, Timestamp};

/// The longest shortcut, in characters.
pub const MAX_SHORTCUT: usize = 40;
/// The longest title, in characters.
const MAX_TITLE: usize = 100;

/// What may stand between `{{` and `}}`; the agent's program fills it in.
pub const VARIABLES: [&str; 6] = [
    "visitor.name",
    "visitor.first_name",
    "agent.name",
    "agent.first_name",
    "widget.name",
    "conversation.id",
];

/// What an agent types behind a slash: 1–40 letters, digits, `-` and `_`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortcut(String);

impl Shortcut {
    /// Checks a shortcut, with its slash or without; lower-cased, since nobody types it otherwise.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let text = text.strip_prefix('/').unwrap_or(text).to_lowercase();
        let fits = (1..=MAX_SHORTCUT).contains(&text.chars().count());
        let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        if fits && text.chars().all(is_word) {
            return Ok(Self(text));
        }
        Err(Invalid::new(format!(
            "must be 1 to {MAX_SHORTCUT} letters, digits, - and _"
        )))
    }

    /// The text, without the slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a canned reply is listed by: 1–100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedTitle(String);

impl CannedTitle {
    /// Trims and checks a title.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        filled_line(text, MAX_TITLE).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that becomes a message: as a message's, with no variable that nobody could fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedBody(String);

impl CannedBody {
    /// Checks a text and its variables.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = MessageBody::parse(text)?;
        let opened = text.as_str().split("{{").skip(1);
        for rest in opened {
            let name = rest.split_once("}}").map(|(name, _)| name.trim());
            if !name.is_some_and(|name| VARIABLES.contains(&name)) {
                let known: Vec<_> = VARIABLES.map(|name| format!("{{{{{name}}}}}")).into();
                let known = known.join(", ");
                return Err(Invalid::new(format!(
                    "has a variable that there is not; there are {known}"
                )));
            }
        }
        Ok(Self(text.as_str().to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A canned reply as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedReply {
    /// Its identity.
    pub id: CannedReplyId,
    /// Who made it; the only one who has it, unless it is shared.
    pub agent_id: AgentId,
    /// Whether every agent has it.
    pub shared: bool,
    /// What it is called up by: unique among those that are shared, and among each agent's own.
    pub shortcut: Shortcut,
    /// What it is listed by.
    pub title: CannedTitle,
    /// The text.
    pub body: CannedBody,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortcut_is_one_word_in_lower_case() {
        for (text, shortcut) in [
            ("/Hello", "hello"),
            ("ret-1_x", "ret-1_x"),
            (" grüße ", "grüße"),
        ] {
            assert_eq!(Shortcut::parse(text).unwrap().as_str(), shortcut);
        }
        for text in ["", "/", "two words", "a/b", "a\0", &"x".repeat(41)] {
            assert!(Shortcut::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_known_variables_are_taken() {
        for text in [
            "Hi {{visitor.first_name}}, I am {{ agent.name }}.",
            "no variables, {one} brace",
            "{{conversation.id}}{{widget.name}}",
        ] {
            assert!(CannedBody::parse(text).is_ok(), "{text}");
        }
        for text in ["{{visitor.email}}", "{{}}", "{{visitor.name", "{{{{x}}}}"] {
            assert!(CannedBody::parse(text).is_err(), "{text}");
        }
    }
}
