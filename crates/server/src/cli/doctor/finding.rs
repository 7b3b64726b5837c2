//! What a check has found, as a line for people and as JSON.

use serde_json::{Value, json};
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Something to know that is neither good nor bad.
    Note,
    /// It works, but not for everybody, or not for long.
    Warning,
    /// It does not work.
    Bad,
}

#[derive(Debug)]
pub(super) struct Finding {
    /// What was looked at, in a word or three.
    pub(super) check: &'static str,
    pub(super) state: State,
    message: String,
    /// What to do about it.
    fix: Option<String>,
}

impl Finding {
    pub(super) fn good(check: &'static str, message: &str) -> Self {
        Self::new(check, State::Good, message, None)
    }

    pub(super) fn note(check: &'static str, message: &str) -> Self {
        Self::new(check, State::Note, message, None)
    }

    pub(super) fn warning(check: &'static str, message: &str, fix: &str) -> Self {
        Self::new(check, State::Warning, message, Some(fix))
    }

    pub(super) fn bad(check: &'static str, message: &str, fix: &str) -> Self {
        Self::new(check, State::Bad, message, Some(fix))
    }

    fn new(check: &'static str, state: State, message: &str, fix: Option<&str>) -> Self {
        Self {
            check,
            state,
            message: message.to_owned(),
            fix: fix.map(str::to_owned),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({ "check": self.check, "state": self.state.word(), "message": self.message, "fix": self.fix })
    }
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, message, .. } = self;
        write!(f, "{:8} {check}: {message}", self.state.word())?;
        match &self.fix {
            Some(fix) => write!(f, "\n         to do: {fix}"),
            None => Ok(()),
        }
    }
}
