//! Where a server is, and who asks it.

use std::path::PathBuf;
use std::time::Duration;

/// How a connection is encrypted, in the words of `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    Disable,
    /// If the server can, whoever it is.
    Prefer,
    /// Always, whoever the server is: safe from those who listen, not from those who answer in its place.
    Require,
    /// Always, and the server proves its name by a certificate.
    VerifyFull,
}

/// A database on a server, and who asks it.
#[derive(Clone)]
pub struct Server {
    /// A name, an address, or the folder of a Unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database. It must be there.
    pub database: String,
    /// The role. It must be able to make tables in the schema.
    pub user: String,
    /// Its password, if it has one.
    pub password: Option<String>,
    /// How connections are encrypted.
    pub tls: TlsMode,
    /// A file of certificates in PEM that the server's is checked against, instead of the system's.
    pub root_certificates: Option<PathBuf>,
    /// The schema that holds the tables, instead of the role's own or `public`. It must be there.
    pub schema: Option<String>,
    /// How long the server works on one statement, locks included, before it gives up.
    pub statement_timeout: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
}

impl Server {
    /// The slowest statement of any driver takes milliseconds; what takes seconds hangs.
    pub const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
    /// Enough for a server on another continent.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

    /// The usual settings: port 5432, TLS if there is any.
    pub fn new(
        host: impl Into<String>,
        database: impl Into<String>,
        user: impl Into<String>,
    ) -> Self {
        Self {
            host: host.into(),
            port: 5432,
            database: database.into(),
            user: user.into(),
            password: None,
            tls: TlsMode::Prefer,
            root_certificates: None,
            schema: None,
            statement_timeout: Self::DEFAULT_STATEMENT_TIMEOUT,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
        }
    }

    /// The server and the database, for messages: never the password.
    pub fn place(&self) -> String {
        format!(
            "{} at {}:{} (as {})",
            self.database, self.host, self.port, self.user
        )
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("place", &self.place())
            .field("tls", &self.tls)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
