//! A look at a database from outside, for whoever asks whether all is well. Changes nothing, and works beside a running server.

use crate::connection::{open_for_reading, schema_version};
use crate::migrate::known_schema;
use crate::{OpenError, OpenOptions};
use rusqlite::Connection;
use std::path::Path;

/// Up to which size a database is read whole: about a second of reading per gigabyte, during which a server's readers compete with it.
const CHECKED_BYTES: u64 = 2 << 30;

/// How many of the faults in a damaged database are told.
const FAULTS: usize = 5;

/// What a database looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its schema.
    pub schema: i64,
    /// The schema of this program.
    pub known: i64,
    /// Its size in bytes, without what still is in the write-ahead log.
    pub bytes: u64,
    /// Whether its pages and indexes fit together.
    pub integrity: Integrity,
}

/// Whether a database is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// It is not.
    Sound,
    /// It is, in this way.
    Damaged(Vec<String>),
    /// It is larger than what is read whole.
    TooLarge,
}

/// Looks at the database. `None`: there is none yet.
///
/// # Errors
/// When it cannot be read, or is none of ours.
pub fn examine(options: &OpenOptions) -> Result<Option<Examined>, OpenError> {
    let path = &options.path;
    let sqlite = |error| OpenError::sqlite(path, error);
    if !path
        .try_exists()
        .map_err(|error| OpenError::system(path, error))?
    {
        return Ok(None);
    }
    let connection = open_for_reading(path)?;
    let schema = schema_version(&connection).map_err(sqlite)?;
    let bytes = size(path)?;
    let integrity = match bytes <= CHECKED_BYTES {
        true => check(&connection).map_err(sqlite)?,
        false => Integrity::TooLarge,
    };
    Ok(Some(Examined {
        schema,
        known: known_schema(),
        bytes,
        integrity,
    }))
}

fn size(path: &Path) -> Result<u64, OpenError> {
    let found = std::fs::metadata(path);
    found
        .map(|found| found.len())
        .map_err(|error| OpenError::system(path, error))
}

fn check(connection: &Connection) -> rusqlite::Result<Integrity> {
    let mut statement = connection.prepare("PRAGMA quick_check(5)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let faults: Vec<String> = rows.take(FAULTS).collect::<Result<_, _>>()?;
    Ok(match faults.iter().all(|fault| fault == "ok") {
        true => Integrity::Sound,
        false => Integrity::Damaged(faults),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqliteStore;

    #[test]
    fn a_database_is_looked_at_while_it_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("a.sqlite"));
        assert_eq!(examine(&options).unwrap(), None);
        let (_store, migrated) = SqliteStore::open_and_migrate(&options).unwrap();
        let examined = examine(&options).unwrap().unwrap();
        assert_eq!(
            (examined.schema, examined.known),
            (migrated.to, migrated.to)
        );
        assert_eq!(examined.integrity, Integrity::Sound);
    }

    #[test]
    fn damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("a.sqlite"));
        SqliteStore::open_and_migrate(&options).unwrap().0.close();
        let mut bytes = std::fs::read(&options.path).unwrap();
        // The pages behind the first one, which still says what kind of file it is.
        bytes[4096..].fill(0xa5);
        std::fs::write(&options.path, bytes).unwrap();
        let found = examine(&options);
        let is_found = match &found {
            Ok(Some(examined)) => matches!(examined.integrity, Integrity::Damaged(_)),
            Ok(None) => false,
            Err(_) => true,
        };
        assert!(is_found, "{found:?}");
    }
}
