//! Why a use case refused, by what the caller can do about it.

use antiphon_domain::Invalid;
use antiphon_store::StoreError;
use std::borrow::Cow;

/// A refusal or a failure of a use case. Nothing was stored, whichever it is.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// Some fields hold what they may not.
    #[error("validation failed")]
    Invalid(FieldErrors),
    /// The credential is missing, malformed or unknown.
    #[error("unauthenticated")]
    Unauthenticated,
    /// The credential is good, but not for this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The visitor is kept out.
    #[error("this visitor is blocked")]
    Blocked,
    /// There is no such thing, or it is no business of the caller's.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The conversation is closed.
    #[error("the conversation is closed")]
    Closed,
    /// Not before something else has happened.
    #[error("{0}")]
    TooEarly(&'static str),
    /// Not any more.
    #[error("{0}")]
    TooLate(&'static str),
    /// The store or the hasher is overloaded: try again after a pause.
    #[error("overloaded")]
    Unavailable,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The store of files does not answer; everything without files goes on. The source is for the log.
    #[error("the store of files cannot be reached")]
    FilesUnreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A failure on our side; the source is for the log.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::Unavailable,
            StoreError::Full => Self::Full,
            error @ (StoreError::Corrupt { .. } | StoreError::Internal(_)) => {
                Self::Internal(Box::new(error))
            }
        }
    }
}

/// What is wrong with which field; collected, so that a person reads all of it at once. A field within another has a path,
/// such as `pre_chat.email`.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<(Cow<'static, str>, Invalid)>);

impl FieldErrors {
    /// One field's error.
    pub fn one(field: &'static str, reason: impl Into<String>) -> Self {
        Self(vec![(field.into(), Invalid::new(reason))])
    }

    /// Takes a parsed value, or notes why there is none.
    pub fn check<T>(&mut self, field: &'static str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed
            .map_err(|invalid| self.0.push((field.into(), invalid)))
            .ok()
    }

    /// Notes an error that no parser found.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, reason: impl Into<String>) {
        self.0.push((field.into(), Invalid::new(reason)));
    }

    /// Field names and sentences, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, invalid)| (field.as_ref(), invalid.0.as_str()))
    }

    /// Nothing found: go on. Else the error that tells it all.
    pub fn finish(self) -> Result<(), ChatError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ChatError::Invalid(self))
        }
    }
}

impl From<FieldErrors> for ChatError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}
