//! The only place with status codes: a refusal as the chat contract's JSON.
//!
//! A handler's error travels in the response's extensions; the outermost middleware writes the body, since only it knows the
//! request's id, and logs what went wrong on our side, once.

use antiphon_chat::{ChatError, FieldErrors, Refusal as FileRefusal, UploadError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Seconds after which an overloaded server may be asked again.
const RETRY_OVERLOADED: u64 = 1;
/// Seconds after which a full disk may have been attended to.
const RETRY_DISK_FULL: u64 = 30;
/// Seconds after which a store of files that did not answer may do so.
const RETRY_FILES: u64 = 10;
/// Seconds after which some of a day's files are more than a day old, or not: nobody should ask much more often.
const RETRY_TOMORROW: u64 = 3600;

/// Seconds after which one of a person's uploads may be over.
const RETRY_OPEN: u64 = 60;

/// A refusal or a failure, as its client will read it.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    status: StatusCode,
    error: String,
    details: Vec<(String, String)>,
    retry_after_seconds: Option<u64>,
    /// A further field of the body.
    hint: Option<(&'static str, Hint)>,
    /// For the log only.
    pub(crate) cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What lets a client do better than to show an error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hint {
    /// Whether something is so.
    Is(bool),
    /// Where it goes on, in bytes.
    Offset(u64),
}

impl From<bool> for Hint {
    fn from(is: bool) -> Self {
        Self::Is(is)
    }
}

impl From<u64> for Hint {
    fn from(offset: u64) -> Self {
        Self::Offset(offset)
    }
}

/// Why a request was refused, in the extensions of an answer, for whoever watches.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) String);

impl ApiError {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            details: Vec::new(),
            retry_after_seconds: None,
            hint: None,
            cause: None,
        }
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "Unauthenticated: the credential is missing, malformed or unknown",
        )
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Not found: {what}"))
    }

    pub(crate) fn forbidden(why: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("Forbidden: {why}"))
    }

    pub(crate) fn origin_refused(origin: &str) -> Self {
        Self::forbidden(&format!(
            "the origin {origin} is not among the widget's allowed domains"
        ))
    }

    pub(crate) fn too_many_requests(retry_after_seconds: u64) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
        error.retry_after_seconds = Some(retry_after_seconds);
        error
    }

    pub(crate) fn unavailable(what: &str) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, what);
        error.retry_after_seconds = Some(RETRY_OVERLOADED);
        error
    }

    /// One field's error, of a name that only the request knows.
    pub(crate) fn invalid(field: &str, reason: &str) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation failed");
        error.details = vec![(
            field.to_owned(),
            format!("The {} {reason}.", field.replace('_', " ")),
        )];
        error
    }

    pub(crate) fn too_large(what: &str, limit_bytes: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The {what} must not be larger than {limit_bytes} bytes"),
        )
    }

    /// The upload goes on elsewhere.
    pub(crate) fn wrong_offset(offset: u64) -> Self {
        let text = format!("The upload goes on at the offset {offset}");
        Self::new(StatusCode::CONFLICT, text).with_hint("offset", offset)
    }

    /// Adds a field to the body that lets a client do better than to show the error.
    pub(crate) fn with_hint(mut self, field: &'static str, value: impl Into<Hint>) -> Self {
        self.hint = Some((field, value.into()));
        self
    }

    /// A handler panicked; the panic hook has logged where.
    pub(crate) fn panicked() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
    }

    fn internal(cause: Arc<dyn std::error::Error + Send + Sync>) -> Self {
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
        error.cause = Some(cause);
        error
    }

    /// The whole answer.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let mut body = Map::new();
        body.insert("error".to_owned(), json!(self.error));
        if !self.details.is_empty() {
            let mut details = Map::<String, Value>::new();
            for (field, reason) in &self.details {
                let reasons = details.entry(field.clone()).or_insert_with(|| json!([]));
                if let Some(reasons) = reasons.as_array_mut() {
                    reasons.push(json!(reason));
                }
            }
            body.insert("details".to_owned(), details.into());
        }
        if let Some((field, value)) = self.hint {
            let value = match value {
                Hint::Is(is) => json!(is),
                Hint::Offset(offset) => json!(offset),
            };
            body.insert(field.to_owned(), value);
        }
        body.insert("request_id".to_owned(), json!(request_id));
        let mut response = (self.status, axum::Json(body)).into_response();
        response
            .extensions_mut()
            .insert(Refusal(self.error.clone()));
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<FieldErrors> for ApiError {
    fn from(errors: FieldErrors) -> Self {
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation failed");
        error.details = errors
            .iter()
            .map(|(field, reason)| {
                // People know a field within another by its own name.
                let name = field.rsplit('.').next().unwrap_or(field);
                let sentence = format!("The {} {reason}.", name.replace('_', " "));
                (field.to_owned(), sentence)
            })
            .collect();
        error
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Invalid(errors) => errors.into(),
            ChatError::Unauthenticated => Self::unauthenticated(),
            ChatError::Forbidden(why) => Self::forbidden(why),
            ChatError::Blocked => {
                Self::forbidden("this visitor is blocked").with_hint("blocked", true)
            }
            ChatError::NotFound(what) => Self::not_found(what),
            ChatError::Closed => Self::new(StatusCode::CONFLICT, "The conversation is closed"),
            ChatError::TooEarly(why) => {
                Self::new(StatusCode::CONFLICT, format!("Too early: {why}"))
            }
            ChatError::TooLate(why) => Self::new(StatusCode::CONFLICT, format!("Too late: {why}")),
            ChatError::Unavailable => Self::unavailable("Overloaded: try again in a moment"),
            ChatError::Full => {
                let mut error = Self::unavailable("The server's disk is full: nothing was stored");
                error.retry_after_seconds = Some(RETRY_DISK_FULL);
                error
            }
            ChatError::FilesUnreachable(cause) => {
                let mut error = Self::unavailable(
                    "Files cannot be reached at the moment. Messages without files are still taken",
                );
                error.retry_after_seconds = Some(RETRY_FILES);
                error.cause = Some(Arc::from(cause));
                error
            }
            ChatError::Internal(cause) => Self::internal(Arc::from(cause)),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Chat(error) => error.into(),
            UploadError::Refused(refusal @ FileRefusal::Type(_)) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("The file {refusal}"),
            ),
            UploadError::Refused(refusal) => Self::invalid("file", &refusal.to_string()),
            error @ UploadError::NotAccepted(_) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("The file {error}"),
            ),
            error @ UploadError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The file {error}"))
            }
            error @ UploadError::TooMany { .. } => Self::invalid("file", &error.to_string()),
            error @ UploadError::TooLong(_) => Self::invalid("duration_ms", &error.to_string()),
            error @ UploadError::Disabled(_) => Self::forbidden(&error.to_string()),
            UploadError::TooManyOpen => {
                let mut error = Self::too_many_requests(RETRY_OPEN);
                "Too many unfinished uploads: end one first".clone_into(&mut error.error);
                error
            }
            UploadError::WrongOffset(offset) => Self::wrong_offset(offset),
            UploadError::Incomplete => Self::new(StatusCode::CONFLICT, "An upload is not complete"),
            UploadError::DayIsOver(limit) => {
                let mut error = Self::too_many_requests(RETRY_TOMORROW);
                error.error = format!("Too many files: more than {limit} bytes in a day");
                error
            }
            UploadError::NoSpace => {
                let mut error = Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "The server has no space for files: nothing was stored. Messages without files are still taken",
                );
                error.retry_after_seconds = Some(RETRY_DISK_FULL);
                error
            }
            UploadError::Stopped => Self::new(StatusCode::BAD_REQUEST, "The body ended too early"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn text(&self) -> &str {
        &self.error
    }
}
