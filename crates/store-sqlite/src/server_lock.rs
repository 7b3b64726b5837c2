//! One server for one data folder.
//!
//! SQLite lets several processes write, and the commands of the CLI rely on it. Two *servers* would each keep their own
//! sockets, and half of what one commits would never reach the other's visitors; this lock stops the second at its start.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The lock's name in the data folder. The file stays when the lock is given up: removing it would race with the next server.
const FILE: &str = "antiphon.lock";

/// The right to be the server of a data folder, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another server has it.
    #[error("another antiphon server{} is running on the data folder {}: stop it, or choose another folder", process(*pid), folder.display())]
    Held {
        /// The data folder.
        folder: PathBuf,
        /// The other server's process id, when the file tells.
        pid: Option<u32>,
    },
    /// The lock's file cannot be made or locked.
    #[error("cannot lock {}: {source}", path.display())]
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl ServerLock {
    /// Takes the lock of a data folder, which must be there, without waiting.
    pub fn acquire(data_dir: &Path) -> Result<Self, LockError> {
        let path = data_dir.join(FILE);
        let io = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who it is only makes the message better.
                let pid = file
                    .read_to_string(&mut text)
                    .ok()
                    .and_then(|_| text.trim().parse().ok());
                return Err(LockError::Held {
                    folder: data_dir.to_owned(),
                    pid,
                });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io)?;
        Ok(Self { _file: file })
    }
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_is_told_who_has_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let lock = ServerLock::acquire(folder.path()).unwrap();
        let error = ServerLock::acquire(folder.path()).unwrap_err();
        assert!(
            matches!(error, LockError::Held { pid: Some(pid), .. } if pid == std::process::id()),
            "{error}"
        );
        drop(lock);
        ServerLock::acquire(folder.path()).unwrap();
    }

    #[test]
    fn a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = ServerLock::acquire(&folder.path().join("missing")).unwrap_err();
        assert!(
            error.to_string().contains("missing/antiphon.lock"),
            "{error}"
        );
    }
}
