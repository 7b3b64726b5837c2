//! What there is to tell of something that happened, and how much of it fits on a screen that is locked.

use crate::{Chat, ChatError};
use antiphon_domain::{AgentId, ConversationId, Mention, MentionId, Message, Timestamp};
use antiphon_store::{MentionPage, MessagePage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How much of what was written a message carries, in characters.
const TEXT_CHARS: usize = 200;
/// How much of a name, in characters.
const NAME_CHARS: usize = 80;

/// What happened, as both kinds of jobs name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum About {
    Message { conversation_id: i64, seq: i64 },
    Mention { agent_id: i64, mention_id: i64 },
    Test { test: bool },
}

/// What there is to tell.
pub(super) struct News {
    /// Where it happened.
    pub(super) conversation_id: ConversationId,
    /// When.
    pub(super) at: Timestamp,
    /// What kind of thing it is, and whose.
    pub(super) json: Value,
    /// How what was written begins.
    pub(super) text: Option<String>,
    /// What a later message of the same topic takes the place of while the browser is out of reach: at most 32 characters of base64url.
    pub(super) topic: String,
}

impl Chat {
    /// What there is to tell of something that happened; nothing of what was read or taken back.
    pub(super) async fn news(&self, about: About) -> Result<Option<News>, ChatError> {
        match about {
            About::Message {
                conversation_id,
                seq,
            } => {
                self.message_news(ConversationId(conversation_id), seq)
                    .await
            }
            About::Mention {
                agent_id,
                mention_id,
            } => {
                self.mention_news(AgentId(agent_id), MentionId(mention_id))
                    .await
            }
            About::Test { .. } => Ok(None),
        }
    }

    async fn message_news(&self, id: ConversationId, seq: i64) -> Result<Option<News>, ChatError> {
        let page = MessagePage::After {
            seq: seq.saturating_sub(1),
            limit: 1,
        };
        let found = self.ports.store.conversation_page(id, page).await?;
        let Some((conversation, messages)) = found else {
            return Ok(None);
        };
        if conversation.agent_read_seq >= seq {
            return Ok(None);
        }
        let found = messages
            .into_iter()
            .find(|message| message.seq == seq && message.deleted_at.is_none());
        Ok(found.map(|message| News {
            conversation_id: id,
            at: message.created_at,
            topic: format!("conversation-{id}"),
            json: json!({
                "kind": "message",
                "seq": seq,
                "sender": conversation.visitor_name.as_deref().map(name),
            }),
            text: beginning(&message),
        }))
    }

    async fn mention_news(
        &self,
        agent_id: AgentId,
        id: MentionId,
    ) -> Result<Option<News>, ChatError> {
        let page = MentionPage {
            agent_id,
            unread: true,
            before: Some(MentionId(id.0.saturating_add(1))),
            limit: 1,
        };
        let found = self.ports.store.mentions(page).await?;
        let found = found.into_iter().find(|mention| mention.id == id);
        Ok(found.map(|mention| News {
            conversation_id: mention.note.conversation_id,
            at: mention.note.created_at,
            topic: format!("mention-{}", mention.note.conversation_id),
            json: json!({ "kind": "mention", "sender": name(&mention.note.author.name) }),
            text: Some(shortened(&note_text(&mention), TEXT_CHARS)),
        }))
    }
}

/// How a message begins: its text, or the name of its first file.
fn beginning(message: &Message) -> Option<String> {
    let text = shortened(&message.body, TEXT_CHARS);
    if !text.is_empty() {
        return Some(text);
    }
    let file = message.attachments.first()?;
    (!message.is_voice).then(|| shortened(file.name.as_str(), TEXT_CHARS))
}

/// The text of the note as it reads: `@[Ada](agent:7)` is Ada.
fn note_text(mention: &Mention) -> String {
    let mut text = String::new();
    let mut rest = mention.note.body.as_str();
    while let Some(start) = rest.find("@[") {
        let name_and_more = &rest[start + 2..];
        let Some((name, behind)) = name_and_more.split_once("](agent:") else {
            break;
        };
        let Some((id, after)) = behind.split_once(')') else {
            break;
        };
        let is_mention = !name.contains(['[', ']', '\n'])
            && !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit());
        text.push_str(&rest[..start]);
        if is_mention {
            text.push('@');
            text.push_str(name);
            rest = after;
        } else {
            text.push_str("@[");
            rest = name_and_more;
        }
    }
    text + rest
}

fn name(text: &str) -> String {
    shortened(text, NAME_CHARS)
}

/// On one line, at most so many characters, with a sign that there was more.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let printable = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let line = printable.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => line.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::{Note, NoteAuthor, NoteId};

    fn mention(body: &str) -> Mention {
        Mention {
            id: MentionId(1),
            agent_id: AgentId(7),
            note: Note {
                id: NoteId(1),
                conversation_id: ConversationId(1),
                author: NoteAuthor {
                    id: AgentId(2),
                    name: "Bea".to_owned(),
                },
                body: body.to_owned(),
                mentions: Vec::new(),
                after_seq: 0,
                created_at: Timestamp::from_micros(0),
                edited_at: None,
                deleted_at: None,
            },
            visitor_name: None,
            read_at: None,
        }
    }

    #[test]
    fn a_note_is_told_as_it_reads() {
        for (body, read) in [
            ("Ask @[Ana Lee](agent:7), please", "Ask @Ana Lee, please"),
            ("@[Ana](agent:7)@[Bo](agent:8)", "@Ana@Bo"),
            ("a @[b] c", "a @[b] c"),
            ("@[x](agent:) @[Ana](agent:7)", "@[x](agent:) @Ana"),
            ("@[a](agent:7", "@[a](agent:7"),
            ("", ""),
        ] {
            assert_eq!(note_text(&mention(body)), read);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(shortened("  a\n\tb\u{7}  c ", 5), "a b c");
        assert_eq!(shortened("äöüäöü", 6), "äöüäöü");
        assert_eq!(shortened("äöüäöüä", 6), "äöüäö…");
        assert_eq!(shortened(" \n ", 6), "");
    }

    #[test]
    fn the_longest_news_fit_into_a_message() {
        let longest = |n| "\u{1F600}".repeat(n);
        let json = json!({
            "kind": "message", "seq": i64::MAX, "conversation_id": i64::MAX, "language": "de",
            "sender": name(&longest(1_000)), "text": shortened(&longest(1_000), TEXT_CHARS),
        });
        assert!(json.to_string().len() < antiphon_push::MAX_TEXT);
        // Each of these is six bytes in JSON were it not taken out.
        assert_eq!(shortened(&"\u{1}".repeat(1_000), TEXT_CHARS), "");
        assert!(format!("conversation-{}", i64::MAX).len() <= 32);
        assert!(format!("mention-{}", i64::MAX).len() <= 32);
    }
}
