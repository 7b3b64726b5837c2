//! A JSON object's fields, read one by one, so that every wrong type is named with its field, and all of them at once.

use crate::error::ApiError;
use antiphon_chat::FieldErrors;
use antiphon_domain::Timestamp;
use antiphon_wire::parse_rfc3339;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value};
use std::time::Duration;

/// The largest JSON body, in bytes: 5,000 characters, each escaped as a surrogate pair of 12 bytes, and as much again.
const MAX_JSON: usize = 128 * 1024;
/// A body that takes longer than this is no slow phone, it is an attack.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// The fields of a JSON object, and what was wrong with them so far.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: Map<String, Value>,
    pub(crate) errors: FieldErrors,
}

/// A request body that is a JSON object, sent as `application/json`.
#[derive(Debug)]
pub(crate) struct JsonFields(pub(crate) Fields);

impl<S: Sync> FromRequest<S> for JsonFields {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        if !has_content_type(&parts.headers, "application/json") {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The content type must be application/json",
            ));
        }
        let body = read_body(&parts.headers, body, MAX_JSON).await?;
        Fields::parse_json(&body).map(Self)
    }
}

pub(crate) fn has_content_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

/// The whole body, if it is no larger than the limit and comes in time. A length that is announced as too large is not read at all.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body must not be larger than {limit} bytes"),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let reading = collect(body, limit);
    match tokio::time::timeout(BODY_TIMEOUT, reading).await {
        Ok(Ok(Some(body))) => Ok(body),
        Ok(Ok(None)) => Err(too_large()),
        Ok(Err(_)) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "The body ended too early",
        )),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "The body did not arrive in time",
        )),
    }
}

/// The whole body, or `None` if it is larger than the limit. Its bytes are copied together as they come: a list of pieces would
/// take fifty times the memory of a body that a client sends byte by byte.
async fn collect(mut body: Body, limit: usize) -> Result<Option<Bytes>, axum::Error> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await.transpose()? {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if collected.len() + data.len() > limit {
            return Ok(None);
        }
        collected.extend_from_slice(&data);
    }
    Ok(Some(collected.freeze()))
}

impl Fields {
    /// Reads a JSON object; an empty body is an empty one.
    pub(crate) fn parse_json(body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let bad_request = |why: String| ApiError::new(StatusCode::BAD_REQUEST, why);
        match serde_json::from_slice(body) {
            Ok(Value::Object(values)) => Ok(Self {
                values,
                errors: FieldErrors::default(),
            }),
            Ok(_) => Err(bad_request("The body must be a JSON object".to_owned())),
            Err(error) => Err(bad_request(format!("The body is not JSON: {error}"))),
        }
    }

    pub(super) fn from_text(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = pairs
            .into_iter()
            .map(|(key, value)| (key, Value::String(value)))
            .collect();
        Self {
            values,
            errors: FieldErrors::default(),
        }
    }

    /// A form's fields; a name that ends in `[]` is a list.
    pub(crate) fn from_form(pairs: Vec<(String, String)>) -> Self {
        let mut values = Map::new();
        for (key, value) in pairs {
            match key.strip_suffix("[]") {
                Some(name) => {
                    if let Value::Array(list) = values
                        .entry(name)
                        .or_insert_with(|| Value::Array(Vec::new()))
                    {
                        list.push(Value::String(value));
                    }
                }
                None => drop(values.insert(key, Value::String(value))),
            }
        }
        Self {
            values,
            errors: FieldErrors::default(),
        }
    }

    fn take(&mut self, field: &'static str) -> Option<Value> {
        self.values.remove(field).filter(|value| !value.is_null())
    }

    /// A string, if there is one.
    pub(crate) fn text(&mut self, field: &'static str) -> Option<String> {
        match self.take(field)? {
            Value::String(text) => Some(text),
            _ => self.wrong(field, "must be a string"),
        }
    }

    /// A string that must be there.
    pub(crate) fn required_text(&mut self, field: &'static str) -> Option<String> {
        self.required(field, Self::text)
    }

    /// An integer, if there is one.
    pub(crate) fn integer(&mut self, field: &'static str) -> Option<i64> {
        let value = self.take(field)?;
        value
            .as_i64()
            .or_else(|| self.wrong(field, "must be an integer"))
    }

    /// An integer that must be there.
    pub(crate) fn required_integer(&mut self, field: &'static str) -> Option<i64> {
        self.required(field, Self::integer)
    }

    /// A list of strings that must be there, of one to `most` of them.
    pub(crate) fn required_texts(
        &mut self,
        field: &'static str,
        most: usize,
    ) -> Option<Vec<String>> {
        self.required(field, |fields, field| match fields.texts(field)? {
            OneOrMany::Many(texts) => Some(texts),
            OneOrMany::One(_) => fields.wrong(field, "must be a list of strings"),
        })
        .filter(|texts| {
            let fits = (1..=most).contains(&texts.len());
            if !fits {
                self.errors
                    .add(field, format!("must have 1 to {most} entries"));
            }
            fits
        })
    }

    /// A truth value; none is false.
    pub(crate) fn flag(&mut self, field: &'static str) -> bool {
        self.optional_flag(field).unwrap_or_default()
    }

    /// A truth value, if there is one.
    pub(crate) fn optional_flag(&mut self, field: &'static str) -> Option<bool> {
        match self.take(field)? {
            Value::Bool(flag) => Some(flag),
            _ => self.wrong(field, "must be true or false"),
        }
    }

    /// Notes that a field is missing, if it is; reads nothing.
    pub(crate) fn require(&mut self, field: &'static str) {
        if self.values.get(field).is_none_or(Value::is_null) {
            self.errors.add(field, "is required");
        }
    }

    /// A time as RFC 3339 has it, if there is one.
    pub(crate) fn time(&mut self, field: &'static str) -> Option<Timestamp> {
        let text = self.text(field)?;
        parse_rfc3339(&text)
            .or_else(|| self.wrong(field, "must be a time such as 2026-01-31T09:00:00Z"))
    }

    /// A JSON object, as text, if there is one.
    pub(crate) fn object(&mut self, field: &'static str) -> Option<String> {
        match self.take(field)? {
            value @ Value::Object(_) => Some(value.to_string()),
            _ => self.wrong(field, "must be an object"),
        }
    }

    /// A JSON object's members, if there is one.
    pub(crate) fn members(&mut self, field: &'static str) -> Option<Map<String, Value>> {
        match self.take(field)? {
            Value::Object(members) => Some(members),
            _ => self.wrong(field, "must be an object"),
        }
    }

    /// A list, if there is one.
    pub(crate) fn list(&mut self, field: &'static str) -> Option<Vec<Value>> {
        match self.take(field)? {
            Value::Array(values) => Some(values),
            _ => self.wrong(field, "must be a list"),
        }
    }

    /// A list that must be there.
    pub(crate) fn required_list(&mut self, field: &'static str) -> Option<Vec<Value>> {
        self.required(field, Self::list)
    }

    /// A string, or a list of them.
    pub(crate) fn texts(&mut self, field: &'static str) -> Option<OneOrMany> {
        match self.take(field)? {
            Value::String(text) => Some(OneOrMany::One(text)),
            Value::Array(values) => {
                let texts: Option<Vec<String>> = values
                    .into_iter()
                    .map(|value| {
                        if let Value::String(text) = value {
                            Some(text)
                        } else {
                            None
                        }
                    })
                    .collect();
                texts
                    .map(OneOrMany::Many)
                    .or_else(|| self.wrong(field, "must be a string or a list of strings"))
            }
            _ => self.wrong(field, "must be a string or a list of strings"),
        }
    }

    fn required<T>(
        &mut self,
        field: &'static str,
        read: fn(&mut Self, &'static str) -> Option<T>,
    ) -> Option<T> {
        if self.values.get(field).is_none_or(Value::is_null) {
            return self.wrong(field, "is required");
        }
        read(self, field)
    }

    fn wrong<T>(&mut self, field: &'static str, reason: &str) -> Option<T> {
        self.errors.add(field, reason);
        None
    }

    /// Ends the reading: every error found, or none.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        Ok(self.errors.finish()?)
    }
}

/// One value, or a list: the answer has the same form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    #[test]
    fn every_wrong_field_is_named() {
        let mut fields =
            Fields::parse_json(br#"{"a":1,"b":"x","c":1.5,"d":"yes","e":[],"f":null}"#).unwrap();
        assert_eq!(fields.text("a"), None);
        assert_eq!(fields.required_text("b").as_deref(), Some("x"));
        assert_eq!(fields.integer("c"), None);
        assert!(!fields.flag("d"));
        assert_eq!(fields.object("e"), None);
        assert_eq!(fields.text("f"), None);
        assert_eq!(fields.required_integer("g"), None);
        let named: Vec<_> = fields.errors.iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["a", "c", "d", "e", "g"]);
    }

    #[test]
    fn what_is_no_json_object_is_refused() {
        for body in [
            &b"["[..],
            b"[]",
            b"1",
            b"\"x\"",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":1}x",
            b"\0",
        ] {
            assert!(Fields::parse_json(body).is_err(), "{body:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(Fields::parse_json(deep.as_bytes()).is_err());
    }
    /// A body of so many bytes, each of which comes by itself; after them it ends or hangs.
    struct Pieces {
        left: usize,
        hangs: bool,
    }

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            if self.left == 0 {
                return match self.hangs {
                    true => Poll::Pending,
                    false => Poll::Ready(None),
                };
            }
            self.left -= 1;
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
        }
    }

    async fn read(left: usize, hangs: bool) -> Result<usize, StatusCode> {
        let body = Body::new(Pieces { left, hangs });
        let read = read_body(&HeaderMap::new(), body, 1_000).await;
        read.map(|body| body.len()).map_err(|error| error.status())
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_put_together_and_bounded() {
        assert_eq!(read(0, false).await, Ok(0));
        assert_eq!(read(1_000, false).await, Ok(1_000));
        // Refused with the first byte above the limit, whatever else would come.
        assert_eq!(read(1_001, true).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let start = tokio::time::Instant::now();
        assert_eq!(read(10, true).await, Err(StatusCode::REQUEST_TIMEOUT));
        assert_eq!(start.elapsed(), BODY_TIMEOUT);
    }
}
