//! Files in a folder of this machine.
//!
//! An upload is written to `incoming/`, synced, and then renamed to its place, so that a file under its key is complete
//! whatever kills the process. Files are spread over 256 folders by the first two digits of their keys. The folder keeps as
//! much space free as it is told: the database that lives beside it needs some to go on.

mod listing;

use crate::disk::{LOOK_EVERY, blocking, check_space, found, private_folder, sync_folder};
use crate::store::{FileBody, FileError, FileStore, Source, StoredFile};
use antiphon_domain::{FileKey, Timestamp};
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

/// Where uploads are until they are complete.
const INCOMING: &str = "incoming";

/// Keeps files in a folder.
#[derive(Debug, Clone)]
pub struct LocalFiles {
    folder: PathBuf,
    min_free_bytes: u64,
}

impl LocalFiles {
    /// Keeps files in this folder, which is made if it is missing, and refuses them once less than `min_free_bytes` of its
    /// disk would be left. Blocks.
    pub fn open(folder: impl Into<PathBuf>, min_free_bytes: u64) -> io::Result<Self> {
        let folder = folder.into();
        private_folder(&folder)?;
        private_folder(&folder.join(INCOMING))?;
        Ok(Self {
            folder,
            min_free_bytes,
        })
    }

    fn shard(&self, key: &FileKey) -> PathBuf {
        self.folder.join(&key.as_str()[..2])
    }

    fn path(&self, key: &FileKey) -> PathBuf {
        self.shard(key).join(key.as_str())
    }
}

#[async_trait::async_trait]
impl FileStore for LocalFiles {
    async fn put(&self, key: &FileKey, source: &mut dyn Source) -> Result<u64, FileError> {
        check_space(&self.folder, self.min_free_bytes).await?;
        let incoming = Incoming(self.folder.join(INCOMING).join(key.as_str()));
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&incoming.0).await?;
        let (mut size, mut unlooked) = (0_u64, 0_u64);
        while let Some(chunk) = source.chunk().await.map_err(|_stop| FileError::Stopped)? {
            file.write_all(&chunk).await?;
            size += chunk.len() as u64;
            unlooked += chunk.len() as u64;
            if unlooked > LOOK_EVERY {
                check_space(&self.folder, self.min_free_bytes).await?;
                unlooked = 0;
            }
        }
        file.flush().await?;
        file.sync_all().await?;
        drop(file);
        let (folder, shard, place) = (self.folder.clone(), self.shard(key), self.path(key));
        blocking(move || {
            if private_folder(&shard)? {
                sync_folder(&folder)?;
            }
            std::fs::rename(&incoming.0, &place)?;
            sync_folder(&shard).inspect_err(|_| drop(std::fs::remove_file(&place)))
        })
        .await?;
        Ok(size)
    }

    async fn get(
        &self,
        key: &FileKey,
        range: Option<Range<u64>>,
    ) -> Result<Option<FileBody>, FileError> {
        let Some(mut file) = found(tokio::fs::File::open(self.path(key)).await)? else {
            return Ok(None);
        };
        let size = file.metadata().await?.len();
        let range = range.unwrap_or(0..size);
        let (start, end) = (range.start.min(size), range.end.min(size));
        if start > 0 {
            file.seek(SeekFrom::Start(start)).await?;
        }
        Ok(Some(FileBody {
            size,
            reader: Box::pin(file.take(end.saturating_sub(start))),
        }))
    }

    async fn size(&self, key: &FileKey) -> Result<Option<u64>, FileError> {
        Ok(found(tokio::fs::metadata(self.path(key)).await)?.map(|metadata| metadata.len()))
    }

    async fn delete(&self, key: &FileKey) -> Result<(), FileError> {
        found(tokio::fs::remove_file(self.path(key)).await)?;
        Ok(())
    }

    fn discard(&self, key: &FileKey) {
        // What cannot be removed now is found by the next pruning.
        drop(std::fs::remove_file(self.path(key)));
    }

    async fn list(
        &self,
        after: Option<&FileKey>,
        limit: usize,
    ) -> Result<Vec<StoredFile>, FileError> {
        let (folder, after) = (self.folder.clone(), after.cloned());
        Ok(blocking(move || listing::list(&folder, after.as_ref(), limit)).await?)
    }

    async fn remove_unfinished(&self, begun_before: Timestamp) -> Result<u64, FileError> {
        let incoming = self.folder.join(INCOMING);
        Ok(blocking(move || listing::remove_older(&incoming, begun_before)).await?)
    }
}

/// An upload's file until it is complete: removed on drop, unless it was renamed by then.
struct Incoming(PathBuf);

impl Drop for Incoming {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stop;
    use bytes::Bytes;

    struct Bytes3(u8);

    #[async_trait::async_trait]
    impl Source for Bytes3 {
        async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
            self.0 += 1;
            Ok((self.0 <= 3).then(|| Bytes::from_static(b"abc")))
        }
    }

    #[tokio::test]
    async fn a_disk_with_too_little_space_takes_no_file_and_keeps_none() {
        let folder = tempfile::tempdir().unwrap();
        let files = LocalFiles::open(folder.path().join("files"), u64::MAX).unwrap();
        let put = files
            .put(&FileKey::from_random(&[1; 16]), &mut Bytes3(0))
            .await;
        assert!(matches!(put, Err(FileError::Full)), "{put:?}");
        assert!(files.list(None, 10).await.unwrap().is_empty());
        let left = std::fs::read_dir(folder.path().join("files/incoming"));
        assert_eq!(left.unwrap().count(), 0);
    }

    #[tokio::test]
    async fn only_the_owner_can_read_the_files() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let files = LocalFiles::open(folder.path().join("files"), 0).unwrap();
        let key = FileKey::from_random(&[0xab; 16]);
        assert_eq!(files.put(&key, &mut Bytes3(0)).await.unwrap(), 9);
        for (path, mode) in [("files", 0o700), ("files/ab", 0o700)] {
            let metadata = std::fs::metadata(folder.path().join(path)).unwrap();
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path}");
        }
        let file = std::fs::metadata(files.path(&key)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
