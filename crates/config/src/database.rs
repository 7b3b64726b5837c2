//! Which database holds the conversations.

mod url;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::Problem;
use crate::parse;
use crate::reader::Reader;
use crate::secret::Secret;
use crate::sources::Sources;

use url::DatabaseUrl;

/// The file of the SQLite database inside the data folder.
const SQLITE_FILE: &str = "antiphon.sqlite";
/// The two names of the key that says it all: Laravel's, and that of many hosters. The first that is set is read.
const URLS: [&str; 2] = ["DB_URL", "DATABASE_URL"];

/// The database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Database {
    /// One file, with its journal beside it.
    Sqlite {
        /// Inside the data folder.
        file: PathBuf,
    },
    /// A server.
    Postgres(Box<Postgres>),
}

/// A PostgreSQL server, and who asks it.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// A name, an address, or the folder of a Unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role.
    pub username: String,
    /// Its password.
    pub password: Option<Secret>,
    /// How connections are encrypted.
    pub ssl_mode: SslMode,
    /// A file of certificates that the server's is checked against.
    pub ssl_root_cert: Option<PathBuf>,
    /// The schema that holds the tables.
    pub search_path: Option<String>,
    /// `ANTIPHON_DB_CONNECTIONS`: the most connections of a process, besides two.
    pub connections: usize,
    /// `ANTIPHON_DB_TIMEOUT`: how long the server works on one statement.
    pub timeout: Duration,
    /// `ANTIPHON_DB_BACKUP`: whether a backup is made before an upgrade of the schema.
    pub backup: DatabaseBackup,
}

/// Whether a backup is made before an upgrade of the schema, by `pg_dump`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseBackup {
    /// Where there is a `pg_dump` that can.
    Auto,
    /// Always: without one there is no upgrade.
    On,
    /// Never.
    Off,
}

impl DatabaseBackup {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How a connection is encrypted, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// If the server can.
    Prefer,
    /// Always, whoever the server is.
    Require,
    /// Always, and the server proves its name.
    VerifyFull,
}

impl SslMode {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "disable" => Some(Self::Disable),
            "prefer" => Some(Self::Prefer),
            "require" => Some(Self::Require),
            "verify-full" => Some(Self::VerifyFull),
            _ => None,
        }
    }
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) fn read(reader: &mut Reader<'_>, data: &Path) -> Self {
        let chosen = reader.optional("DB_CONNECTION", |text| match text {
            "sqlite" => Some(Driver::Sqlite),
            "pgsql" => Some(Driver::Postgres),
            _ => None,
        });
        let [first, second] = URLS.map(|name| (name, reader.optional(name, DatabaseUrl::parse)));
        let server = Postgres::read(reader);
        let url = [first, second]
            .into_iter()
            .find_map(|(name, url)| url.map(|url| (name, url)));
        if let (Some(Driver::Sqlite), Some((name, _))) = (chosen, &url) {
            reader.problem(Problem::of_key(
                name,
                format!("{name} is a PostgreSQL server and DB_CONNECTION=sqlite is none: remove one of them"),
            ));
        }
        match (chosen, url) {
            (_, Some((_, url))) => Self::Postgres(Box::new(server.with(url))),
            (Some(Driver::Postgres), None) => Self::Postgres(Box::new(server)),
            (Some(Driver::Sqlite) | None, None) => Self::Sqlite {
                file: data.join(SQLITE_FILE),
            },
        }
    }
}

impl Postgres {
    /// The server of a URL, such as `postgres://user:password@host:5432/database?sslmode=require`, with the usual settings for what it
    /// leaves out. `None` for anything else.
    pub fn of_url(text: &str) -> Option<Self> {
        let url = DatabaseUrl::parse(text)?;
        let sources = Sources::new([]);
        Some(Self::read(&mut Reader::new(&sources)).with(url))
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            host: reader.value("DB_HOST", parse::text),
            port: reader.value("DB_PORT", parse::port),
            database: reader.value("DB_DATABASE", parse::text),
            username: reader.value("DB_USERNAME", parse::text),
            password: reader
                .optional("DB_PASSWORD", parse::secret)
                .map(Secret::new),
            ssl_mode: reader.value("DB_SSLMODE", SslMode::parse),
            ssl_root_cert: reader
                .optional("DB_SSLROOTCERT", parse::text)
                .map(PathBuf::from),
            search_path: reader.optional("DB_SEARCH_PATH", parse::text),
            connections: usize::try_from(reader.integer("ANTIPHON_DB_CONNECTIONS"))
                .unwrap_or(usize::MAX),
            timeout: Duration::from_secs(reader.integer("ANTIPHON_DB_TIMEOUT")),
            backup: reader.value("ANTIPHON_DB_BACKUP", DatabaseBackup::parse),
        }
    }

    /// With what the URL says in the place of what the keys say.
    fn with(self, url: DatabaseUrl) -> Self {
        Self {
            host: url.host.unwrap_or(self.host),
            port: url.port.unwrap_or(self.port),
            database: url.database.unwrap_or(self.database),
            username: url.username.unwrap_or(self.username),
            password: url.password.map(Secret::new).or(self.password),
            ssl_mode: url.ssl_mode.unwrap_or(self.ssl_mode),
            ssl_root_cert: url.ssl_root_cert.or(self.ssl_root_cert),
            search_path: url.search_path.or(self.search_path),
            ..self
        }
    }
}
