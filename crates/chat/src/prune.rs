//! Files that no message names are removed: what uploads left that were cut short.

use crate::describe::failed;
use crate::{Chat, ChatError};

/// Younger files are left alone: their messages may be on the way. Twice as long as any upload may take.
const GRACE_SECONDS: i64 = 7200;
/// Files that are looked at together.
const PAGE: usize = 500;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Complete files that no message names.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Beginnings of files that never came to their end.
    pub unfinished: u64,
    /// Files that messages name, or that are too young to tell.
    pub kept: u64,
}

impl Chat {
    /// Removes files in several requests that took too long, or were left unposted, and answers how many.
    pub async fn sweep_uploads(&self) -> Result<u64, ChatError> {
        let now = self.ports.clock.now();
        self.ports.partials.sweep(now).await.map_err(failed)
    }

    /// Removes what nothing names, beside a running server or without one.
    pub async fn prune_files(&self) -> Result<Pruned, ChatError> {
        let (files, store) = (&self.ports.files, &self.ports.store);
        let before = self.ports.clock.now().plus_seconds(-GRACE_SECONDS);
        let unfinished = files.remove_unfinished(before).await.map_err(failed)?;
        let mut pruned = Pruned {
            unfinished: unfinished + self.sweep_uploads().await?,
            ..Pruned::default()
        };
        let mut after = None;
        loop {
            let page = files.list(after.as_ref(), PAGE).await.map_err(failed)?;
            let Some(last) = page.last() else {
                return Ok(pruned);
            };
            after = Some(last.key.clone());
            let old: Vec<_> = page
                .iter()
                .filter(|file| file.modified < before)
                .map(|file| file.key.clone())
                .collect();
            let unknown = store.unknown_files(old).await?;
            pruned.kept += (page.len() - unknown.len()) as u64;
            for key in unknown {
                files.delete(&key).await.map_err(failed)?;
                pruned.files += 1;
                pruned.bytes += page
                    .iter()
                    .find(|file| file.key == key)
                    .map_or(0, |file| file.size);
            }
        }
    }
}
