//! Reads a settings document member by member, so that every mistake is named by its path, and all of them at once.

use super::SettingError;
use crate::Invalid;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::ops::RangeInclusive;

/// The mistakes of a document so far.
pub(super) type Mistakes = RefCell<Vec<SettingError>>;

/// An object of the document. What nobody has taken by [`Section::finish`] is no setting, and a mistake: a name that is
/// spelled wrong would otherwise be a setting that has no effect.
pub(super) struct Section<'a> {
    path: String,
    members: Map<String, Value>,
    mistakes: &'a Mistakes,
}

impl<'a> Section<'a> {
    /// The value at this path, which must be an object. An empty path is the document itself.
    pub(super) fn of(path: String, value: Value, mistakes: &'a Mistakes) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self {
                path,
                members,
                mistakes,
            }),
            _ => {
                add(mistakes, &path, "must be an object");
                None
            }
        }
    }

    /// The path of one of its members.
    pub(super) fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Notes a mistake in a member.
    pub(super) fn wrong(&self, name: &str, reason: impl Into<String>) {
        add(self.mistakes, &self.path(name), reason);
    }

    /// A member that is there and not null.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Whether a member is there and not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// A truth value.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.take(name) {
            None => default,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.wrong(name, "must be true or false");
                default
            }
        }
    }

    /// An integer within bounds.
    pub(super) fn integer(&mut self, name: &str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let Some(value) = self.take(name) else {
            return default;
        };
        match value.as_i64() {
            Some(number) if range.contains(&number) => number,
            _ => {
                let (min, max) = (range.start(), range.end());
                self.wrong(name, format!("must be an integer from {min} to {max}"));
                default
            }
        }
    }

    /// A string that this parser takes.
    pub(super) fn text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let parsed = match &value {
            Value::String(text) => parse(text),
            _ => Err(Invalid::new("must be a string")),
        };
        parsed
            .map_err(|Invalid(reason)| self.wrong(name, reason))
            .ok()
    }

    /// A string that must be there.
    pub(super) fn required_text<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        if !self.has(name) {
            self.wrong(name, "is required");
            return None;
        }
        self.text(name, parse)
    }

    /// An object within this one.
    pub(super) fn section(&mut self, name: &str) -> Option<Self> {
        let value = self.take(name)?;
        Self::of(self.path(name), value, self.mistakes)
    }

    /// The elements of a list, each with its path; none if there is no list.
    pub(super) fn list(&mut self, name: &str, max: usize) -> Vec<(String, Value)> {
        let path = self.path(name);
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(values)) if values.len() <= max => (0..)
                .zip(values)
                .map(|(index, value): (usize, Value)| (format!("{path}[{index}]"), value))
                .collect(),
            Some(Value::Array(_)) => {
                self.wrong(name, format!("must not have more than {max} elements"));
                Vec::new()
            }
            Some(_) => {
                self.wrong(name, "must be a list");
                Vec::new()
            }
        }
    }

    /// A list of strings that this parser takes, each once.
    pub(super) fn texts<T: PartialEq>(
        &mut self,
        name: &str,
        max: usize,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Vec<T> {
        let mut texts = Vec::new();
        for (path, value) in self.list(name, max) {
            let parsed = match &value {
                Value::String(text) => parse(text),
                _ => Err(Invalid::new("must be a string")),
            };
            match parsed {
                Ok(text) if texts.contains(&text) => {
                    add(self.mistakes, &path, "must not be there twice");
                }
                Ok(text) => texts.push(text),
                Err(Invalid(reason)) => add(self.mistakes, &path, reason),
            }
        }
        texts
    }

    /// The mistakes that elements of its lists are noted in.
    pub(super) fn mistakes(&self) -> &'a Mistakes {
        self.mistakes
    }

    /// Its members one by one, for an object whose names are the owner's own.
    pub(super) fn entries(self) -> impl Iterator<Item = (String, String, Value)> {
        let path = self.path;
        self.members
            .into_iter()
            .map(move |(name, value)| (format!("{path}.{name}"), name, value))
    }

    /// Ends the reading.
    pub(super) fn finish(self) {
        for name in self.members.keys() {
            self.wrong(name, "is not a setting");
        }
    }
}

/// Notes a mistake. A name from the document is cut: it is repeated to its writer, and may be anything.
pub(super) fn add(mistakes: &Mistakes, path: &str, reason: impl Into<String>) {
    const MAX_PATH: usize = 120;
    mistakes.borrow_mut().push(SettingError {
        path: path.chars().take(MAX_PATH).collect(),
        reason: Invalid::new(reason),
    });
}

/// Text of 1 to `max` characters, in one line.
pub(super) fn line(max: usize) -> impl Fn(&str) -> Result<String, Invalid> {
    move |text| crate::invalid::filled_line(text, max)
}

/// Text of 1 to `max` characters, in any number of lines.
pub(super) fn lines(max: usize) -> impl Fn(&str) -> Result<String, Invalid> {
    move |text| {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if text.chars().count() > max {
            return Err(Invalid::new(format!(
                "must not be longer than {max} characters"
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new("must not contain NUL characters"));
        }
        Ok(text.to_owned())
    }
}
