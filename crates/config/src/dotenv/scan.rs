//! One assignment at the start of the text: name, value, comment, line end.
//!
//! A small state machine over characters. It always consumes at least one character, so the caller's loop ends.

use super::MAX_VALUE_BYTES;

/// What stood at the start of the text.
#[derive(Debug)]
pub(super) struct Scanned {
    /// `None` for a blank line or a comment.
    pub(super) assignment: Option<(String, Option<String>)>,
    /// Bytes up to and including the line end.
    pub(super) consumed: usize,
}

/// Scans one logical line; only a double-quoted value can make it longer than one physical line.
pub(super) fn assignment(
    text: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Scanned, String> {
    let line_end = text.find('\n').unwrap_or(text.len());
    let line = &text[..line_end];
    let past_line = (line_end + 1).min(text.len());
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(Scanned {
            assignment: None,
            consumed: past_line,
        });
    }
    let Some(equals) = line.find('=') else {
        return Ok(Scanned {
            assignment: Some((name(trimmed)?, None)),
            consumed: past_line,
        });
    };
    let name = name(line[..equals].trim())?;
    let blank = |c: char| c.is_ascii_whitespace() && c != '\n';
    let after_equals = &text[equals + 1..];
    let start = after_equals.trim_start_matches(blank);
    let mut value = Value {
        out: String::new(),
        lookup: &lookup,
    };
    let rest = match start.as_bytes().first() {
        Some(b'"') => value.double_quoted(&start[1..])?,
        Some(b'\'') => value.single_quoted(&start[1..])?,
        _ => value.unquoted(start)?,
    };

    let rest = rest.trim_start_matches(blank);
    let consumed = match rest.find('\n') {
        _ if rest.is_empty() => text.len(),
        Some(0) => text.len() - rest.len() + 1,
        end if rest.starts_with('#') => {
            text.len() - rest.len() + end.map_or(rest.len(), |end| end + 1)
        }
        _ => {
            return Err(format!(
                "there is more text after the value of {name}; put a value with spaces in double quotes"
            ));
        }
    };
    Ok(Scanned {
        assignment: Some((name, Some(value.out))),
        consumed,
    })
}

/// Checks a name and removes what shells allow around it.
fn name(written: &str) -> Result<String, String> {
    if written.is_empty() {
        return Err("there is no name before the =".to_owned());
    }
    let exported = written
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace()))
        .map_or(written, str::trim_start);
    let name = ['"', '\'']
        .iter()
        .find_map(|&quote| exported.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(exported);
    if !name.is_empty() && name.chars().all(is_name_character) {
        Ok(name.to_owned())
    } else {
        Err("a name may have only letters, digits, underscores and dots".to_owned())
    }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

/// A value under construction. Each method reads one form and returns the text behind it.
struct Value<'a, L> {
    out: String,
    lookup: &'a L,
}

impl<L: Fn(&str) -> Option<String>> Value<'_, L> {
    fn unquoted<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_whitespace() || c == '#' {
                break;
            }
            rest = if c == '$' {
                self.reference(rest)?
            } else {
                self.push(rest, c)?
            };
        }
        Ok(rest)
    }

    fn single_quoted<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let end = text
            .find(['\'', '\n'])
            .filter(|&end| text[end..].starts_with('\''))
            .ok_or("the single quote is not closed on the same line")?;
        self.append(&text[..end])?;
        Ok(&text[end + 1..])
    }

    fn double_quoted<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = match c {
                '"' => return Ok(&rest[1..]),
                '\\' => self.escape(&rest[1..])?,
                '$' => self.reference(rest)?,
                _ => self.push(rest, c)?,
            };
        }
        Err("the double quote is never closed".to_owned())
    }

    /// Behind a backslash in double quotes.
    fn escape<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let replacement = match text.chars().next() {
            Some(c @ ('"' | '\\' | '$')) => c,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('f') => '\u{0c}',
            Some('v') => '\u{0b}',
            _ => {
                return Err(
                    "after a backslash in double quotes only \" \\ $ n r t f v may stand"
                        .to_owned(),
                );
            }
        };
        self.out.push(replacement);
        Ok(&text[1..])
    }

    /// At a dollar sign: `${NAME}` is replaced when somebody knows the name, and everything else stays.
    fn reference<'t>(&mut self, text: &'t str) -> Result<&'t str, String> {
        let named = text.strip_prefix("${").and_then(|inner| {
            let end = inner
                .find(|c: char| !is_name_character(c))
                .filter(|&end| end > 0)?;
            Some((&inner[..end], inner[end..].strip_prefix('}')?))
        });
        let Some((name, rest)) = named else {
            return self.push(text, '$');
        };
        match (self.lookup)(name) {
            Some(value) => self.append(&value)?,
            None => self.append(&text[..text.len() - rest.len()])?,
        }
        Ok(rest)
    }

    /// Takes the first character `c` of the text as it is.
    fn push<'t>(&mut self, text: &'t str, c: char) -> Result<&'t str, String> {
        self.append(&text[..c.len_utf8()])?;
        Ok(&text[c.len_utf8()..])
    }

    fn append(&mut self, text: &str) -> Result<(), String> {
        if self.out.len() + text.len() > MAX_VALUE_BYTES {
            return Err(format!("the value is longer than {MAX_VALUE_BYTES} bytes"));
        }
        self.out.push_str(text);
        Ok(())
    }
}
