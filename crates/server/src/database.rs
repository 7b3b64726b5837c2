//! The database: which driver keeps the store, and what only a driver knows.

use crate::clock::SystemClock;
use crate::upgrade_backup::{self, Backup};
use antiphon_config::{Config, Database, Postgres, SslMode};
use antiphon_domain::Clock as _;
use antiphon_postgres::{Server, TlsMode};
use antiphon_store::Store;
use antiphon_store_postgres::{Options, PostgresStore, Upgrade};
use antiphon_store_sqlite::{OpenOptions, SqliteStore};
use anyhow::Context as _;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// An open database.
#[derive(Debug, Clone)]
pub(crate) enum Opened {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

/// What bringing it up to date did.
#[derive(Debug)]
pub(crate) struct Migrated {
    /// The schema before; 0 for a new database.
    pub(crate) from: i64,
    /// The schema now.
    pub(crate) to: i64,
    /// The copy that was made of the database before an upgrade, or why there is none.
    pub(crate) backup: Option<Backup>,
}

impl Opened {
    /// The store on it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::clone(store) as _,
            Self::Postgres(store) => Arc::clone(store) as _,
        }
    }

    /// Waits until it has failed for good, and says how. A server that is gone may come back, so that one never does.
    pub(crate) async fn failed(&self) -> Arc<str> {
        match self {
            Self::Sqlite(store) => store.failed().await,
            Self::Postgres(_) => std::future::pending().await,
        }
    }

    /// Finishes what waits, and ends. Blocks.
    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close(),
            Self::Postgres(store) => store.close(),
        }
    }
}

/// Opens the database, after bringing it up to date. Makes the data folder.
pub(crate) fn open(config: &Config) -> anyhow::Result<Opened> {
    let (opened, migrated) = open_and_migrate(config)?;
    let Migrated { from, to, backup } = &migrated;
    match backup {
        Some(Backup::Made(backup)) => {
            tracing::info!(from, to, backup = %backup.display(), "the database was upgraded");
        }
        Some(Backup::None(why)) => {
            tracing::warn!(
                from,
                to,
                "the database was upgraded without a backup: {why}"
            );
        }
        None => {}
    }
    Ok(opened)
}

/// Opens the database, and says what bringing it up to date did.
pub(crate) fn open_and_migrate(config: &Config) -> anyhow::Result<(Opened, Migrated)> {
    make_data_folder(config)?;
    match &config.database {
        Database::Sqlite { file } => {
            let (store, migrated) = SqliteStore::open_and_migrate(&OpenOptions::new(file))?;
            let migrated = Migrated {
                from: migrated.from,
                to: migrated.to,
                backup: migrated.backup.map(Backup::Made),
            };
            Ok((Opened::Sqlite(Arc::new(store)), migrated))
        }
        Database::Postgres(server) => {
            let made = Arc::new(OnceLock::new());
            let (tell, data, of) = (Arc::clone(&made), config.app.data.clone(), server.clone());
            let before = Box::new(move |upgrade: &Upgrade| {
                tracing::info!(
                    from = upgrade.from,
                    to = upgrade.to,
                    "the database is about to be upgraded"
                );
                let now_s = SystemClock.now().as_seconds();
                let _told = tell.set(upgrade_backup::make(&data, &of, upgrade, now_s)?);
                Ok(())
            });
            let (store, migrated) =
                PostgresStore::open_and_migrate_after(&postgres(server), before)?;
            let migrated = Migrated {
                from: migrated.from,
                to: migrated.to,
                backup: made.get().cloned(),
            };
            Ok((Opened::Postgres(Arc::new(store)), migrated))
        }
        other => anyhow::bail!("the database {other:?} is not supported"),
    }
}

/// What the driver for PostgreSQL is told.
pub(crate) fn postgres(server: &Postgres) -> Options {
    Options {
        connections: server.connections,
        ..Options::new(postgres_server(server))
    }
}

/// The server, for any driver.
pub(crate) fn postgres_server(server: &Postgres) -> Server {
    Server {
        port: server.port,
        password: server
            .password
            .as_ref()
            .map(|password| password.expose().to_owned()),
        tls: match server.ssl_mode {
            SslMode::Disable => TlsMode::Disable,
            SslMode::Prefer => TlsMode::Prefer,
            SslMode::Require => TlsMode::Require,
            SslMode::VerifyFull => TlsMode::VerifyFull,
        },
        root_certificates: server.ssl_root_cert.clone(),
        schema: server.search_path.clone(),
        statement_timeout: server.timeout,
        ..Server::new(&server.host, &server.database, &server.username)
    }
}

/// Makes the data folder, for this user alone, if there is none.
pub(crate) fn make_data_folder(config: &Config) -> anyhow::Result<()> {
    let data: &Path = &config.app.data;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| {
        format!(
            "cannot make the data folder {}: make it writable, or set ANTIPHON_DATA to another",
            data.display()
        )
    })
}
