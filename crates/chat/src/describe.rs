//! Looking into files after they were posted: thumbnails of pictures, length and loudness of recordings.
//!
//! A job for each file is made with its message, so that nothing is forgotten and nothing is tried for ever: a file that ends its
//! process, or that no decoder comes to an end with, is given up after some attempts, and nobody waits for it meanwhile. The work is
//! done in a thread of its own, so that pictures cannot starve the chat; whoever runs the jobs runs one at a time. What was found
//! out is told as `MessageUpdated`; what could not be is done with, too.

use crate::{Chat, ChatError};
use antiphon_domain::{
    Attachment, AttachmentDetails, AttachmentId, DomainEvent, FileKey, Timestamp,
};
use antiphon_files::{FileError, Source, Stop, listen, thumbnail};
use antiphon_store::{DescribeAttachment, DescribeOutcome, NewJob};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// The kind of the jobs.
pub const DESCRIBE_JOBS: &str = "attachment.describe";
/// The longest run of one.
pub const DESCRIBE_TIME: Duration = Duration::from_secs(120);
/// A file that failed so often fails always.
const ATTEMPTS: u32 = 3;
/// Larger files are not looked into, since that takes them into memory.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// So long a file may take: six minutes of Opus on a core that has nothing else to do. Pictures take a second.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long it may take to come to an end when told to.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Why a file was not looked into.
#[derive(Debug, thiserror::Error)]
pub enum DescribeError {
    /// The job says what none of this version says.
    #[error("the job names no file: {0}")]
    Payload(#[source] serde_json::Error),
    /// The file could not be read, or what was found out not be stored.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// A decoder panicked, or came to no end.
    #[error("{0}")]
    Decoder(&'static str),
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    attachment_id: i64,
}

/// The job that looks into a file.
pub(crate) fn describe_job(id: AttachmentId, at: Timestamp) -> NewJob {
    let payload = serde_json::json!(Payload {
        attachment_id: id.0
    });
    NewJob {
        max_attempts: ATTEMPTS,
        dedupe_key: Some(format!("{DESCRIBE_JOBS} {id}")),
        ..NewJob::new(DESCRIBE_JOBS, payload.to_string(), at)
    }
}

impl Chat {
    /// Looks into the file that a job names. Twice is once: what was described stays as it is. Cancellation-safe.
    pub async fn describe_file(&self, payload: &str) -> Result<(), DescribeError> {
        let payload: Payload = serde_json::from_str(payload).map_err(DescribeError::Payload)?;
        let id = AttachmentId(payload.attachment_id);
        let found = self.ports.store.attachment(id).await;
        let Some(found) = found.map_err(ChatError::from)? else {
            return Ok(());
        };
        let details = self.look_into(&found.attachment).await?;
        let thumbnail = details.thumbnail.clone();
        let describe = DescribeAttachment {
            id,
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
        let described = self.ports.store.describe_attachment(describe, announce);
        let described = described.await.map_err(ChatError::from)?;
        if let (Some(key), false) = (
            thumbnail,
            matches!(described, DescribeOutcome::Described { .. }),
        ) {
            self.ports.files.discard(&key);
        }
        Ok(())
    }

    async fn look_into(&self, attachment: &Attachment) -> Result<AttachmentDetails, DescribeError> {
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
            let small = in_its_own_thread(move |_stop| thumbnail(&file)).await?;
            let Some(small) = small else {
                return Ok(nothing);
            };
            return Ok(AttachmentDetails {
                thumbnail: Some(self.keep_thumbnail(small).await?),
                ..nothing
            });
        }
        let sound = in_its_own_thread(move |stop| listen(file, stop)).await?;
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

/// Runs work that takes a processor's time; after a while it is told to stop with what it has.
async fn in_its_own_thread<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T, DescribeError> {
    // The panic hook has logged where: a decoder met what it did not expect.
    const PANICKED: DescribeError = DescribeError::Decoder("a decoder panicked");
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let mut working = tokio::task::spawn_blocking(move || work(&told));
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut working).await {
        return done.map_err(|_| PANICKED);
    }
    stop.store(true, Ordering::Relaxed);
    match tokio::time::timeout(LAST_WORDS, working).await {
        Ok(done) => done.map_err(|_| PANICKED),
        Err(_) => Err(DescribeError::Decoder("a decoder came to no end")),
    }
}

/// A source of one part.
struct Once(Option<Bytes>);

#[async_trait::async_trait]
impl Source for Once {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        Ok(self.0.take())
    }
}
