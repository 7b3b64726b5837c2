//! Why a database cannot be opened, in one line that a person can act on.

use crate::failure::Error;
use tokio_postgres::error::SqlState;

/// A database that cannot be opened or migrated. Nothing was damaged by trying.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The server cannot be reached, or does not let the role in.
    #[error("cannot open the database {place}: {reason}")]
    Unreachable {
        /// Which, without the password.
        place: String,
        /// What the server, or the system, says.
        reason: String,
    },
    /// The certificates for TLS are not usable.
    #[error("cannot use TLS for the database: {0}")]
    Tls(#[from] antiphon_postgres::TlsError),
    /// The server is too old.
    #[error(
        "the database server has version {found}, and Antiphon needs PostgreSQL {needed} or newer"
    )]
    OldServer {
        /// Its version.
        found: String,
        /// The oldest that works.
        needed: u32,
    },
    /// Text would not come back as it was.
    #[error("the database has the encoding {found}: make one with UTF8")]
    Encoding {
        /// Its encoding.
        found: String,
    },
    /// The schema has tables of another program.
    #[error(
        "the schema {schema} already has a table `{table}` that is not Antiphon's: give Antiphon a database of its own, or a schema with DB_SEARCH_PATH"
    )]
    Foreign {
        /// The schema.
        schema: String,
        /// The table.
        table: String,
    },
    /// There is no such schema, or the role must not use it.
    #[error("the database has no schema to make tables in: make the one that DB_SEARCH_PATH names")]
    NoSchema,
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
    /// A migration failed and was undone.
    #[error("migration {version} failed and was undone: {reason}")]
    Migration {
        /// Its number.
        version: i64,
        /// What the server says.
        reason: String,
    },
    /// What was to be done before a migration failed; nothing was migrated. Carries why.
    #[error("{0}")]
    Before(String),
    /// The system gave no thread.
    #[error("cannot start the database's thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl OpenError {
    /// Says what an error at opening means.
    pub(crate) fn at(place: &str, error: &Error) -> Self {
        Self::Unreachable {
            place: place.to_owned(),
            reason: reason(error),
        }
    }
}

/// What went wrong, with what to do where that is known.
pub(crate) fn reason(error: &Error) -> String {
    let Error::Postgres(error) = error else {
        return error.to_string();
    };
    if let Some(said) = error.as_db_error() {
        let hint = match said.code() {
            code if *code == SqlState::INVALID_CATALOG_NAME => ": make it with `createdb`",
            code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                ": the role must be able to make tables there"
            }
            code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
                ": it is read-only, perhaps a replica"
            }
            _ => "",
        };
        return format!("{}{hint}", said.message());
    }
    // The driver's own text names the step; the source says why it failed.
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
