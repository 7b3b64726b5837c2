//! Migrations: numbered files, applied in order, each in a transaction of its own.
//!
//! `PRAGMA user_version` says where a database stands, and `schema_migrations` keeps the checksum of every file that was
//! applied, so that an edited one is found out. Before an upgrade the whole database is copied to the backup folder. A database
//! from a newer program is refused untouched. Processes that start at once take turns by a lock on the database's folder.
//!
//! A shipped file is never edited: a change is a new file.

use crate::connection::{APPLICATION_ID, open_for_writing, schema_version};
use crate::snapshot::copy_to;
use crate::{OpenError, OpenOptions, file_system};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};

/// One file of the migrations.
#[derive(Debug, Clone, Copy)]
struct Migration {
    name: &'static str,
    sql: &'static str,
}

/// Every migration; the first is number 1.
const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "initial",
        sql: include_str!("migrations/0001_initial.sql"),
    },
    Migration {
        name: "jobs",
        sql: include_str!("migrations/0002_jobs.sql"),
    },
    Migration {
        name: "attachments",
        sql: include_str!("migrations/0003_attachments.sql"),
    },
    Migration {
        name: "visitors",
        sql: include_str!("migrations/0004_visitors.sql"),
    },
    Migration {
        name: "describing",
        sql: include_str!("migrations/0005_describing.sql"),
    },
    Migration {
        name: "delivered",
        sql: include_str!("migrations/0006_delivered.sql"),
    },
    Migration {
        name: "quick_replies",
        sql: include_str!("migrations/0007_quick_replies.sql"),
    },
    Migration {
        name: "jobs_by_age",
        sql: include_str!("migrations/0008_jobs_by_age.sql"),
    },
    Migration {
        name: "people",
        sql: include_str!("migrations/0009_people.sql"),
    },
    Migration {
        name: "desk",
        sql: include_str!("migrations/0010_desk.sql"),
    },
    Migration {
        name: "triage",
        sql: include_str!("migrations/0011_triage.sql"),
    },
    Migration {
        name: "search",
        sql: include_str!("migrations/0012_search.sql"),
    },
    Migration {
        name: "webhooks",
        sql: include_str!("migrations/0013_webhooks.sql"),
    },
    Migration {
        name: "widgets",
        sql: include_str!("migrations/0014_widgets.sql"),
    },
    Migration {
        name: "routing",
        sql: include_str!("migrations/0015_routing.sql"),
    },
    Migration {
        name: "privacy",
        sql: include_str!("migrations/0016_privacy.sql"),
    },
    Migration {
        name: "reports",
        sql: include_str!("migrations/0017_reports.sql"),
    },
    Migration {
        name: "web_push",
        sql: include_str!("migrations/0018_web_push.sql"),
    },
    Migration {
        name: "index_of_open",
        sql: include_str!("migrations/0019_index_of_open.sql"),
    },
];

/// What a migration did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The schema before; 0 for a new database.
    pub from: i64,
    /// The schema now.
    pub to: i64,
    /// The copy that was made of the database before.
    pub backup: Option<PathBuf>,
}

/// Brings the database to this program's schema, and makes it if there is none. Blocks; safe beside a running server and
/// beside other processes that do the same.
pub fn migrate(options: &OpenOptions) -> Result<Migrated, OpenError> {
    migrate_with(&options.path, &options.backup_dir, MIGRATIONS)
}

/// The same, to an earlier schema than this program's.
pub(crate) fn migrate_up_to(options: &OpenOptions, schema: i64) -> Result<Migrated, OpenError> {
    let migrations = usize::try_from(schema)
        .ok()
        .and_then(|n| MIGRATIONS.get(..n));
    let migrations = migrations.ok_or(OpenError::NewerSchema {
        found: schema,
        known: latest(MIGRATIONS),
    })?;
    migrate_with(&options.path, &options.backup_dir, migrations)
}

/// Refuses a database of any other schema than this program's.
pub(crate) fn require_current(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let found = check(connection, path, MIGRATIONS)?;
    let known = latest(MIGRATIONS);
    if found < known {
        Err(OpenError::OlderSchema { found, known })
    } else {
        Ok(())
    }
}

fn migrate_with(
    path: &Path,
    backup_dir: &Path,
    migrations: &[Migration],
) -> Result<Migrated, OpenError> {
    let sqlite = |error| OpenError::sqlite(path, error);
    let folder = file_system::folder_of(path);
    let turn = File::open(folder).and_then(|handle| handle.lock().map(|()| handle));
    let _turn = turn.map_err(|error| OpenError::system(folder, error))?;

    let mut connection = open_for_writing(path)?;
    let from = check(&connection, path, migrations)?;
    let to = latest(migrations);
    if from == to {
        return Ok(Migrated {
            from,
            to,
            backup: None,
        });
    }
    let backup = if from > 0 {
        Some(back_up(&connection, path, backup_dir, from)?)
    } else {
        None
    };

    // A migration may rebuild a table that others refer to; the references are checked before its commit instead.
    connection
        .pragma_update(None, "foreign_keys", false)
        .map_err(sqlite)?;
    for (version, migration) in (1..)
        .zip(migrations)
        .skip_while(|(version, _)| *version <= from)
    {
        apply(&mut connection, version, migration).map_err(sqlite)?;
        tracing::info!(version, name = migration.name, "migrated the database");
    }
    drop(connection);
    file_system::sync_folder(folder)?;
    Ok(Migrated { from, to, backup })
}

/// The database's schema, once it is one of ours up to there.
fn check(connection: &Connection, path: &Path, migrations: &[Migration]) -> Result<i64, OpenError> {
    let sqlite = |error| OpenError::sqlite(path, error);
    let found = schema_version(connection).map_err(sqlite)?;
    let known = latest(migrations);
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    if found > 0 {
        let mut statement = connection
            .prepare("SELECT checksum FROM schema_migrations WHERE version = ?1")
            .map_err(sqlite)?;
        for (version, migration) in (1..=found).zip(migrations) {
            let applied: Option<String> = statement
                .query_row([version], |row| row.get(0))
                .optional()
                .map_err(sqlite)?;
            if applied.as_deref() != Some(checksum(migration.sql).as_str()) {
                return Err(OpenError::ForeignMigration { version });
            }
        }
    }
    Ok(found)
}

fn apply(connection: &mut Connection, version: i64, migration: &Migration) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
            version    INTEGER PRIMARY KEY,
            name       TEXT NOT NULL,
            checksum   TEXT NOT NULL,
            applied_at INTEGER NOT NULL
        ) STRICT",
    )?;
    transaction.execute_batch(migration.sql)?;
    refuse_broken_references(&transaction)?;
    transaction.execute(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, unixepoch() * 1000000)",
        params![version, migration.name, checksum(migration.sql)],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

fn refuse_broken_references(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let n_broken: i64 =
        transaction.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })?;
    if n_broken == 0 {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
    Err(rusqlite::Error::SqliteFailure(
        code,
        Some(format!(
            "the migration would leave {n_broken} broken references"
        )),
    ))
}

/// Copies the database, complete and durable, to a new file in the backup folder.
fn back_up(
    connection: &Connection,
    path: &Path,
    backup_dir: &Path,
    version: i64,
) -> Result<PathBuf, OpenError> {
    file_system::create_private_folder(backup_dir)?;
    let now: i64 = connection
        .query_row("SELECT unixepoch()", [], |row| row.get(0))
        .map_err(|error| OpenError::sqlite(path, error))?;
    let name = format!("antiphon-v{version}-{now}");
    let mut copy = backup_dir.join(format!("{name}.sqlite"));
    let mut n_taken = 1;
    // VACUUM INTO fills an empty file as well as a new one; making it first decides who may read it.
    while !file_system::create_private(&copy)? {
        n_taken += 1;
        copy = backup_dir.join(format!("{name}-{n_taken}.sqlite"));
    }
    copy_to(connection, path, &copy)?;
    Ok(copy)
}

/// The schema of this program.
pub(crate) fn known_schema() -> i64 {
    latest(MIGRATIONS)
}

fn latest(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).expect("migrations are few")
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
}

#[cfg(test)]
mod tests;
