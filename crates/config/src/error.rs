//! Everything that can be wrong with a configuration, collected so that one run of the program reports all of it.
//!
//! A problem is text for a person: nothing in the program branches on its kind. Secret values never enter one.

use std::fmt;

/// One mistake: which key it is about, if it is about one, and a sentence that says what is allowed or what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key as it was written, or `None` when a file or folder is at fault.
    pub key: Option<String>,
    /// One line, complete in itself: it repeats the key, the value unless it is secret, and where it was set.
    pub message: String,
}

impl Problem {
    pub(crate) fn of_key(key: &str, message: String) -> Self {
        Self {
            key: Some(key.to_owned()),
            message,
        }
    }

    pub(crate) fn general(message: String) -> Self {
        Self { key: None, message }
    }
}

/// All mistakes of one configuration; never empty.
///
/// Displayed as one line when there is one mistake, and as a counted list otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    problems: Vec<Problem>,
}

impl ConfigErrors {
    /// `Err` when there are problems, so that a caller can write `ConfigErrors::check(problems)?`.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// # Panics
    /// When there are none.
    pub(crate) fn of(problems: Vec<Problem>) -> Self {
        assert!(!problems.is_empty(), "an error has a mistake");
        Self { problems }
    }

    /// The mistakes, in the order of the table of keys; files and unknown keys come last.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl From<Problem> for ConfigErrors {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.problems.as_slice() {
            return f.write_str(&only.message);
        }
        write!(f, "{} mistakes in the configuration:", self.problems.len())?;
        for problem in &self.problems {
            write!(f, "\n  {}", problem.message)?;
        }
        Ok(())
    }
}
