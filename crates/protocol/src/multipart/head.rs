//! The head of a part: its name, and the name of its file.
//!
//! Browsers percent-encode what would end a quoted name (`%22`, `%0D`, `%0A`: WHATWG HTML); curl and older clients put a
//! backslash before it. Some programs add `filename*` (RFC 5987), which then counts.

/// What is read of a part's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHead {
    /// The field's name.
    pub name: String,
    /// The file's name, as it was sent: it may hold anything, a path too.
    pub file_name: Option<String>,
}

impl PartHead {
    /// Reads the lines of a head. `None`: it has no name, or is no head.
    pub(super) fn parse(head: &[u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut disposition = None;
        for line in head.split("\r\n") {
            let (name, value) = line.split_once(':')?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            if name.eq_ignore_ascii_case("content-disposition")
                && disposition.replace(value).is_some()
            {
                return None;
            }
        }
        Self::parse_disposition(disposition?)
    }

    fn parse_disposition(value: &str) -> Option<Self> {
        let (kind, mut rest) = value.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        let (mut name, mut file_name, mut extended) = (None, None, None);
        while !rest.trim().is_empty() {
            let (parameter, after) = rest.split_once('=')?;
            let (value, behind) = value_of(after.trim_start())?;
            rest = behind;
            let place = match parameter.trim().to_ascii_lowercase().as_str() {
                "name" => &mut name,
                "filename" => &mut file_name,
                "filename*" => {
                    extended = Some(extended_value(&value)?);
                    continue;
                }
                _ => continue,
            };
            // Twice the same is for whoever wants two readers to read two things.
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(Self {
            name: name?,
            file_name: extended.or(file_name),
        })
    }
}

/// The value that the text begins with, and what is behind it and its semicolon.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return Some((value.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                let rest = quoted[at + 1..].trim_start();
                let rest = rest
                    .strip_prefix(';')
                    .or_else(|| rest.is_empty().then_some(""))?;
                return Some((unescaped(&value), rest));
            }
            // Only what must be escaped is: a backslash of a Windows path stays.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                value.push(characters.next()?.1);
            }
            other => value.push(other),
        }
    }
    None
}

fn unescaped(value: &str) -> String {
    value
        .replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

/// `UTF-8'language'percent-encoded`.
fn extended_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
