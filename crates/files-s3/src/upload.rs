//! A file that comes in: sent in parts as soon as it is larger than one.
//!
//! Small files, which are most, are one request. A large one is an upload in parts, which is nothing that anybody sees until it is
//! completed; when it stops, fails or is dropped before, it is aborted.

use crate::cleaner::{Cleaner, Removal};
use crate::failure::failed;
use antiphon_files::{FileError, Source};
use bytes::BytesMut;
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStoreExt as _, PutPayload};
use std::sync::Arc;

/// Bytes of a part, the fewest that S3 takes: 10,000 of them are 48 GiB, more than the largest file that can be configured. All but the
/// last are of the same size, as some servers want it.
pub(crate) const PART: usize = 5 << 20;

/// Sends what the source gives, and answers its size.
pub(crate) async fn put(
    bucket: &Arc<AmazonS3>,
    cleaner: &Cleaner,
    path: &Path,
    source: &mut dyn Source,
) -> Result<u64, FileError> {
    let mut size = 0;
    let mut waiting = BytesMut::new();
    let mut parts: Option<Parts> = None;
    loop {
        let Ok(chunk) = source.chunk().await else {
            if let Some(parts) = parts {
                parts.abort().await;
            }
            return Err(FileError::Stopped);
        };
        let Some(chunk) = chunk else {
            break;
        };
        size += chunk.len() as u64;
        waiting.extend_from_slice(&chunk);
        while waiting.len() >= PART {
            let part = waiting.split_to(PART).freeze().into();
            let begun = match &mut parts {
                Some(begun) => begun,
                None => parts.insert(Parts::begin(bucket, cleaner, path).await?),
            };
            begun.send(part).await?;
        }
    }
    let rest: PutPayload = waiting.freeze().into();
    match parts {
        Some(mut parts) => {
            if rest.content_length() > 0 {
                parts.send(rest).await?;
            }
            parts.complete().await?;
        }
        None => {
            // It may have arrived although the answer did not.
            let undone = |_: &object_store::Error| {
                cleaner.remove(bucket, Removal::Object(path.clone()));
            };
            let sent = bucket.put(path, rest).await;
            sent.inspect_err(undone).map_err(failed)?;
        }
    }
    Ok(size)
}

/// An upload in parts: aborted on drop, unless it was completed by then.
struct Parts {
    bucket: Arc<AmazonS3>,
    cleaner: Cleaner,
    path: Path,
    /// Until it is completed.
    id: Option<MultipartId>,
    sent: Vec<PartId>,
}

impl Parts {
    async fn begin(
        bucket: &Arc<AmazonS3>,
        cleaner: &Cleaner,
        path: &Path,
    ) -> Result<Self, FileError> {
        let id = bucket.create_multipart(path).await.map_err(failed)?;
        Ok(Self {
            bucket: Arc::clone(bucket),
            cleaner: cleaner.clone(),
            path: path.clone(),
            id: Some(id),
            sent: Vec::new(),
        })
    }

    fn id(&self) -> &MultipartId {
        self.id
            .as_ref()
            .expect("it is taken away by what takes the upload itself")
    }

    async fn send(&mut self, part: PutPayload) -> Result<(), FileError> {
        let (path, index) = (&self.path, self.sent.len());
        let sending = self.bucket.put_part(path, self.id(), index, part);
        let part = sending.await.map_err(failed)?;
        self.sent.push(part);
        Ok(())
    }

    async fn complete(mut self) -> Result<(), FileError> {
        let sent = std::mem::take(&mut self.sent);
        let completing = self
            .bucket
            .complete_multipart(&self.path, self.id(), sent)
            .await;
        if let Err(error) = completing {
            // It may have been completed although the answer did not arrive; if not, it is aborted by the drop.
            let path = self.path.clone();
            self.cleaner.remove(&self.bucket, Removal::Object(path));
            return Err(failed(error));
        }
        self.id = None;
        Ok(())
    }

    /// At once, if the bucket answers.
    async fn abort(mut self) {
        let aborted = self.bucket.abort_multipart(&self.path, self.id()).await;
        match aborted {
            Ok(()) => self.id = None,
            Err(error) => tracing::debug!(%error, "an upload is left to be pruned"),
        }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            let upload = Removal::Upload(self.path.clone(), id);
            self.cleaner.remove(&self.bucket, upload);
        }
    }
}
