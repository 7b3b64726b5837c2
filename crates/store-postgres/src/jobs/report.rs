//! What a worker reports of its jobs, and what a person does with dead ones. A report counts only while its lease does.

use super::LOCK;
use crate::connector::{Db, Param};
use crate::failure::Result;
use antiphon_domain::Timestamp;
use antiphon_store::{AfterFailure, Failed, Lease, MAX_ERROR, Retry};
use std::collections::HashSet;

/// The leases as rows: `$1` are the jobs, `$2` the workers, `$3` the attempts.
macro_rules! leases {
    () => {
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS held (id, worker, attempt)
          WHERE j.id = held.id AND j.locked_by = held.worker AND j.attempts = held.attempt"
    };
}

const RENEW: &str = concat!(
    "UPDATE jobs j SET locked_until = $4",
    leases!(),
    " RETURNING j.id, j.attempts, j.locked_by"
);

pub(super) async fn renew(db: Db<'_>, leases: Vec<Lease>, until: Timestamp) -> Result<Vec<Lease>> {
    let (ids, workers, attempts) = columns(&leases);
    let until = until.as_micros();
    db.prepare(&[RENEW]).await?;
    let begin = format!("BEGIN; {LOCK}");
    let params: [&Param; 4] = [&ids, &workers, &attempts, &until];
    let (begun, renewed, committed) = tokio::join!(
        biased;
        db.script(&begin),
        db.rows(RENEW, &params),
        db.script("COMMIT"),
    );
    begun?;
    let renewed = renewed?;
    committed?;
    let held = renewed
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<HashSet<(i64, i64, &str)>>>()?;
    let holds =
        |lease: &Lease| held.contains(&(lease.id.0, i64::from(lease.attempt), &*lease.worker));
    Ok(leases
        .iter()
        .filter(|lease| holds(lease))
        .cloned()
        .collect())
}

pub(super) async fn complete(db: Db<'_>, lease: &Lease) -> Result<bool> {
    let n_deleted = db
        .execute(
            "DELETE FROM jobs WHERE id = $1 AND locked_by = $2 AND attempts = $3",
            &[&lease.id.0, &&*lease.worker, &i64::from(lease.attempt)],
        )
        .await?;
    Ok(n_deleted == 1)
}

pub(super) async fn fail(
    db: Db<'_>,
    lease: &Lease,
    error: &str,
    then: AfterFailure,
    at: Timestamp,
) -> Result<Failed> {
    let retry_at = match then {
        AfterFailure::Retry(at) => Some(at.as_micros()),
        AfterFailure::Bury => None,
    };
    let error = kept(error);
    let died = db
        .optional(
            "UPDATE jobs
             SET locked_by = NULL, locked_until = NULL, last_error = $4, run_at = coalesce($5, run_at),
                 died_at = CASE WHEN $5 IS NULL OR attempts >= max_attempts THEN $6::bigint END
             WHERE id = $1 AND locked_by = $2 AND attempts = $3
             RETURNING died_at IS NOT NULL",
            &[
                &lease.id.0,
                &&*lease.worker,
                &i64::from(lease.attempt),
                &error,
                &retry_at,
                &at.as_micros(),
            ],
        )
        .await?;
    Ok(match died {
        Some(row) if row.try_get(0)? => Failed::Dead,
        Some(_) => Failed::Waits,
        None => Failed::LeaseLost,
    })
}

pub(super) async fn bury(
    db: Db<'_>,
    kind: &str,
    made_before: Timestamp,
    error: &str,
    at: Timestamp,
) -> Result<u64> {
    db.execute(
        "UPDATE jobs SET died_at = $4, locked_by = NULL, locked_until = NULL, last_error = $3
         WHERE kind = $1 AND died_at IS NULL AND created_at < $2 AND (locked_until IS NULL OR locked_until <= $4)",
        &[
            &kind,
            &made_before.as_micros(),
            &kept(error),
            &at.as_micros(),
        ],
    )
    .await
}

pub(super) async fn release(db: Db<'_>, leases: &[Lease]) -> Result<()> {
    let (ids, workers, attempts) = columns(leases);
    db.execute(
        concat!(
            "UPDATE jobs j SET locked_by = NULL, locked_until = NULL, attempts = j.attempts - 1",
            leases!()
        ),
        &[&ids, &workers, &attempts],
    )
    .await?;
    Ok(())
}

pub(super) async fn retry(db: Db<'_>, which: Retry, at: Timestamp) -> Result<u64> {
    let one = match which {
        Retry::One(id) => Some(id.0),
        Retry::All => None,
    };
    // Of two dead jobs with one key the first comes back; the other's row would break the index, and is left as it is.
    db.execute(
        "UPDATE jobs j SET died_at = NULL, attempts = 0, run_at = $1
         WHERE j.died_at IS NOT NULL AND ($2::bigint IS NULL OR j.id = $2) AND (j.dedupe_key IS NULL OR NOT EXISTS (
             SELECT 1 FROM jobs k
             WHERE k.queue = j.queue AND k.dedupe_key = j.dedupe_key
                 AND (k.died_at IS NULL OR ($2::bigint IS NULL AND k.id < j.id))
         ))",
        &[&at.as_micros(), &one],
    )
    .await
}

/// As much of an error as is kept, without the one character that text cannot hold here.
fn kept(error: &str) -> String {
    let kept = error.chars().take(MAX_ERROR);
    kept.map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .collect()
}

fn columns(leases: &[Lease]) -> (Vec<i64>, Vec<&str>, Vec<i64>) {
    let ids = leases.iter().map(|lease| lease.id.0).collect();
    let workers = leases.iter().map(|lease| &*lease.worker).collect();
    let attempts = leases.iter().map(|lease| i64::from(lease.attempt));
    (ids, workers, attempts.collect())
}
