//! The two connections of a node: one for what it says, one for what it hears.

use crate::ANSWER;
use antiphon_postgres::Connector;
use antiphon_realtime::broker::{BrokerError, LogEntry};
use std::error::Error as _;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Notification, Row, Statement};

/// The most entries of one reading: they are applied in one go, and hold up everything else of the cluster meanwhile.
const READ_ENTRIES: i64 = 64;
/// Notifications on their way to the one who only remembers the last of them.
const NOTIFICATIONS: usize = 64;
/// How long the server may take to make the tables, once in a cluster's life: it syncs a file for each of them and their indexes.
const MAKE: Duration = Duration::from_secs(10);
/// Makes the tables, unless they are there.
const PLACE: &str = include_str!("place.sql");
/// Several nodes that start at once take turns. In a transaction of its own, so that none of it is there without the rest.
const TAKE_TURNS: &str =
    "BEGIN; SELECT pg_advisory_xact_lock(1095652418, hashtext(current_schema()));";

/// A connection, which ends with this.
pub(crate) struct Session {
    pub(crate) client: Client,
    driving: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        // A server that does not answer would be waited for.
        self.driving.abort();
    }
}

impl Session {
    /// A connection to whatever is there.
    pub(crate) async fn connect(
        connector: &Connector,
        tell: Option<mpsc::Sender<Notification>>,
    ) -> Result<Self, BrokerError> {
        let (client, driving) = in_time(ANSWER, connector.connect(tell)).await?;
        Ok(Self { client, driving })
    }

    /// Makes the tables if there are none.
    async fn prepare(&self) -> Result<(), BrokerError> {
        if in_time(ANSWER, self.is_prepared()).await? {
            return Ok(());
        }
        let make = async {
            // One message is one statement to that limit.
            let patience =
                |limit: Duration| format!("SET statement_timeout = {}", limit.as_millis());
            self.client.batch_execute(&patience(MAKE)).await?;
            let script = format!("{TAKE_TURNS} {PLACE} COMMIT");
            self.client.batch_execute(&script).await?;
            self.client.batch_execute(&patience(ANSWER)).await
        };
        in_time(MAKE, make).await
    }

    async fn is_prepared(&self) -> Result<bool, Error> {
        let sql = "SELECT count(to_regclass(name)) = 4 AND EXISTS (
                       SELECT 1 FROM pg_proc WHERE proname = 'broker_append_1' AND pronamespace = current_schema()::regnamespace
                   ) FROM unnest(ARRAY['broker_logs_1', 'broker_entries_1', 'broker_kept_1', 'broker_claims_1']) AS name";
        let rows = self.client.query_typed(sql, &[]).await?;
        rows.first().map_or(Ok(false), |row| row.try_get(0))
    }
}

/// The connection for commands.
pub(crate) struct Commands {
    session: Session,
    append: Statement,
}

impl Commands {
    pub(crate) async fn connect(connector: &Connector) -> Result<Self, BrokerError> {
        let session = Session::connect(connector, None).await?;
        session.prepare().await?;
        let sql = "SELECT the_number, the_epoch FROM broker_append_1($1, $2, $3, $4, $5, $6, $7)";
        let append = in_time(ANSWER, session.client.prepare(sql)).await?;
        Ok(Self { session, append })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.session.client
    }

    pub(crate) async fn append(&self, params: &[&(dyn ToSql + Sync)]) -> Result<Row, Error> {
        self.client().query_one(&self.append, params).await
    }
}

/// The connection for reading, which hears of new entries from its beginning on.
pub(crate) struct Reader {
    session: Session,
    log: String,
    read: Statement,
    /// The number that was heard of last.
    heard: watch::Receiver<i64>,
    /// There was nothing behind this entry when it was last looked at, and what came since then was heard of.
    end: Option<i64>,
}

impl Reader {
    pub(crate) async fn connect(connector: &Connector, log: &str) -> Result<Self, BrokerError> {
        let (tell, told) = mpsc::channel(NOTIFICATIONS);
        let session = Session::connect(connector, Some(tell)).await?;
        session.prepare().await?;
        let listen = async {
            let sql = "SELECT 'antiphon_' || md5(current_schema() || '/' || $1)";
            let params = [(&log as _, Type::TEXT)];
            let row = session.client.query_typed(sql, &params).await?;
            let channel: Option<String> = row.first().map(|row| row.try_get(0)).transpose()?;
            // The name is of letters, digits and an underscore.
            let listen = format!("LISTEN {}", channel.unwrap_or_default());
            session.client.batch_execute(&listen).await?;
            let sql = "SELECT number, entry FROM broker_entries_1 WHERE log = $1 AND number > $2 ORDER BY number LIMIT $3";
            session.client.prepare(sql).await
        };
        let read = in_time(ANSWER, listen).await?;
        Ok(Self {
            session,
            log: log.to_owned(),
            read,
            heard: remember_last(told),
            end: None,
        })
    }

    /// What is behind an entry, for which it waits.
    pub(crate) async fn read(
        &mut self,
        after: i64,
        wait: Duration,
    ) -> Result<Vec<LogEntry>, BrokerError> {
        if wait.is_zero() || self.end != Some(after) {
            let entries = self.look(after).await?;
            if wait.is_zero() || !entries.is_empty() {
                return Ok(entries);
            }
        }
        if let Ok(Err(_)) = tokio::time::timeout(wait, self.hear(after)).await {
            return Err(BrokerError(
                "PostgreSQL has ended the connection".to_owned(),
            ));
        }
        self.look(after).await
    }

    /// Looks into the table.
    async fn look(&mut self, after: i64) -> Result<Vec<LogEntry>, BrokerError> {
        // What is heard from now on may be missing from the answer.
        self.heard.mark_unchanged();
        self.end = None;
        let params: [&(dyn ToSql + Sync); 3] = [&self.log, &after, &READ_ENTRIES];
        let rows = self.session.client.query(&self.read, &params).await;
        let rows = rows.map_err(|error| failed(&error))?;
        let entry = |row: &Row| {
            Ok(LogEntry {
                number: row.try_get::<_, i64>(0)?.unsigned_abs(),
                bytes: row.try_get(1)?,
            })
        };
        let entries: Result<Vec<LogEntry>, Error> = rows.iter().map(entry).collect();
        let entries = entries.map_err(|error| failed(&error))?;
        if (entries.len() as i64) < READ_ENTRIES {
            let last = entries.last().map(|entry| entry.number);
            self.end = Some(last.map_or(after, crate::signed));
        }
        Ok(entries)
    }

    /// Waits until something behind an entry was heard of since the last look.
    async fn hear(&mut self, after: i64) -> Result<(), watch::error::RecvError> {
        loop {
            self.heard.changed().await?;
            if *self.heard.borrow_and_update() > after {
                return Ok(());
            }
        }
    }
}

/// Takes notifications as they come, so that they never keep an answer back, and remembers the number of the last one.
#[expect(
    clippy::disallowed_methods,
    reason = "the channel ends with the connection, and this task with it"
)]
fn remember_last(mut told: mpsc::Receiver<Notification>) -> watch::Receiver<i64> {
    let (hear, heard) = watch::channel(0);
    tokio::spawn(async move {
        while let Some(notification) = told.recv().await {
            // What cannot be read is by a version to come, and may be anything.
            hear.send_replace(notification.payload().parse().unwrap_or(i64::MAX));
        }
    });
    heard
}

/// What the server answers within that time.
async fn in_time<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, BrokerError> {
    match tokio::time::timeout(limit, asked).await {
        Ok(answer) => answer.map_err(|error| failed(&error)),
        Err(_) => Err(too_late()),
    }
}

pub(crate) fn failed(error: &Error) -> BrokerError {
    // The driver's own text names the step; the source says why it failed.
    BrokerError(match error.source() {
        Some(source) => format!("PostgreSQL: {error}: {source}"),
        None => format!("PostgreSQL: {error}"),
    })
}

pub(crate) fn too_late() -> BrokerError {
    BrokerError("PostgreSQL does not answer".to_owned())
}

pub(crate) fn unexpected() -> BrokerError {
    BrokerError("PostgreSQL has something else than a cluster's log under this name".to_owned())
}
