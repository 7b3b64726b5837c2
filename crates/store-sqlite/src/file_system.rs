//! What the store asks of the file system: files that only their owner reads, folders that are synced, and a local disk.

use crate::OpenError;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes an empty file that only its owner can read; answers false when there is one already.
///
/// A file that is there is not opened: closing any handle to a database gives up the locks that SQLite holds on it in this
/// process (POSIX `fcntl`).
pub(crate) fn create_private(path: &Path) -> Result<bool, OpenError> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_file) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(OpenError::system(path, error)),
    }
}

/// Makes a folder, and those above it, that only their owner can read.
pub(crate) fn create_private_folder(path: &Path) -> Result<(), OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| OpenError::system(path, error))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), OpenError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| OpenError::system(path, error))
}

/// Refuses a folder on a file system that is known to be remote.
#[cfg(target_os = "linux")]
pub(crate) fn refuse_network(folder: &Path) -> Result<(), OpenError> {
    let kind = magic(folder).map_err(|error| OpenError::system(folder, error))?;
    match network_name(kind) {
        Some(kind) => Err(OpenError::NetworkFileSystem {
            path: folder.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

/// Elsewhere nothing tells, and the folder is taken.
#[cfg(not(target_os = "linux"))]
pub(crate) fn refuse_network(_folder: &Path) -> Result<(), OpenError> {
    Ok(())
}

/// The name of a remote file system, by the number that statfs(2) gives it.
#[cfg(target_os = "linux")]
fn network_name(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517B => Some("SMB"),
        0xFE53_4D42 => Some("SMB2"),
        0xFF53_4D42 => Some("CIFS"),
        0x564C => Some("NCP"),
        0x5346_414F | 0x6B41_4653 => Some("AFS"),
        _ => None,
    }
}

#[cfg(target_os = "linux")]
fn magic(folder: &Path) -> std::io::Result<u32> {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
    let mut answer = std::mem::MaybeUninit::<libc::statfs>::uninit();
    #[expect(
        unsafe_code,
        reason = "the standard library does not tell a file system's type"
    )]
    // SAFETY: `name` ends in NUL and lives through the call; `answer` has room for what statfs writes, and is read only
    // after the call reported that it wrote it.
    let answer = unsafe {
        if libc::statfs(name.as_ptr(), answer.as_mut_ptr()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        answer.assume_init()
    };
    // The numbers are 32 bits wide; the field's type and sign differ by platform.
    Ok(answer.f_type as u32)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_local_folder_is_taken_and_a_missing_one_named() {
        let folder = tempfile::tempdir().unwrap();
        refuse_network(folder.path()).unwrap();
        let missing = folder.path().join("missing");
        let error = refuse_network(&missing).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }

    #[test]
    fn network_file_systems_are_known_by_number() {
        assert_eq!(network_name(libc::NFS_SUPER_MAGIC as u32), Some("NFS"));
        assert_eq!(network_name(libc::SMB_SUPER_MAGIC as u32), Some("SMB"));
        assert_eq!(network_name(libc::EXT4_SUPER_MAGIC as u32), None);
        assert_eq!(network_name(libc::TMPFS_MAGIC as u32), None);
    }

    #[test]
    fn a_private_file_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(create_private(&path).unwrap());
        assert!(!create_private(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
