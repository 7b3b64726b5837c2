//! A `.env` file means the same with any line ends, its values stay within their bounds, and what was read can be written back.
//!
//! Input: the text of a file.

use antiphon_config::dotenv::{self, DotenvError, Entry, MAX_TOTAL_BYTES, MAX_VALUE_BYTES};

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let environment = |name: &str| (name == "HOME").then(|| "/home/ana".to_owned());
    let parsed = dotenv::parse(text, environment);
    if !text.contains('\r') {
        for line_end in ["\r\n", "\r"] {
            let other = text.replace('\n', line_end);
            assert_eq!(dotenv::parse(&other, environment), parsed);
        }
    }
    match parsed {
        Ok(entries) => check_entries(&entries, text),
        Err(errors) => check_errors(&errors),
    }
}

fn check_entries(entries: &[Entry], text: &str) {
    assert!(entries.is_sorted_by(|one, next| one.line < next.line));
    let total_bytes: usize = entries
        .iter()
        .flat_map(|entry| &entry.value)
        .map(String::len)
        .sum();
    assert!(total_bytes <= MAX_TOTAL_BYTES);
    let mut written = String::new();
    for Entry { name, value, line } in entries {
        assert!((1..=text.len()).contains(line));
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        assert!(!name.is_empty() && name.chars().all(allowed), "{name:?}");
        written.push_str(name);
        if let Some(value) = value {
            assert!(value.len() <= MAX_VALUE_BYTES);
            written.push_str(&format!("={}", quoted(value)));
        }
        written.push('\n');
    }
    if written.len() > dotenv::MAX_FILE_BYTES {
        return;
    }
    let again = dotenv::parse(&written, |_| None).expect("what was written can be read");
    let facts = |entries: &[Entry]| -> Vec<_> {
        let fact = |entry: &Entry| (entry.name.clone(), entry.value.clone());
        entries.iter().map(fact).collect()
    };
    assert_eq!(facts(&again), facts(entries));
}

fn check_errors(errors: &[DotenvError]) {
    assert!(!errors.is_empty());
    assert!(errors.is_sorted_by(|one, next| one.line < next.line));
    assert!(
        errors
            .iter()
            .all(|error| error.line >= 1 && !error.message.is_empty())
    );
}

/// The value in double quotes.
fn quoted(value: &str) -> String {
    let mut out = "\"".to_owned();
    for c in value.chars() {
        match c {
            '\r' => out.push_str("\\r"),
            '"' | '\\' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out + "\""
}
