//! What commands print: text for people, or one JSON object.

use serde_json::Value;
use std::io::Write as _;

/// How a command prints its result.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Format {
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

impl Format {
    /// Prints the result in the form that was asked for.
    pub(crate) fn print(self, json: &Value, text: impl FnOnce() -> String) {
        if self.json {
            line(&json.to_string())
        } else {
            line(&text())
        }
    }
}

/// Prints a line. A reader that has gone away (`antiphon widget:list | head -1`) is no error.
pub(crate) fn line(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _gone = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Says how far a long command is, beside its result.
pub(crate) fn progress(text: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints an error, one line where it is one mistake.
pub(crate) fn error(text: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "antiphon: {text}");
}
