//! Connections to the database, with the settings that the store's promises rest on.

use crate::search::add_functions;
use crate::{OpenError, file_system};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a connection waits for another process, such as a command of the CLI, before it gives up.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept by each connection; more than the store has.
const STATEMENTS: usize = 128;
/// Marks the file as ours: "ANTI" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x414E_5449;

/// Settings of every connection. The cache is 20 MB.
const COMMON: &str = "
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -20000;
    PRAGMA trusted_schema = OFF;
";

/// Settings of a connection that writes. With a write-ahead log, FULL syncs at every commit; a log of 4,000 pages (16 MB) is
/// moved into the file even if the writer is never idle, and is cut to 64 MB should a long read have let it grow. What is deleted is
/// overwritten with zeros, wherever in the file it was: somebody may have asked for it to be gone.
const WRITING: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
";

/// Opens the file for writing, and makes it if there is none. Refuses a file that is not ours.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, OpenError> {
    file_system::refuse_network(file_system::folder_of(path))?;
    file_system::create_private(path)?;
    let sqlite = |error| OpenError::sqlite(path, error);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(sqlite)? {
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        return Err(OpenError::NotWritable {
            path: path.to_owned(),
            source,
        });
    }
    refuse_foreign(&connection, path)?;
    let journal: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(sqlite)?;
    if journal != "wal" {
        let source =
            format!("the file system allows no write-ahead log (journal mode {journal})").into();
        return Err(OpenError::Io {
            path: path.to_owned(),
            source,
        });
    }
    connection.execute_batch(WRITING).map_err(sqlite)?;
    Ok(connection)
}

/// Opens the file for reading only. A writer must have opened it before.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, OpenError> {
    let sqlite = |error| OpenError::sqlite(path, error);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(sqlite)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(sqlite)?;
    Ok(connection)
}

/// The schema's number; 0 for an empty file.
pub(crate) fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn open(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection belongs to one thread, so SQLite need not guard it.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it a statement is planned anew for each other value that is bound, since the planner's samples may speak for
    // another plan then: that took longer than most statements do.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(COMMON)?;
    add_functions(&connection)?;
    Ok(connection)
}

/// A file without our mark is taken only if it is empty.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::sqlite(path, error);
    let mark: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(sqlite)?;
    if mark == APPLICATION_ID {
        return Ok(());
    }
    let n_tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(sqlite)?;
    if mark == 0 && n_tables == 0 {
        Ok(())
    } else {
        Err(OpenError::NotADatabase {
            path: path.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_commit_is_synced_and_a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite");
        let writer = open_for_writing(&path).unwrap();
        let setting = |name: &str| {
            writer
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .unwrap()
        };
        let journal: String = writer
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(journal, "wal");
        assert_eq!(
            (
                setting("synchronous"),
                setting("foreign_keys"),
                setting("secure_delete"),
                setting("trusted_schema")
            ),
            (2, 1, 1, 0)
        );

        writer
            .execute_batch("CREATE TABLE notes (text TEXT)")
            .unwrap();
        let reader = open_for_reading(&path).unwrap();
        reader.execute_batch("DROP TABLE notes").unwrap_err();
    }

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_for_writing(&folder.path().join("test.sqlite")).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE notes (author INTEGER, day INTEGER);
                 CREATE INDEX notes_by_author ON notes (author);
                 CREATE INDEX notes_by_day ON notes (day);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                 INSERT INTO notes SELECT i % 7, i / 300 FROM n;
                 ANALYZE;",
            )
            .unwrap();
        let sql = "SELECT count(*) FROM notes WHERE author = ?1 AND day > ?2";
        let mut statement = connection.prepare(sql).unwrap();
        for number in 0..5 {
            let found = statement.query_row([number, number], |row| row.get::<_, i64>(0));
            found.unwrap();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }

    #[test]
    fn sqlite_has_the_fix_of_its_log() {
        // Earlier ones can lose a commit when the log is reset (3.7.0 to 3.51.2).
        assert!(
            rusqlite::version_number() >= 3_051_003,
            "{}",
            rusqlite::version()
        );
    }
}
