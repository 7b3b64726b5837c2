//! A message: what was said, by which side, and its place in the conversation.

use crate::{AgentId, Attachment, ConversationId, Invalid, MessageId, QuickReplies, Timestamp};

/// The longest message, in characters after trimming (the chat contract).
pub const MAX_BODY: usize = 5000;

/// Text that may be posted: 1–5,000 characters after trimming, without NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody(String);

impl MessageBody {
    /// Trims and checks a message's text.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        // Counting characters of a text that is too long by bytes alone would be work for a stranger's sake.
        if text.len() > MAX_BODY * 4 || text.chars().count() > MAX_BODY {
            return Err(Invalid::new(format!(
                "must not be longer than {MAX_BODY} characters"
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new("must not contain NUL characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id a client gives a message before it is sent, which makes the send idempotent: a UUID of any version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub [u8; 16]);

impl ClientId {
    /// Reads the 8-4-4-4-12 form, in either case.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match uuid::Uuid::try_parse(text) {
            Ok(id) if text.len() == 36 => Ok(Self(id.into_bytes())),
            _ => Err(Invalid::new(
                "must be a UUID such as 018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69",
            )),
        }
    }
}

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        uuid::Uuid::from_bytes(self.0).fmt(f)
    }
}

/// Which side a message comes from, by its contract name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SenderType {
    /// The person on the site.
    Visitor,
    /// An agent of the team.
    Employee,
    /// The bot.
    Bot,
    /// The desk itself.
    System,
}

impl SenderType {
    /// The name used in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Employee => "employee",
            Self::Bot => "bot",
            Self::System => "system",
        }
    }

    /// Reads a sender type's name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        [Self::Visitor, Self::Employee, Self::Bot, Self::System]
            .into_iter()
            .find(|sender| sender.as_str() == text)
            .ok_or_else(|| Invalid::new("must be visitor, employee, bot or system"))
    }
}

/// Who posts a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The conversation's own visitor.
    Visitor,
    /// This agent.
    Agent(AgentId),
}

impl Sender {
    /// The contract's name for this side.
    pub const fn sender_type(self) -> SenderType {
        match self {
            Self::Visitor => SenderType::Visitor,
            Self::Agent(_) => SenderType::Employee,
        }
    }
}

/// The longest excerpt of a quoted message, in characters.
pub const MAX_EXCERPT: usize = 140;

/// The message that another one answers, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its place in the conversation.
    pub seq: i64,
    /// Which side it comes from.
    pub sender_type: SenderType,
    /// The sender's name when it was sent.
    pub sender_name: Option<String>,
    /// Its beginning in one line of at most 140 characters; of a message of files alone the first one's name, of a deleted one nothing.
    pub excerpt: String,
}

impl Quote {
    /// The excerpt of a message with this text, or with the name of its first file.
    pub fn excerpt(body: &str, file_name: Option<&str>) -> String {
        let text = if body.is_empty() {
            file_name.unwrap_or_default()
        } else {
            body
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(MAX_EXCERPT) {
            Some((end, _)) => format!("{}…", line[..end].trim_end()),
            None => line,
        }
    }
}

/// A message as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its identity.
    pub id: MessageId,
    /// Where it was posted.
    pub conversation_id: ConversationId,
    /// Its place: 1, 2, 3 … without a gap in each conversation.
    pub seq: i64,
    /// Which side it comes from.
    pub sender_type: SenderType,
    /// The sender's name when it was sent.
    pub sender_name: Option<String>,
    /// The agent who sent it, if one did.
    pub agent_id: Option<AgentId>,
    /// The text; empty for a message of files alone, and for one that is deleted.
    pub body: String,
    /// Its files, in the order they were sent.
    pub attachments: Vec<Attachment>,
    /// Whether it was recorded by voice; it has one attachment then.
    pub is_voice: bool,
    /// The answers that it offers; a visitor's message offers none.
    pub quick_replies: QuickReplies,
    /// The id its client gave it.
    pub client_id: Option<ClientId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When the other side read it.
    pub read_at: Option<Timestamp>,
    /// What it answers.
    pub reply_to: Option<Quote>,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted: its text and its files are gone.
    pub deleted_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_trimmed_and_bounded_in_characters() {
        assert_eq!(MessageBody::parse(" hi \n").unwrap().as_str(), "hi");
        assert!(MessageBody::parse(&"😀".repeat(5000)).is_ok());
        for text in ["", " \n\t ", &"x".repeat(5001), "a\0b"] {
            assert!(MessageBody::parse(text).is_err(), "{} bytes", text.len());
        }
    }

    #[test]
    fn an_excerpt_is_one_line_and_cut_between_characters() {
        assert_eq!(Quote::excerpt(" a\n\n b\t c ", Some("x.png")), "a b c");
        assert_eq!(Quote::excerpt("", Some("x.png")), "x.png");
        assert_eq!(Quote::excerpt("", None), "");
        let longest = "é".repeat(MAX_EXCERPT);
        assert_eq!(Quote::excerpt(&longest, None), longest);
        let cut = Quote::excerpt(&format!("{longest}é"), None);
        assert_eq!(cut, format!("{longest}…"));
    }

    #[test]
    fn a_client_id_is_a_uuid_in_its_common_form_only() {
        let text = "018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69";
        assert_eq!(ClientId::parse(text).unwrap().to_string(), text);
        assert_eq!(
            ClientId::parse(&text.to_uppercase()).unwrap().to_string(),
            text
        );
        for text in [
            "",
            "1",
            "018f2f5e7b6a7c3e9a513d1f0c2b4a69",
            "{018f2f5e-7b6a-7c3e-9a51-3d1f0c2b4a69}",
        ] {
            assert!(ClientId::parse(text).is_err(), "{text}");
        }
    }
}
