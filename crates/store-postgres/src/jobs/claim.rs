//! Taking due jobs: one UPDATE picks and locks them, so that two workers never get the same one.

use super::{LOCK, job, job_columns};
use crate::connector::{Db, Param};
use crate::failure::Result;
use crate::rows::time;
use antiphon_domain::Timestamp;
use antiphon_store::{Claim, Claimed, Job, MAX_CLAIM};

/// Said of a run whose worker never reported.
const LOST_WORKER: &str = "the worker ended in the midst of the last attempt, or was out of touch for longer than its lease";

/// What every claim looks for, of a table named `j`: `$1` is now, `$2` the kinds, `$3` the queues or NULL.
macro_rules! due {
    () => {
        "j.died_at IS NULL AND j.run_at <= $1 AND (j.locked_until IS NULL OR j.locked_until <= $1) \
         AND j.kind = ANY ($2) AND ($3::text[] IS NULL OR j.queue = ANY ($3))"
    };
}

macro_rules! lock {
    ($which:expr) => {
        concat!(
            "WITH picked AS MATERIALIZED (SELECT j.id FROM jobs j WHERE ",
            due!(),
            $which,
            " LIMIT $4 FOR UPDATE OF j SKIP LOCKED)
             UPDATE jobs j SET attempts = j.attempts + 1, locked_by = $5, locked_until = $6
             FROM picked WHERE j.id = picked.id RETURNING ",
            job_columns!()
        )
    };
}

/// Nothing of its lane stands before it.
const FIRST_OF_LANES: &str = lock!(
    " AND (j.lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM jobs b WHERE b.lane = j.lane AND b.died_at IS NULL AND b.id < j.id
      )) ORDER BY j.run_at, j.id"
);

/// Nothing of its lane stands before it that this claim cannot take too; in the order of ids, what is cut off is the end of lanes.
const WHOLE_LANES: &str = lock!(
    " AND (j.lane IS NULL OR NOT EXISTS (
        SELECT 1 FROM jobs b WHERE b.lane = j.lane AND b.died_at IS NULL AND b.id < j.id AND (
            b.run_at > $1 OR b.locked_until > $1 OR b.kind <> ALL ($2)
            OR ($3::text[] IS NOT NULL AND b.queue <> ALL ($3))
        )
      )) ORDER BY j.id"
);

/// Makes due what a clock that was ahead has put off or leased for too long. Without a horizon nothing is beyond it.
const RECALL: &str = "UPDATE jobs SET
     run_at = CASE WHEN run_at > $2 THEN $1 ELSE run_at END,
     locked_until = CASE WHEN locked_until > $2 THEN $1 ELSE locked_until END
 WHERE ((died_at IS NULL AND run_at > $2::bigint) OR locked_until > $2::bigint) AND kind = ANY ($3)";

/// Gives up the jobs whose last attempt ended with its worker.
const BURY: &str = concat!(
    "UPDATE jobs j SET died_at = $1, locked_by = NULL, locked_until = NULL, last_error = $2
     WHERE j.locked_until <= $1 AND j.attempts >= j.max_attempts RETURNING ",
    job_columns!()
);

/// The next time at which a job can become due without anybody waking the worker. Only times to come count: what is due and was
/// not taken waits for another job of its lane.
const NEXT_AT: &str = "SELECT min(next) FROM (
     SELECT min(run_at) AS next FROM jobs
     WHERE died_at IS NULL AND run_at > $1 AND kind = ANY ($2) AND ($3::text[] IS NULL OR queue = ANY ($3))
     UNION ALL
     SELECT min(locked_until) FROM jobs
     WHERE locked_until > $1 AND kind = ANY ($2) AND ($3::text[] IS NULL OR queue = ANY ($3))
 ) nexts";

/// All in one flight, in one transaction. Once prepared, the statements go out in the order in which they stand here.
pub(super) async fn claim(db: Db<'_>, claim: &Claim) -> Result<Claimed> {
    let lock = if claim.whole_lanes {
        WHOLE_LANES
    } else {
        FIRST_OF_LANES
    };
    db.prepare(&[RECALL, BURY, lock, NEXT_AT]).await?;
    let limit = i64::from(claim.limit.min(MAX_CLAIM));
    let (at, until) = (claim.at.as_micros(), claim.until.as_micros());
    let horizon = claim.horizon.map(Timestamp::as_micros);
    let (kinds, queues, worker) = (&*claim.kinds, claim.queues.as_deref(), &*claim.worker);
    let begin = format!("BEGIN; {LOCK}");
    let to_recall: [&Param; 3] = [&at, &horizon, &kinds];
    let to_bury: [&Param; 2] = [&at, &LOST_WORKER];
    let to_lock: [&Param; 6] = [&at, &kinds, &queues, &limit, &worker, &until];
    let to_see: [&Param; 3] = [&at, &kinds, &queues];
    let (begun, recalled, buried, locked, next_at, committed) = tokio::join!(
        biased;
        db.script(&begin),
        db.rows(RECALL, &to_recall),
        db.rows(BURY, &to_bury),
        db.rows(lock, &to_lock),
        db.one("an answer", NEXT_AT, &to_see),
        db.script("COMMIT"),
    );
    begun?;
    recalled?;
    // A commit after a failure is a rollback, and no error.
    let (buried, locked, next_at) = (buried?, locked?, next_at?);
    committed?;
    let mut jobs: Vec<Job> = locked.iter().map(job).collect::<Result<_>>()?;
    // RETURNING promises no order.
    if claim.whole_lanes {
        jobs.sort_by_key(|job| job.id);
    } else {
        jobs.sort_by_key(|job| (job.run_at, job.id));
    }
    Ok(Claimed {
        buried: buried.iter().map(job).collect::<Result<_>>()?,
        next_at: if jobs.len() as i64 == limit {
            Some(claim.at)
        } else {
            time(&next_at, 0)?
        },
        jobs,
    })
}
