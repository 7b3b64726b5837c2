//! The body of an upload: counted, in time, and in pieces.

use crate::error::ApiError;
use antiphon_chat::{Source, Stop};
use antiphon_protocol::multipart::{Multipart, MultipartError, Piece};
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// An upload that stands still for so long has no network any more.
const IDLE: Duration = Duration::from_secs(30);
/// How long, and how far, a body that is not needed is read on, so that its client comes to read the answer.
const DRAIN_TIME: Duration = Duration::from_secs(5);
const DRAIN_BYTES: u64 = 64 * 1024 * 1024;

/// A body on its way in; as a [`Source`], all of it is one file's.
#[derive(Debug)]
pub(crate) struct RequestBody {
    body: Body,
    announced: Option<u64>,
    /// Bytes that may still come.
    left: u64,
    limit: u64,
    deadline: Instant,
    is_over: bool,
    /// Why it stopped, for whoever reads it as a source.
    error: Option<ApiError>,
}

impl RequestBody {
    /// At most `limit` bytes, within `time`.
    pub(crate) fn new(headers: &HeaderMap, body: Body, limit: u64, time: Duration) -> Self {
        Self {
            body,
            announced: headers
                .get(header::CONTENT_LENGTH)
                .and_then(|value| value.to_str().ok()?.parse().ok()),
            left: limit,
            limit,
            deadline: Instant::now() + time,
            is_over: false,
            error: None,
        }
    }

    /// The bytes that its client says it has, if it does.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// Why the body stopped, once it did as a source.
    pub(crate) fn take_error(&mut self) -> Option<ApiError> {
        self.error.take()
    }

    async fn more(&mut self) -> Result<Option<Bytes>, ApiError> {
        let until = self.deadline.min(Instant::now() + IDLE);
        loop {
            let frame = match timeout_at(until, self.body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(_))) => {
                    self.is_over = true;
                    return Err(malformed(MultipartError::Truncated));
                }
                Ok(None) => {
                    self.is_over = true;
                    return Ok(None);
                }
                Err(_) => {
                    // There is nothing to wait for any more.
                    self.is_over = true;
                    return Err(ApiError::new(
                        StatusCode::REQUEST_TIMEOUT,
                        "The body did not arrive in time",
                    ));
                }
            };
            // Trailers are nothing to us.
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            self.left = match self.left.checked_sub(bytes.len() as u64) {
                Some(left) => left,
                None => return Err(ApiError::too_large("body", self.limit)),
            };
            return Ok(Some(bytes));
        }
    }

    /// Reads on without looking, for a moment.
    pub(crate) async fn drain(&mut self) {
        if self.is_over {
            return;
        }
        let reading = async {
            let mut drained = 0;
            while let Some(Ok(frame)) = self.body.frame().await {
                drained += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                if drained > DRAIN_BYTES {
                    break;
                }
            }
        };
        // Whether it came to its end or not, the answer is the same.
        drop(timeout(DRAIN_TIME, reading).await);
    }
}

#[async_trait::async_trait]
impl Source for RequestBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        self.more().await.map_err(|error| {
            self.error = Some(error);
            Stop
        })
    }
}

/// A form on its way in; as a [`Source`], the part that was begun.
#[derive(Debug)]
pub(super) struct FormBody {
    multipart: Multipart,
    body: RequestBody,
}

impl FormBody {
    /// The form that the body is said to be.
    pub(super) fn new(headers: &HeaderMap, body: RequestBody) -> Result<Self, ApiError> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let multipart = Multipart::new(content_type).map_err(malformed)?;
        Ok(Self { multipart, body })
    }

    /// The next piece.
    pub(super) async fn piece(&mut self) -> Result<Piece, ApiError> {
        loop {
            if let Some(piece) = self.multipart.piece().map_err(malformed)? {
                return Ok(piece);
            }
            match self.body.more().await? {
                Some(bytes) => self.multipart.push(&bytes),
                None => self.multipart.end(),
            }
        }
    }

    /// Why the body stopped, once it did as a source.
    pub(super) fn take_error(&mut self) -> Option<ApiError> {
        self.body.take_error()
    }

    /// Reads on without looking, for a moment.
    pub(super) async fn drain(&mut self) {
        self.body.drain().await;
    }
}

#[async_trait::async_trait]
impl Source for FormBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        match self.piece().await {
            Ok(Piece::Data(bytes)) => Ok(Some(bytes)),
            Ok(_) => Ok(None),
            Err(error) => {
                self.body.error = Some(error);
                Err(Stop)
            }
        }
    }
}

fn malformed(error: MultipartError) -> ApiError {
    let status = match error {
        MultipartError::Boundary => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut text = error.to_string();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    ApiError::new(status, text)
}
