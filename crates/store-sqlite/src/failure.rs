//! What an SQLite error means: for the caller, and for the writer that met it.

use antiphon_store::StoreError;
use rusqlite::{ErrorCode, ffi};

/// A value in a row that cannot be. Travels inside `rusqlite::Error` so that row mappers stay plain.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} holds a value that cannot be")]
struct CorruptValue {
    table: &'static str,
    column: &'static str,
}

/// The error of a row mapper that met a value that cannot be.
pub(crate) fn corrupt(table: &'static str, column: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        0,
        rusqlite::types::Type::Null,
        Box::new(CorruptValue { table, column }),
    )
}

/// What the store can do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The statement failed; the store is as before.
    Statement,
    /// Another process holds the database.
    Busy,
    /// No space left; the same write can succeed later.
    Full,
    /// The file can no longer be trusted or reached: an fsync that failed once may have lost pages that the kernel
    /// reports as written. (A damaged page is not here: it fails the statements that meet it, and the rest is readable.)
    Fatal,
}

/// Judges an error.
pub(crate) fn severity(error: &rusqlite::Error) -> Severity {
    let Some(code) = error.sqlite_error() else {
        return Severity::Statement;
    };
    match code.code {
        ErrorCode::DiskFull => Severity::Full,
        // The WAL's index cannot grow: the same lack of space by another name.
        ErrorCode::SystemIoFailure if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE => {
            Severity::Full
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Severity::Busy,
        ErrorCode::SystemIoFailure | ErrorCode::NotADatabase => Severity::Fatal,
        _ => Severity::Statement,
    }
}

/// The port's error for one of SQLite's.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    match severity(&error) {
        Severity::Full => StoreError::Full,
        Severity::Busy => StoreError::Unavailable,
        Severity::Statement | Severity::Fatal => match error {
            rusqlite::Error::FromSqlConversionFailure(index, kind, source) => {
                match source.downcast::<CorruptValue>() {
                    Ok(value) => StoreError::Corrupt {
                        table: value.table,
                        column: value.column,
                    },
                    Err(source) => StoreError::internal(rusqlite::Error::FromSqlConversionFailure(
                        index, kind, source,
                    )),
                }
            }
            error => StoreError::internal(error),
        },
    }
}
