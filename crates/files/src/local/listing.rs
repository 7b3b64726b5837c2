//! What is in the folder: complete files page by page, and what is left of uploads that never ended.

use crate::disk::{found, modified, names};
use crate::store::StoredFile;
use antiphon_domain::{FileKey, Timestamp};
use std::io;
use std::path::Path;

/// Complete files with a larger key, in order. What is no file of ours is passed over.
pub(super) fn list(
    folder: &Path,
    after: Option<&FileKey>,
    limit: usize,
) -> io::Result<Vec<StoredFile>> {
    let mut shards = names(folder)?;
    shards.retain(|name| {
        let is_shard = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_shard && after.is_none_or(|after| name.as_str() >= &after.as_str()[..2])
    });
    let mut page = Vec::new();
    for shard in shards {
        let shard = folder.join(shard);
        for name in names(&shard)? {
            let Ok(key) = FileKey::parse(&name) else {
                continue;
            };
            if after.is_some_and(|after| key <= *after) {
                continue;
            }
            if page.len() == limit {
                return Ok(page);
            }
            // A file may go while the folder is read.
            if let Some(metadata) = found(std::fs::metadata(shard.join(name)))? {
                page.push(StoredFile {
                    key,
                    size: metadata.len(),
                    modified: modified(&metadata)?,
                });
            }
        }
    }
    Ok(page)
}

/// Removes files that were last written to before this.
pub(super) fn remove_older(folder: &Path, before: Timestamp) -> io::Result<u64> {
    let mut n_removed = 0;
    for name in names(folder)? {
        let path = folder.join(name);
        let Some(metadata) = found(std::fs::metadata(&path))? else {
            continue;
        };
        if modified(&metadata)? < before && found(std::fs::remove_file(&path))?.is_some() {
            n_removed += 1;
        }
    }
    Ok(n_removed)
}
