//! Rows more. Also called inside the transactions of other writes, for the jobs that follow from them.

use crate::failure::Result;
use crate::writer::Tx;
use antiphon_store::{JobId, NewJob};

/// Enqueues jobs, in one statement. Answers the ids of those that were made; none is for one whose queue has a live job with its
/// `dedupe_key`.
pub(crate) async fn enqueue(tx: &mut Tx<'_>, new: &[NewJob]) -> Result<Vec<JobId>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let texts = |of: fn(&NewJob) -> &str| -> Vec<&str> { new.iter().map(of).collect() };
    let perhaps =
        |of: fn(&NewJob) -> Option<&str>| -> Vec<Option<&str>> { new.iter().map(of).collect() };
    let numbers = |of: fn(&NewJob) -> i64| -> Vec<i64> { new.iter().map(of).collect() };
    let made = tx
        .db
        .rows(
            "INSERT INTO jobs (queue, kind, payload, run_at, max_attempts, dedupe_key, lane, created_at)
             SELECT queue, kind, payload, run_at, max_attempts, dedupe_key, lane, created_at
             FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[])
                 WITH ORDINALITY AS new (queue, kind, payload, run_at, max_attempts, dedupe_key, lane, created_at, place)
             ORDER BY place
             ON CONFLICT (queue, dedupe_key) WHERE dedupe_key IS NOT NULL AND died_at IS NULL DO NOTHING
             RETURNING id",
            &[
                &texts(|job| &job.queue),
                &texts(|job| &job.kind),
                &texts(|job| &job.payload),
                &numbers(|job| job.run_at.as_micros()),
                &numbers(|job| i64::from(job.max_attempts)),
                &perhaps(|job| job.dedupe_key.as_deref()),
                &perhaps(|job| job.lane.as_deref()),
                &numbers(|job| job.at.as_micros()),
            ],
        )
        .await?;
    if !made.is_empty() {
        tx.enqueued();
    }
    made.iter().map(|row| Ok(JobId(row.try_get(0)?))).collect()
}
