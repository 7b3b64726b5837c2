//! What an error of PostgreSQL means: for the caller, and for the connection that met it.

use antiphon_store::StoreError;
use std::error::Error as StdError;
use tokio_postgres::error::SqlState;

/// What can go wrong between a use case and its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The driver's or the server's.
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// A value in a row that cannot be.
    #[error("{table}.{column} holds a value that cannot be")]
    Corrupt {
        table: &'static str,
        column: &'static str,
    },
    /// A row that the caller vouched for is not there.
    #[error("there is no such row: {0}")]
    Missing(&'static str),
    /// The server, or a free connection to it, did not come within its time.
    #[error("the database did not answer in time")]
    Late,
    /// There is no connection to be had.
    #[error("no connection to the database: {0}")]
    Connection(Box<dyn StdError + Send + Sync>),
    /// A follow-up or a use case panicked.
    #[error("a write panicked and was undone")]
    Panicked,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// The error of a row mapper that met a value that cannot be.
pub(crate) fn corrupt(table: &'static str, column: &'static str) -> Error {
    Error::Corrupt { table, column }
}

impl Error {
    /// Whether the connection is better made anew. One that only failed a statement is as before.
    pub(crate) fn breaks_connection(&self) -> bool {
        match self {
            Self::Postgres(error) => {
                !matches!(severity(error), Severity::Statement | Severity::Full)
            }
            Self::Late | Self::Connection(_) => true,
            Self::Corrupt { .. } | Self::Missing(_) | Self::Panicked => false,
        }
    }

    /// Whether it was met before the server can have seen anything, on a connection that had died unnoticed.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Postgres(error) => error.is_closed() || severity(error) == Severity::Ended,
            _ => false,
        }
    }

    /// The port's error.
    pub(crate) fn into_store_error(self) -> StoreError {
        match self {
            Self::Postgres(error) => match severity(&error) {
                Severity::Statement => StoreError::internal(error),
                Severity::Full => StoreError::Full,
                Severity::Ended | Severity::Unavailable => StoreError::Unavailable,
            },
            Self::Corrupt { table, column } => StoreError::Corrupt { table, column },
            Self::Late | Self::Connection(_) => StoreError::Unavailable,
            Self::Missing(_) | Self::Panicked => StoreError::internal(self),
        }
    }
}

/// What an error of the driver says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The statement failed; the connection is as before.
    Statement,
    /// No space left; the same write can succeed later.
    Full,
    /// The server ended the connection, or the network did.
    Ended,
    /// The server cannot do it now: it starts, is read-only, or was too slow.
    Unavailable,
}

/// Judges an error.
pub(crate) fn severity(error: &tokio_postgres::Error) -> Severity {
    let Some(state) = error.code() else {
        return if error.is_closed() || has_io(error) {
            Severity::Ended
        } else {
            Severity::Statement
        };
    };
    if *state == SqlState::DISK_FULL {
        return Severity::Full;
    }
    if [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(state)
    {
        return Severity::Ended;
    }
    if [
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        // Another statement of the same transaction failed before; the cause is in the log of the one that did.
        SqlState::IN_FAILED_SQL_TRANSACTION,
    ]
    .contains(state)
    {
        return Severity::Unavailable;
    }
    // By class: the connection, who may connect (a password that is being changed), resources, the operator, the system.
    match state.code().get(..2) {
        Some("08" | "28" | "53" | "57" | "58") => Severity::Unavailable,
        _ => Severity::Statement,
    }
}

fn has_io(error: &tokio_postgres::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}
