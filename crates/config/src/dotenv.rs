//! Reads `.env` text by the rules of phpdotenv 4 and later, so that a Laravel application and Antiphon that share one file
//! see the same values.
//!
//! Single quotes are literal; double quotes know escapes and may span lines; `${NAME}` is replaced outside single quotes, and
//! a bare `$NAME` is not. Outside quotes a value ends at white space or at a `#`, wherever that stands, because phpdotenv cuts
//! there too: a secret with a `#` needs quotes on both sides. Unlike phpdotenv, a quote that is never closed is an error that
//! names its line instead of swallowing the rest of the file.
//!
//! It only parses: it reads no file and no environment, and gives no meaning to words such as `null`.

mod scan;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

/// The largest file that is parsed. A real one has a few kilobytes; more is another kind of file under this name.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// The longest value, after `${NAME}` was replaced: references to references could otherwise double without end.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// The most bytes of all values together, after `${NAME}` was replaced: thousands of lines that each refer to one long value
/// could otherwise become gigabytes.
pub const MAX_TOTAL_BYTES: usize = 1024 * 1024;

/// One assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Letters, digits, underscores and dots.
    pub name: String,
    /// The value with quotes removed and references replaced; `None` for a name without `=`, which takes back an earlier value.
    pub value: Option<String>,
    /// Where the assignment begins, counted from 1.
    pub line: usize,
}

/// Why a line could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct DotenvError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and, where that is short, how to write it; never contains the value.
    pub message: String,
}

/// Parses a whole file. Entries keep the order of the file, duplicates included: the last one counts.
///
/// `${NAME}` is looked up in `environment` first, then among the entries above it, and stays as it is when neither knows it.
///
/// # Errors
/// Every line that cannot be read, or one error when the text is larger than [`MAX_FILE_BYTES`]. Nothing is read behind the
/// line at which the values exceed [`MAX_TOTAL_BYTES`].
pub fn parse(
    text: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Entry>, Vec<DotenvError>> {
    if text.len() > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes");
        return Err(vec![DotenvError { line: 1, message }]);
    }
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");

    let mut entries: Vec<Entry> = Vec::new();
    let mut known: HashMap<String, String> = HashMap::new();
    let mut errors = Vec::new();
    let mut total_bytes = 0;
    let mut rest = text.as_str();
    let mut line = 1;
    while !rest.is_empty() {
        let lookup = |name: &str| environment(name).or_else(|| known.get(name).cloned());
        let consumed = match scan::assignment(rest, lookup) {
            Ok(scanned) => {
                if let Some((name, value)) = scanned.assignment {
                    total_bytes += value.as_ref().map_or(0, String::len);
                    if total_bytes > MAX_TOTAL_BYTES {
                        let message = format!(
                            "the values up to here are longer than {MAX_TOTAL_BYTES} bytes"
                        );
                        errors.push(DotenvError { line, message });
                        break;
                    }
                    match &value {
                        Some(value) => known.insert(name.clone(), value.clone()),
                        None => known.remove(&name),
                    };
                    entries.push(Entry { name, value, line });
                }
                scanned.consumed
            }
            Err(message) => {
                errors.push(DotenvError { line, message });
                // The next line gets its own chance, so that one run names every mistake.
                rest.find('\n').map_or(rest.len(), |end| end + 1)
            }
        };
        line += rest[..consumed].matches('\n').count();
        rest = &rest[consumed..];
    }
    if errors.is_empty() {
        Ok(entries)
    } else {
        Err(errors)
    }
}
