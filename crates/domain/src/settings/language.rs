//! Which languages the widget speaks, and the owner's own words in them.

use super::reader::{Section, add, line, lines};
use crate::Invalid;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The longest language tag, in characters; RFC 5646 2.1.1 asks for 35 at least.
const MAX_TAG: usize = 35;
/// The most languages: more than the widget speaks, so that an owner can add some.
const MAX_LANGUAGES: usize = 40;
/// The most texts of one language, and the longest name and text, in characters.
const MAX_TEXTS: usize = 200;
const MAX_NAME: usize = 40;
const MAX_TEXT: usize = 500;

/// A language tag such as `de` or `pt-BR`, as the owner wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// Checks the form of a tag (RFC 5646); whether there is such a language is not looked up.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut parts = text.split('-');
        let well_formed = text.len() <= MAX_TAG
            && parts.next().is_some_and(|language| {
                (2..=8).contains(&language.len())
                    && language.bytes().all(|b| b.is_ascii_alphabetic())
            })
            && parts.all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("must be a language tag such as de or pt-BR"))
        }
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The words of one language, by the widget's own names for them.
pub type Texts = BTreeMap<String, String>;

/// Languages and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages {
    /// Spoken first; none is the browser's.
    pub locale: Option<Language>,
    /// Those that visitors may have; none is all that the widget speaks.
    pub offered: Vec<Language>,
    /// What is said instead of the widget's own words.
    pub texts: BTreeMap<Language, Texts>,
}

impl Languages {
    pub(super) fn read(settings: &mut Section<'_>) -> Self {
        let mut texts = BTreeMap::new();
        if let Some(section) = settings.section("texts") {
            let mistakes = section.mistakes();
            for (path, tag, value) in section.entries() {
                if texts.len() == MAX_LANGUAGES {
                    let reason = format!("is a language more than {MAX_LANGUAGES}");
                    add(mistakes, &path, reason);
                    break;
                }
                match Language::parse(&tag) {
                    Ok(language) => {
                        if let Some(words) = Section::of(path, value, mistakes) {
                            texts.insert(language, read_texts(words));
                        }
                    }
                    Err(Invalid(reason)) => add(mistakes, &path, reason),
                }
            }
        }
        Self {
            locale: settings.text("locale", Language::parse),
            offered: settings.texts("languages", MAX_LANGUAGES, Language::parse),
            texts,
        }
    }

    pub(super) fn write(&self, document: &mut Value) {
        document["locale"] = json!(self.locale.as_ref().map(Language::as_str));
        let offered: Vec<_> = self.offered.iter().map(Language::as_str).collect();
        document["languages"] = json!(offered);
        let texts: BTreeMap<_, _> = self
            .texts
            .iter()
            .map(|(language, texts)| (language.as_str(), texts))
            .collect();
        document["texts"] = json!(texts);
    }
}

fn read_texts(section: Section<'_>) -> Texts {
    let mistakes = section.mistakes();
    let mut texts = Texts::new();
    for (path, name, value) in section.entries() {
        if texts.len() == MAX_TEXTS {
            add(mistakes, &path, format!("is a text more than {MAX_TEXTS}"));
            break;
        }
        let name = line(MAX_NAME)(&name);
        let text = match &value {
            Value::String(text) => lines(MAX_TEXT)(text),
            _ => Err(Invalid::new("must be a string")),
        };
        match name.and_then(|name| Ok((name, text?))) {
            Ok((name, text)) => drop(texts.insert(name, text)),
            Err(Invalid(reason)) => add(mistakes, &path, reason),
        }
    }
    texts
}
