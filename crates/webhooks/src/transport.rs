//! Who makes the requests: the network, or a test in its place.

use antiphon_outbound::{Network, Post, PostError};
use async_trait::async_trait;

/// Makes requests.
#[async_trait]
pub(crate) trait Transport: Send + Sync {
    /// Gives the status of the answer. Takes at most a bit more than ten seconds. Dropping it ends the request.
    async fn post(&self, post: Post) -> Result<u16, PostError>;
}

#[async_trait]
impl Transport for Network {
    async fn post(&self, post: Post) -> Result<u16, PostError> {
        Ok(self.exchange(post, 0).await?.status)
    }
}
