//! Reads keys as typed values and collects what is wrong, so that a section can be built to its end before anything fails.
//!
//! A key that is wrong gives its default in the meantime; that value never leaves [`crate::Config::load`], since a problem was
//! recorded. Asking for a name that is not in the table is a mistake in this crate and panics; a test reads every key.

use crate::error::Problem;
use crate::keys::{self, Fallback, Key, Kind};
use crate::literal::Literal;
use crate::settings::Setting;
use crate::sources::{Source, Sources};

#[derive(Debug)]
pub(crate) struct Reader<'a> {
    sources: &'a Sources,
    problems: Vec<Problem>,
    settings: Vec<Setting>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            problems: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// Reads a key that always has a value.
    ///
    /// # Panics
    /// When the table gives the key no default, or one that does not pass `parse`.
    pub(crate) fn value<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let key = known(name);
        if let Some(value) = self.written(key, &parse) {
            return value;
        }
        let fallback = self
            .fallback(key)
            .expect("a key read as a value has a default or is generated");
        parse(&fallback).expect("defaults and generated values pass their own check")
    }

    /// Reads a key that may be unset.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.written(known(name), &parse)
    }

    /// Reads a whole number within the bounds that the table gives.
    pub(crate) fn integer(&mut self, name: &str) -> u64 {
        self.value(name, bounded(known(name)))
    }

    /// Reads a whole number that may be unset.
    pub(crate) fn optional_integer(&mut self, name: &str) -> Option<u64> {
        self.optional(name, bounded(known(name)))
    }

    /// Records a mistake that concerns more than the form of one value.
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether something is already known to be wrong with a key.
    pub(crate) fn has_problem(&self, name: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.key.as_deref() == Some(name))
    }

    /// What was read, in the order of reading, and what was wrong.
    pub(crate) fn finish(self) -> (Vec<Setting>, Vec<Problem>) {
        (self.settings, self.problems)
    }

    /// The value somebody wrote, if it is allowed; otherwise notes the default as the setting, or the problem.
    fn written<T>(&mut self, key: &'static Key, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = self.sources.lookup(key.name).and_then(|(raw, source)| {
            let text = match Literal::read(raw) {
                Literal::Unset => return None,
                Literal::Null if matches!(key.kind, Kind::Choice(_)) => "null".to_owned(),
                Literal::Null => return None,
                Literal::Text(text) => text,
            };
            Some((text, source))
        });
        let Some((text, source)) = found else {
            let setting = self.unwritten(key);
            self.settings.push(setting);
            return None;
        };
        let value = parse(&text);
        if value.is_none() {
            self.problems.push(not_allowed(key, &text, &source));
        }
        self.settings.push(Setting {
            key,
            value: Some(text),
            source,
        });
        value
    }

    fn unwritten(&self, key: &'static Key) -> Setting {
        let source = match key.fallback {
            Fallback::Generated => {
                Source::Generated(self.sources.secrets.path().map(ToOwned::to_owned))
            }
            Fallback::Text(_) | Fallback::Unset(_) => Source::Default,
        };
        Setting {
            key,
            value: self.fallback(key),
            source,
        }
    }

    fn fallback(&self, key: &Key) -> Option<String> {
        match key.fallback {
            Fallback::Text(text) => Some(text.to_owned()),
            Fallback::Generated => Some(self.sources.secrets.get(key.name).to_owned()),
            Fallback::Unset(_) => None,
        }
    }
}

fn known(name: &str) -> &'static Key {
    keys::find(name).expect("sections read keys of the table only")
}

fn bounded(key: &'static Key) -> impl Fn(&str) -> Option<u64> {
    let Kind::Integer { min, max } = key.kind else {
        unreachable!(
            "{} is read as a number, so the table has it as one",
            key.name
        )
    };
    move |text| crate::parse::integer(text).filter(|number| (min..=max).contains(number))
}

fn not_allowed(key: &Key, text: &str, source: &Source) -> Problem {
    // A service of our name in Kubernetes sets ANTIPHON_PORT or REVERB_PORT to an address; that surprises everybody once.
    let hint = if text.starts_with("tcp://") && *source == Source::Environment {
        " (Kubernetes sets this for a service of that name: set enableServiceLinks to false)"
    } else {
        ""
    };
    let allowed = key.kind.allowed();
    let shown = if key.secret {
        "[redacted]".to_owned()
    } else {
        shortened(text)
    };
    let name = key.name;
    Problem::of_key(
        name,
        format!("{name}={shown} ({source}): it must be {allowed}{hint}"),
    )
}

/// Keeps an error on one line of readable length whatever was written.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    let printable: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        format!("{printable}…")
    } else {
        printable
    }
}
