//! What the folders of files have in common: private, durable, and with some space left on their disk.

use crate::store::FileError;
use antiphon_domain::Timestamp;
use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// How many bytes are written between two looks at the free space.
pub(crate) const LOOK_EVERY: u64 = 8 * 1024 * 1024;

/// Errs if less than this is free on the folder's disk.
pub(crate) async fn check_space(folder: &Path, min_free_bytes: u64) -> Result<(), FileError> {
    let folder = folder.to_owned();
    let free = blocking(move || {
        let disk = rustix::fs::statvfs(&folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    })
    .await?;
    if free < min_free_bytes {
        return Err(FileError::Full);
    }
    Ok(())
}

pub(crate) fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}

/// Makes a folder that only its owner can read. Answers whether it was made.
pub(crate) fn private_folder(path: &Path) -> io::Result<bool> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The names in a folder that are text, sorted; none if there is no such folder.
pub(crate) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().into_string().ok()))
        .filter_map(io::Result::transpose)
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

pub(crate) fn modified(metadata: &Metadata) -> io::Result<Timestamp> {
    let since = metadata.modified()?.duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |since| since.as_micros());
    Ok(Timestamp::from_micros(
        i64::try_from(micros).unwrap_or(i64::MAX),
    ))
}
