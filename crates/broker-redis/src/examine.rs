//! What a log and its Redis look like from outside, for whoever looks after them.

use crate::{RedisBroker, failed, too_late};
use antiphon_realtime::broker::BrokerError;
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use std::time::Duration;

/// A log, and the Redis that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The version that it says it has.
    pub version: String,
    /// Whether it is a replica, which takes no entries.
    pub is_replica: bool,
    /// How much memory it may use, in bytes; 0 is all that there is.
    pub max_memory: u64,
    /// What it does at that limit.
    pub max_memory_policy: String,
    /// How much it uses, in bytes.
    pub used_memory: u64,
    /// Why it could not write to its disk lately, if it should.
    pub write_error: Option<String>,
    /// Whether every command waits for the disk. Unknown is no.
    pub syncs_always: bool,
    /// The entries of the log.
    pub entries: u64,
    /// The memory of the log, in bytes.
    pub log_bytes: u64,
    /// The clock of its machine, in milliseconds since 1970.
    pub unix_ms: u64,
    /// How long a question and its answer take.
    pub round_trip: Duration,
}

impl RedisBroker {
    /// Looks at the log and its Redis, and changes nothing.
    ///
    /// # Errors
    /// It cannot be reached, does not answer in time, or does not let one look.
    pub async fn examine(&self) -> Result<Examined, BrokerError> {
        let mut connection = self.connect().await?;
        match tokio::time::timeout(2 * crate::ANSWER, self.look(&mut connection)).await {
            Ok(examined) => examined.map_err(failed),
            Err(_) => Err(too_late()),
        }
    }

    async fn look(&self, connection: &mut MultiplexedConnection) -> Result<Examined, RedisError> {
        let asked = tokio::time::Instant::now();
        redis::cmd("PING").query_async::<()>(connection).await?;
        let round_trip = asked.elapsed();
        let info: String = redis::cmd("INFO").query_async(connection).await?;
        let said = |name: &str| {
            info.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .unwrap_or_default()
        };
        let number = |name| said(name).parse().unwrap_or_default();
        let time = redis::cmd("TIME");
        let (seconds, micros): (u64, u64) = time.query_async(connection).await?;
        let mut length = redis::cmd("XLEN");
        let entries = length.arg(&self.keys.log).query_async(connection).await?;
        let mut usage = redis::cmd("MEMORY");
        let usage = usage.arg("USAGE").arg(&self.keys.log);
        let log_bytes: Option<u64> = usage.query_async(connection).await?;
        // Hosters often keep this command to themselves.
        let mut config = redis::cmd("CONFIG");
        let config = config.arg("GET").arg("appendfsync");
        let syncs: Vec<String> = config.query_async(connection).await.unwrap_or_default();
        let fault = |name: &str| (!matches!(said(name), "ok" | "")).then(|| name.to_owned());
        Ok(Examined {
            version: said("redis_version").to_owned(),
            is_replica: said("role") == "slave",
            max_memory: number("maxmemory"),
            max_memory_policy: said("maxmemory_policy").to_owned(),
            used_memory: number("used_memory"),
            write_error: fault("rdb_last_bgsave_status").or_else(|| fault("aof_last_write_status")),
            syncs_always: said("aof_enabled") == "1"
                && syncs.get(1).is_some_and(|value| value == "always"),
            entries,
            log_bytes: log_bytes.unwrap_or_default(),
            unix_ms: seconds * 1_000 + micros / 1_000,
            round_trip,
        })
    }
}
