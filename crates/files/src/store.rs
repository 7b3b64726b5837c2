//! The port: files by their random key, whole or not at all.

use antiphon_domain::{FileKey, Timestamp};
use bytes::Bytes;
use std::ops::Range;
use std::pin::Pin;
use tokio::io::AsyncRead;

/// Why a store of files could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The source stopped before its end; nothing is kept.
    #[error("the upload was stopped")]
    Stopped,
    /// There is no space, or less than is to be left free. The same file may be taken later.
    #[error("there is no space for files")]
    Full,
    /// The store does not answer. The same may work in a moment.
    #[error("the store of files cannot be reached")]
    Unreachable(#[source] std::io::Error),
    /// The store failed.
    #[error("the store of files failed")]
    Failed(#[source] std::io::Error),
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded => Self::Full,
            _ => Self::Failed(error),
        }
    }
}

/// A source stops: its upload was aborted or refused. Why, the source itself knows.
#[derive(Debug)]
pub struct Stop;

/// Where a file comes from.
#[async_trait::async_trait]
pub trait Source: Send {
    /// The next part, or `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop>;
}

/// A file that is being read.
pub struct FileBody {
    /// The bytes of the whole file, whatever the range.
    pub size: u64,
    /// The bytes that were asked for.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
}

impl std::fmt::Debug for FileBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileBody")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A file in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its key.
    pub key: FileKey,
    /// Bytes.
    pub size: u64,
    /// When it was complete.
    pub modified: Timestamp,
}

/// How a file is given out by others than this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handout {
    /// Its `Content-Type`.
    pub content_type: String,
    /// Its `Content-Disposition`.
    pub disposition: String,
    /// How long it may be fetched, in seconds.
    pub seconds: u64,
}

/// Where files are kept. A file never changes: a key is used once, and what is under it is complete and on disk.
#[async_trait::async_trait]
pub trait FileStore: Send + Sync + std::fmt::Debug {
    /// Keeps what the source gives, and answers its size. When it returns `Ok`, the file survives `kill -9` and a power cut;
    /// when it errs, there is nothing under the key. Dropped before it returns, it leaves nothing, or a file that pruning finds.
    async fn put(&self, key: &FileKey, source: &mut dyn Source) -> Result<u64, FileError>;
    /// Opens a file, or a part of it; a range that goes beyond the end is cut there. `None`: there is no such file.
    async fn get(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<FileBody>, FileError>;
    /// The size of a file. `None`: there is no such file.
    async fn size(&self, key: &FileKey) -> Result<Option<u64>, FileError>;
    /// Removes a file; one that is not there is removed already.
    async fn delete(&self, key: &FileKey) -> Result<(), FileError>;
    /// Removes a file that nobody will miss, where one cannot wait: does not block for long, and may leave it to be pruned.
    fn discard(&self, key: &FileKey);
    /// Files with a larger key, in the order of the keys, at most `limit`.
    async fn list(
        &self,
        after: Option<&FileKey>,
        limit: usize,
    ) -> Result<Vec<StoredFile>, FileError>;
    /// Removes what is left of uploads that were begun before this and not finished, and answers how many.
    async fn remove_unfinished(&self, begun_before: Timestamp) -> Result<u64, FileError>;
    /// An address at which the store itself gives out a file, with these headers and for so long, to whoever has it; not whether there
    /// is one. `None`: this store gives out nothing itself.
    async fn address(
        &self,
        _key: &FileKey,
        _handout: &Handout,
    ) -> Result<Option<String>, FileError> {
        Ok(None)
    }
}
