//! What went wrong at the other side, by what can be done about it.
//!
//! The network layer looks at every answer that is a refusal and says here what it means, before `object_store` sees it: that library
//! gives on an error that it got, and keeps the status of an answer to itself.

use antiphon_files::FileError;
use http::StatusCode;
use object_store::client::{HttpError, HttpErrorKind};
use std::error::Error;
use std::io;

/// Why the bucket did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not answer, or says that it cannot now. The same may work in a moment.
    #[error("the bucket cannot be reached: {0}")]
    Unreachable(String),
    /// There is no space in it.
    #[error("the bucket is full: {0}")]
    Full(String),
    /// It does not exist.
    #[error("there is no such bucket")]
    NoBucket,
    /// The key id is unknown there.
    #[error("the access key is unknown: {0}")]
    UnknownKey(String),
    /// The secret is another one, or something on the way changes requests.
    #[error("the signature is not taken: {0}")]
    BadSignature(String),
    /// This machine's clock and the other one are too far apart.
    #[error("the clocks differ too much: {0}")]
    Clock(String),
    /// The key may not do this.
    #[error("access is denied: {0}")]
    Denied(String),
    /// The bucket is in another region, or at another address.
    #[error("the bucket is in another region: {0}")]
    Elsewhere(String),
    /// A range begins behind the end of the file.
    #[error("nothing is in that range")]
    BeyondEnd,
    /// Anything else.
    #[error("the bucket refused: {0}")]
    Refused(String),
}

impl Fault {
    /// What an answer means that is no success. `None`: the caller knows better, as of an object that is not there.
    pub(crate) fn of_answer(status: StatusCode, body: &str) -> Option<Self> {
        let code = element(body, "Code").unwrap_or_default();
        let said = || match (code, element(body, "Message")) {
            ("", _) => status.to_string(),
            (code, None) => format!("{status}, {code}"),
            (code, Some(message)) => format!("{status}, {code}: {message}"),
        };
        Some(match code {
            "NoSuchBucket" => Self::NoBucket,
            "InvalidAccessKeyId" => Self::UnknownKey(said()),
            "SignatureDoesNotMatch" => Self::BadSignature(said()),
            "RequestTimeTooSkewed" => Self::Clock(said()),
            "PermanentRedirect"
            | "AuthorizationHeaderMalformed"
            | "IllegalLocationConstraintException" => Self::Elsewhere(said()),
            "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded" => {
                Self::Full(said())
            }
            // S3's word for an upload that stood still, with a status of the client's fault.
            "RequestTimeout" => Self::Unreachable(said()),
            _ => match status {
                StatusCode::NOT_FOUND | StatusCode::NOT_MODIFIED => return None,
                StatusCode::RANGE_NOT_SATISFIABLE => Self::BeyondEnd,
                StatusCode::INSUFFICIENT_STORAGE => Self::Full(said()),
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Denied(said()),
                StatusCode::NOT_IMPLEMENTED => Self::Refused(said()),
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                    Self::Unreachable(said())
                }
                status if status.is_server_error() => Self::Unreachable(said()),
                status if status.is_redirection() => Self::Elsewhere(said()),
                _ => Self::Refused(said()),
            },
        })
    }

    /// The one behind an error.
    pub(crate) fn of(error: &object_store::Error) -> Option<&Self> {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            if let Some(fault) = error.downcast_ref() {
                return Some(fault);
            }
            next = error.source();
        }
        None
    }
}

/// As `object_store` knows errors: it tries again what may work in a moment.
impl From<Fault> for HttpError {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Unreachable(_) => HttpErrorKind::Request,
            _ => HttpErrorKind::Unknown,
        };
        Self::new(kind, fault)
    }
}

/// As the port knows errors.
pub(crate) fn failed(error: object_store::Error) -> FileError {
    match Fault::of(&error) {
        Some(Fault::Unreachable(_)) => FileError::Unreachable(io::Error::other(error)),
        Some(Fault::Full(_)) => FileError::Full,
        _ => FileError::Failed(io::Error::other(error)),
    }
}

/// The text of the first element of this name. Answers of S3 are XML without attributes where this looks.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> Option<Fault> {
        let body = format!(
            "<?xml version='1.0'?><Error><Code>{code}</Code><Message>So it is</Message></Error>"
        );
        Fault::of_answer(StatusCode::from_u16(status).unwrap(), &body)
    }

    #[test]
    fn an_answer_says_what_can_be_done() {
        let said = |status: &str, code: &str| format!("{status}, {code}: So it is");
        for (status, code, expected) in [
            (404, "NoSuchBucket", Fault::NoBucket),
            (
                403,
                "InvalidAccessKeyId",
                Fault::UnknownKey(said("403 Forbidden", "InvalidAccessKeyId")),
            ),
            (
                403,
                "AccessDenied",
                Fault::Denied(said("403 Forbidden", "AccessDenied")),
            ),
            (
                507,
                "XMinioStorageFull",
                Fault::Full(said("507 Insufficient Storage", "XMinioStorageFull")),
            ),
            (
                503,
                "SlowDown",
                Fault::Unreachable(said("503 Service Unavailable", "SlowDown")),
            ),
            (
                400,
                "RequestTimeout",
                Fault::Unreachable(said("400 Bad Request", "RequestTimeout")),
            ),
            (
                301,
                "PermanentRedirect",
                Fault::Elsewhere(said("301 Moved Permanently", "PermanentRedirect")),
            ),
            (416, "InvalidRange", Fault::BeyondEnd),
            (
                501,
                "NotImplemented",
                Fault::Refused(said("501 Not Implemented", "NotImplemented")),
            ),
        ] {
            assert_eq!(answer(status, code), Some(expected), "{status} {code}");
        }
        assert_eq!(answer(404, "NoSuchKey"), None);
        assert_eq!(
            Fault::of_answer(StatusCode::BAD_GATEWAY, "<html>"),
            Some(Fault::Unreachable("502 Bad Gateway".to_owned()))
        );
    }
}
