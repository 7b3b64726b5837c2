//! Taking due jobs: one UPDATE picks and locks them, so that two workers never get the same one.

use super::{job, job_columns};
use antiphon_domain::Timestamp;
use antiphon_store::{Claim, Claimed, Job, MAX_CLAIM};
use rusqlite::{Connection, Result, named_params};

/// Said of a run whose worker never reported.
const LOST_WORKER: &str = "the worker ended in the midst of the last attempt, or was out of touch for longer than its lease";

/// What every claim looks for, of a table named `j`.
macro_rules! due {
    () => {
        "j.died_at IS NULL AND j.run_at <= :at AND (j.locked_until IS NULL OR j.locked_until <= :at) \
         AND j.kind IN (SELECT value FROM json_each(:kinds)) \
         AND (:queues IS NULL OR j.queue IN (SELECT value FROM json_each(:queues)))"
    };
}

macro_rules! lock {
    ($by:literal, $which:expr) => {
        concat!(
            "UPDATE jobs SET attempts = attempts + 1, locked_by = :worker, locked_until = :until WHERE id IN (SELECT j.id FROM jobs j",
            $by,
            " WHERE ",
            due!(),
            $which,
            " LIMIT :limit) RETURNING ",
            job_columns!()
        )
    };
}

/// Nothing of its lane stands before it.
const FIRST_OF_LANES: &str = lock!(
    "",
    " AND (j.lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM jobs b WHERE b.lane = j.lane AND b.died_at IS NULL AND b.id < j.id
      )) ORDER BY j.run_at, j.id"
);

/// Nothing of its lane stands before it that this claim cannot take too; in the order of ids, what is cut off is the end of lanes.
const WHOLE_LANES: &str = lock!(
    // In the order of times SQLite would look at all that is due and sort it; so it ends with the last one that is taken.
    " INDEXED BY jobs_live",
    " AND (j.lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM jobs b WHERE b.lane = j.lane AND b.died_at IS NULL AND b.id < j.id AND (
            b.run_at > :at OR b.locked_until > :at
            OR b.kind NOT IN (SELECT value FROM json_each(:kinds))
            OR (:queues IS NOT NULL AND b.queue NOT IN (SELECT value FROM json_each(:queues)))
        )
      )) ORDER BY j.id"
);

pub(super) fn claim(connection: &Connection, claim: &Claim) -> Result<Claimed> {
    let kinds = json(&claim.kinds);
    if let Some(horizon) = claim.horizon {
        recall(connection, claim.at, horizon, &kinds)?;
    }
    let buried = bury(connection, claim.at)?;
    let limit = claim.limit.min(MAX_CLAIM);
    let queues = claim.queues.as_deref().map(json);
    let sql = if claim.whole_lanes {
        WHOLE_LANES
    } else {
        FIRST_OF_LANES
    };
    let mut jobs: Vec<Job> = connection
        .prepare_cached(sql)?
        .query_map(
            named_params! {
                ":at": claim.at.as_micros(),
                ":until": claim.until.as_micros(),
                ":worker": &*claim.worker,
                ":kinds": kinds,
                ":queues": queues,
                ":limit": limit,
            },
            job,
        )?
        .collect::<Result<_>>()?;
    // RETURNING promises no order.
    if claim.whole_lanes {
        jobs.sort_by_key(|job| job.id);
    } else {
        jobs.sort_by_key(|job| (job.run_at, job.id));
    }
    let next_at = if jobs.len() == limit as usize {
        Some(claim.at)
    } else {
        next_at(connection, claim.at, &kinds, queues.as_deref())?
    };
    Ok(Claimed {
        jobs,
        buried,
        next_at,
    })
}

/// Makes due what a clock that was ahead has put off or leased for too long. Two statements, so that each has its index, in which
/// nothing stands beyond the horizon but this.
fn recall(connection: &Connection, at: Timestamp, horizon: Timestamp, kinds: &str) -> Result<()> {
    for sql in [
        "UPDATE jobs SET run_at = :at
         WHERE died_at IS NULL AND run_at > :horizon AND kind IN (SELECT value FROM json_each(:kinds))",
        "UPDATE jobs SET locked_until = :at
         WHERE locked_until > :horizon AND kind IN (SELECT value FROM json_each(:kinds))",
    ] {
        connection.prepare_cached(sql)?.execute(named_params! {
            ":at": at.as_micros(), ":horizon": horizon.as_micros(), ":kinds": kinds,
        })?;
    }
    Ok(())
}

/// Gives up the jobs whose last attempt ended with its worker.
fn bury(connection: &Connection, at: Timestamp) -> Result<Vec<Job>> {
    connection
        .prepare_cached(concat!(
            "UPDATE jobs SET died_at = :at, locked_by = NULL, locked_until = NULL, last_error = :error
             WHERE locked_until <= :at AND attempts >= max_attempts RETURNING ",
            job_columns!()
        ))?
        .query_map(
            named_params! { ":at": at.as_micros(), ":error": LOST_WORKER },
            job,
        )?
        .collect()
}

/// The next time at which a job can become due without anybody waking the worker. Only times to come count: what is due and was
/// not taken waits for another job of its lane.
fn next_at(
    connection: &Connection,
    at: Timestamp,
    kinds: &str,
    queues: Option<&str>,
) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached(
            "SELECT min(next) FROM (
                 SELECT min(run_at) AS next FROM jobs
                 WHERE died_at IS NULL AND run_at > :at AND kind IN (SELECT value FROM json_each(:kinds))
                     AND (:queues IS NULL OR queue IN (SELECT value FROM json_each(:queues)))
                 UNION ALL
                 SELECT min(locked_until) FROM jobs
                 WHERE locked_until > :at AND kind IN (SELECT value FROM json_each(:kinds))
                     AND (:queues IS NULL OR queue IN (SELECT value FROM json_each(:queues)))
             )",
        )?
        .query_row(
            named_params! { ":at": at.as_micros(), ":kinds": kinds, ":queues": queues },
            |row| row.get::<_, Option<i64>>(0),
        )
        .map(|micros| micros.map(Timestamp::from_micros))
}

fn json(words: &[String]) -> String {
    serde_json::Value::from(words).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenOptions, connection, migrate};

    /// With thousands of jobs that wait, a claim looks at those that it takes, and sorts none.
    #[test]
    fn a_claim_ends_with_the_last_job_that_it_takes() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(folder.path().join("a.sqlite"));
        migrate(&options).unwrap();
        let connection = connection::open_for_writing(&options.path).unwrap();
        for sql in [FIRST_OF_LANES, WHOLE_LANES] {
            let mut plan = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let steps: Vec<String> = plan
                .raw_query()
                .mapped(|row| row.get(3))
                .collect::<Result<_>>()
                .unwrap();
            let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
            assert!(!steps.is_empty() && !sorts, "{steps:#?}");
        }
    }
}
