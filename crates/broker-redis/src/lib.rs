//! The log of a cluster in Redis 7 or newer: a stream.
//!
//! The ids of its entries are `1-0`, `1-1`, …: a first part that never changes makes the second one count without gaps, so what is
//! missing shows by itself. An entry, the values that belong to it and the epoch are written and read in one transaction. Reading
//! waits on a connection of its own. A connection that has failed, or did not answer in time, is given up; the next call makes a
//! new one.

#![warn(missing_docs)]

mod examine;

pub use examine::Examined;

use antiphon_realtime::broker::{Appended, Broker, BrokerError, Kept, LogEntry, LogState, Reading};
use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, Value};
use std::fmt;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long Redis may take to accept a connection. Above the time of a round trip around the world.
const CONNECT: Duration = Duration::from_secs(1);
/// How long Redis may take to answer, beyond the time that it was asked to wait. What takes longer is worse than no Redis:
/// everybody waits for it.
const ANSWER: Duration = Duration::from_millis(1_500);
/// The most entries of one reading: they are applied in one go, and hold up everything else of the cluster meanwhile.
const READ_ENTRIES: usize = 64;
/// The most values that a starting node is given: as many as an application may remember by default.
const MAX_KEPT: usize = 100_000;
/// How many values are fetched at once.
const KEPT_AT_ONCE: usize = 500;
/// The first part of the ids.
const SERIES: &str = "1";
/// The field of an entry that holds its bytes.
const FIELD: &str = "e";

/// The log under one prefix of a Redis database.
pub struct RedisBroker {
    client: Client,
    keys: Keys,
    /// For everything but reading.
    commands: Mutex<Option<MultiplexedConnection>>,
    /// For reading, which may wait.
    reads: Mutex<Option<MultiplexedConnection>>,
}

struct Keys {
    log: String,
    epoch: String,
    /// The names of the kept values by their ends.
    kept: String,
    /// In front of the name of a kept value.
    kept_prefix: String,
    /// In front of a claimed name.
    claim_prefix: String,
}

impl RedisBroker {
    /// The log under `prefix` in the database that the URL names: `redis://` or, over TLS, `rediss://`. Does not connect.
    pub fn new(url: &str, prefix: &str) -> Result<Self, BrokerError> {
        let key = |name: &str| format!("antiphon:{prefix}:{name}");
        Ok(Self {
            client: Client::open(url).map_err(failed)?,
            keys: Keys {
                log: key("log"),
                epoch: key("epoch"),
                kept: key("kept"),
                kept_prefix: key("kept:"),
                claim_prefix: key("claim:"),
            },
            commands: Mutex::default(),
            reads: Mutex::default(),
        })
    }

    async fn connect(&self) -> Result<MultiplexedConnection, BrokerError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None);
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        match tokio::time::timeout(ANSWER, connecting).await {
            Ok(connected) => connected.map_err(failed),
            Err(_) => Err(too_late()),
        }
    }

    /// Asks on one of the connections, which is made if need be, and given up on any failure.
    async fn ask<T>(
        &self,
        slot: &Mutex<Option<MultiplexedConnection>>,
        patience: Duration,
        ask: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, BrokerError> {
        // Taken out: whatever ends this call early leaves none behind that has an answer under way.
        let connection = slot.lock().await.take();
        let mut connection = match connection {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        match tokio::time::timeout(patience, ask(&mut connection)).await {
            Ok(Ok(answer)) => {
                *slot.lock().await = Some(connection);
                Ok(answer)
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(too_late()),
        }
    }

    async fn command<T: redis::FromRedisValue>(&self, command: Cmd) -> Result<T, BrokerError> {
        let ask = async |connection: &mut MultiplexedConnection| {
            command.query_async::<T>(connection).await
        };
        self.ask(&self.commands, ANSWER, ask).await
    }

    async fn pipeline<T: redis::FromRedisValue>(
        &self,
        pipeline: Pipeline,
    ) -> Result<T, BrokerError> {
        let ask = async |connection: &mut MultiplexedConnection| {
            pipeline.query_async::<T>(connection).await
        };
        self.ask(&self.commands, ANSWER, ask).await
    }
}

#[async_trait]
impl Broker for RedisBroker {
    async fn open(&self, new_epoch: u32) -> Result<LogState, BrokerError> {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        let set = pipeline.cmd("SET").arg(&self.keys.epoch).arg(new_epoch);
        set.arg("NX").ignore();
        pipeline.cmd("GET").arg(&self.keys.epoch);
        for (command, from, to) in [("XRANGE", "-", "+"), ("XREVRANGE", "+", "-")] {
            let range = pipeline.cmd(command).arg(&self.keys.log).arg(from).arg(to);
            range.arg("COUNT").arg(1);
        }
        let (epoch, first, last): (u32, Value, Value) = self.pipeline(pipeline).await?;
        let number = |entries: Value| {
            let entries = entries_of(entries)?;
            Ok::<_, BrokerError>(entries.first().map_or(0, |entry| entry.number))
        };
        Ok(LogState {
            epoch,
            first: number(first)?,
            last: number(last)?,
        })
    }

    async fn append(
        &self,
        entry: &[u8],
        trim_below: u64,
        kept: &[Kept],
    ) -> Result<Appended, BrokerError> {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        let add = pipeline.cmd("XADD").arg(&self.keys.log);
        if trim_below > 1 {
            add.arg("MINID").arg("~").arg(id(trim_below));
        }
        add.arg(format!("{SERIES}-*")).arg(FIELD).arg(entry);
        pipeline.cmd("GET").arg(&self.keys.epoch);
        for Kept {
            name,
            value,
            until_unix_ms,
        } in kept
        {
            let key = format!("{}{name}", self.keys.kept_prefix);
            let set = pipeline.cmd("SET").arg(key).arg(&value[..]);
            set.arg("PXAT").arg(until_unix_ms).ignore();
            let index = pipeline.cmd("ZADD").arg(&self.keys.kept);
            index.arg(until_unix_ms).arg(name).ignore();
        }
        if let Some(first) = kept.first() {
            // The index has no end by itself: it goes with the newest value, and is kept to what a node would load.
            let index = pipeline.cmd("PEXPIREAT").arg(&self.keys.kept);
            let latest = kept.iter().map(|kept| kept.until_unix_ms);
            index
                .arg(latest.fold(first.until_unix_ms, u64::max))
                .ignore();
            let cut = pipeline.cmd("ZREMRANGEBYRANK").arg(&self.keys.kept);
            cut.arg(0).arg(-1 - MAX_KEPT as i64).ignore();
        }
        let (id, epoch): (String, Option<u32>) = self.pipeline(pipeline).await?;
        Ok(Appended {
            number: number_of(&id)?,
            epoch,
        })
    }

    async fn read(&self, after: u64, wait: Duration) -> Result<Reading, BrokerError> {
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(READ_ENTRIES);
        if !wait.is_zero() {
            command.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
        }
        command.arg("STREAMS").arg(&self.keys.log).arg(id(after));
        let ask = async |connection: &mut MultiplexedConnection| {
            command.query_async::<Value>(connection).await
        };
        let answer = self.ask(&self.reads, wait + ANSWER, ask).await?;
        let entries = match answer {
            Value::Nil => Vec::new(),
            // One stream, as its name and its entries.
            Value::Array(mut streams) => match streams.pop() {
                Some(Value::Array(mut stream)) => entries_of(stream.pop().unwrap_or(Value::Nil))?,
                _ => return Err(unexpected()),
            },
            _ => return Err(unexpected()),
        };
        match entries.first() {
            Some(entry) if entry.number != after + 1 => Ok(Reading::Gap),
            _ => Ok(Reading::Entries(entries)),
        }
    }

    async fn claim(&self, name: &str, for_how_long: Duration) -> Result<bool, BrokerError> {
        let mut command = redis::cmd("SET");
        command
            .arg(format!("{}{name}", self.keys.claim_prefix))
            .arg(1)
            .arg("NX")
            .arg("PX")
            .arg(for_how_long.as_millis().max(1) as u64);
        self.command::<Option<String>>(command)
            .await
            .map(|set| set.is_some())
    }

    async fn kept(&self, now_unix_ms: u64) -> Result<Vec<Kept>, BrokerError> {
        let mut command = redis::cmd("ZREVRANGEBYSCORE");
        command.arg(&self.keys.kept).arg("+inf");
        command.arg(format!("({now_unix_ms}")).arg("WITHSCORES");
        command.arg("LIMIT").arg(0).arg(MAX_KEPT);
        let mut index: Vec<(String, u64)> = self.command(command).await?;
        index.reverse();
        let mut found = Vec::with_capacity(index.len());
        for names in index.chunks(KEPT_AT_ONCE) {
            let mut command = redis::cmd("MGET");
            for (name, _) in names {
                command.arg(format!("{}{name}", self.keys.kept_prefix));
            }
            let values: Vec<Option<Vec<u8>>> = self.command(command).await?;
            // Between the two questions a value may have ended.
            let named = names.iter().zip(values);
            found.extend(named.filter_map(|((name, until_unix_ms), value)| {
                Some(Kept {
                    name: name.clone(),
                    value: value?,
                    until_unix_ms: *until_unix_ms,
                })
            }));
        }
        Ok(found)
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The client's own form has the password in it.
        f.debug_struct("RedisBroker")
            .field("log", &self.keys.log)
            .finish_non_exhaustive()
    }
}

/// The id of an entry; one below all for number 0.
fn id(number: u64) -> String {
    match number.checked_sub(1) {
        Some(place) => format!("{SERIES}-{place}"),
        None => "0-0".to_owned(),
    }
}

fn number_of(id: &str) -> Result<u64, BrokerError> {
    let place = id.strip_prefix(SERIES).and_then(|id| id.strip_prefix('-'));
    place
        .and_then(|place| place.parse::<u64>().ok()?.checked_add(1))
        .ok_or_else(unexpected)
}

/// An entry as the stream commands give it: its id, and a list of fields and values.
type StreamEntry = (String, Vec<(String, Vec<u8>)>);

/// Entries as the stream commands give them.
fn entries_of(value: Value) -> Result<Vec<LogEntry>, BrokerError> {
    let entries: Vec<StreamEntry> =
        redis::from_redis_value(value).map_err(|error| BrokerError(error.to_string()))?;
    let entry = |(id, fields): StreamEntry| {
        let bytes = fields.into_iter().find(|(name, _)| name == FIELD);
        Ok(LogEntry {
            number: number_of(&id)?,
            bytes: bytes.map(|(_, bytes)| bytes).unwrap_or_default(),
        })
    };
    entries.into_iter().map(entry).collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn failed(error: RedisError) -> BrokerError {
    BrokerError(format!("Redis: {error}"))
}

fn too_late() -> BrokerError {
    BrokerError("Redis does not answer".to_owned())
}

fn unexpected() -> BrokerError {
    BrokerError("Redis has something else than a cluster's log under this name".to_owned())
}
