//! Migrations: numbered files, applied in order, each in a transaction of its own.
//!
//! `schema_migrations` says where a database stands, with the checksum of every file that was applied, so that an edited one is
//! found out. A database from a newer program is refused untouched, and so is one with tables of another program. Processes that
//! start at once take turns by an advisory lock. Names are those of the driver for SQLite, and so are numbers up to 18.
//!
//! A shipped file is never edited: a change is a new file. Each must leave the schema usable for the version before it: during an
//! upgrade its processes go on for a while.

use crate::connector::{Connector, Db};
use crate::failure::{Error, Result};
use crate::open_error::reason;
use crate::{OpenError, Options};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// One file of the migrations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// Every migration; the first is number 1.
pub(crate) const MIGRATIONS: &[Migration] = &[
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
        name: "quicker_search",
        sql: include_str!("migrations/0019_quicker_search.sql"),
    },
    Migration {
        name: "index_of_open",
        sql: include_str!("migrations/0020_index_of_open.sql"),
    },
];

/// The oldest server that has all that the statements use, and is still maintained.
const OLDEST_SERVER: u32 = 14;
/// The first half of the advisory lock's number, "ANTI" in ASCII; the second is the schema.
const LOCK: i32 = 0x414E_5449;
/// Tables whose presence in a schema without our migrations means that it is somebody else's. Laravel has a `jobs`, too.
const TABLES: [&str; 6] = [
    "counters",
    "widgets",
    "agents",
    "conversations",
    "messages",
    "jobs",
];

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema before; 0 for a new database.
    pub from: i64,
    /// The schema now.
    pub to: i64,
}

/// A migration that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The schema that holds the tables.
    pub namespace: String,
    /// The version of the server, such as 17.
    pub server: u32,
    /// The schema before; at least 1.
    pub from: i64,
    /// The schema after.
    pub to: i64,
}

/// What is done before a migration, such as a backup. Its error, in words for a person, keeps the migration from happening.
pub type BeforeMigration = Box<dyn FnOnce(&Upgrade) -> std::result::Result<(), String> + Send>;

/// Brings the database to this program's schema. Safe beside running servers and beside other processes that do the same.
pub(crate) async fn migrate(
    db: Db<'_>,
    options: &Options,
    migrations: &[Migration],
    before: BeforeMigration,
) -> std::result::Result<Migrated, OpenError> {
    let place = options.server.place();
    let failed = |error: Error| OpenError::at(&place, &error);
    let schema = check_server(db).await.map_err(failed)??;
    // Another process may be at it for long, and a migration of much data takes as long as it takes.
    db.script("SET statement_timeout = 0")
        .await
        .map_err(failed)?;
    db.rows(
        "SELECT pg_advisory_lock($1, hashtext($2))",
        &[&LOCK, &schema],
    )
    .await
    .map_err(failed)?;
    let migrated = locked(db, &schema, options, migrations, before).await;
    // The connection ends with this, and would give the lock back by itself.
    let _unlocked = db
        .rows(
            "SELECT pg_advisory_unlock($1, hashtext($2))",
            &[&LOCK, &schema],
        )
        .await;
    migrated
}

/// What a database looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its schema; 0 for one that was not filled yet.
    pub schema: i64,
    /// The schema of this program.
    pub known: i64,
    /// Its size in bytes, with whatever else is in it.
    pub bytes: i64,
    /// The server's version.
    pub version: String,
    /// Whether the connection is inside TLS.
    pub encrypted: bool,
}

/// Looks at the database, and changes nothing. Blocks, also inside a runtime.
///
/// # Errors
/// As opening it, but for an older schema.
pub fn examine(options: &Options) -> std::result::Result<Examined, OpenError> {
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(look_at(options))
        });
        looking
            .join()
            .unwrap_or_else(|_| Err(std::io::Error::other("it panicked").into()))
    })
}

async fn look_at(options: &Options) -> std::result::Result<Examined, OpenError> {
    let failed = |error: Error| OpenError::at(&options.server.place(), &error);
    let client = Connector::new(options)?.client().await.map_err(failed)?;
    let db = Db(&client);
    let schema = check_server(db).await.map_err(failed)??;
    let found = standing(db, &schema, MIGRATIONS).await.map_err(failed)??;
    let row = db
        .one(
            "the server's figures",
            "SELECT pg_database_size(current_database()), current_setting('server_version'),
                 coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE)",
            &[],
        )
        .await
        .map_err(failed)?;
    let figures = || -> Result<Examined> {
        Ok(Examined {
            schema: found,
            known: latest(MIGRATIONS),
            bytes: row.try_get(0)?,
            version: row.try_get(1)?,
            encrypted: row.try_get(2)?,
        })
    };
    figures().map_err(failed)
}

/// Refuses a database of any other schema than this program's.
pub(crate) async fn require_current(
    db: Db<'_>,
    options: &Options,
) -> std::result::Result<(), OpenError> {
    let failed = |error: Error| OpenError::at(&options.server.place(), &error);
    let schema = check_server(db).await.map_err(failed)??;
    let found = standing(db, &schema, MIGRATIONS).await.map_err(failed)??;
    let known = latest(MIGRATIONS);
    if found < known {
        return Err(OpenError::OlderSchema { found, known });
    }
    Ok(())
}

async fn locked(
    db: Db<'_>,
    schema: &str,
    options: &Options,
    migrations: &[Migration],
    before: BeforeMigration,
) -> std::result::Result<Migrated, OpenError> {
    let place = options.server.place();
    let failed = |error: Error| OpenError::at(&place, &error);
    let from = standing(db, schema, migrations).await.map_err(failed)??;
    let to = latest(migrations);
    if from > 0 && from < to {
        let number: i64 = db
            .one(
                "the server's version",
                "SELECT current_setting('server_version_num')::bigint",
                &[],
            )
            .await
            .and_then(|row| Ok(row.try_get(0)?))
            .map_err(failed)?;
        before(&Upgrade {
            namespace: schema.to_owned(),
            server: u32::try_from(number / 10_000).unwrap_or_default(),
            from,
            to,
        })
        .map_err(OpenError::Before)?;
    }
    for (version, migration) in (1..)
        .zip(migrations)
        .skip_while(|(version, _)| *version <= from)
    {
        apply(db, version, migration)
            .await
            .map_err(|error| OpenError::Migration {
                version,
                reason: reason(&error),
            })?;
        tracing::info!(version, name = migration.name, "migrated the database");
    }
    Ok(Migrated { from, to })
}

/// Refuses a server that cannot keep the store's promises; answers the schema that holds the tables.
async fn check_server(db: Db<'_>) -> Result<std::result::Result<String, OpenError>> {
    let row = db
        .one(
            "the server's settings",
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'),
                 current_setting('server_encoding'), current_schema()::text",
            &[],
        )
        .await?;
    let (number, version): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    if number < i64::from(OLDEST_SERVER) * 10_000 {
        return Ok(Err(OpenError::OldServer {
            found: version,
            needed: OLDEST_SERVER,
        }));
    }
    let found: String = row.try_get(2)?;
    if found != "UTF8" {
        return Ok(Err(OpenError::Encoding { found }));
    }
    Ok(row
        .try_get::<_, Option<String>>(3)?
        .ok_or(OpenError::NoSchema))
}

/// The database's schema, once it is one of ours up to there.
async fn standing(
    db: Db<'_>,
    schema: &str,
    migrations: &[Migration],
) -> Result<std::result::Result<i64, OpenError>> {
    let has_ours = db
        .one(
            "the table of migrations",
            "SELECT EXISTS (
                 SELECT 1 FROM information_schema.columns
                 WHERE table_schema = $1 AND table_name = 'schema_migrations' AND column_name = 'checksum'
             )",
            &[&schema],
        )
        .await?
        .try_get::<_, bool>(0)?;
    if !has_ours {
        let foreign = db
            .optional(
                "SELECT table_name::text FROM information_schema.tables
                 WHERE table_schema = $1 AND (table_name = 'schema_migrations' OR table_name = ANY ($2)) LIMIT 1",
                &[&schema, &TABLES.as_slice()],
            )
            .await?;
        return Ok(match foreign {
            Some(row) => Err(OpenError::Foreign {
                schema: schema.to_owned(),
                table: row.try_get(0)?,
            }),
            None => Ok(0),
        });
    }
    let applied = db
        .rows(
            "SELECT version, checksum FROM schema_migrations ORDER BY version",
            &[],
        )
        .await?;
    let (found, known) = (applied.len() as i64, latest(migrations));
    if found > known {
        return Ok(Err(OpenError::NewerSchema { found, known }));
    }
    for ((version, migration), row) in (1..).zip(migrations).zip(&applied) {
        let as_applied: (i64, &str) = (row.try_get(0)?, row.try_get(1)?);
        if as_applied != (version, checksum(migration.sql).as_str()) {
            return Ok(Err(OpenError::ForeignMigration { version }));
        }
    }
    Ok(Ok(found))
}

async fn apply(db: Db<'_>, version: i64, migration: &Migration) -> Result<()> {
    let applied = async {
        db.script(
            "BEGIN;
             CREATE TABLE IF NOT EXISTS schema_migrations (
                 version    BIGINT PRIMARY KEY,
                 name       TEXT NOT NULL,
                 checksum   TEXT NOT NULL,
                 applied_at BIGINT NOT NULL
             )",
        )
        .await?;
        db.script(migration.sql).await?;
        db.execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at)
             VALUES ($1, $2, $3, (extract(epoch FROM now()) * 1000000)::bigint)",
            &[&version, &migration.name, &checksum(migration.sql)],
        )
        .await?;
        db.script("COMMIT").await
    };
    let applied = applied.await;
    if applied.is_err() {
        // Should this fail, the connection is gone, and the transaction with it.
        let _undone = db.script("ROLLBACK").await;
    }
    applied
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
