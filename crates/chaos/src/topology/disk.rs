//! A disk that is small enough to be filled: a folder in memory, where this process may mount one.

use anyhow::{Context as _, Result, bail};
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Room for a long run's messages, small enough to be filled at once.
const SIZE: &str = "size=192m";
const FILLER: &str = "filler";
/// What is written at once.
const PIECE_BYTES: usize = 1 << 16;

/// A mounted disk. Unmounted when it is dropped.
#[derive(Debug)]
pub(super) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one; that takes the right to.
    pub(super) fn mount() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", SIZE, "antiphon-chaos"])
            .arg(folder.path());
        let output = mount.output().context("there is no mount")?;
        if !output.status.success() {
            bail!("a small disk may not be mounted here");
        }
        Ok(Self { folder })
    }

    /// Its root.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the space that is left.
    pub(super) fn fill(&self) -> Result<()> {
        let mut filler = File::create(self.filler())?;
        let piece = vec![0; PIECE_BYTES];
        loop {
            match filler.write(&piece) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error).context("cannot fill the disk"),
            }
        }
    }

    /// Gives the space back.
    pub(super) fn empty(&self) -> Result<()> {
        std::fs::remove_file(self.filler()).context("cannot empty the disk")
    }

    fn filler(&self) -> PathBuf {
        self.path().join(FILLER)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that is only just dying does not keep it.
        let _unmounted = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_nothing_until_it_is_emptied() {
        // Not everybody may mount; the suite says so and leaves the fault out.
        let Ok(disk) = SmallDisk::mount() else { return };
        let file = disk.path().join("file");
        disk.fill().unwrap();
        let refused = std::fs::write(&file, vec![1; 1 << 20]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StorageFull);
        disk.empty().unwrap();
        std::fs::write(&file, vec![1; 1 << 20]).unwrap();
    }
}
