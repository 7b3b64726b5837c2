//! A note: what agents write to each other beside a conversation. No visitor ever sees one.

use crate::{AgentId, ConversationId, Invalid, MentionId, NoteId, Timestamp};

/// The longest note, in characters after trimming.
pub const MAX_NOTE: usize = 5000;
/// The most agents that one note mentions.
pub const MAX_MENTIONS: usize = 20;

/// What a mention begins with: `@[Ana](agent:7)`.
const MENTION: &str = "@[";
/// What stands between the name and the id.
const ID: &str = "](agent:";

/// A note's text: 1–5,000 characters after trimming, without NUL, with at most 20 mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteBody {
    text: String,
    mentions: Vec<AgentId>,
}

impl NoteBody {
    /// Trims and checks a note's text, and finds whom it mentions.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if text.len() > MAX_NOTE * 4 || text.chars().count() > MAX_NOTE {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_NOTE} characters"
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new("must not contain NUL characters"));
        }
        let mentions = mentions(text);
        if mentions.len() > MAX_MENTIONS {
            return Err(Invalid::new(format!(
                "must not mention more than {MAX_MENTIONS} agents"
            )));
        }
        Ok(Self {
            text: text.to_owned(),
            mentions,
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Each agent that is mentioned, once, by id.
    pub fn mentions(&self) -> &[AgentId] {
        &self.mentions
    }
}

/// The agents of `@[Name](agent:ID)`, each once, ascending. A name is on one line; what is not written so is text.
fn mentions(text: &str) -> Vec<AgentId> {
    let mut found: Vec<AgentId> = text
        .lines()
        .flat_map(|line| line.split(MENTION).skip(1))
        .filter_map(|rest| {
            let (_, id) = rest.split_once(ID)?;
            let (id, _) = id.split_once(')')?;
            let is_canonical = id.bytes().all(|byte| byte.is_ascii_digit());
            id.parse().ok().filter(|_| is_canonical).map(AgentId)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// A note's text as people read it: a mention is an @ and the name.
pub fn plain_text(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once(MENTION) {
        text.push_str(before);
        let line = after.lines().next().unwrap_or_default();
        match line.split_once(ID).and_then(|(name, id)| {
            let (id, _) = id.split_once(')')?;
            let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
            is_id.then(|| (name, name.len() + ID.len() + id.len() + 1))
        }) {
            Some((name, length)) => {
                text.push('@');
                text.push_str(name);
                rest = &after[length..];
            }
            None => {
                text.push_str(MENTION);
                rest = after;
            }
        }
    }
    text + rest
}

/// Who wrote a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteAuthor {
    /// The agent.
    pub id: AgentId,
    /// Its name of today.
    pub name: String,
}

/// A note as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its identity; notes are in the order of their ids.
    pub id: NoteId,
    /// Beside which conversation.
    pub conversation_id: ConversationId,
    /// By whom.
    pub author: NoteAuthor,
    /// The text; empty once it is deleted.
    pub body: String,
    /// Whom it mentions, ascending; agents that there are, and not its author.
    pub mentions: Vec<AgentId>,
    /// The newest message when it was written: its place among them.
    pub after_seq: i64,
    /// When it was written.
    pub created_at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// An agent was mentioned in a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its identity; a later mention has a larger one.
    pub id: MentionId,
    /// Who was mentioned.
    pub agent_id: AgentId,
    /// Where.
    pub note: Note,
    /// Whose conversation that is.
    pub visitor_name: Option<String>,
    /// When the agent saw it.
    pub read_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<i64> {
        let body = NoteBody::parse(text).unwrap();
        body.mentions().iter().map(|id| id.0).collect()
    }

    #[test]
    fn mentions_are_found_once_each() {
        assert_eq!(
            found("@[Bea](agent:7): ask @[Ana [lead]](agent:3), then @[Bea](agent:7)"),
            [3, 7]
        );
        for text in [
            "@Bea",
            "@[Bea]",
            "@[Bea](agent:)",
            "@[Bea](agent:x)",
            "@[Bea](agent:+7)",
            "@[Bea](agent:7",
            "@[Bea](visitor:7)",
            "@[Bea\n](agent:7)",
            "@[Bea](agent:99999999999999999999)",
        ] {
            assert_eq!(found(text), [] as [i64; 0], "{text:?}");
        }
    }

    #[test]
    fn a_mention_reads_as_a_name() {
        for (body, text) in [
            (
                "@[Bea](agent:7): ask @[Ana [lead]](agent:3)!",
                "@Bea: ask @Ana [lead]!",
            ),
            ("@[Bea]( @[Cid](agent:x) @[", "@[Bea]( @[Cid](agent:x) @["),
            ("no @ at all", "no @ at all"),
        ] {
            assert_eq!(plain_text(body), text);
        }
    }

    #[test]
    fn a_note_is_trimmed_and_bounded() {
        assert_eq!(NoteBody::parse(" hi \n").unwrap().as_str(), "hi");
        let mention = |n: usize| format!("@[A](agent:{n})");
        let crowd = |n: usize| (1..=n).map(mention).collect::<String>();
        assert!(NoteBody::parse(&crowd(MAX_MENTIONS)).is_ok());
        for text in [
            "",
            " \n",
            "a\0",
            &"x".repeat(5001),
            &crowd(MAX_MENTIONS + 1),
        ] {
            assert!(NoteBody::parse(text).is_err(), "{} bytes", text.len());
        }
    }
}
