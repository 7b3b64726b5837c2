//! The words that Laravel's `env()` gives a meaning of its own, whatever file or environment they came from.
//!
//! This runs after a source was parsed, so it also covers values from the real environment, which no parser unquoted:
//! `docker run --env-file` passes the quotes of a file on.

/// What a raw value says: nothing at all, or some text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    /// Empty, `empty`, `null` or their forms in parentheses: the key falls back to its default.
    Unset,
    /// `null` or `(null)`: unset for most keys, and the name of a driver for a key that chooses one.
    Null,
    /// Everything else; `(true)` and `(false)` have lost their parentheses.
    Text(String),
}

impl Literal {
    pub(crate) fn read(raw: &str) -> Self {
        match raw.to_ascii_lowercase().as_str() {
            "" | "empty" | "(empty)" => Self::Unset,
            "null" | "(null)" => Self::Null,
            "(true)" => Self::Text("true".to_owned()),
            "(false)" => Self::Text("false".to_owned()),
            _ => match unquoted(raw) {
                "" => Self::Unset,
                text => Self::Text(text.to_owned()),
            },
        }
    }
}

/// The value without one pair of quotes around it.
fn unquoted(raw: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|&quote| raw.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laravels_words_are_read_as_laravel_reads_them() {
        for raw in ["", "empty", "(empty)", "(EMPTY)", "\"\"", "''"] {
            assert_eq!(Literal::read(raw), Literal::Unset, "{raw:?}");
        }
        for raw in ["null", "(null)", "NULL"] {
            assert_eq!(Literal::read(raw), Literal::Null, "{raw:?}");
        }
        for (raw, text) in [
            ("(true)", "true"),
            ("(False)", "false"),
            ("true", "true"),
            ("\"a b\"", "a b"),
            ("'a'", "a"),
            ("'a\"", "'a\""),
            ("\"", "\""),
            ("nullable", "nullable"),
        ] {
            assert_eq!(
                Literal::read(raw),
                Literal::Text(text.to_owned()),
                "{raw:?}"
            );
        }
    }
}
