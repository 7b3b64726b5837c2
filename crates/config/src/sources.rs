//! Where values come from, and which one counts: command line, then environment, then `.env`, then `secrets.env`.
//!
//! This is text only; what a value means is decided later. The highest source that names a key wins, even with an empty value:
//! `ANTIPHON_PORT=` in the environment hides the line of the file and thereby asks for the default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::dotenv;
use crate::error::{ConfigErrors, Problem};
use crate::keys;
use crate::secrets::Secrets;

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag such as `--port`.
    CommandLine,
    /// The real environment of the process.
    Environment,
    /// A line of the `.env` file.
    File {
        /// As it was opened.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Made by Antiphon: kept in this file, or only made up for now when there is none.
    Generated(Option<PathBuf>),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment => f.write_str("environment"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Generated(Some(path)) => write!(f, "{}", path.display()),
            Self::Generated(None) => f.write_str("generated at the first start"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The text of a configuration, before anybody asks what it means.
#[derive(Clone)]
pub struct Sources {
    environment: BTreeMap<String, String>,
    overrides: BTreeMap<String, String>,
    file: BTreeMap<String, (String, Source)>,
    pub(crate) secrets: Secrets,
}

/// Shows names only: any value may be a secret.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Whether the user wants no colors in any program's output (<https://no-color.org>).
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

impl Sources {
    /// Starts from an environment, which a test makes up and [`Sources::of_process`] reads.
    pub fn new(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            environment: environment.into_iter().collect(),
            overrides: BTreeMap::new(),
            file: BTreeMap::new(),
            secrets: Secrets::generate(),
        }
    }

    /// Reads the environment of this process: the only place in the program that does.
    ///
    /// # Errors
    /// One of our keys holds something that is not UTF-8. Other variables are passed over.
    pub fn of_process() -> Result<Self, ConfigErrors> {
        let mut environment = Vec::new();
        let mut problems = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => environment.push((name, value)),
                Err(_) if keys::concerns_us(&name) => {
                    let message = format!("{name} (environment): the value is not UTF-8");
                    problems.push(Problem::of_key(&name, message));
                }
                Err(_) => {}
            }
        }
        ConfigErrors::check(problems)?;
        Ok(Self::new(environment))
    }

    /// Adds the text of a `.env` file. The environment given before is what `${NAME}` finds first.
    ///
    /// # Errors
    /// Every line that cannot be read.
    pub fn with_file(mut self, path: &Path, text: &str) -> Result<Self, ConfigErrors> {
        let entries = dotenv::parse(text, |name| self.environment.get(name).cloned())
            .map_err(|errors| file_errors(path, &errors))?;
        for dotenv::Entry { name, value, line } in entries {
            match value {
                Some(value) => {
                    let source = Source::File {
                        path: path.to_owned(),
                        line,
                    };
                    self.file.insert(name, (value, source));
                }
                None => {
                    self.file.remove(&name);
                }
            }
        }
        Ok(self)
    }

    /// Adds what was given on the command line for a key.
    #[must_use]
    pub fn with_override(mut self, key: &str, value: &str) -> Self {
        self.overrides.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Uses these generated values instead of made-up ones.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// The raw text of a key and where it was set; `None` when only a default or a generated value can answer.
    pub(crate) fn lookup(&self, key: &str) -> Option<(&str, Source)> {
        if let Some(value) = self.overrides.get(key) {
            return Some((value, Source::CommandLine));
        }
        if let Some(value) = self.environment.get(key) {
            return Some((value, Source::Environment));
        }
        self.file
            .get(key)
            .map(|(value, source)| (value.as_str(), source.clone()))
    }

    /// Every name that somebody wrote, once, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self
            .overrides
            .keys()
            .chain(self.environment.keys())
            .chain(self.file.keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter()
    }
}

/// Turns the parser's errors into problems that name the file.
pub(crate) fn file_errors(path: &Path, errors: &[dotenv::DotenvError]) -> ConfigErrors {
    let problems = errors
        .iter()
        .map(|error| Problem::general(format!("{} {error}", path.display())))
        .collect();
    ConfigErrors::check(problems).expect_err("a parser that fails gives at least one error")
}
