//! A widget's settings: one JSON document, read once into types that cannot hold a wrong value, and written back complete.
//!
//! Every member is optional. What is not known is a mistake, and every mistake is named by its path with the limit in it, all at
//! once. [`WidgetSettings::document`] of anything parses to the same again. What is stored is [`WidgetSettings::own_document`], so
//! that a default that becomes better does so for everybody who has not decided otherwise.

mod appearance;
mod hours;
mod language;
mod media;
mod pre_chat;
mod reader;

pub use appearance::{Appearance, Color, Mode, Side};
pub use hours::{Availability, Hours, Span};
pub use language::{Language, Languages, Texts};
pub use media::{Files, Voice};
pub use pre_chat::{Consent, Field, FieldKind, Filled, PreChat, fill_in};

use crate::{Invalid, Timestamp};
use reader::{Mistakes, Section, line};
use serde_json::{Value, json};

/// The largest document, in bytes of JSON: every page that has the widget may fetch it.
const MAX_BYTES: usize = 64 * 1024;
/// The most quick replies, and the longest, in characters: they stand in a row on a phone.
const MAX_QUICK_REPLIES: usize = 6;
const MAX_QUICK_REPLY: usize = 80;
/// The longest question about a conversation that is over, in characters.
const MAX_QUESTION: usize = 200;

/// One mistake of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {reason}")]
pub struct SettingError {
    /// Where, such as `pre_chat.fields[0].label`; empty for the document itself.
    pub path: String,
    /// Why.
    pub reason: Invalid,
}

/// Everything that an owner can choose about a widget besides its name, its domains and its welcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WidgetSettings {
    /// Place and colors.
    pub appearance: Appearance,
    /// Languages and words.
    pub languages: Languages,
    /// The form before a chat.
    pub pre_chat: Option<PreChat>,
    /// When somebody is there. None is always.
    pub hours: Option<Hours>,
    /// Whether visitors may leave a message outside the hours.
    pub offline_form: bool,
    /// What visitors may say with one press, before the first message.
    pub quick_replies: Vec<String>,
    /// Whether visitors are asked how it was.
    pub csat: Option<Csat>,
    /// Files.
    pub files: Files,
    /// Voice messages.
    pub voice: Voice,
    /// Whether a reply makes a sound, unless the visitor switches it off.
    pub sound: bool,
    /// Whether visitors may download their conversations.
    pub transcript: bool,
}

/// How a conversation is asked about when it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csat {
    /// In the owner's words.
    pub question: Option<String>,
}

impl Default for WidgetSettings {
    fn default() -> Self {
        Self::read(Value::Object(serde_json::Map::new())).unwrap_or_else(|_| {
            unreachable!("an empty document has no mistakes, which a test has seen")
        })
    }
}

impl WidgetSettings {
    /// Reads a document.
    pub fn parse(document: Value) -> Result<Self, Vec<SettingError>> {
        let size = document.to_string().len();
        if size > MAX_BYTES {
            return Err(vec![SettingError {
                path: String::new(),
                reason: Invalid::new(format!(
                    "must not be larger than {MAX_BYTES} bytes of JSON, and are {size}"
                )),
            }]);
        }
        Self::read(document)
    }

    fn read(document: Value) -> Result<Self, Vec<SettingError>> {
        let mistakes = Mistakes::default();
        let Some(mut settings) = Section::of(String::new(), document, &mistakes) else {
            return Err(mistakes.into_inner());
        };
        let read = Self {
            appearance: Appearance::read(&mut settings),
            languages: Languages::read(&mut settings),
            pre_chat: PreChat::read(&mut settings),
            hours: Hours::read(&mut settings),
            offline_form: settings.flag("offline_form", true),
            quick_replies: settings.texts(
                "quick_replies",
                MAX_QUICK_REPLIES,
                line(MAX_QUICK_REPLY),
            ),
            csat: settings.section("csat").map(|mut csat| {
                let question = csat.text("question", line(MAX_QUESTION));
                csat.finish();
                Csat { question }
            }),
            files: Files::read(&mut settings),
            voice: Voice::read(&mut settings),
            sound: settings.flag("sound", true),
            transcript: settings.flag("transcript", true),
        };
        settings.finish();
        let mistakes = mistakes.into_inner();
        if mistakes.is_empty() {
            Ok(read)
        } else {
            Err(mistakes)
        }
    }

    /// Every member, chosen or not.
    pub fn document(&self) -> Value {
        let mut document = json!({
            "pre_chat": self.pre_chat.as_ref().map(PreChat::json),
            "hours": self.hours.as_ref().map(Hours::json),
            "offline_form": self.offline_form,
            "quick_replies": self.quick_replies,
            "csat": self.csat.as_ref().map(|csat| json!({ "question": csat.question })),
            "files": self.files.json(),
            "voice": self.voice.json(),
            "sound": self.sound,
            "transcript": self.transcript,
        });
        self.appearance.write(&mut document);
        self.languages.write(&mut document);
        document
    }

    /// The members that are not as they are by default.
    pub fn own_document(&self) -> Value {
        let (mut document, default) = (self.document(), Self::default().document());
        if let Value::Object(members) = &mut document {
            members.retain(|name, value| default.get(name) != Some(value));
        }
        document
    }

    /// Whether somebody is there.
    pub fn availability(&self, now: Timestamp) -> Availability {
        self.hours
            .as_ref()
            .map_or(Availability::ALWAYS, |hours| hours.availability(now))
    }
}

#[cfg(test)]
mod tests;
