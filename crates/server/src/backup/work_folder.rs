//! A folder for what is only needed until the command ends.

use anyhow::Context as _;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Is removed when it is dropped; one that a killed command left is removed by the next of the same kind and process id.
#[derive(Debug)]
pub(super) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Makes it in this folder, which is made too, for this user alone.
    pub(super) fn make(within: &Path, purpose: &str) -> anyhow::Result<Self> {
        let path = within.join(format!(".{purpose}-{}", std::process::id()));
        let explain = || format!("cannot make the folder {}", path.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(within)
            .with_context(explain)?;
        if path.exists() {
            std::fs::remove_dir_all(&path).with_context(explain)?;
        }
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(explain)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
