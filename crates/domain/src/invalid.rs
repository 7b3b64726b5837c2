//! Why a value from outside was refused.

/// One reason a field was refused, in words that can be shown to the person who sent it; the field's name is added by the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    /// A refusal for the given reason, a whole sentence with the limit in it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// As [`single_line`], and refuses text without anything in it.
pub(crate) fn filled_line(text: &str, limit: usize) -> Result<String, Invalid> {
    match single_line(text, limit)? {
        "" => Err(Invalid::new("must not be empty")),
        text => Ok(text.to_owned()),
    }
}

/// Refuses text longer than `limit` characters or with control characters that no single-line field can hold.
pub(crate) fn single_line(text: &str, limit: usize) -> Result<&str, Invalid> {
    let text = text.trim();
    if text.chars().count() > limit {
        return Err(Invalid::new(format!(
            "must not be longer than {limit} characters"
        )));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new("must not contain control characters"));
    }
    Ok(text)
}
