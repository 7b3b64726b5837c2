//! The table of jobs, by the back door: no command makes a job that cannot be done.

use antiphon_testkit::Postgres;
use anyhow::{Context as _, Result};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long the poisoner waits for the database's lock; `serve` holds it for milliseconds, unless it is frozen.
const DATABASE_PATIENCE: Duration = Duration::from_secs(10);

const UNKNOWN_KIND: &str = "chaos.of_another_version";
const BROADCAST_KIND: &str = "broadcast.reverb";

/// Where the jobs are.
#[derive(Debug)]
pub(crate) enum Jobs {
    /// In this file of SQLite's.
    Sqlite(PathBuf),
    /// There, past everything that is broken on the way.
    Postgres(Arc<Postgres>),
}

impl Jobs {
    /// Puts two jobs among the others that nobody can do: one of a kind that nobody knows, and a broadcast that makes no sense, in a
    /// conversation's lane, where the conversation's broadcasts wait behind it.
    pub(crate) fn poison(&self, conversation_id: i64) -> Result<()> {
        let sql = format!(
            "INSERT INTO jobs (queue, kind, payload, run_at, attempts, max_attempts, lane, created_at) VALUES
             ('default', '{UNKNOWN_KIND}', '{{}}', 1, 0, 3, NULL, 1),
             ('broadcast', '{BROADCAST_KIND}', '{{\"poison\":true}}', 1, 0, 3, '{BROADCAST_KIND}:{conversation_id}', 1)"
        );
        match self {
            Self::Sqlite(path) => {
                open(path)?.execute(&sql, [])?;
            }
            Self::Postgres(place) => {
                place.run(&sql);
            }
        }
        Ok(())
    }

    /// How many broadcasts wait or run, and how many were given up.
    pub(crate) fn waiting_and_dead(&self) -> Result<(i64, i64)> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE died_at IS NULL) || ' ' || count(died_at) FROM jobs WHERE kind = '{BROADCAST_KIND}'"
        );
        let counts = match self {
            Self::Sqlite(path) => open(path)?.query_row(&sql, [], |row| row.get::<_, String>(0))?,
            Self::Postgres(place) => place.run(&sql).pop().unwrap_or_default(),
        };
        let (waiting, dead) = counts.split_once(' ').context("there are no counts")?;
        Ok((waiting.parse()?, dead.parse()?))
    }
}

fn open(path: &PathBuf) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(DATABASE_PATIENCE)?;
    Ok(connection)
}
