//! Whether the server is stopping: a request that waits for news does not hold it up.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use tokio_util::sync::CancellationToken;

/// Cancelled when the server begins to stop; put into every request by the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stopping(pub(crate) CancellationToken);

impl Stopping {
    /// Whether the server stops.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// The value, or `None` when the server stops first.
    pub(crate) async fn or_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            value = work => Some(value),
            () = self.0.cancelled() => None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Stopping {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
