//! What a log looks like from outside, for whoever looks after it.

use crate::session::{Session, failed, too_late};
use crate::{ANSWER, PostgresBroker};
use antiphon_realtime::broker::BrokerError;
use std::time::Duration;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// A log, and the server that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The server's version.
    pub version: String,
    /// Whether it is a replica, which takes no entries.
    pub is_replica: bool,
    /// Whether the tables are there. The first node that starts makes them.
    pub has_tables: bool,
    /// Whether they could be made.
    pub may_create: bool,
    /// The entries of this log, estimated by their numbers.
    pub entries: u64,
    /// The tables of all logs of the schema, in bytes, with rows that are dead and not yet removed.
    pub bytes: u64,
    /// The age of the oldest transaction that keeps dead rows from being removed, in seconds.
    pub oldest_transaction_s: u64,
    /// The server's clock, in milliseconds since 1970.
    pub unix_ms: u64,
    /// How long a question and its answer take.
    pub round_trip: Duration,
}

impl PostgresBroker {
    /// Looks at the log, and makes nothing.
    ///
    /// # Errors
    /// The server cannot be reached, or does not answer in time.
    pub async fn examine(&self) -> Result<Examined, BrokerError> {
        let session = Session::connect(&self.connector, None).await?;
        match tokio::time::timeout(2 * ANSWER, self.look(&session.client)).await {
            Ok(examined) => examined.map_err(|error| failed(&error)),
            Err(_) => Err(too_late()),
        }
    }

    async fn look(&self, client: &Client) -> Result<Examined, tokio_postgres::Error> {
        let asked = tokio::time::Instant::now();
        client.simple_query("SELECT 1").await?;
        let round_trip = asked.elapsed();
        let sql = "SELECT current_setting('server_version'), pg_is_in_recovery(),
                to_regclass('broker_entries_1') IS NOT NULL,
                coalesce(has_schema_privilege(current_schema(), 'CREATE'), FALSE),
                coalesce((SELECT sum(pg_total_relation_size(to_regclass(name)))
                    FROM unnest(ARRAY['broker_logs_1', 'broker_entries_1', 'broker_kept_1', 'broker_claims_1']) AS name), 0)::bigint,
                coalesce((SELECT extract(epoch FROM clock_timestamp() - min(xact_start)) FROM pg_stat_activity
                    WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()), 0)::bigint,
                (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let row = client.query_one(sql, &[]).await?;
        let has_tables: bool = row.try_get(2)?;
        let entries = match has_tables {
            false => 0,
            true => {
                let sql = "SELECT coalesce(max(number) - min(number) + 1, 0) FROM broker_entries_1 WHERE log = $1";
                let rows = client.query_typed(sql, &[(&self.log, Type::TEXT)]).await?;
                rows.first().map_or(Ok(0), |row| row.try_get(0))?
            }
        };
        let positive = |at| row.try_get::<_, i64>(at).map(|n| n.max(0).unsigned_abs());
        Ok(Examined {
            version: row.try_get(0)?,
            is_replica: row.try_get(1)?,
            has_tables,
            may_create: row.try_get(3)?,
            entries: i64::unsigned_abs(entries),
            bytes: positive(4)?,
            oldest_transaction_s: positive(5)?,
            unix_ms: positive(6)?,
            round_trip,
        })
    }
}
