//! The query string's fields, with the same errors as a body's.

use super::Fields;
use crate::error::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::time::Duration;

/// The longest wait of a long-poll, in seconds; under the idle time-outs of common proxies (30 to 60 s).
const MAX_WAIT_SECONDS: i64 = 25;
/// The largest page.
const MAX_LIMIT: i64 = 200;

/// The fields of the query string.
#[derive(Debug)]
pub(crate) struct QueryFields(Fields);

impl<S: Sync> FromRequestParts<S> for QueryFields {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) {
            Ok(Query(pairs)) => Ok(Self(Fields::from_text(pairs))),
            Err(_) => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "The query string is malformed",
            )),
        }
    }
}

impl QueryFields {
    /// A string, if there is one.
    pub(crate) fn text(&mut self, field: &'static str) -> Option<String> {
        self.0.text(field)
    }

    /// A number from `min` on, if there is one.
    pub(crate) fn number(&mut self, field: &'static str, min: i64) -> Option<i64> {
        let text = self.0.text(field)?;
        match text.parse() {
            Ok(number) if number >= min => Some(number),
            _ => {
                self.0
                    .errors
                    .add(field, format!("must be an integer of {min} or more"));
                None
            }
        }
    }

    /// `1` or `true`, `0` or `false`; none is false.
    pub(crate) fn flag(&mut self, field: &'static str) -> bool {
        match self.0.text(field).as_deref() {
            Some("1" | "true") => true,
            None | Some("0" | "false") => false,
            Some(_) => {
                self.0.errors.add(field, "must be 0 or 1");
                false
            }
        }
    }

    /// `limit`: 1 to 200.
    pub(crate) fn limit(&mut self, default: u32) -> u32 {
        let limit = self.number("limit", 1).unwrap_or(default.into());
        if limit > MAX_LIMIT {
            self.0
                .errors
                .add("limit", format!("must not be more than {MAX_LIMIT}"));
        }
        u32::try_from(limit).unwrap_or(default)
    }

    /// `wait`: 0 to 25 seconds, none for 0.
    pub(crate) fn wait(&mut self) -> Duration {
        let seconds = self.number("wait", 0).unwrap_or(0);
        if seconds > MAX_WAIT_SECONDS {
            self.0.errors.add(
                "wait",
                format!("must not be more than {MAX_WAIT_SECONDS} seconds"),
            );
        }
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }

    /// Notes an error that the readers did not find.
    pub(crate) fn wrong(&mut self, field: &'static str, reason: &str) {
        self.0.errors.add(field, reason);
    }

    /// Ends the reading.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        self.0.finish()
    }
}
