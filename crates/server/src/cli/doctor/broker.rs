//! What the nodes of a cluster share: whether it is there, quick, and set up so that it keeps their log.

use super::finding::Finding;
use crate::broker;
use crate::clock::SystemClock;
use antiphon_broker_postgres::Examined as Postgres;
use antiphon_broker_redis::Examined as Redis;
use antiphon_config::{Broker, Config};
use antiphon_domain::Clock as _;
use std::time::Duration;

const CHECK: &str = "cluster";

/// The oldest Redis that has what is asked of it.
const OLDEST_REDIS: u32 = 7;
/// An event waits for two round trips, so above this people see that the others type late.
const SLOW: Duration = Duration::from_millis(20);
/// From this on the ages of events are wrong where nodes take them for new.
const CLOCK_OFF_MS: u64 = 2_000;
/// The log is trimmed at 256 MiB; with its overhead, and in steps, it is well below this.
const LARGE_LOG: u64 = 400 << 20;
/// Rows that a long transaction keeps from being removed make the tables grow with every event.
const LONG_TRANSACTION_S: u64 = 600;
/// Of the memory that a Redis may use, so much should be free.
const FREE_PERCENT: u64 = 10;

/// Nothing, if this is the only node.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let Some(scaling) = &config.scaling else {
        return Vec::new();
    };
    match &scaling.broker {
        Broker::Redis { url } => {
            let examined = match broker::redis(url.expose(), scaling) {
                Ok(redis) => redis.examine().await,
                Err(error) => {
                    return vec![Finding::bad(
                        CHECK,
                        &format!("{error:#}"),
                        "correct REDIS_URL",
                    )];
                }
            };
            match examined {
                Ok(found) => of_redis(&found, unix_ms()),
                Err(error) => vec![Finding::bad(
                    CHECK,
                    &error.to_string(),
                    "start Redis, or correct REDIS_URL or REDIS_HOST, REDIS_PORT and REDIS_PASSWORD; nodes that run serve their own clients meanwhile",
                )],
            }
        }
        Broker::Postgres(server) => {
            let examined = match broker::postgres(server, scaling) {
                Ok(postgres) => postgres.examine().await,
                Err(error) => {
                    return vec![Finding::bad(
                        CHECK,
                        &format!("{error:#}"),
                        "correct DB_SSLROOTCERT",
                    )];
                }
            };
            match examined {
                Ok(found) => of_postgres(&found, unix_ms()),
                Err(error) => vec![Finding::bad(
                    CHECK,
                    &error.to_string(),
                    "start PostgreSQL, or correct the DB_* keys; nodes that run serve their own clients meanwhile",
                )],
            }
        }
    }
}

fn unix_ms() -> u64 {
    u64::try_from(SystemClock.now().as_micros() / 1_000).unwrap_or_default()
}

fn of_redis(found: &Redis, now_ms: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let major = found.version.split('.').next();
    let major: u32 = major.and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < OLDEST_REDIS {
        findings.push(Finding::bad(
            CHECK,
            &format!("Redis is {}", found.version),
            "use Redis 7 or newer, or Valkey",
        ));
    }
    if found.is_replica {
        findings.push(Finding::bad(
            CHECK,
            "this Redis is a replica, which takes no entries",
            "name the primary in REDIS_HOST or REDIS_URL",
        ));
    }
    if found.max_memory > 0 {
        let policy = &found.max_memory_policy;
        if policy != "noeviction" {
            findings.push(Finding::warning(
                CHECK,
                &format!("maxmemory-policy is {policy}: at its limit of memory Redis may throw away the log itself"),
                "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
            ));
        }
        let free = found.max_memory.saturating_sub(found.used_memory);
        if free * 100 < found.max_memory * FREE_PERCENT {
            findings.push(Finding::warning(
                CHECK,
                &format!(
                    "Redis uses {} of the {} MiB that it may",
                    found.used_memory >> 20,
                    found.max_memory >> 20
                ),
                "raise maxmemory, or give the cluster a Redis of its own; it needs 300 MiB",
            ));
        }
    }
    if let Some(error) = &found.write_error {
        findings.push(Finding::warning(
            CHECK,
            &format!("Redis cannot write to its disk ({error}) and may refuse entries"),
            "make room on its disk; or, as nothing of this has to survive: redis-cli CONFIG SET save '' and CONFIG SET appendonly no",
        ));
    }
    if found.syncs_always {
        findings.push(Finding::warning(
            CHECK,
            "appendfsync is always: every event waits for the disk, and nothing of this has to survive",
            "redis-cli CONFIG SET appendfsync everysec, or CONFIG SET appendonly no",
        ));
    }
    if found.log_bytes > LARGE_LOG {
        findings.push(too_large(found.log_bytes));
    }
    let time = (found.unix_ms, now_ms);
    let what = format!("Redis {}", found.version);
    findings.extend(in_common(&what, found.round_trip, time));
    if findings.is_empty() {
        findings.push(good(
            &what,
            found.round_trip,
            found.entries,
            found.log_bytes,
        ));
    }
    findings
}

fn of_postgres(found: &Postgres, now_ms: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    if found.is_replica {
        findings.push(Finding::bad(
            CHECK,
            "this PostgreSQL is a replica, which takes no entries",
            "name the primary in DB_HOST or DB_URL",
        ));
    } else if !found.has_tables && !found.may_create {
        findings.push(Finding::bad(
            CHECK,
            "the tables of the log are not there, and the role must not make them",
            "GRANT CREATE, USAGE ON SCHEMA … TO the role of DB_USERNAME",
        ));
    }
    if found.bytes > LARGE_LOG {
        findings.push(match found.oldest_transaction_s {
            0..LONG_TRANSACTION_S => too_large(found.bytes),
            seconds => Finding::warning(
                CHECK,
                &format!(
                    "the log takes {} MiB, since a transaction of {} minutes keeps what was trimmed",
                    found.bytes >> 20,
                    seconds / 60
                ),
                "end it: SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start, then pg_terminate_backend(pid)",
            ),
        });
    }
    let time = (found.unix_ms, now_ms);
    let what = format!("PostgreSQL {}", found.version);
    findings.extend(in_common(&what, found.round_trip, time));
    if findings.is_empty() {
        findings.push(good(&what, found.round_trip, found.entries, found.bytes));
    }
    findings
}

/// How long an answer takes, and what time it is there.
fn in_common(what: &str, round_trip: Duration, (there_ms, here_ms): (u64, u64)) -> Vec<Finding> {
    let mut findings = Vec::new();
    if round_trip > SLOW {
        findings.push(Finding::warning(
            CHECK,
            &format!(
                "{what} needs {} ms for an answer; every event waits for two",
                round_trip.as_millis()
            ),
            "move it close to the nodes, and see whether its machine is busy",
        ));
    }
    let off_ms = there_ms.abs_diff(here_ms);
    if off_ms > CLOCK_OFF_MS {
        let s = off_ms / 1_000;
        findings.push(Finding::warning(
            CHECK,
            &format!("the clock of {what} and the one of this machine differ by {s} s"),
            "set both by NTP: timedatectl set-ntp true",
        ));
    }
    findings
}

fn good(what: &str, round_trip: Duration, entries: u64, bytes: u64) -> Finding {
    let ms = round_trip.as_secs_f64() * 1e3;
    Finding::good(
        CHECK,
        &format!(
            "{what}, {ms:.1} ms away; the log has {entries} entries in {} MiB",
            bytes >> 20
        ),
    )
}

fn too_large(bytes: u64) -> Finding {
    Finding::warning(
        CHECK,
        &format!("the log takes {} MiB and is not trimmed", bytes >> 20),
        "see whether the nodes run and say that they are connected (/up); a log that no node uses any more can be removed, see docs/scaling.md",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redis() -> Redis {
        Redis {
            version: "7.2.4".to_owned(),
            is_replica: false,
            max_memory: 0,
            max_memory_policy: "allkeys-lru".to_owned(),
            used_memory: 1 << 20,
            write_error: None,
            syncs_always: false,
            entries: 5,
            log_bytes: 1 << 20,
            unix_ms: 10_000,
            round_trip: Duration::from_micros(300),
        }
    }

    fn postgres() -> Postgres {
        Postgres {
            version: "16.3".to_owned(),
            is_replica: false,
            has_tables: true,
            may_create: true,
            entries: 5,
            bytes: 1 << 20,
            oldest_transaction_s: 0,
            unix_ms: 10_000,
            round_trip: Duration::from_micros(300),
        }
    }

    /// Each finding as text.
    fn texts(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_well_is_one_good_line() {
        for findings in [of_redis(&redis(), 10_900), of_postgres(&postgres(), 9_000)] {
            let texts = texts(&findings);
            assert!(
                texts.len() == 1 && texts[0].starts_with("good"),
                "{texts:?}"
            );
        }
    }

    #[test]
    fn each_fault_of_a_redis_is_a_finding_with_a_fix() {
        type Fault = (fn(&mut Redis), &'static str);
        let faults: [Fault; 8] = [
            (|found| found.version = "6.2.1".to_owned(), "Redis 7"),
            (|found| found.is_replica = true, "primary"),
            (|found| found.max_memory = 1 << 30, "noeviction"),
            (
                |found| found.write_error = Some("err".to_owned()),
                "CONFIG SET save",
            ),
            (|found| found.syncs_always = true, "everysec"),
            (|found| found.log_bytes = 1 << 30, "/up"),
            (|found| found.unix_ms = 90_000, "timedatectl"),
            (
                |found| found.round_trip = Duration::from_millis(80),
                "close to",
            ),
        ];
        for (fault, fix) in faults {
            let mut found = redis();
            fault(&mut found);
            let texts = texts(&of_redis(&found, 10_000));
            assert!(
                texts.len() == 1 && texts[0].contains(fix),
                "{fix}: {texts:?}"
            );
        }
        let full = Redis {
            max_memory: 100 << 20,
            used_memory: 95 << 20,
            max_memory_policy: "noeviction".to_owned(),
            ..redis()
        };
        assert!(texts(&of_redis(&full, 10_000))[0].contains("95 of the 100 MiB"));
    }

    #[test]
    fn each_fault_of_a_postgresql_is_a_finding_with_a_fix() {
        type Fault = (fn(&mut Postgres), &'static str);
        let faults: [Fault; 4] = [
            (|found| found.is_replica = true, "primary"),
            (
                |found| (found.has_tables, found.may_create) = (false, false),
                "GRANT CREATE",
            ),
            (|found| found.bytes = 1 << 30, "/up"),
            (
                |found| (found.bytes, found.oldest_transaction_s) = (1 << 30, 7_200),
                "pg_terminate_backend",
            ),
        ];
        for (fault, fix) in faults {
            let mut found = postgres();
            fault(&mut found);
            let texts = texts(&of_postgres(&found, 10_000));
            assert!(
                texts.len() == 1 && texts[0].contains(fix),
                "{fix}: {texts:?}"
            );
        }
    }
}
