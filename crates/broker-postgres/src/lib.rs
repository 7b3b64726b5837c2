//! The log of a cluster in PostgreSQL 14 or newer: rows of a table, for a few nodes that have a database and no Redis.
//!
//! An entry is appended by one statement under a lock of its log, so numbers appear in their order and without gaps; `place.sql` has
//! it, with the tables, which the driver makes by itself. A notification carries the number of each new entry and nothing else, since
//! it may not be long; whoever hears of it reads the rows behind its position. The tables are unlogged: after a crash of the
//! database, or a change to another server, the log begins anew. Reading waits on a connection of its own. A connection that has
//! failed, or did not answer in time, is given up; the next call makes a new one.

#![warn(missing_docs)]

mod examine;
mod session;

pub use examine::Examined;

use antiphon_postgres::{Connector, Server, TlsError};
use antiphon_realtime::broker::{Appended, Broker, BrokerError, Kept, LogState, Reading};
use async_trait::async_trait;
use session::{Commands, Reader, failed, too_late, unexpected};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_postgres::Error;
use tokio_postgres::types::Type;

/// How long the server may take to accept a connection. Above the time of a round trip around the world.
const CONNECT: Duration = Duration::from_secs(1);
/// How long the server may take to answer, beyond the time that it was asked to wait. What takes longer is worse than no log:
/// everybody waits for it.
const ANSWER: Duration = Duration::from_millis(1_500);
/// The most values that a starting node is given: as many as an application may remember by default, and as many as `place.sql` keeps.
const MAX_KEPT: i64 = 100_000;
/// Under this name the sessions stand in the server's list.
const SESSION: &str = "antiphon broker";
/// The tables are small at one moment and large at the next, and a plan that reads a whole one would be kept for both.
const SETTINGS: [(&str, &str); 3] = [
    ("enable_seqscan", "off"),
    ("jit", "off"),
    // Whatever is written here may be lost by a crash.
    ("synchronous_commit", "off"),
];

/// A log in a schema of a database.
pub struct PostgresBroker {
    connector: Connector,
    log: String,
    /// For everything but reading.
    commands: Mutex<Option<Commands>>,
    /// For reading, which may wait.
    reads: Mutex<Option<Reader>>,
    /// Below this entry this process has removed all, so that it does not look for them again among dead rows.
    trimmed: AtomicU64,
}

impl PostgresBroker {
    /// The log of this name in the database. The timeouts of `server` are not looked at: a log has its own. Does not connect.
    ///
    /// # Errors
    /// The certificates cannot be used.
    pub fn new(server: &Server, log: &str) -> Result<Self, TlsError> {
        let server = Server {
            statement_timeout: ANSWER,
            connect_timeout: CONNECT,
            ..server.clone()
        };
        Ok(Self {
            connector: Connector::new(&server, SESSION, &SETTINGS)?,
            log: log.to_owned(),
            commands: Mutex::default(),
            reads: Mutex::default(),
            trimmed: AtomicU64::new(0),
        })
    }

    /// Asks on the connection for commands, which is made if need be, and given up on any failure.
    async fn command<T>(
        &self,
        ask: impl AsyncFnOnce(&Commands) -> Result<T, Error>,
    ) -> Result<T, BrokerError> {
        // Taken out: whatever ends this call early leaves none behind that has an answer under way.
        let connection = self.commands.lock().await.take();
        let connection = match connection {
            Some(connection) => connection,
            None => Commands::connect(&self.connector).await?,
        };
        match tokio::time::timeout(ANSWER, ask(&connection)).await {
            Ok(Ok(answer)) => {
                *self.commands.lock().await = Some(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(too_late()),
        }
    }
}

#[async_trait]
impl Broker for PostgresBroker {
    async fn open(&self, new_epoch: u32) -> Result<LogState, BrokerError> {
        let epoch = i64::from(new_epoch);
        let ask = async |commands: &Commands| {
            let params = [(&self.log as _, Type::TEXT), (&epoch as _, Type::INT8)];
            let sql =
                "INSERT INTO broker_logs_1 (log, epoch) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            commands.client().query_typed(sql, &params).await?;
            let sql = "SELECT (SELECT epoch FROM broker_logs_1 WHERE log = $1),
                              coalesce((SELECT min(number) FROM broker_entries_1 WHERE log = $1), 0),
                              coalesce((SELECT max(number) FROM broker_entries_1 WHERE log = $1), 0)";
            let rows = commands.client().query_typed(sql, &params[..1]).await?;
            let row = rows.first();
            row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
                .transpose()
        };
        let found: Option<(Option<i64>, i64, i64)> = self.command(ask).await?;
        let (epoch, first, last) = found.ok_or_else(unexpected)?;
        let state = LogState {
            // Somebody who empties the tables at this moment is met again at the next attempt.
            epoch: epoch
                .and_then(|epoch| u32::try_from(epoch).ok())
                .ok_or_else(unexpected)?,
            first: number(first)?,
            last: number(last)?,
        };
        self.trimmed.store(state.first, Ordering::Relaxed);
        Ok(state)
    }

    async fn append(
        &self,
        entry: &[u8],
        trim_below: u64,
        kept: &[Kept],
    ) -> Result<Appended, BrokerError> {
        let trimmed = self.trimmed.load(Ordering::Relaxed);
        let (from, below) = (signed(trimmed), signed(trim_below));
        let names: Vec<&str> = kept.iter().map(|kept| &*kept.name).collect();
        let contents: Vec<&[u8]> = kept.iter().map(|kept| &*kept.value).collect();
        let ends = kept.iter().map(|kept| signed(kept.until_unix_ms));
        let ends: Vec<i64> = ends.collect();
        let ask = async |commands: &Commands| {
            let params: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
                [&self.log, &entry, &from, &below, &names, &contents, &ends];
            let row = commands.append(&params).await?;
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        let (appended, epoch): (i64, Option<i64>) = self.command(ask).await?;
        self.trimmed.fetch_max(trim_below, Ordering::Relaxed);
        Ok(Appended {
            number: number(appended)?,
            epoch: epoch.and_then(|epoch| u32::try_from(epoch).ok()),
        })
    }

    async fn read(&self, after: u64, wait: Duration) -> Result<Reading, BrokerError> {
        let reader = self.reads.lock().await.take();
        let mut reader = match reader {
            Some(reader) => reader,
            None => Reader::connect(&self.connector, &self.log).await?,
        };
        let reading = reader.read(signed(after), wait);
        let Ok(entries) = tokio::time::timeout(wait + ANSWER, reading).await else {
            return Err(too_late());
        };
        let entries = entries?;
        *self.reads.lock().await = Some(reader);
        match entries.first() {
            Some(entry) if entry.number != after + 1 => Ok(Reading::Gap),
            _ => Ok(Reading::Entries(entries)),
        }
    }

    async fn claim(&self, name: &str, for_how_long: Duration) -> Result<bool, BrokerError> {
        let ms = i64::try_from(for_how_long.as_millis().max(1)).unwrap_or(i64::MAX);
        let ask = async |commands: &Commands| {
            let sql = "INSERT INTO broker_claims_1 (log, name, until)
                       VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
                       ON CONFLICT (log, name) DO UPDATE SET until = excluded.until
                       WHERE broker_claims_1.until <= clock_timestamp() RETURNING 1";
            let params = [
                (&self.log as _, Type::TEXT),
                (&name as _, Type::TEXT),
                (&ms as _, Type::INT8),
            ];
            let rows = commands.client().query_typed(sql, &params).await?;
            Ok(!rows.is_empty())
        };
        self.command(ask).await
    }

    async fn kept(&self, now_unix_ms: u64) -> Result<Vec<Kept>, BrokerError> {
        let now_ms = signed(now_unix_ms);
        let ask = async |commands: &Commands| {
            let sql = "SELECT name, content, until_unix_ms FROM broker_kept_1
                       WHERE log = $1 AND until_unix_ms > $2 ORDER BY until_unix_ms DESC LIMIT $3";
            let params = [
                (&self.log as _, Type::TEXT),
                (&now_ms as _, Type::INT8),
                (&MAX_KEPT as _, Type::INT8),
            ];
            let rows = commands.client().query_typed(sql, &params).await?;
            let kept = |row: &tokio_postgres::Row| {
                Ok(Kept {
                    name: row.try_get(0)?,
                    value: row.try_get(1)?,
                    until_unix_ms: row.try_get::<_, i64>(2)?.unsigned_abs(),
                })
            };
            rows.iter().rev().map(kept).collect()
        };
        self.command(ask).await
    }
}

impl fmt::Debug for PostgresBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBroker")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// A number as the server has it. None gets near the end of either.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn number(number: i64) -> Result<u64, BrokerError> {
    u64::try_from(number).map_err(|_| unexpected())
}
