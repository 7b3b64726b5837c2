//! Whether the bucket can be used: something is put, read and removed again, and uploads are listed.

use crate::failure::Fault;
use crate::store::S3Files;
use antiphon_domain::{FileKey, Timestamp};
use antiphon_files::{FileError, FileStore as _, Source, Stop};
use bytes::Bytes;
use std::fmt;
use tokio::io::AsyncReadExt as _;

/// What the probe holds.
const CONTENT: &[u8] = b"antiphon";

/// What was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `s3:PutObject`.
    Put,
    /// `s3:GetObject`.
    Get,
    /// `s3:DeleteObject`.
    Delete,
    /// `s3:ListBucket`.
    List,
    /// `s3:ListBucketMultipartUploads` and `s3:AbortMultipartUpload`.
    Unfinished,
}

impl Step {
    /// The permissions that it needs.
    pub fn permission(self) -> &'static str {
        match self {
            Self::Put => "s3:PutObject",
            Self::Get => "s3:GetObject",
            Self::Delete => "s3:DeleteObject",
            Self::List => "s3:ListBucket",
            Self::Unfinished => "s3:ListBucketMultipartUploads, s3:AbortMultipartUpload",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put => "nothing can be put into the bucket",
            Self::Get => "nothing can be read from the bucket",
            Self::Delete => "nothing can be removed from the bucket",
            Self::List => "the bucket cannot be listed",
            Self::Unfinished => "unfinished uploads cannot be listed",
        })
    }
}

/// What failed, and why.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {fault}")]
pub struct ProbeError {
    /// What was tried.
    pub step: Step,
    /// Why it failed.
    pub fault: Fault,
}

struct Probe(Option<Bytes>);

#[async_trait::async_trait]
impl Source for Probe {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        Ok(self.0.take())
    }
}

impl S3Files {
    /// Puts, reads and removes a file under this key, which must be new, and lists.
    ///
    /// # Errors
    /// The first that failed.
    pub async fn probe(&self, key: &FileKey) -> Result<(), ProbeError> {
        let at = |step| {
            move |error: FileError| ProbeError {
                step,
                fault: fault(&error),
            }
        };
        let mut content = Probe(Some(Bytes::from_static(CONTENT)));
        self.put(key, &mut content).await.map_err(at(Step::Put))?;
        let read = self.read_probe(key).await;
        let deleted = self.delete(key).await;
        match read.map_err(at(Step::Get))? {
            Some(content) if content == CONTENT => {}
            other => {
                let what = other.map_or("it is not there", |_| "it holds something else");
                return Err(ProbeError {
                    step: Step::Get,
                    fault: Fault::Refused(format!("what was put is not what is read: {what}")),
                });
            }
        }
        deleted.map_err(at(Step::Delete))?;
        self.list(None, 1).await.map_err(at(Step::List))?;
        let long_ago = Timestamp::from_micros(0);
        let unfinished = self.remove_unfinished(long_ago).await;
        unfinished.map_err(at(Step::Unfinished))?;
        Ok(())
    }

    async fn read_probe(&self, key: &FileKey) -> Result<Option<Vec<u8>>, FileError> {
        let Some(mut body) = self.get(key, None).await? else {
            return Ok(None);
        };
        let mut read = Vec::new();
        body.reader.read_to_end(&mut read).await?;
        Ok(Some(read))
    }
}

fn fault(error: &FileError) -> Fault {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        // What stands inside of an `io::Error` is not its source, but has one.
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    match error {
        FileError::Full => Fault::Full("no space".to_owned()),
        error => Fault::Refused(error.to_string()),
    }
}
