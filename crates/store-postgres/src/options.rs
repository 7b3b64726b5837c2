//! Where the database is, and how much may wait for it.

use antiphon_postgres::Server;

/// Where the database is, who asks, and how much may wait.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server, and the role, which must be able to make tables.
    pub server: Server,
    /// The most connections besides the two of the writer and the listener. At least one.
    pub connections: usize,
    /// The most writes, and as many reads, that may wait. One more answers `Unavailable` at once.
    pub queue: usize,
}

impl Options {
    /// Connections of the pool: a chat's reads take well under a millisecond, so ten carry thousands in a second, and a few processes
    /// stay far below the 100 that a server allows.
    pub const DEFAULT_CONNECTIONS: usize = 10;
    /// Whoever waits behind more than this is better told to come back.
    pub const DEFAULT_QUEUE: usize = 4096;

    /// The usual settings.
    pub fn new(server: Server) -> Self {
        Self {
            server,
            connections: Self::DEFAULT_CONNECTIONS,
            queue: Self::DEFAULT_QUEUE,
        }
    }
}
