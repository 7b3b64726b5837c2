//! Why a database cannot be opened, in one line that a person can act on.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// A database that cannot be opened or migrated. Nothing was damaged by trying.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or written to.
    #[error("cannot write to {}: {source}", path.display())]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is on a file system whose locks cannot be relied on.
    #[error("{} is on a network file system ({kind}), where SQLite's locks cannot be relied on: use a local disk", path.display())]
    NetworkFileSystem {
        /// The folder.
        path: PathBuf,
        /// The file system's name.
        kind: &'static str,
    },
    /// A later version of the program has migrated the database.
    #[error(
        "the database has schema {found} but this program knows schemas up to {known}: run a newer version of the program"
    )]
    NewerSchema {
        /// The database's.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The database is not migrated.
    #[error(
        "the database has schema {found} and this program needs schema {known}: run `antiphon migrate`"
    )]
    OlderSchema {
        /// The database's, 0 for an empty one.
        found: i64,
        /// The one this program needs.
        known: i64,
    },
    /// The database was migrated by a file that differs from the one this program has.
    #[error(
        "migration {version} of the database is not the one this program knows: it was made by a modified build"
    )]
    ForeignMigration {
        /// Its number.
        version: i64,
    },
    /// The file is no SQLite database, or one of another program.
    #[error("{} is not a database of Antiphon: move it away, or choose another folder", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// SQLite finds the file malformed.
    #[error("the database {} is damaged ({detail}): restore a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// Another process holds the database for longer than the busy timeout.
    #[error("another process holds the database {}: stop it, or wait until it is done", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// There is no space left.
    #[error("the disk that holds {} is full: free some space", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot open the database {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// Says what an SQLite error at opening means.
    pub(crate) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                detail: error.to_string(),
            },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                Self::NotWritable {
                    path,
                    source: std::io::Error::other(error),
                }
            }
            _ => Self::Io {
                path,
                source: error.into(),
            },
        }
    }

    /// Says what a system error at opening means.
    pub(crate) fn system(path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path },
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory => Self::NotWritable {
                path,
                source: error,
            },
            _ => Self::Io {
                path,
                source: error.into(),
            },
        }
    }
}
