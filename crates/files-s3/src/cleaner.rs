//! What is removed in the background, since whoever wants it gone cannot wait: files that nobody will miss, and uploads that ended
//! before their end.
//!
//! Best effort: what is not removed, because the bucket does not answer, too much is waiting or the process ends, is found by pruning.

use object_store::aws::AmazonS3;
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::{MultipartId, ObjectStoreExt as _};
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender};

/// How much may wait. A bucket that is away for a while costs this many names, not more.
const MAX_WAITING: usize = 4096;

/// Something to remove.
#[derive(Debug)]
pub(crate) enum Removal {
    /// An object.
    Object(Path),
    /// An upload in parts.
    Upload(Path, MultipartId),
}

/// Takes what is to be removed.
#[derive(Debug, Clone)]
pub(crate) struct Cleaner(Sender<(Arc<AmazonS3>, Removal)>);

/// Does it.
pub(crate) struct Work(Receiver<(Arc<AmazonS3>, Removal)>);

pub(crate) fn channel() -> (Cleaner, Work) {
    let (sender, receiver) = tokio::sync::mpsc::channel(MAX_WAITING);
    (Cleaner(sender), Work(receiver))
}

impl Cleaner {
    /// Never blocks.
    pub(crate) fn remove(&self, bucket: &Arc<AmazonS3>, removal: Removal) {
        if let Err(unsent) = self.0.try_send((Arc::clone(bucket), removal)) {
            tracing::debug!(%unsent, "a file is left to be pruned");
        }
    }
}

impl Work {
    /// Runs until all clones of the cleaner are gone.
    pub(crate) async fn run(mut self) {
        while let Some((bucket, removal)) = self.0.recv().await {
            let removed = match &removal {
                Removal::Object(path) => bucket.delete(path).await,
                Removal::Upload(path, id) => bucket.abort_multipart(path, id).await,
            };
            if let Err(error) = removed {
                tracing::debug!(%error, "a file is left to be pruned");
            }
        }
    }
}
