//! A whole database in one file, as it was at one moment: what a backup holds.

use crate::connection::{open_for_reading, schema_version};
use crate::failure::corrupt;
use crate::{OpenError, OpenOptions, file_system};
use antiphon_domain::FileKey;
use rusqlite::{Connection, params};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A copy that nobody writes to.
#[derive(Debug)]
pub struct Snapshot {
    connection: Connection,
    path: PathBuf,
    schema: i64,
}

impl Snapshot {
    /// Copies the database, beside a running server or without one, to a new file that only its owner can read. Blocks.
    pub fn take(options: &OpenOptions, to: &Path) -> Result<Self, OpenError> {
        let connection = open_for_reading(&options.path)?;
        // It is refused as a change of the database, which it is not; the file is open for reading only.
        connection
            .pragma_update(None, "query_only", false)
            .map_err(|error| OpenError::sqlite(&options.path, error))?;
        if !file_system::create_private(to)? {
            let exists = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(OpenError::system(to, exists));
        }
        copy_to(&connection, &options.path, to)?;
        Self::open(to)
    }

    /// Opens one that was taken, by this version of the program or an earlier one.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = open_for_reading(path)?;
        let schema = schema_version(&connection).map_err(|error| OpenError::sqlite(path, error))?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            schema,
        })
    }

    /// The schema of what it holds.
    pub fn schema(&self) -> i64 {
        self.schema
    }

    /// The keys of all files that messages name, in order: the next `limit` after a key.
    pub fn files(&self, after: Option<&FileKey>, limit: u32) -> Result<Vec<FileKey>, OpenError> {
        self.read_files(after.map_or("", FileKey::as_str), limit)
            .map_err(|error| OpenError::sqlite(&self.path, error))
    }

    fn read_files(&self, after: &str, limit: u32) -> rusqlite::Result<Vec<FileKey>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT file_key FROM attachments WHERE file_key > ?1
             UNION ALL SELECT thumbnail_key FROM attachments WHERE thumbnail_key > ?1
             ORDER BY 1 LIMIT ?2",
        )?;
        let keys = statement.query_map(params![after, limit], |row| {
            FileKey::parse(row.get_ref(0)?.as_str()?)
                .map_err(|_| corrupt("attachments", "file_key"))
        })?;
        keys.collect()
    }
}

/// Copies a database, complete and durable, into an empty file. If it fails, the file is gone: half a copy must not be taken for one.
pub(crate) fn copy_to(connection: &Connection, from: &Path, to: &Path) -> Result<(), OpenError> {
    // SQLite takes the name as text; one that is not UTF-8 is refused by the conversion to a parameter.
    let copied = connection
        .execute("VACUUM INTO ?1", [to.to_str()])
        .map_err(|error| OpenError::sqlite(from, error))
        .and_then(|_| {
            File::open(to)
                .and_then(|file| file.sync_all())
                .map_err(|error| OpenError::system(to, error))
        })
        .and_then(|()| file_system::sync_folder(file_system::folder_of(to)));
    copied.inspect_err(|_| drop(std::fs::remove_file(to)))
}
