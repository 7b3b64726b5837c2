//! Looking into files after they were posted: thumbnails of pictures, length and loudness of recordings.
//!
//! The rows themselves are the queue: a file that was not looked into yet is found by that, after a crash as well, so that
//! nothing has to be remembered beside them. One file at a time, in a thread of its own, so that pictures cannot starve the
//! chat. What was found out is told as `MessageUpdated`; what could not be is done with, too.

use crate::{Chat, ChatError};
use antiphon_domain::{Attachment, AttachmentDetails, DomainEvent, FileKey};
use antiphon_files::{FileError, Source, Stop, listen, thumbnail};
use antiphon_store::{DescribeAttachment, DescribeOutcome};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// Larger files are not looked into, since that takes them into memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// So long a file may take: six minutes of Opus on a core that has nothing else to do. Pictures take a second.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long it may take to come to an end when told to.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// After a failure of a store (a full disk, an overload), everything that waits is tried again.
const RETRY: Duration = Duration::from_secs(30);

impl Chat {
    /// Looks into files as they are posted, and into those that were before; never returns. Cancellation-safe: a file whose
    /// looking-into is cut short is looked into again next time.
    pub async fn describe_files(&self) {
        loop {
            let posted = self.undescribed.notified();
            if let Err(error) = self.describe_waiting().await {
                tracing::warn!(%error, "files wait to be looked into");
            }
            // The time-out is for what failed; a post wakes at once.
            drop(tokio::time::timeout(RETRY, posted).await);
        }
    }

    async fn describe_waiting(&self) -> Result<(), ChatError> {
        let mut after = None;
        while let Some(next) = self.ports.store.undescribed_attachment(after).await? {
            after = Some(next.attachment.id);
            self.describe_file(&next.attachment).await?;
        }
        Ok(())
    }

    /// Looks into one file. Twice is once: what was described stays as it is.
    async fn describe_file(&self, attachment: &Attachment) -> Result<(), ChatError> {
        let details = self.look_into(attachment).await?;
        let thumbnail = details.thumbnail.clone();
        let describe = DescribeAttachment {
            id: attachment.id,
            details,
            at: self.ports.clock.now(),
        };
        let announce = self.announce(None, |outcome| match outcome {
            DescribeOutcome::Described { message, update } => Some(DomainEvent::MessageUpdated {
                message: (**message).clone(),
                update: (**update).clone(),
            }),
            _ => None,
        });
        let described = self
            .ports
            .store
            .describe_attachment(describe, announce)
            .await?;
        if let (Some(key), false) = (
            thumbnail,
            matches!(described, DescribeOutcome::Described { .. }),
        ) {
            self.ports.files.discard(&key);
        }
        Ok(())
    }

    async fn look_into(&self, attachment: &Attachment) -> Result<AttachmentDetails, ChatError> {
        let nothing = AttachmentDetails::default();
        let is_picture = attachment.content_type.is_raster_image();
        if attachment.size > MAX_BYTES || !(is_picture || attachment.content_type.is_audio()) {
            return Ok(nothing);
        }
        let Some(file) = self.whole_file(&attachment.file).await? else {
            tracing::warn!(attachment.id = attachment.id.0, "a file is missing");
            return Ok(nothing);
        };
        if is_picture {
            let Some(small) = in_its_own_thread(move |_stop| thumbnail(&file)).await else {
                return Ok(nothing);
            };
            return Ok(AttachmentDetails {
                thumbnail: Some(self.keep_thumbnail(small).await?),
                ..nothing
            });
        }
        let sound = in_its_own_thread(move |stop| listen(file, stop)).await;
        Ok(sound.map_or(nothing, |sound| AttachmentDetails {
            thumbnail: None,
            duration_ms: Some(sound.duration_ms),
            waveform: sound.waveform,
        }))
    }

    async fn whole_file(&self, key: &FileKey) -> Result<Option<Vec<u8>>, ChatError> {
        let Some(body) = self.ports.files.get(key, None).await.map_err(failed)? else {
            return Ok(None);
        };
        let mut file = Vec::new();
        body.reader
            .take(MAX_BYTES)
            .read_to_end(&mut file)
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(Some(file))
    }

    async fn keep_thumbnail(&self, small: Vec<u8>) -> Result<FileKey, ChatError> {
        let key = FileKey::from_random(&self.ports.random.bytes()?);
        let mut source = Once(Some(small.into()));
        self.ports
            .files
            .put(&key, &mut source)
            .await
            .map_err(failed)?;
        Ok(key)
    }
}

pub(crate) fn failed(error: FileError) -> ChatError {
    match error {
        FileError::Full => ChatError::Full,
        FileError::Unreachable(_) => ChatError::FilesUnreachable(Box::new(error)),
        error => ChatError::Internal(Box::new(error)),
    }
}

/// Runs work that takes a processor's time; after a while it is told to stop with what it has. `None`: it found nothing, did not
/// stop, or panicked (a decoder met what it did not expect; the panic hook has logged where).
async fn in_its_own_thread<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
) -> Option<T> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let mut working = tokio::task::spawn_blocking(move || work(&told));
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut working).await {
        return done.ok()?;
    }
    stop.store(true, Ordering::Relaxed);
    let done = tokio::time::timeout(LAST_WORDS, working).await;
    done.ok()?.ok()?
}

/// A source of one part.
struct Once(Option<Bytes>);

#[async_trait::async_trait]
impl Source for Once {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        Ok(self.0.take())
    }
}
