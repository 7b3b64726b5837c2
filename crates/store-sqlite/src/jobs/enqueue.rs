//! One row more. Also called inside the transactions of other writes, for the jobs that follow from them.

use antiphon_store::{JobId, NewJob};
use rusqlite::{Connection, OptionalExtension as _, Result, named_params};

/// Enqueues a job. `None`: a live one of its queue has its `dedupe_key`.
pub(crate) fn enqueue(connection: &Connection, new: &NewJob) -> Result<Option<JobId>> {
    connection
        .prepare_cached(
            "INSERT INTO jobs (queue, kind, payload, run_at, max_attempts, dedupe_key, lane, created_at)
             VALUES (:queue, :kind, :payload, :run_at, :max_attempts, :dedupe_key, :lane, :at)
             ON CONFLICT (queue, dedupe_key) WHERE dedupe_key IS NOT NULL AND died_at IS NULL DO NOTHING
             RETURNING id",
        )?
        .query_row(
            named_params! {
                ":queue": new.queue,
                ":kind": new.kind,
                ":payload": new.payload,
                ":run_at": new.run_at.as_micros(),
                ":max_attempts": new.max_attempts,
                ":dedupe_key": new.dedupe_key,
                ":lane": new.lane,
                ":at": new.at.as_micros(),
            },
            |row| row.get(0).map(JobId),
        )
        .optional()
}
