//! A folder for what is only needed until the command ends.

use anyhow::Context as _;
use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The file in it that its command has locked, for as long as that runs, however it ends.
const LOCK: &str = "lock";

/// Is removed when it is dropped; what a killed command left is removed by the next of the same purpose.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    path: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Makes it in this folder, which must be there, for this user alone.
    pub(crate) fn make(within: &Path, purpose: &str) -> anyhow::Result<Self> {
        let prefix = format!(".{purpose}-");
        let path = within.join(format!("{prefix}{}", std::process::id()));
        let explain = || format!("cannot make the folder {}", path.display());
        // One at a time, so that nobody takes for left behind what is only not locked yet.
        let turn = File::open(within).and_then(|folder| folder.lock().map(|()| folder));
        let _turn = turn.with_context(explain)?;
        remove_left_behind(within, &prefix).with_context(explain)?;
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(explain)?;
        let lock = File::create(path.join(LOCK))
            .and_then(|lock| lock.lock().map(|()| lock))
            .with_context(explain)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.path));
    }
}

fn remove_left_behind(within: &Path, prefix: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(within)? {
        let entry = entry?;
        let is_ours = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(prefix));
        if !is_ours {
            continue;
        }
        let is_used = match File::open(entry.path().join(LOCK)) {
            Ok(lock) => matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        };
        if !is_used {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a folder, and those above it, for this user alone.
pub(crate) fn make_private(path: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_command_left_is_removed_and_what_another_uses_is_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        };
        let (left, others) = (folder(".backup-1"), folder(".restore-1"));
        std::fs::write(left.join("half"), b"a database").unwrap();
        std::fs::write(left.join(LOCK), b"").unwrap();
        let used = folder(".backup-2");
        let lock = File::create(used.join(LOCK)).unwrap();
        lock.lock().unwrap();

        let work = WorkFolder::make(place.path(), "backup").unwrap();
        assert!(!left.exists() && used.exists() && others.exists());
        let path = work.path("anything");
        drop(work);
        assert!(!path.parent().unwrap().exists());
    }
}
